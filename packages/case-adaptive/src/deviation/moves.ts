import { type CommandBody, type InstanceReader, splitTokenId, type Values } from '@leeway/engine/extension'
import type { Anchor } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { isScope, releaseOf } from './anchors.ts'
import { placeWithin } from './target-scopes.ts'
import { closingJoin, entryOf } from './targets.ts'

/** What a return moves: the tokens that end, and the elements before which tokens are put, by which flow. Nothing moves on a resume. */
export interface Moves {
  /** Element instance ids. */
  readonly end: readonly string[]
  readonly start: readonly { readonly elementId: string; readonly via: string | null }[]
}

/** What a directive moves in the anchor's scope; null where the token goes on from its own element, or all ends. */
export function movesOf(to: LaterDirective, anchor: Anchor, instance: InstanceReader): Moves | null {
  if (to.type === 'jump') {
    const first = { elementId: to.elementId, via: entryOf(to, anchor, instance) }
    return {
      end: [anchor.elementInstanceId, ...to.cancel],
      start: [first, ...to.also.map((elementId) => ({ elementId, via: null }))],
    }
  }
  if (to.type !== 'endBranch') return null
  const join = to.retireJoinSlot ? closingJoin(anchor, instance) : null
  return { end: [anchor.elementInstanceId], start: join === null ? [] : [join] }
}

/** The kernel's commands for a return, in order. `by` is the deviation's id. */
export function commandsOf(
  to: LaterDirective,
  anchor: Anchor,
  by: string,
  variables: Values,
  instance: InstanceReader,
): readonly CommandBody[] {
  if (to.type === 'resume') return [...valuesSet(anchor.scopeId, variables, instance), releaseOf(anchor, by)]
  const place = splitTokenId(anchor.elementInstanceId) as { scopeId: string; n: number } // the token was found by it
  const { scopeId } = anchor
  const set = valuesSet(scopeId, variables, instance)
  switch (to.type) {
    case 'redo':
      return [...set, { type: 'divert', ...place, by, to: { type: 'redo' } }]
    case 'skip':
      return [{ type: 'divert', ...place, by, to: { type: 'skip', values: variables } }]
    case 'event':
      return [{ type: 'divert', ...place, by, to: { type: 'event', for: to.elementId, values: variables } }]
    case 'endScope':
      // Who took a scope over ends that one.
      return [...set, { type: 'endScope', scopeId: isScope(anchor, instance) ? anchor.elementInstanceId : scopeId, reason: by }]
    case 'stayOff':
      return [...set, { type: 'cancelProcess', instanceId: instance.id, reason: by, as: 'superseded' }]
    case 'endBranch':
      if (!to.retireJoinSlot) return [...set, { type: 'divert', ...place, by, to: { type: 'end' } }]
      return [...set, ...moving(to, anchor, instance)]
    case 'jump':
      return [...set, ...moving(to, anchor, instance)]
  }
}

/** Tokens are put elsewhere, then those that end are ended. */
function moving(to: LaterDirective, anchor: Anchor, instance: InstanceReader): readonly CommandBody[] {
  const { end, start } = movesOf(to, anchor, instance) as Moves // asked for those that move
  const within = to.type === 'jump' ? to.within : undefined
  const cancel = end.map((id) => splitTokenId(id) as { scopeId: string; n: number }) // ids of tokens
  const puts = start.map(({ elementId, via }) => ({
    at: 'before' as const,
    elementId,
    within: placeWithin(elementId, anchor.scopeId, within, instance),
    values: {},
    ...(via !== null && { via }),
  }))
  return [{ type: 'modifyProcess', instanceId: instance.id, cancel, start: puts }]
}

/** Sets variables where the step stands. A scope that is gone takes none. */
export function valuesSet(scopeId: string, values: Values, instance: InstanceReader): readonly CommandBody[] {
  if (Object.keys(values).length === 0 || instance.scope(scopeId) === null) return []
  return [{ type: 'setVariables', scopeId, values }]
}
