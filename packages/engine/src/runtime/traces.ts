import type { ChangeSet, Write } from '@leeway/storage'
import { tokenId } from '../kernel/ids.ts'
import type { CommandRequest } from './command-request.ts'
import type { Host } from './host.ts'
import { waitId } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { messages, subscriptions } from './records/message.ts'
import { tasks } from './records/task.ts'
import type { Telemetry } from './telemetry.ts'

/** What is written for later carries the trace in which it was written: jobs, tasks, subscriptions, kept messages. */
export function withTraces(telemetry: Telemetry, set: ChangeSet): ChangeSet {
  const trace = telemetry.trace()
  if (trace === null) return set
  return { ...set, put: set.put.map((write) => (CARRIERS.has(write.collection.name) ? carrying(write, trace) : write)) }
}

/** A job that this node holds from its making on. */
export function tracedJob(telemetry: Telemetry, record: JobRecord): JobRecord {
  const trace = telemetry.trace()
  return trace === null || record.body.trace !== undefined ? record : { ...record, body: { ...record.body, trace } }
}

/**
 * The stored traces that a command follows from: of the job that it is the result of, of what it takes out of the store (a message that was
 * kept, a delivery), and of what it goes on with (a task, a subscription). The last are read for this alone.
 */
export async function tracesBefore({ storage }: Host, request: CommandRequest): Promise<readonly string[]> {
  const { command, job, also } = request
  const traces = new Set<string>()
  const add = (found: readonly { readonly record: { readonly body: { readonly trace?: string } } }[]): void => {
    for (const { record } of found) if (record.body.trace !== undefined) traces.add(record.body.trace)
  }
  if (job !== undefined) add([job])
  for (const { collection, id } of also?.delete ?? []) {
    if (collection.name === messages.name) add(await storage.get(messages, [id]))
    else if (collection.name === jobs.name && id !== job?.record.id) add(await storage.get(jobs, [id]))
  }
  if (command === null || !('scopeId' in command) || !('n' in command)) return [...traces]
  const token = tokenId(command.scopeId, command.n) // as rows know it: the command is as it was given
  if (command.type === 'completeTask') add(await storage.get(tasks, [token]))
  else if (command.type === 'triggerWait' && command.kind !== 'timer') add(await storage.get(subscriptions, [waitId(token, command)]))
  else if (BY_HAND.has(command.type)) for (const rows of [tasks, jobs]) add(await storage.get<Carrier>(rows, [token]))
  return [...traces]
}

/** Commands that a person gives to an element, whatever it waits for. */
const BY_HAND: ReadonlySet<string> = new Set(['triggerElement', 'throwError', 'throwEscalation'])

const CARRIERS: ReadonlySet<string> = new Set([jobs.name, tasks.name, subscriptions.name, messages.name])

interface Carrier {
  readonly id: string
  readonly body: { readonly trace?: string }
}

function carrying(write: Write, trace: string): Write {
  const record = write.record as Carrier // a collection of CARRIERS
  return record.body.trace === undefined ? { ...write, record: { ...record, body: { ...record.body, trace } } } : write
}
