import { isLeewayError } from '@leeway/storage'
import type { AdHocSubProcess } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { splitTokenId, tokenId } from './ids.ts'
import { raiseIncident } from './incidents.ts'
import type { Wait } from './state.ts'
import { turnJob } from './work.ts'

/**
 * Asks the handler that drives an ad hoc sub-process what is to be done next: when it opens, and when a path inside came to its end. There
 * is one job at a time; one that is not done yet is replaced, for it was made from what was so before. `zeebe:taskDefinition` of an ad hoc
 * sub-process.
 */
export function askForTurn(step: Step, scopeId: string, n: number, node: AdHocSubProcess): void {
  const { closing, counter, live } = scopeOf(step.draft, tokenId(scopeId, n))
  if (node.job === null || closing) return
  const turn = `turn#${counter}-${live}` // between two turns a token came or went: both numbers never come again together
  try {
    const waits: readonly Wait[] = [{ type: 'job', turn }, ...otherWaits(step, scopeId, n)]
    const job = turnJob(step, scopeId, n, node, node.job, turn)
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits, job })
  } catch (error) {
    if (!isLeewayError(error)) throw error
    raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'turn')
  }
}

/** A path inside an ad hoc sub-process came to its end: the handler that drives it, if one does, is asked again. */
export function pathEnded(step: Step, inner: string): void {
  const owner = splitTokenId(inner)
  const token = owner && scopeOf(step.draft, owner.scopeId).tokens[owner.n]
  const node = token && step.definition.nodes.get(token.elementId)
  if (owner && token?.phase !== 'held' && node?.type === 'adHocSubProcess') askForTurn(step, owner.scopeId, owner.n, node)
}

/** An ad hoc sub-process is to end: nothing more is started in it, and nobody is asked any more. */
export function endTurns(step: Step, inner: string): void {
  step.emit({ type: 'adHocClosed', scopeId: inner })
  withdrawTurn(step, inner)
}

/** Who was asked is not asked any more where it is to end. While it is off the path what it waits for stays; on its return it goes. */
export function withdrawTurn(step: Step, inner: string): void {
  const owner = splitTokenId(inner)
  const token = owner && scopeOf(step.draft, owner.scopeId).tokens[owner.n]
  if (!owner || token?.phase === 'held' || !token?.waits?.some(isTurn)) return
  const { scopeId, n } = owner
  step.emit({ type: 'elementWaits', scopeId, n, elementId: token.elementId, waits: otherWaits(step, scopeId, n) })
}

function otherWaits(step: Step, scopeId: string, n: number): readonly Wait[] {
  return (scopeOf(step.draft, scopeId).tokens[n]?.waits ?? []).filter((wait) => !isTurn(wait))
}

function isTurn(wait: Wait): boolean {
  return wait.type === 'job'
}
