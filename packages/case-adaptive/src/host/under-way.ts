import { EXTENSION_KINDS, type ExtensionPort, type JobRecord, jobs } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import { isOver } from '../case/delete-case.ts'
import { isOpen, type PlanItem } from '../case/item-state.ts'
import { jobsOfItem } from '../case/item-work.ts'
import { tellingsOf } from '../case/jobs.ts'
import type { UnderWay } from '../case/life-commands.ts'
import { instancesOf } from './instances-of-case.ts'
import { caseRecords, commitments, contacts, deviations, items, proposals, reviews } from './records.ts'

type Port = ExtensionPort<CaseCommand>

/**
 * What still runs of a case or beside it, so that it cannot be deleted: of each kind a number of them. A promise, a proposal or a review
 * without an end is somebody's work still.
 */
export async function underWay(
  port: Port,
  record: Case,
  { items: parts, instanceIds }: { readonly items: readonly PlanItem[]; readonly instanceIds: readonly string[] },
): Promise<readonly UnderWay[]> {
  const { id } = record
  const caseId = { eq: id }
  const found: UnderWay[] = []
  const add = (type: UnderWay['type'], of: readonly (readonly [id: string, name: string])[]): void => {
    for (const [one, name] of of.slice(0, NAMED_MAX)) found.push({ type, id: one, name })
  }
  const away = await port.find(deviations, { where: { caseId, state: { in: ['requested', 'away', 'returning'] } }, limit: NAMED_MAX })
  const promised = await port.find(commitments, { where: { caseId, state: { in: ['made', 'due'] } }, limit: NAMED_MAX })
  const spoken = await port.find(contacts, { where: { caseId, state: { in: ['queued', 'connected'] } }, limit: NAMED_MAX })
  const proposed = await port.find(proposals, { where: { caseId, state: { in: ['open', 'countered'] } }, limit: NAMED_MAX })
  const looked = await port.find(reviews, { where: { caseId, state: { eq: 'due' } }, limit: NAMED_MAX })
  const [running, jobIds] = [new Map<string, string>(), new Map<string, string>()]
  const wait = (waiting: readonly JobRecord[]): void => {
    for (const job of waiting) if (EXTENSION_KINDS.some((kind) => kind === job.kind)) jobIds.set(job.id, job.type)
  }
  for await (const { id: one, record: instance } of instancesOf(port, id, instanceIds)) {
    if (instance?.endedAt === null) running.set(one, instance.processKey)
    wait(await port.find(jobs, { where: { instanceId: { eq: one } }, limit: GET_MAX }))
  }
  for (const ids of together(parts.flatMap(jobsOfItem))) wait(await port.get(jobs, ids))
  for (const prefix of tellingsOf(id)) wait(await port.find(jobs, { where: { id: beginningWith(prefix) }, limit: NAMED_MAX }))

  add('process', [...running])
  add(
    'deviation',
    named(away, ({ elementId }) => elementId),
  )
  add(
    'item',
    named(
      parts.filter((item) => isOpen(item) || item.state === 'rehomed'),
      ({ body }) => body.name,
    ),
  )
  add('job', [...jobIds])
  add(
    'commitment',
    named(promised, ({ body }) => body.words),
  )
  add(
    'contact',
    named(spoken, ({ body }) => body.channel),
  )
  add(
    'proposal',
    named(proposed, ({ body }) => body.words),
  )
  add(
    'review',
    named(looked, ({ body }) => body.of),
  )
  add('case', await openCases(port, record, parts))
  return found
}

/** Most of a kind that are named. */
const NAMED_MAX = 20

/** Most records read at once, by storage's contract. */
const GET_MAX = 1_000

function named<R extends { readonly id: string }>(
  records: readonly R[],
  name: (record: R) => string,
): readonly (readonly [string, string])[] {
  return records.map((record) => [record.id, name(record)])
}

/** As many as are read at once. */
function together(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / GET_MAX) }, (_, k) => ids.slice(k * GET_MAX, (k + 1) * GET_MAX))
}

/** Ids that go on behind a colon. */
function beginningWith(prefix: string): readonly [{ readonly gt: string }, { readonly lt: string }] {
  return [{ gt: prefix }, { lt: `${prefix.slice(0, -1)};` }]
}

/** Cases that are not over and that this one is linked with, has as an item, or is an item of. By their ids: not everybody may see them. */
async function openCases(port: Port, { body }: Case, parts: readonly PlanItem[]): Promise<readonly (readonly [string, string])[]> {
  const [outer] = body.itemId === undefined ? [] : await port.get(items, [body.itemId])
  const others = new Set([
    ...(body.links ?? []).map(({ caseId }) => caseId),
    ...parts.flatMap((item) => item.body.itemCaseId ?? []),
    ...(outer === undefined ? [] : [outer.caseId]),
  ])
  const open: (readonly [string, string])[] = []
  for (const ids of together([...others]))
    for (const other of await port.get(caseRecords, ids)) if (!isOver(other)) open.push([other.id, other.id])
  return open
}
