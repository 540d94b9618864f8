import { besideKey, type FlowNode, type InstanceReader, splitTokenId, type ToCompensate } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Anchor, Deviation } from '../case/deviation-state.ts'
import type { PathReturn } from '../case/later.ts'
import { between } from '../guarantee/path.ts'
import { isScope } from './anchors.ts'
import { notCompensable, notDivertible } from './refusals.ts'

/** What a return undoes before it is made. */
export interface UndoneBefore {
  readonly sources: readonly ToCompensate[]
  /** Ids of the elements and items in them. */
  readonly names: readonly string[]
  /** The token that undoes it: the anchor's, or of a whole instance the first that is held with it. */
  readonly by: string
  /** All else in its scope ends first. */
  readonly alone: boolean
}

/** Null where nothing is to be undone. Throws `NotCompensable` where something that is gone back over cannot be, and all was asked for. */
export function undoneBefore(book: Book, command: PathReturn, deviation: Deviation, instance: InstanceReader): UndoneBefore | null {
  const { to, compensate = 'none' } = command
  if (compensate === 'none') return null
  const { anchor } = deviation.body
  const found = to.type === 'jump' ? goneBackOver(book, to.elementId, deviation, instance) : endedWith(anchor, instance)
  if (compensate === 'all' && to.type === 'jump') {
    const lacking = passedBy(to.elementId, anchor, instance).filter((node) => !isCompensable(node))
    if (lacking.length > 0)
      throw notCompensable(
        deviation,
        lacking.map(({ id }) => id),
      )
  }
  const sources = found.map((source) => ({ ...source, elementIds: source.elementIds ?? registeredIn(instance, source.scopeId) }))
  const names = sources.flatMap(({ elementIds }) => elementIds.map((id) => besideKey(id) ?? id))
  if (names.length === 0) return null
  return { sources: found, names, by: driverOf(deviation, instance), alone: to.type === 'endScope' && !isScope(anchor, instance) }
}

/** All that can be undone in the scope that ends. */
function endedWith(anchor: Anchor, instance: InstanceReader): readonly ToCompensate[] {
  return [{ scopeId: isScope(anchor, instance) ? anchor.elementInstanceId : anchor.scopeId, elementIds: null }]
}

/** What lies between the target and the step: of each activity its latest completion; of the scopes that the jump leaves all. */
function goneBackOver(book: Book, target: string, { id, body }: Deviation, instance: InstanceReader): readonly ToCompensate[] {
  const { anchor } = body
  const left = scopesLeft(target, anchor, instance)
  const inner = (isScope(anchor, instance) ? [anchor.elementInstanceId, ...left] : left).map((scopeId) => ({ scopeId, elementIds: null }))
  const scopeId = left.length === 0 ? anchor.scopeId : (splitTokenId(left.at(-1) ?? '')?.scopeId ?? anchor.scopeId)
  const passed = passedBy(target, anchor, instance).map((node) => node.id)
  const { latest = {} } = instance.scope(scopeId)?.compensables ?? {}
  const since = latest[target]?.order ?? 0
  const isPassed = (elementId: string): boolean => {
    const item = besideKey(elementId) === null ? null : book.item(besideKey(elementId) ?? '')
    if (body.compensated?.includes(item?.id ?? elementId)) return false // for this very return
    if (item === null) return passed.includes(elementId)
    const of = item.deviationId === null || item.deviationId === id ? null : book.deviation(item.deviationId)
    return of !== null && passed.includes(of.elementId)
  }
  const elementIds = Object.entries(latest).flatMap(([elementId, { order }]) => (order >= since && isPassed(elementId) ? [elementId] : []))
  return [...inner, { scopeId, elementIds }]
}

/** Activities from the target to the step, in the content of the target. Empty where the step does not follow it. */
function passedBy(target: string, anchor: Anchor, { definition }: InstanceReader): readonly FlowNode[] {
  const to = definition.nodes.get(target)
  let from = definition.nodes.get(anchor.elementId)
  while (from !== undefined && to !== undefined && from.scope !== to.scope) {
    const { id, parent } = from.scope
    from = parent === null ? undefined : definition.nodes.get(id)
  }
  if (to === undefined || from === undefined) return []
  const way = between(to, from)
  const isBack = way.length > 0 || to.outgoing.some((flow) => flow.target === from)
  return isBack ? [to, ...way].filter((node) => 'boundaryEvents' in node && node !== from) : []
}

/** The open scopes around the anchor that the target is not in, the innermost first. */
function scopesLeft(target: string, { scopeId }: Anchor, instance: InstanceReader): readonly string[] {
  const around = new Set<string>()
  for (let at = instance.definition.nodes.get(target)?.scope ?? null; at !== null; at = at.parent) around.add(at.id)
  const left: string[] = []
  for (let id = scopeId; ; ) {
    const scope = instance.scope(id)
    const outer = splitTokenId(id)
    if (scope === null || outer === null || around.has(scope.elementId)) return left
    left.push(id)
    id = outer.scopeId
  }
}

function registeredIn(instance: InstanceReader, scopeId: string): readonly string[] {
  return Object.keys(instance.scope(scopeId)?.compensables?.latest ?? {})
}

function isCompensable(node: FlowNode): boolean {
  if (!('compensation' in node)) return true
  if (node.compensation !== null) return true
  if (!('content' in node)) return false
  return node.content.compensation !== null || node.content.nodes.every(isCompensable)
}

function driverOf(deviation: Deviation, instance: InstanceReader): string {
  const { id, body } = deviation
  if (body.anchor.type !== 'instance') return body.anchor.elementInstanceId
  const tokens = Object.entries(instance.scope(instance.id)?.tokens ?? {})
  const own = tokens.filter(([, { hold }]) => hold?.by === id && hold.was !== 'arrived' && hold.was !== 'armed')
  const [n] = own.find(([, { child }]) => !child) ?? own[0] ?? []
  if (n === undefined) throw notDivertible(deviation, 'none of its tokens could undo what was done', 'End it without.', ['endScope'])
  return `${instance.id}.${n}`
}
