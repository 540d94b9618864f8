import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import { historyDecoder } from './history-codec.ts'
import { isoOf } from './instance-view.ts'
import { unknownInstance } from './instances.ts'
import { history } from './records/history.ts'
import { instances } from './records/instance.ts'

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
  let from = `${instanceId}#`
  for (;;) {
    const page = await storage.find(history, {
      where: { id: [{ gt: from }, { lt: `${instanceId}$` }] },
      orderBy: [{ field: 'id' }],
      limit: PAGE,
    })
    for (const { record } of page) {
      const seq = seqOf(record.id)
      const at = isoOf(record.at)
      const actor = record.body.a ?? null
      const events = decode(record.body)
      if (events.length === 0) entries.push({ seq, at, actor, type: 'commandApplied' })
      for (const event of events) entries.push({ seq, at, actor, ...event })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return entries
    from = last.record.id
  }
}

const PAGE = 500

/** The serial number in a history record's id. */
function seqOf(id: string): number {
  const hash = id.indexOf('#')
  return Number.parseInt(id.slice(hash + 1, id.indexOf('-', hash)), 36)
}
