import { type RawBuilder, sql } from 'kysely'
import { compareText } from '../compare.ts'
import type { Instant, Lease, Stored } from '../contract.ts'
import { laneFieldOf, lanesNamed } from '../lanes.ts'
import type { Filter } from '../query.ts'
import { filterSql, filterValues } from './condition.ts'
import { type RawRow, slot } from './dialect.ts'
import { withoutLate } from './index-choice.ts'
import { compile, sqlite } from './sqlite-dialect.ts'
import type { StatementCache } from './statement-cache.ts'
import { columnOf, storedOf, type TableShape } from './table-shape.ts'

/** A request for due work, its time settled. */
export interface DueRequest {
  readonly filter: Filter
  readonly now: Instant
  readonly limit: number
}

/** The free and due rows that pass, by priority, then due time. */
export function dueRows(statements: StatementCache, shape: TableShape, request: DueRequest): readonly RawRow[] {
  const { filter, now, limit } = request
  const { tests, branches } = filter
  if (branches?.length === 0) return []
  const field = laneFieldOf(shape.collection)
  if (field === null) return dueIn(statements, shape, null, request)
  const named = lanesNamed(field, tests)
  if (named === null) {
    const due = statements.of(shape, `due of all ${keyOf(filter)}`, () => compile(dueOfAllSql(withoutLate(shape), filter)))
    return due.all([now, limit, ...filterValues(sqlite, filter)])
  }
  const rest = { ...request, filter: { tests: named.rest, branches } }
  const lanes = present(statements, shape, field, named.lanes)
  const found = lanes.flatMap((lane) => dueIn(statements, shape, { field, lane }, rest))
  return lanes.length > 1 ? found.sort(orderOf(shape)).slice(0, limit) : found
}

/** One value of the field that keeps work apart. */
interface Lane {
  readonly field: string
  readonly lane: string
}

/** One priority after the other, each a range of the index for claims. */
function dueIn(statements: StatementCache, shape: TableShape, lane: Lane | null, { filter, now, limit }: DueRequest): readonly RawRow[] {
  const below = statements.of(shape, 'priority below', () => compile(priorityBelow(shape, lane)))
  const due = statements.of(shape, `due ${keyOf(filter)}`, () => compile(dueSql(withoutLate(shape), filter, lane)))
  const values = filterValues(sqlite, filter)
  const own = lane === null ? [] : [lane.lane]
  const found: RawRow[] = []
  let priority = below.first([Number.MAX_SAFE_INTEGER, ...own])?.[0] as number | undefined
  while (priority !== undefined && found.length < limit) {
    found.push(...due.all([priority, now, limit - found.length, ...own, ...values]))
    priority = below.first([priority - 1, ...own])?.[0] as number | undefined
  }
  return found
}

/** Which of these lanes hold anything, in their order: it goes from one that is there to the next that is named. */
function present(statements: StatementCache, shape: TableShape, field: string, named: readonly string[]): readonly string[] {
  if (named.length < 2) return named
  const from = statements.of(shape, 'lane from', () => compile(laneFrom(shape, field)))
  const sorted = [...named].sort(compareText)
  const found: string[] = []
  let i = 0
  while (i < sorted.length) {
    const next = from.first([sorted[i]])?.[0] as string | undefined
    if (next === undefined) break
    while (i < sorted.length && compareText(sorted[i] as string, next) < 0) i++
    if (sorted[i] === next) found.push(sorted[i++] as string)
  }
  return found
}

function orderOf({ columns }: TableShape): (a: RawRow, b: RawRow) => number {
  const [priority, dueAt] = [columns.indexOf('priority'), columns.indexOf('due_at')]
  return (a, b) =>
    Number(b[priority]) - Number(a[priority]) || Number(a[dueAt]) - Number(b[dueAt]) || compareText(a[0] as string, b[0] as string)
}

