import { commitAlone } from './also.ts'
import type { CommandBody } from './command-body.ts'
import type { Host } from './host.ts'
import { seenFrom } from './job-place.ts'
import type { JobTools, LeasedJob } from './leased-job.ts'
import { parkIfStill } from './park-still.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { runCommand } from './run-command.ts'
import { loadCurrent } from './state-cache.ts'

/** Runs the command that a job is for. Where the state does not take it the job is over. */
export async function settle(host: Host, job: LeasedJob, tools: JobTools, command: CommandBody): Promise<void> {
  const { record } = job
  tools.done()
  const outcome = await runCommand(host, {
    instanceId: record.instanceId ?? '',
    command,
    actor: null,
    job: { record, fence: tools.fence() },
  })
  if (outcome.type === 'done') return tools.settled()
  if (outcome.type === 'rejected' && outcome.rejection.code === 'suspended') return parkOrRelease(host, record, tools.fence())
  // Given another due time meanwhile, it is another job by now.
  if (outcome.type === 'rejected' || outcome.type === 'absent')
    await dropJob(host, record, tools.fence(), record.kind === 'timer' ? job.revision : undefined)
}

/** Waits for the resumption of its instance; where that has come meanwhile it is to be claimed again. */
async function parkOrRelease(host: Host, record: JobRecord, fence: number): Promise<void> {
  const entry = await loadCurrent(host, record.instanceId ?? '', seenFrom(record))
  if (entry === null || !(await parkIfStill(host, entry, record, fence)))
    await host.storage.release([{ collection: jobs, id: record.id, fence }])
}

/** The job makes no sense any more. Where `revision` is given: as it was then. */
export async function dropJob(host: Host, { id }: JobRecord, fence: number, revision?: number): Promise<void> {
  await commitAlone(host, 'dropJob', null, {
    expect: [{ collection: jobs, id, fence, ...(revision !== undefined && { revision }) }],
    put: [],
    delete: [{ collection: jobs, id }],
  })
}
