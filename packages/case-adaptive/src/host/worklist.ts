import { isoOf, tasks } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { Commitment } from '../case/customer-state.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { PlanItem } from '../case/item-state.ts'
import { EXTENSION } from '../case/jobs.ts'
import { personOf } from '../case/persons.ts'
import { ALIVE } from './case-find.ts'
import type { Context } from './context.ts'
import { readDecisions } from './decisions.ts'
import { listed } from './in-sight.ts'
import type { WorklistPage, WorklistQuery, WorkView } from './life-api.ts'
import { checkLimit, foreignAfter } from './paging.ts'
import { whereSeen } from './read-case.ts'
import { caseRecords, commitments, deviations, items } from './records.ts'

/** Most of each kind that are looked at. */
const KIND_MAX = 1_000

/**
 * What a person has to do, the next due first, what is not due last: cases that they answer for, cases that nobody answers for, items for
 * them, where they are away from the path, promises that they keep, proposals that wait for them, and what they may look at afterwards.
 */
export async function readWorklist(context: Context, actor: string, { limit = 100, after }: WorklistQuery): Promise<WorklistPage> {
  checkLimit(limit)
  if (after !== undefined) checkKey(after)
  const now = context.port.now()
  const [mine, tasked, decisions] = await Promise.all([
    casesOf(context, actor),
    itemsFor(context, actor, now),
    readDecisions(context, actor, now),
  ])
  const [away, promised] = await Promise.all([awayOf(context, actor, mine, now), promisesOf(context, actor, mine, now)])
  const all = [...mine.flatMap((record) => workOnCase(record, actor, now)), ...tasked, ...away, ...promised, ...decisions]
  // An item is theirs to take, where it names them.
  const work = [...(await listed(context, all, actor, ({ type, offered }) => type === 'item' || !offered))]
  work.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const from = after === undefined ? work : work.filter((one) => keyOf(one) > after)
  const page = from.slice(0, limit)
  const last = page.at(-1)
  return Object.assign(page, last !== undefined && from.length > limit && { next: keyOf(last) })
}

/** Cases that a person has to do with, and those that nobody answers for yet. */
async function casesOf({ port, bound }: Context, actor: string): Promise<readonly Case[]> {
  const alive = { state: { in: [...ALIVE, 'resolved'] } }
  const seen = whereSeen(bound.tenantId)
  const [own, fresh] = await Promise.all([
    port.find(caseRecords, { where: { people: { has: actor }, ...alive, ...seen }, orderBy: [{ field: 'id' }], limit: KIND_MAX }),
    port.find(caseRecords, { where: { state: { eq: 'new' }, ...seen }, orderBy: [{ field: 'openedAt' }], limit: KIND_MAX }),
  ])
  return [...new Map([...own, ...fresh].map((record) => [record.id, record])).values()]
}

function workOnCase({ id, state, dueAt, body }: Case, actor: string, now: number): readonly WorkView[] {
  const isFree =
    state === 'new' && body.owner === null && !body.complaint?.handlers.includes(actor) && body.queue?.includes(actor) !== false
  if (body.owner !== actor && !isFree) return []
  return [{ type: 'case', id, caseId: id, name: body.title ?? id, state, ...dueOf(dueAt, now), offered: isFree }]
}

/** Human items, as tasks that are assigned to the person or that they may take. */
async function itemsFor({ port, bound, people }: Context, actor: string, now: number): Promise<readonly WorkView[]> {
  const groups = people === null ? [] : (personOf(people, actor)?.roles ?? [])
  const open = { held: { eq: false }, extension: { eq: EXTENSION }, ...whereSeen(bound.tenantId) } as const
  const found = await Promise.all([
    port.find(tasks, { where: { assignee: { eq: actor }, ...open }, limit: KIND_MAX }),
    port.find(tasks, { where: { candidateUsers: { has: actor }, assignee: { isNull: true }, ...open }, limit: KIND_MAX }),
    ...(groups.length === 0
      ? []
      : [port.find(tasks, { where: { candidateGroups: { hasAny: groups }, assignee: { isNull: true }, ...open }, limit: KIND_MAX })]),
  ])
  const own = new Map(found.flat().map((task) => [task.id, task]))
  const kept: readonly PlanItem[] = own.size === 0 ? [] : await port.get(items, [...own.keys()].slice(0, KIND_MAX))
  return kept.flatMap(({ id, caseId, state, body }): WorkView[] => {
    const task = own.get(id)
    if (task === undefined) return []
    const { dueAt, assignee } = task
    return [{ type: 'item', id, caseId, name: body.name, state, ...dueOf(dueAt, now), taskId: id, offered: assignee !== actor }]
  })
}

/** Where the person left the path, or takes part, and nobody has come back. */
async function awayOf({ port }: Context, actor: string, cases: readonly Case[], now: number): Promise<readonly WorkView[]> {
  const found: Deviation[] = []
  for (const caseId of together(cases)) found.push(...(await port.find(deviations, { where: { caseId }, limit: KIND_MAX })))
  return found.flatMap(({ id, caseId, state, elementId, body }): WorkView[] => {
    if ((state !== 'away' && state !== 'returning') || !body.participants.includes(actor)) return []
    const overdue = body.overdueAt !== undefined && body.overdueAt <= now
    return [{ type: 'deviation', id, caseId, name: elementId, state, dueAt: null, overdue, offered: false }]
  })
}

/** Promises that the person keeps. */
async function promisesOf({ port }: Context, actor: string, cases: readonly Case[], now: number): Promise<readonly WorkView[]> {
  const found: Commitment[] = []
  const open = { state: { in: ['made', 'due'] } }
  for (const caseId of together(cases)) found.push(...(await port.find(commitments, { where: { caseId, ...open }, limit: KIND_MAX })))
  return found.flatMap(({ id, caseId, state, dueAt, body }): WorkView[] =>
    body.by === actor ? [{ type: 'commitment', id, caseId, name: body.words, state, ...dueOf(dueAt, now), offered: false }] : [],
  )
}

/** Cases of which parts are read at once. */
function together(cases: readonly Case[]): readonly { readonly in: readonly string[] }[] {
  const groups: { readonly in: readonly string[] }[] = []
  for (let k = 0; k < cases.length; k += TOGETHER) groups.push({ in: cases.slice(k, k + TOGETHER).map(({ id }) => id) })
  return groups
}

const TOGETHER = 100

function dueOf(dueAt: number | null, now: number): Pick<WorkView, 'dueAt' | 'overdue'> {
  return { dueAt: dueAt === null ? null : isoOf(dueAt), overdue: dueAt !== null && dueAt <= now }
}

/** Compares as text in the order of the instants; what is not due comes after all that is. */
function keyOf({ dueAt, type, id }: WorkView): string {
  const at = dueAt === null ? '~' : String(Date.parse(dueAt) + INSTANT_MAX).padStart(17, '0')
  return `${at}/${type}/${id}`
}

/** Of instants, in milliseconds before and after 1970. */
const INSTANT_MAX = 8.64e15

function checkKey(after: string): void {
  if (!/^(~|\d{17})\/\w+\/.+$/s.test(after)) throw foreignAfter(after)
}
