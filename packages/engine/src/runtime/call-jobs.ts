import type { CallDetails } from '../kernel/events/wait-details.ts'
import { splitTokenId } from '../kernel/ids.ts'
import type { CallResult } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import { commitAlone } from './also.ts'
import type { CommandBody } from './command-body.ts'
import type { CommandRequest, Outcome } from './command-request.ts'
import { forgetStale } from './definition-cache.ts'
import type { Host } from './host.ts'
import { parkIfStill } from './park-still.ts'
import { escalationsOf } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { resolveCalled, startCommandOf } from './resolve-called.ts'
import { runCommand } from './run-command.ts'
import { dropJob } from './settle-job.ts'
import { loadCurrent } from './state-cache.ts'

/**
 * Does a job that passes between an instance and one that it called. It ends in the very change set that has the effect; what makes no
 * sense any more (the token is gone, the instance has ended) is dropped.
 */
export async function performCallJob(host: Host, record: JobRecord, fence: number): Promise<void> {
  const data = record.body.data as unknown as CallData // written by this engine alone
  const over = { expect: [], put: [], delete: [{ collection: jobs, id: record.id }] }
  const run = (request: Pick<CommandRequest, 'instanceId' | 'command'>): Promise<Outcome> =>
    runCommand(host, { ...request, actor: null, job: { record, fence }, also: over })
  let outcome: Outcome
  if (record.kind === 'callCancel') {
    const { instanceId } = data
    outcome = await run({ instanceId, command: { type: 'cancelProcess', instanceId, reason: 'its caller was cancelled or went on' } })
  } else {
    const place = splitTokenId(data.token)
    if (place === null) return dropJob(host, record, fence)
    if (record.kind === 'call') {
      const started = await callNow(host, record, fence, data)
      if (started !== null) outcome = started
      else return
    } else {
      await escalateFirst(host, record)
      if (record.kind === 'callEscalation') return
      outcome = await run({ instanceId: record.instanceId ?? '', command: finish(place, data.instanceId, data.result) })
    }
  }
  if (outcome.type === 'rejected' || outcome.type === 'absent') await dropJob(host, record, fence)
}

interface CallData {
  readonly token: string
  readonly instanceId: string
  readonly call: CallDetails
  readonly result: CallResult
  readonly code: string
  readonly values: Values
  readonly variables: Values
}

/**
 * Tells the caller of all escalations of the called instance that it does not know of, in their order: they come before what comes
 * after them. Others may be at the same: each is told once, for its job goes with it.
 */
async function escalateFirst(host: Host, { body }: JobRecord): Promise<void> {
  const { instanceId } = body.data as unknown as CallData // written by this engine alone
  const from = escalationsOf(instanceId)
  for (;;) {
    const id = [{ gt: from }, { lt: `${from}~` }]
    const found = await host.storage.find(jobs, { where: { id, kind: { eq: 'callEscalation' } }, orderBy: [{ field: 'id' }], limit: PAGE })
    for (const { record, revision } of found) {
      const { token, code, values, variables } = record.body.data as unknown as CallData // as above
      const key = { collection: jobs, id: record.id }
      const over = { expect: [{ ...key, revision }], put: [], delete: [key] }
      const place = splitTokenId(token)
      if (place === null) continue
      const command: CommandBody = { type: 'escalateCall', ...place, calledId: instanceId, code, values, variables }
      const outcome = await runCommand(host, { instanceId: record.instanceId ?? '', command, actor: null, also: over })
      if (outcome.type === 'rejected' || outcome.type === 'absent') await commitAlone(host, 'dropJob', null, over)
    }
    if (found.length < PAGE) return
  }
}

const PAGE = 100

/** Null where it was done, or undone, by another. */
async function callNow(host: Host, record: JobRecord, fence: number, { token, instanceId, call }: CallData): Promise<Outcome | null> {
  const place = splitTokenId(token)
  const caller = await loadCurrent(host, record.instanceId ?? '', place?.scopeId ?? '')
  if (caller === null || place === null) return { type: 'absent' }
  if (caller.record?.status === 'suspended' && (await parkIfStill(host, caller, record, fence))) return null
  const over = { put: [], delete: [{ collection: jobs, id: record.id }] }
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const resolved = await resolveCalled(host, caller.definition.record, record.tenantId, call)
    if ('missing' in resolved) {
      const command = finish(place, instanceId, { type: 'notCalled', code: resolved.code, message: resolved.missing })
      const also = { ...over, expect: [] }
      return runCommand(host, { instanceId: caller.id, command, actor: null, job: { record, fence }, also })
    }
    const { loaded, expect, tenantId } = resolved
    const command = startCommandOf(instanceId, loaded, call)
    const outcome = await runCommand(host, {
      instanceId,
      command,
      actor: null,
      job: { record, fence },
      // The job's own row goes with the caller's token: so nothing is called that nobody waits for.
      also: { ...over, expect },
      start: {
        definition: loaded,
        tenantId,
        parent: { instanceId: caller.id, elementInstanceId: token },
        extensions: caller.record?.extensions ?? [],
      },
    })
    if (outcome.type !== 'lost') return outcome
    if (!outcome.conflict.some(({ id }) => expect.some((one) => one.id === id))) return null
    for (const { id } of expect) host.definitions.latest.delete(id) // another version came meanwhile
    forgetStale(host.definitions, expect)
  }
  return null // tried again when its lease ends
}

const ATTEMPTS_MAX = 20

function finish(place: { readonly scopeId: string; readonly n: number }, instanceId: string, result: CallResult): CommandBody {
  return { type: 'finishCall', ...place, calledId: instanceId, result }
}
