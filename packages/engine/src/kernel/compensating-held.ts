import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import type { Diversion, ToCompensate } from './commands.ts'
import { findScope, scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import type { Rejection } from './rejection.ts'
import { emptyScope, terminateToken } from './scopes.ts'
import { type Compensable, type CompensationSource, type Token, tokenNumbers } from './state.ts'

/**
 * A token that is held undoes what completed, and is held as before when that is done: whoever left there then says how the path is taken
 * up. Its own step is taken back, and all that is in a scope which it opened ends.
 */
export function compensateHeld(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  node: FlowNode,
  { sources, alone }: Extract<Diversion, { type: 'compensate' }>,
): Rejection | undefined {
  const inner = token.child ? tokenId(scopeId, n) : null
  if (token.drivenBy !== undefined) return refused(node, 'it is at work for another compensation')
  if (token.hold?.was === 'arrived' || token.incident?.retry === 'join') return refused(node, 'its token only waits there for others')
  if (node.type === 'eventBasedGateway' && node.instantiate) return refused(node, 'it began the instance')
  if (inner !== null && findScope(step.draft, inner)?.rounds) return refused(node, 'it is repeated')
  const gone = sources.find((source) => findScope(step.draft, source.scopeId) === null)
  if (gone !== undefined) return { code: 'unknownToken', message: `there is no scope ${gone.scopeId} (any more)` }
  if (alone) {
    for (const other of tokenNumbers(scopeOf(step.draft, scopeId))) if (other !== n) terminateToken(step, scopeId, other, null)
    for (const elementId in scopeOf(step.draft, scopeId).joins) step.emit({ type: 'gatewayReset', scopeId, elementId })
    step.dropEntries(scopeId)
  }
  if (inner !== null) emptyScope(step, inner, node.id)
  if (!token.hold?.withdrawn) {
    step.emit({ type: 'elementWithdrawn', scopeId, n, elementId: node.id })
    const { by = '', since = step.now } = token.hold ?? {}
    const hold = { by, was: 'waiting', since, latches: [], withdrawn: true } as const
    step.emit({ type: 'tokenHeld', scopeId, n, elementId: node.id, hold, waits: [] })
  }
  step.emit({ type: 'compensationBegun', scopeId, n, elementId: node.id, sources: sources.map((source) => taken(step, source)) })
  step.plan({ do: 'compensate', scopeId, n, node })
  return undefined
}

function taken(step: Step, { scopeId, elementIds }: ToCompensate): CompensationSource {
  const { latest = {} } = scopeOf(step.draft, scopeId).compensables ?? {}
  if (elementIds === null) return { scopeId, latest }
  const some: { [elementId: string]: Compensable } = {}
  for (const id of elementIds) if (latest[id] !== undefined) some[id] = latest[id]
  return { scopeId, once: true, latest: some }
}

function refused({ id }: FlowNode, why: string): Rejection {
  return { code: 'notDivertible', message: `"${id}" cannot undo what was done: ${why}` }
}
