import type { FlowNode } from '../model/elements.ts'
import { withdrawTurn } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import { finishCall } from './calling.ts'
import type { ReleaseProcess, ReleaseToken } from './commands.ts'
import { findScope } from './draft.ts'
import { applyWork } from './finish-work.ts'
import { applyHeard } from './heard.ts'
import { releaseToken } from './holding.ts'
import { heldInside } from './holding-scopes.ts'
import { tokenId } from './ids.ts'
import { raiseIncident } from './incidents.ts'
import { reconsiderJoin } from './joins.ts'
import type { Rejection } from './rejection.ts'
import { type Latch, type Scope, type Token, waitsFor } from './state.ts'
import { goOnFromStop } from './stopping.ts'
import { occur } from './triggering.ts'

/** Back on the path: what was latched is applied once, in the order it came; the first that moves the token ends it. */
export function release(step: Step, command: ReleaseToken, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n } = command
  const { hold } = token
  if (token.phase !== 'held' || !hold || hold.by !== command.by)
    return { code: 'notHeld', message: `"${token.elementId}" is not held by ${command.by}` }
  if (hold.withdrawn)
    return { code: 'notDivertible', message: `"${token.elementId}" was taken back; begin it anew, skip it or go elsewhere` }
  releaseToken(step, scopeId, n, token)
  if (hold.was === 'unbegun' || hold.was === 'occurred') {
    goOnFromStop(step, scopeId, n, hold.was, node)
    return undefined
  }
  for (const latch of hold.latches) {
    const now = findScope(step.draft, scopeId)?.tokens[n]
    if (now) applyLatch(step, scopeId, n, now, node, latch)
  }
  if (hold.was === 'arrived') reconsiderJoin(step, scopeId, node)
  if (token.child) {
    if (findScope(step.draft, tokenId(scopeId, n))?.closing) withdrawTurn(step, tokenId(scopeId, n))
    goOnInside(step, command, token, node)
  }
  return undefined
}

/** The whole instance is back on the path. */
export function releaseProcess(step: Step, { id, instance }: Scope, { by }: ReleaseProcess): Rejection | undefined {
  if (instance?.hold?.by !== by) return { code: 'notHeld', message: `instance ${id} is not held by ${by}` }
  const inside = heldInside(step, id, by)
  step.emit({ type: 'processReleased', scopeId: id, by })
  for (const one of inside) releaseAt(step, one)
  step.moved(id)
  return undefined
}

/** All that was held with a scope goes on; if what was left running in it has ended meanwhile, the scope ends now. */
function goOnInside(step: Step, { scopeId, n, by }: ReleaseToken, token: Token, node: FlowNode): void {
  const inner = tokenId(scopeId, n)
  for (const command of heldInside(step, inner, by)) releaseAt(step, command)
  // Where something is at work for it, it had ended before.
  if (token.incident !== undefined || token.waits?.some((wait) => wait.type === 'listener' || wait.type === 'continuation')) return
  const scope = findScope(step.draft, inner)
  if (scope?.rounds === undefined) {
    // An ad hoc sub-process stays open without a token until it is to end.
    if (scope?.kind !== 'adHocSubProcess' || scope.closing) step.moved(inner)
  } else if (scope.rounds.active === 0) step.plan({ do: 'leave', scopeId, n, node })
}

function releaseAt(step: Step, command: ReleaseToken): void {
  const token = findScope(step.draft, command.scopeId)?.tokens[command.n]
  const node = token && step.definition.nodes.get(token.elementId)
  if (node) release(step, command, token, node)
}

/** What came while the token was away has its effect. */
function applyLatch(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, latch: Latch): void {
  if (latch.type === 'work') {
    if (waitsFor(token, 'job')) applyWork(step, scopeId, n, node, latch.result)
    else if (waitsFor(token, 'listener')) applyHeard(step, scopeId, n, token, node, latch.result)
  } else if (latch.type === 'call')
    finishCall(step, { type: 'finishCall', scopeId, n, calledId: latch.instanceId, result: latch.result }, token, node)
  else if (latch.type === 'failure') raiseIncident(step, scopeId, n, node.id, latch.code, latch.message, 'job')
  else if (token.waits?.some((wait) => 'for' in wait && wait.for === latch.for)) occur(step, scopeId, n, token, latch, true)
}
