import { type FlowNode, type FlowScope, type InstanceReader, splitTokenId } from '@leeway/engine/extension'
import type { Anchor } from '../case/deviation-state.ts'
import type { JumpDirective } from '../case/directives.ts'
import { ambiguousTarget, illegalTarget } from './refusals.ts'

/**
 * The scope that a token is put into, or further in: the one that is named, where it is around the element, else the innermost around the
 * anchor that is.
 */
export function placeWithin(elementId: string, scopeId: string, named: string | undefined, instance: InstanceReader): string | null {
  const around = contentsAround(instance.definition.nodes.get(elementId))
  const isAround = (id: string): boolean => {
    const scope = instance.scope(id)
    return scope !== null && !scope.rounds && around.has(scope.kind === 'process' ? instance.definition.root.id : scope.elementId)
  }
  if (named !== undefined && isAround(named)) return named
  for (let id: string | null = scopeId; id !== null; id = splitTokenId(id)?.scopeId ?? null) if (isAround(id)) return id
  return null
}

/** Throws `UnknownScope` where the scope that is named is not open beside the anchor, `TargetAmbiguous` where one must be named. */
export function checkTargetScope({ elementId, within, cancel }: JumpDirective, anchor: Anchor, instance: InstanceReader): void {
  const outer = placeWithin(elementId, anchor.scopeId, undefined, instance)
  if (outer === null) return
  const gone = [anchor.elementInstanceId, ...cancel]
  const isLeft = (id: string): boolean => isInside(id, outer) && !gone.some((one) => isInside(id, one))
  const contents = contentsAround(instance.definition.nodes.get(elementId))
  for (const flows of contents.values()) {
    const open = openScopes(instance, flows).filter(isLeft)
    if (within !== undefined && open.includes(within)) return
    if (within === undefined && open.length > 1) throw ambiguousTarget(elementId, flows.id, open)
    if (within === undefined && open.length === 1) return
  }
  if (within === undefined) return
  const alternative = 'Name the element instance of a sub-process around it that is open, or none where there is one only.'
  throw illegalTarget('UnknownScope', elementId, `"${within}" is no open scope around it that could be entered from the step`, alternative)
}

/** The contents that an element is in, by the ids of their elements, the innermost first. */
function contentsAround(node: FlowNode | undefined): ReadonlyMap<string, FlowScope> {
  const around = new Map<string, FlowScope>()
  for (let at = node?.scope ?? null; at !== null; at = at.parent) around.set(at.id, at)
  return around
}

/** Ids of the open scopes that are instances of a content. */
function openScopes(instance: InstanceReader, flows: FlowScope): readonly string[] {
  if (flows.parent === null) return [instance.id]
  return openScopes(instance, flows.parent).flatMap((outer) =>
    Object.entries(instance.scope(outer)?.tokens ?? {}).flatMap(([n, token]) =>
      token.elementId === flows.id && token.child ? openedBy(instance, `${outer}.${n}`) : [],
    ),
  )
}

/** What a token opened; of a repeated activity the contents of its rounds. */
function openedBy(instance: InstanceReader, id: string): readonly string[] {
  const scope = instance.scope(id)
  if (scope === null) return []
  if (!scope.rounds) return [id]
  return Array.from({ length: scope.rounds.begun }, (_, k) => `${id}.${k + 1}`).flatMap((round) =>
    Object.entries(instance.scope(round)?.tokens ?? {}).flatMap(([n, token]) => (token.child ? [`${round}.${n}`] : [])),
  )
}

function isInside(id: string, outer: string): boolean {
  return id === outer || id.startsWith(`${outer}.`)
}
