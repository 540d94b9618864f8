import type { Write } from '@leeway/storage'
import type { Draft } from '../kernel/draft.ts'
import type { ProcessEnded } from '../kernel/events/instance.ts'
import type { CallDetails } from '../kernel/events/wait-details.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { instanceIdOf } from '../kernel/ids.ts'
import type { CallResult } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import { callCancelId, callEndId, callJobId, escalationsOf, ordinal } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** Whose commit a job is written in. */
interface Sender {
  readonly now: number
  readonly tenantId: string | null
  readonly definition: LoadedDefinition
}

interface Ended extends Sender {
  readonly instanceId: string
  readonly draft: Draft
  readonly events: readonly KernelEvent[]
  /** Of the job that the command is the result of. */
  readonly jobType: string | null
}

/** What passes between an instance and those that it called: jobs, written in the sender's commit. call-jobs.ts does them. */
export const CALL_KINDS = ['call', 'callEnd', 'callEscalation', 'callCancel'] as const

/** Calls an instance later: one command starts only so many, and none for a token that is off the path (`isHeld`). */
export function callJob(input: Sender, tokenId: string, instanceId: string, call: CallDetails, isHeld: boolean): Write {
  const data = { call: call as unknown as Values, token: tokenId, instanceId } // plain JSON
  return write(input, callJobId(tokenId), 'call', instanceIdOf(tokenId), data, isHeld ? null : input.now)
}

/** The instance that is ended told its caller; null where it did not end by this command, or ended because the caller wants it so. */
export function callEndJob(input: Ended, callerTokenId: string): Write | null {
  if (input.jobType === '$callCancel') return null
  const ended = input.events.findLast(isEnd)
  if (ended === undefined) return null
  const result = resultOf(ended, input.draft.scopes.get(input.instanceId)?.variables ?? {})
  const { instanceId } = input
  const data = { token: callerTokenId, instanceId, result: result as unknown as Values } // plain JSON
  return write(input, callEndId(instanceId), 'callEnd', instanceIdOf(callerTokenId), data)
}

/**
 * Escalations of an instance that a caller of it catches; ordered by their ids, in which `revision` is the instance's before the command.
 */
export function callEscalationJobs(input: Ended, callerTokenId: string, revision: number): readonly Write[] {
  const { instanceId } = input
  return input.events.flatMap((event, index) => {
    if (event.type !== 'escalationThrown' || event.toCaller === undefined) return []
    const { code, toCaller: values } = event
    const variables = input.draft.scopes.get(instanceId)?.variables ?? input.draft.base.scopes.get(instanceId)?.variables ?? {}
    const id = `${escalationsOf(instanceId)}${ordinal(revision)}-${ordinal(index)}`
    return [write(input, id, 'callEscalation', instanceIdOf(callerTokenId), { token: callerTokenId, instanceId, code, values, variables })]
  })
}

/** Its caller does not wait for it any more. */
export function callCancelJob(input: Sender, instanceId: string): Write {
  return write(input, callCancelId(instanceId), 'callCancel', instanceId, { instanceId })
}

/** What the end of an instance is for its caller. */
export function resultOf({ status, reason, error, ends }: ProcessEnded, variables: Values): CallResult {
  if (error !== undefined) return { type: 'error', ...error, variables }
  if (ends !== undefined) return { type: 'terminated', ends }
  return status === 'completed' ? { type: 'completed', values: variables } : { type: 'ended', status, reason }
}

export function isEnd(event: KernelEvent): event is ProcessEnded {
  return event.type === 'processEnded'
}

function write(
  input: Sender,
  id: string,
  kind: (typeof CALL_KINDS)[number],
  instanceId: string,
  data: Values,
  dueAt: number | null = input.now,
): Write {
  const { record: definition } = input.definition
  const record: JobRecord = {
    id,
    dueAt,
    priority: 0,
    kind,
    type: `$${kind}`,
    instanceId,
    tenantId: input.tenantId,
    body: { definitionId: definition.id, processKey: definition.key, data },
  }
  return { collection: jobs, record }
}
