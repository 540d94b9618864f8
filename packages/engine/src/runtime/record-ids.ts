import { instanceIdOf, splitTokenId } from '../kernel/ids.ts'

/*
 * What belongs to an instance has an id that begins with the instance's, so that a range of ids finds it: `I.` its scopes and rows of its
 * tokens, `I#` its history. Rows of what a token waits for are named after it, so that they are found without looking; where a migration
 * has put the token into another scope, after the id that it had first:
 *
 *   T                  the task, or the job of its work
 *   T:before, T:after  a continuation, or with the place of a listener its job
 *   T:E, T:E:k         the timer or subscription of event E; k from 1 for a further definition of a multiple event
 *   T:E:look           the job by which that subscription looks for a message that is kept
 *   T:turn#K-L         a job that drives an ad hoc sub-process: one at a time
 *   T:call             the job of a call that is still to be made
 *   T:thrownK          the delivery of a message or signal
 *   ROW:incident       what a token, or a job of the engine's, is stuck with
 *   I:migration        a migration that waits until nobody is off the path
 *   I:end, I:cancel, I:escalation-…   what a called instance tells its caller, or is told
 *   B:batch, B#000001  the job of a bulk operation, its instances
 *
 * Neither ids of instances and tokens nor ids of elements have a colon.
 */

/** The id of a timer's job, of a subscription. */
export function waitId(tokenId: string, wait: { readonly for: string; readonly definition?: number }): string {
  return wait.definition === undefined ? `${tokenId}:${wait.for}` : `${tokenId}:${wait.for}:${wait.definition}`
}

/** Back from such an id: the token, and which definition of a multiple event it is; null where it is none of a token. */
export function placeOfWait(
  id: string,
  target: string,
): { readonly scopeId: string; readonly n: number; readonly definition?: number } | null {
  const colon = id.indexOf(':') // ids of tokens have none
  const token = splitTokenId(id.slice(0, colon))
  const definition = Number(id.slice(colon + target.length + 2))
  return token !== null && definition > 0 ? { ...token, definition } : token
}

/** The token that a row stands for: rows of what a token waits for go by its id, some with a name behind a colon. */
export function tokenOfRow(id: string): { readonly scopeId: string; readonly n: number } | null {
  return splitTokenId(tokenIdOfRow(id))
}

/** The instance of the token that a row stands for; null where it stands for none. */
export function instanceOfRow(id: string): string | null {
  const token = tokenOfRow(id)
  return token === null ? null : instanceIdOf(token.scopeId)
}

/** The id of that token. */
export function tokenIdOfRow(id: string): string {
  const colon = id.indexOf(':')
  return colon < 0 ? id : id.slice(0, colon)
}

/** The job of a continuation or a listener; `at` is its place in the life of the element. */
export function stepId(tokenId: string, at: string): string {
  return `${tokenId}:${at}`
}

/** The job of an element's work; `turn` where it is one of those that drive an ad hoc sub-process. */
export function workId(tokenId: string, turn: string | undefined): string {
  return turn === undefined ? tokenId : stepId(tokenId, turn)
}

/** What a token, or one of the engine's own jobs, is stuck with. */
export function incidentId(rowId: string): string {
  return `${rowId}:incident`
}

/** Back from such an id. */
export function rowOfIncident(id: string): string {
  return id.replace(/:incident$/, '')
}

/** The job by which a subscription looks for a message that came before it. */
export function lookId(subscriptionId: string): string {
  return `${subscriptionId}:look`
}

/** Back from such an id. */
export function subscriptionOfLook(id: string): string {
  return id.replace(/:look$/, '')
}

/** The delivery of what a token threw as the event with this index of its command; behind it the round, where rounds throw. */
export function thrownId(tokenId: string, index: number | string): string {
  return `${tokenId}:thrown${index}`
}

/** The job of a call that is still to be made. */
export function callJobId(tokenId: string): string {
  return `${tokenId}:call`
}

/** The job that tells a caller that the instance ended. */
export function callEndId(instanceId: string): string {
  return `${instanceId}:end`
}

/** The job that tells the instance that its caller does not wait any more. */
export function callCancelId(instanceId: string): string {
  return `${instanceId}:cancel`
}

/** The job of a migration that waits until nobody is off the path. */
export function migrationId(instanceId: string): string {
  return `${instanceId}:migration`
}

/** What the ids of an instance's escalations to its caller begin with. */
export function escalationsOf(instanceId: string): string {
  return `${instanceId}:escalation-`
}

/** A number in an id, such that ids sort by it. */
export function ordinal(n: number): string {
  return FIRST_ORDINALS[n] ?? ordinalOf(n)
}

const ORDINAL_DIGITS = 7
const FIRST_ORDINALS: readonly string[] = Array.from({ length: 64 }, (_, n) => ordinalOf(n))

function ordinalOf(n: number): string {
  return n.toString(36).padStart(ORDINAL_DIGITS, '0')
}
