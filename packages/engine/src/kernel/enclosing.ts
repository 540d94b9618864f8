import { isLeewayError } from '@leeway/storage'
import type { Definition } from '../model/definition.ts'
import type { FlowNode, FlowScope } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import type { IdMap } from './commands.ts'
import { scopeOf } from './draft.ts'
import { holdInside, wholeHold } from './holding-scopes.ts'
import { splitTokenId, tokenId } from './ids.ts'
import { opensContent } from './migration-problems.ts'
import type { Container } from './places.ts'
import type { Rejection } from './rejection.ts'
import { openInside } from './starting.ts'
import type { Scope, Token } from './state.ts'
import { lookUp } from './variables.ts'

/** A token that a migration puts into sub-processes which are new around its element, outermost first. */
export interface Enclosed {
  readonly scopeId: string
  readonly n: number
  readonly to: FlowNode
  /** The flow by which it arrived at a join: several that wait there came by several. */
  readonly via: string | undefined
  readonly into: readonly Container[]
  /** Tokens of a scope that share it go into the same instance of the sub-process. */
  readonly group: number
}

/**
 * The sub-processes to be opened between a token's scope and the one that its element is in now, outermost first; or why that cannot be.
 * `content` is that of the token's scope.
 */
export function newAround(
  { source, map, target }: { readonly source: Definition; readonly map: IdMap; readonly target: Definition },
  scope: Scope,
  token: Token,
  to: FlowNode,
  content: FlowScope,
): readonly Container[] | string {
  const into: Container[] = []
  const where = `is in "${to.scope.id}" in the new model`
  for (let at: FlowScope | null = to.scope; at !== content; at = at.parent) {
    const node: FlowNode | undefined = at === null || at.parent === null ? undefined : target.nodes.get(at.id)
    if (at === null || node === undefined) return `${where}, its token is not: only sub-processes that are new around it can be opened`
    if (!opensContent(node)) return `${where}, and "${node.id}" around it is not begun by its token alone`
    if (node.repetition !== null) return `${where}, and "${node.id}" around it is repeated`
    const isOpen = Object.values(scope.tokens).some(({ elementId, child }) => child && idIn(map, source, elementId) === node.id)
    if (isOpen) return `${where}, and "${node.id}" is open beside it`
    into.unshift(node)
  }
  if (content.adHoc !== null) return `${where}, and what is started in an ad hoc sub-process stays there`
  if (token.handler) return `${where}, and what an event began stays where it is`
  if (token.compensation !== undefined || token.drivenBy !== undefined) return `${where}, and a compensation is under way there`
  return into
}

function idIn(map: IdMap, source: Definition, elementId: string): string {
  return source.nodes.has(elementId) ? (map[elementId] ?? elementId) : ''
}

/**
 * Which of the tokens of one scope go into the same instance of a new sub-process. Where nothing in it makes several tokens of one, each has
 * its own instance; else they share one. Null where it cannot be told: several are at the same place then.
 */
export function grouped(all: readonly Omit<Enclosed, 'group'>[]): readonly Enclosed[] | null {
  const groups = new Map<string, Omit<Enclosed, 'group'>[]>()
  for (const one of all) {
    const id = one.into[0]?.id ?? ''
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  const found: Enclosed[] = []
  for (const group of groups.values()) {
    const isShared = group.some(({ into }) => into[0] !== undefined && multiplies(into[0].content))
    const spots = new Set(group.map(({ to, via }) => `${to.id} ${via ?? ''}`))
    if (isShared && spots.size < group.length) return null
    for (const [k, one] of group.entries()) found.push({ ...one, group: isShared ? 0 : k })
  }
  return found
}

/** True where several tokens can be in it though one entered. */
function multiplies(content: FlowScope): boolean {
  if (content.initial.length > 1 || content.eventSubProcesses.length > 0 || content.adHoc !== null) return true
  return content.nodes.some((node) => {
    if (node.outgoing.length > 1 && node.type !== 'exclusiveGateway' && node.type !== 'eventBasedGateway') return true
    if ('completionQuantity' in node && (node.completionQuantity > 1 || node.startQuantity > 1)) return true
    if (node.type === 'boundaryEvent' && !node.cancelActivity) return true
    return 'content' in node && multiplies(node.content)
  })
}

/** Opens what is new around the tokens, with boundary events, inputs and event sub-processes, and puts them in. Gives the scopes that they are in. */
export function enclose(step: Step, all: readonly Enclosed[]): ReadonlySet<string> | Rejection {
  const opened = new Map<string, string>()
  const inner = new Set<string>()
  for (const { scopeId, n, to, into, group } of all) {
    let at = scopeId
    for (const container of into) {
      const key = `${at} ${group} ${container.id}`
      const known = opened.get(key) ?? openAround(step, at, container)
      if (typeof known !== 'string') return known
      opened.set(key, known)
      at = known
    }
    step.emit({ type: 'tokenMoved', scopeId, n, elementId: to.id, to: tokenId(at, scopeOf(step.draft, at).counter + 1) })
    inner.add(at)
  }
  for (const id of opened.values()) holdWithOuter(step, id)
  return inner
}

function openAround(step: Step, scopeId: string, container: Container): string | Rejection {
  try {
    const opened = openInside(step, scopeId, container, dataNow(step, scopeId, container))
    return typeof opened === 'string' ? opened : { code: 'notMigratable', message: opened.message }
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return { code: 'notMigratable', message: `"${container.id}" cannot be opened: ${error.message}` }
  }
}

/** Data objects that were around the tokens before keep their values, though they are in there now. */
function dataNow(step: Step, scopeId: string, { content }: Container): Values | undefined {
  if (content.data === null) return undefined
  const known: { [name: string]: Value } = {}
  for (const name of Object.keys(content.data)) {
    const value = lookUp(step, scopeId, null, name)
    if (value !== undefined) known[name] = value
  }
  return known
}

/** What is off the path as a whole has nothing in it that acts. */
function holdWithOuter(step: Step, id: string): void {
  const place = splitTokenId(id)
  const by = place === null ? undefined : wholeHold(step.draft, place.scopeId)
  const token = place === null ? undefined : scopeOf(step.draft, place.scopeId).tokens[place.n]
  if (place === null || by === undefined || token === undefined || token.phase === 'held') return
  holdInside(step, { type: 'hold', ...place, by, timers: {}, whole: true }, token)
}
