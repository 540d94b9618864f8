import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import { historyDecoder } from './history-codec.ts'
import { isoOf } from './instance-view.ts'
import { unknownInstance } from './instances.ts'
import { instances } from './records/instance.ts'
import { readRounds } from './rounds.ts'

/** One thing that happened in an instance. */
export interface HistoryEntry {
  /** Of the command that it happened in, from 1: those of one command share it. */
  readonly seq: number
  /** ISO 8601. */
  readonly at: string
  readonly actor: string | null
  /** In the past tense: `elementActivated`, `elementCompleted`, `processEnded`, … */
  readonly type: string
  readonly elementId?: string
  readonly elementInstanceId?: string
  readonly [name: string]: unknown
}

/** What happened in an instance, in order, as far as its level of history keeps it. Throws `unknownInstance`. */
export async function readHistory(api: Api, instanceId: string): Promise<readonly HistoryEntry[]> {
  const { storage } = api.host
  needText('history', 'instanceId', instanceId)
  const asked = authorize(api, 'history', { instanceId })
  if (asked !== null) await asked
  const [instance] = await storage.get(instances, [instanceId])
  if (instance === undefined || !isSeen(api, instance.record.tenantId)) throw unknownInstance(instanceId)
  const decode = historyDecoder(instanceId)
  const entries: HistoryEntry[] = []
  const { startedAt } = instance.record
  for (const [seq, , after, by, encoded] of await readRounds(storage, instance.record)) {
    const at = isoOf(startedAt + after)
    const actor = by === 0 ? null : by
    const events = decode(encoded)
    if (events.length === 0) entries.push({ seq, at, actor, type: 'commandApplied' })
    for (const event of events) entries.push({ seq, at, actor, ...event })
  }
  return entries
}
