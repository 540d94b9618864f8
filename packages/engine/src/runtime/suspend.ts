import { findScope } from '../kernel/draft.ts'
import { splitTokenId } from '../kernel/ids.ts'
import type { Also } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant } from './api-context.ts'
import { checkFreeText, checkOptions, membersOf, needText } from './arguments.ts'
import type { OpenSet, Outcome } from './command-request.ts'
import { everyRecord } from './every-record.ts'
import type { Host } from './host.ts'
import { idempotent } from './idempotent.ts'
import { checkSeen } from './instances.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { placeInDraft } from './row-places.ts'
import { runCommand } from './run-command.ts'
import type { Work } from './work.ts'

/** How an instance is suspended. */
export interface SuspendOptions extends CallOptions {
  readonly reason?: string
}

/**
 * Stops an instance until it is resumed: its work is not handed out, its timers do not fire, its tasks cannot be completed; messages,
 * signals and the results of work that is under way are kept. Throws `unknownInstance`, `instanceEnded`, `instanceSuspended`.
 */
export async function suspendInstance(api: Api, id: string, options: SuspendOptions = {}): Promise<void> {
  const call = 'instances.suspend'
  needText(call, 'id', id)
  checkOptions(call, options, SUSPENDING)
  checkFreeText(call, 'reason', options.reason)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const reason = options.reason ?? null
  await idempotent(api, call, options, { id, reason }, async (also) => {
    await checkSeen(own, id)
    return suspendOne(api.host, id, reason, actor, also)
  })
}

const SUSPENDING = membersOf('reason')

/** Suspends one instance, with more in the same change set. */
export function suspendOne(
  host: Host,
  instanceId: string,
  reason: string | null,
  actor: string | null,
  also: Also | null,
): Promise<Outcome> {
  return runCommand(host, { instanceId, command: { type: 'suspendProcess', instanceId, reason }, actor, ...(also && { also }) })
}

/**
 * Lets a suspended instance go on: what was kept is applied in the order in which it came, timers that came due fire. Throws
 * `unknownInstance`, `illegalTransition`.
 */
export async function resumeInstance(api: Api, id: string, options: CallOptions = {}): Promise<void> {
  const call = 'instances.resume'
  needText(call, 'id', id)
  checkOptions(call, options)
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  await idempotent(api, call, options, { id }, async (also) => {
    await checkSeen(own, id)
    return resumeOne(api.host, id, actor, also)
  })
}

/** Resumes one instance, with more in the same change set. */
export async function resumeOne(host: Host, instanceId: string, actor: string | null, also: Also | null): Promise<Outcome> {
  const outcome = await runCommand(host, {
    instanceId,
    command: { type: 'resumeProcess', instanceId },
    actor,
    rows: (set, work) => thaw(host, instanceId, set, work),
    ...(also && { also }),
  })
  if (outcome.type === 'done') host.wake()
  return outcome
}

/** Jobs that were put aside are due when they were. Each job is expected as read: one that is put aside just now must be seen. */
async function thaw(host: Host, instanceId: string, set: OpenSet, { draft }: Work): Promise<void> {
  const known = new Set<string>()
  for (const { collection, record } of set.put) if (collection.name === jobs.name) known.add(record.id)
  for (const { collection, id } of set.delete) if (collection.name === jobs.name) known.add(id)
  for await (const { record, revision } of everyRecord(host.storage, jobs, { instanceId: { eq: instanceId } })) {
    const { id, body } = record
    if (known.has(id)) continue
    set.expect.push({ collection: jobs, id, revision })
    if (record.dueAt !== null || body.wasDueAt === undefined || body.work?.pending) continue
    const row = splitTokenId(id)
    const place = row && placeInDraft(draft, row)
    if (place !== null && findScope(draft, place.scopeId)?.tokens[place.n]?.phase === 'held') continue
    const { wasDueAt, ...rest } = body
    const thawed: JobRecord = { ...record, dueAt: wasDueAt, body: rest }
    set.put.push({ collection: jobs, record: thawed })
  }
}
