import type { Value, Values } from '../model/value.ts'
import { type Also, commitAlone, NOTHING } from './also.ts'
import type { Api } from './api-context.ts'
import type { ExtensionOutcome } from './extension.ts'
import { performOccurrence } from './extension-port.ts'
import type { Host } from './host.ts'
import { invoke } from './invoke.ts'
import { JobContext } from './job.ts'
import type { JobTools, LeasedJob } from './leased-job.ts'
import { incidentId } from './record-ids.ts'
import { incidents } from './records/incident.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { attemptsOf, retryFactsOf, retryOf } from './retries.ts'
import { startInstance } from './start-instance.ts'
import { tellIncident } from './tell-events.ts'

/** Jobs of extensions: `owned` is work by a handler, whose type the row has; `extension` one of its commands, to be put before it later. */
export const EXTENSION_KINDS = ['owned', 'extension'] as const

/** What an extension says of a job of its own, as the `data` of the job's row. */
export interface OwnedJobData {
  readonly extension: string
  /** `owned`: what the handler is given. */
  readonly variables?: Values
  /** `extension`: the command; what it is submitted to is the row's instance. */
  readonly command?: Value
  /** `extension`: a process that is started with it. The command is then put in the order of that new instance. */
  readonly start?: { readonly key: string; readonly instanceId: string; readonly variables: Values; readonly businessKey: string | null }
}

/** Does a job of an extension. A node that does not have the extension leaves it to others. */
export async function performExtensionJob(host: Host, job: LeasedJob, tools: JobTools): Promise<void> {
  const data = job.record.body.data as unknown as OwnedJobData // as the extension wrote it
  if (!host.extensions.hasAll([data.extension])) return
  if (job.record.kind === 'owned') await performOwned(host, job, data, tools)
  else await performCommand(host, job, data, tools)
}

async function performOwned(host: Host, { record }: LeasedJob, data: OwnedJobData, tools: JobTools): Promise<void> {
  const handler = host.handlers.byType.get(record.type) ?? null
  if (handler === null) return
  const facts = retryFactsOf(record)
  const context = new JobContext(
    {
      type: record.type,
      key: record.body.work?.key ?? record.id,
      failures: facts.failures,
      attempts: attemptsOf(host.settings, handler, facts.attempts),
      instanceId: record.instanceId ?? '',
      definitionId: '',
      processKey: '',
      businessKey: null,
      elementId: '',
      tenantId: record.tenantId,
      fields: {},
      headers: {},
    },
    { id: record.id, values: data.variables ?? {} },
  )
  tools.onAbort((reason) => context.abort(reason))
  const answer = await invoke(host, handler, context, false)
  tools.done()
  if ('result' in answer && answer.result.type === 'completed') {
    const { set, local } = answer.result
    return void (await settle(host, record, data, { type: 'completed', values: { ...set, ...local } }, gone(record, tools.fence())))
  }
  const failed = failureOf(answer)
  const { retryAt } = retryOf(host.settings, handler, facts, failed.final, host.now())
  const { code, message } = failed
  const body = { ...record.body, failures: facts.failures + 1, error: { code, message } }
  const put = [{ collection: jobs, record: { ...record, dueAt: retryAt, body } }]
  const expect = [{ collection: jobs, id: record.id, fence: tools.fence() }]
  const result = { type: 'failed', code, message } as const
  if (retryAt !== null) {
    if (!(await commitAlone(host, 'failJob', null, { expect, put, delete: [] }))) await tellLate(host, record, data, result)
    return
  }
  const incident = {
    collection: incidents,
    record: {
      id: incidentId(record.id),
      instanceId: record.instanceId,
      elementId: null,
      processKey: null,
      jobType: record.type,
      createdAt: host.now(),
      tenantId: record.tenantId,
      body: { code, message, jobId: record.id },
    },
  }
  if (await settle(host, record, data, result, { expect, put: [...put, incident], delete: [] })) tellIncident(host, incident.record)
}

function failureOf(answer: Awaited<ReturnType<typeof invoke>>): {
  readonly code: string
  readonly message: string
  readonly final: boolean
} {
  if ('failed' in answer) return answer.failed
  if ('result' in answer && answer.result.type === 'error') return { ...answer.result, final: true }
  return {
    code: 'invalidResult',
    message: 'Work of an extension completes, fails or throws an error; nothing waits for more.',
    final: true,
  }
}

type Ended = Extract<ExtensionOutcome<unknown>['occurrence'], { type: 'job' }>['result']

/** False where the job was deleted meanwhile. */
async function settle(host: Host, job: JobRecord, data: OwnedJobData, result: Ended, also: Also): Promise<boolean> {
  const isLanded = (await occur(host, job, data, { type: 'job', job, result }, also)) !== null
  if (!isLanded) await tellLate(host, job, data, result)
  return isLanded
}

/**
 * The extension deleted the job while its handler was at work: what that did it has done all the same. Where another has the job now it is
 * theirs to say.
 */
async function tellLate(host: Host, job: JobRecord, data: OwnedJobData, result: Ended): Promise<void> {
  const [known] = await host.storage.get(jobs, [job.id])
  if (known !== undefined) return
  const [instance] = job.instanceId === null ? [] : await host.storage.get(instances, [job.instanceId])
  await occur(host, { ...job, instanceId: instance?.record.id ?? null }, data, { type: 'job', job, result }, NOTHING)
}

async function performCommand(host: Host, { record }: LeasedJob, data: OwnedJobData, tools: JobTools): Promise<void> {
  tools.done()
  const occurrence = { type: 'command', command: data.command ?? null } as const
  const also = gone(record, tools.fence())
  if (data.start === undefined) return void (await occur(host, record, data, occurrence, also))
  const { key, instanceId, variables, businessKey } = data.start
  const api = apiOf(host, record)
  const starting = { reference: key, instanceId, businessKey, at: null, variables, actor: null, tenantId: record.tenantId }
  const outcome = await startInstance(api, starting, { extension: { name: data.extension, occurrence, also: () => also } })
  if (outcome.type === 'taken') await commitAlone(host, 'dropJob', null, also)
}

async function occur(
  host: Host,
  job: JobRecord,
  { extension }: OwnedJobData,
  occurrence: Parameters<typeof performOccurrence>[3],
  also: Also,
): Promise<Value | null> {
  return performOccurrence(apiOf(host, job), extension, job.instanceId, occurrence, { outlives: true }, () => also)
}

function apiOf(host: Host, { tenantId }: JobRecord): Api {
  return { host, bound: { actor: null, tenantId, isTenantBound: false } }
}

function gone({ id }: JobRecord, fence: number): Also {
  return { expect: [{ collection: jobs, id, fence }], put: [], delete: [{ collection: jobs, id }] }
}
