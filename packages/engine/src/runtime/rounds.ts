import type { Storage } from '@leeway/storage'
import { everyRecord } from './every-record.ts'
import { encodeHistory } from './history-codec.ts'
import { planOf } from './history-options.ts'
import type { Host } from './host.ts'
import { ordinal } from './record-ids.ts'
import { type HistoryRecord, history } from './records/history.ts'
import type { InstanceRecord, Round } from './records/instance-record.ts'
import type { Entry } from './state-cache.ts'
import type { Work } from './work.ts'

/*
 * Each command that changes an instance is a round of its history. The latest small ones stand in the instance's own record, which is
 * written anyway; where the next does not fit beside them, it goes into a record of its own and takes them along. So a round costs a row
 * only now and then.
 */

/** What the command did, as much of it as its process keeps. */
export function roundOf(host: Host, { record, revision, definition }: Entry, actor: string | null, work: Work): Round {
  const events = encodeHistory(planOf(host.settings.history, definition.record.key), work.events, definition.definition)
  return [revision + 1, host.newTag(), record === null ? 0 : work.now - record.startedAt, actor ?? 0, events ?? 0]
}

/** The rounds that stand in the instance's record once this one has come; undefined where they do not fit. */
export function roundsAfter(before: InstanceRecord | null, round: Round): string | undefined {
  if (!isShort(round)) return undefined
  const rounds = before?.body.rounds
  const text = rounds === undefined ? JSON.stringify(round) : `${rounds}\n${JSON.stringify(round)}`
  return text.length <= LENGTH_MAX ? text : undefined
}

/** The record of a round that does not stand in its instance's, with those that stood there until now. */
export function historyRecordOf({ id, startedAt }: InstanceRecord, round: Round, earlier: string | undefined): HistoryRecord {
  const [, , after, a, e] = round
  const body = { ...(a !== 0 && { a }), ...(e !== 0 && { e }), ...(earlier !== undefined && { r: earlier }) }
  return { id: roundId(id, round), at: startedAt + after, body }
}

/** The id of the change set that a round was part of. */
export function roundId(instanceId: string, [n, tag]: Round): string {
  return `${instanceId}#${ordinal(n)}-${tag}`
}

/** All rounds of an instance in their order, those in records of their own only behind the id `from`. */
export async function readRounds(storage: Storage, instance: InstanceRecord, from: string = `${instance.id}#`): Promise<readonly Round[]> {
  const rounds: Round[] = []
  const own = { id: { lt: `${instance.id}$` } }
  for await (const { record } of everyRecord(storage, history, own, { from: { gt: from } }))
    rounds.push(...roundsOf(record.body.r), ownRound(instance, record))
  rounds.push(...roundsOf(instance.body.rounds))
  // One that leaves its instance's record as it is goes past those that stand in there. Those that were taken along since that was read are
  // there twice.
  rounds.sort(([a], [b]) => a - b)
  return rounds.filter(([n], k) => n !== rounds[k - 1]?.[0])
}

function ownRound({ startedAt }: InstanceRecord, { id, at, body: { a, e } }: HistoryRecord): Round {
  const hash = id.indexOf('#')
  const hyphen = id.indexOf('-', hash)
  return [Number.parseInt(id.slice(hash + 1, hyphen), 36), id.slice(hyphen + 1), at - startedAt, a ?? 0, e ?? 0]
}

/** Most characters of the rounds that stand in an instance's record. */
const LENGTH_MAX = 500
/** A round with more items than this is not even tried. */
const ITEMS_MAX = 100

function isShort([, , , , events]: Round): boolean {
  return events === 0 || (Array.isArray(events) && events.length <= ITEMS_MAX && typeof events[0] !== 'object')
}

/** Rounds as they stand in a record, a line each. */
function roundsOf(text: string | undefined): readonly Round[] {
  return text === undefined ? [] : text.split('\n').map((line) => JSON.parse(line) as Round) // written by roundsAfter
}
