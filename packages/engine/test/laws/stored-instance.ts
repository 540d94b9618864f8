import { isDeepStrictEqual } from 'node:util'
import type { Collection, Storage, StoredRecord } from '@leeway/storage'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { tokenId } from '../../src/kernel/ids.ts'
import { type InstanceState, isArmed, type Scope, type Wait } from '../../src/kernel/state.ts'
import { waitId, workId } from '../../src/runtime/record-ids.ts'
import { history } from '../../src/runtime/records/history.ts'
import { incidents } from '../../src/runtime/records/incident.ts'
import { chunks, instances, scopes } from '../../src/runtime/records/instance.ts'
import { type JobRecord, jobs } from '../../src/runtime/records/job.ts'
import { subscriptions } from '../../src/runtime/records/message.ts'
import { tasks } from '../../src/runtime/records/task.ts'
import { realKernel } from './kernel.ts'
import { tokensOf } from './placed.ts'
import { plain } from './trace-laws.ts'

/** One instance as the store has it. */
export interface StoredInstance {
  readonly state: InstanceState
  /** Of its history at level `full`, in order. */
  readonly events: readonly KernelEvent[]
  /** What waits outside for its tokens: `job …`, `task …`, `subscription …`, `incident …` with their ids. */
  readonly rows: readonly string[]
}

/** Reads an instance from the store as it is, past all caches. */
export async function readStored(storage: Storage, instanceId: string): Promise<StoredInstance> {
  const [instance] = await storage.get(instances, [instanceId])
  if (!instance) throw new Error(`no instance ${instanceId}`)
  const { root } = instance.record.body
  const inside = [{ gt: `${instanceId}.` }, { lt: `${instanceId}/` }]
  const ids = async <R extends StoredRecord>(collection: Collection<R>): Promise<readonly R[]> => {
    const found = await storage.find(collection, { where: { id: inside } as never, orderBy: [{ field: 'id' as never }], limit: 1_000 }) // every collection has an id
    return found.map((one) => one.record)
  }
  const past = await storage.find(history, {
    where: { id: [{ gt: `${instanceId}#` }, { lt: `${instanceId}$` }] },
    orderBy: [{ field: 'id' }],
    limit: 1_000,
  })
  const inner = await ids(scopes)
  const state = {
    scopes: new Map<string, Scope>([[root.id, root], ...inner.map((one) => [one.id, one.body] as const)]),
    chunks: new Map((await ids(chunks)).map((one) => [one.id, one.body] as const)),
  }
  const rows = [
    ...(await ids(jobs)).filter((one) => !isRefused(one)).map((one) => `job ${one.id}`),
    ...(await ids(tasks)).map((one) => `task ${one.id}`),
    ...(await ids(subscriptions)).map((one) => `subscription ${one.id}`),
    ...(await ids(incidents)).filter((one) => !THROWN.test(one.body.jobId ?? '')).map((one) => `incident ${one.id}`),
  ]
  return { state, events: past.flatMap((one) => (one.record.body.e ?? []) as readonly KernelEvent[]), rows: rows.sort() } // level full keeps events
}

const THROWN = /:thrown\d+(?:-\d+)?$/

/** A message for several waits of one instance, which the camunda family refuses: it is tried again, then a person looks at it. */
function isRefused({ kind, body }: JobRecord): boolean {
  return kind === 'message' && (body.failures ?? 0) > 0
}

/** The stored history at level `full` replays to the stored state. */
export function historyProblems({ state, events }: StoredInstance): readonly string[] {
  return isDeepStrictEqual(json(realKernel.replay(events)), json(state)) ? [] : ['the stored history does not replay to the stored state']
}

function json(state: InstanceState): unknown {
  return JSON.parse(JSON.stringify(plain(state)))
}

/** Each row has a token that waits for it, and each wait its row. */
export function rowProblems({ state, rows }: StoredInstance): readonly string[] {
  const wanted = new Set<string>()
  for (const { scopeId, n, token } of tokensOf(state)) {
    const id = tokenId(scopeId, n)
    if (token.incident) wanted.add(`incident ${id}:incident`)
    for (const wait of token.waits ?? []) for (const row of rowsOf(id, wait, token.phase === 'held')) wanted.add(row)
  }
  // Jobs of deliveries under way belong to a message, not to a wait.
  const there = new Set(rows.filter((row) => !/:(?:look|call)$/.test(row) && !THROWN.test(row)))
  return [
    ...[...there].filter((row) => !wanted.has(row)).map((row) => `${row} has no owner`),
    ...[...wanted].filter((row) => !there.has(row)).map((row) => `${row} is missing`),
  ]
}

/** Each of the called instances that run has a token that waits for its end. */
export function callProblems({ state }: StoredInstance, running: readonly string[]): readonly string[] {
  const awaited = new Set(
    tokensOf(state).flatMap(({ token }) => (token.waits ?? []).flatMap((wait) => (wait.type === 'call' ? [wait.instanceId] : []))),
  )
  return running.filter((id) => !awaited.has(id)).map((id) => `${id} is left, which it called`)
}

function rowsOf(id: string, wait: Wait, isHeld: boolean): readonly string[] {
  switch (wait.type) {
    case 'job':
      return [`job ${workId(id, wait.turn)}`]
    case 'task':
      return [`task ${id}`]
    case 'listener':
      return [`job ${id}:${wait.at}`]
    case 'continuation':
      return isHeld ? [] : [`job ${id}:${wait.at}`]
    case 'timer':
      return wait.dueAt === null || !isArmed(wait) ? [] : [`job ${waitId(id, wait)}`]
    case 'message':
    case 'signal':
      return isArmed(wait) ? [`subscription ${waitId(id, wait)}`] : []
    case 'call':
    case 'trigger':
    case 'condition':
      return []
  }
}