/** Leases the rows to the owner and gives them as they are then. What cannot be read is leased too: {@link readableOf}. */
export function leaseRows(
  statements: StatementCache,
  shape: TableShape,
  rows: readonly RawRow[],
  owner: string,
  until: Instant,
): readonly (() => Stored)[] {
  const lease = statements.of(shape, 'lease', () =>
    compile(
      sql`update ${sql.table(shape.table)} set fence = fence + 1, leased_until = ${slot(0)}, lease_owner = ${slot(1)} where id = ${slot(2)}`,
    ),
  )
  return rows.map((row) => {
    lease.run([until, owner, row[0]])
    return () => {
      const stored = storedOf(shape, row)
      return { ...stored, fence: stored.fence + 1, leasedUntil: until, leaseOwner: owner }
    }
  })
}

/** Moves the end of a lease that is still held; false when it is not. */
export function renewLease(statements: StatementCache, shape: TableShape, { id, fence }: Lease, until: Instant): boolean {
  const renew = statements.of(shape, 'renew', () =>
    compile(sql`update ${sql.table(shape.table)} set leased_until = ${slot(0)} where ${heldSql}`),
  )
  return renew.run([until, id, fence]) > 0
}

/** Gives up a lease that is still held. */
export function releaseLease(statements: StatementCache, shape: TableShape, { id, fence }: Lease): void {
  const release = statements.of(shape, 'release', () =>
    compile(sql`update ${sql.table(shape.table)} set leased_until = null, lease_owner = null where ${heldSql}`),
  )
  release.run([null, id, fence])
}

const heldSql = sql`id = ${slot(1)} and fence = ${slot(2)} and leased_until is not null`

/** Of the values that are bound the lane is written as a sum, so that SQLite does not look behind it: see `sqlite`. */
function inLane(lane: Lane | null, place: number): RawBuilder<unknown> {
  return lane === null ? sql`` : sql`${sql.ref(columnOf(lane.field))} = ${sqlite.equal('text', slot(place))} and `
}

function priorityBelow(shape: TableShape, lane: Lane | null): RawBuilder<unknown> {
  return sql`select priority from ${sql.table(shape.table)} where ${inLane(lane, 1)}due_at is not null and priority <= ${slot(0)}
    order by priority desc limit 1`
}

function laneFrom(shape: TableShape, field: string): RawBuilder<unknown> {
  const column = sql.ref(columnOf(field))
  return sql`select ${column} from ${sql.table(shape.table)} where due_at is not null and ${column} >= ${slot(0)} order by ${column} limit 1`
}

/** The priority is written as a sum, as the lane is. */
function dueSql(shape: TableShape, filter: Filter, lane: Lane | null): RawBuilder<unknown> {
  return sql`${selectFrom(shape)}
    where ${inLane(lane, 3)}priority = (${slot(0)} + 0) and ${freeAt(1)} and ${filterSql(sqlite, shape, filter, lane === null ? 3 : 4)}
    order by due_at, id limit ${sqlite.limit(slot(2))}`
}

/** Where work lies in lanes and a claim names none of them: some by their ids, or all that is due is looked at. */
function dueOfAllSql(shape: TableShape, filter: Filter): RawBuilder<unknown> {
  return sql`${selectFrom(shape)} where ${freeAt(0)} and ${filterSql(sqlite, shape, filter, 2)}
    order by priority desc, due_at, id limit ${sqlite.limit(slot(1))}`
}

function selectFrom(shape: TableShape): RawBuilder<unknown> {
  return sql`select ${sql.join(shape.columns.map((column) => sql.ref(column)))} from ${sql.table(shape.table)}`
}

function freeAt(place: number): RawBuilder<unknown> {
  return sql`due_at <= ${slot(place)} and (leased_until is null or leased_until <= ${slot(place)})`
}

function keyOf({ tests, branches }: Filter): string {
  return JSON.stringify(
    [tests, ...(branches ?? [])].map((list) =>
      list.map(({ field, operator, value }) => [field, operator, operator === 'isNull' ? value : 0]),
    ),
  )
}
