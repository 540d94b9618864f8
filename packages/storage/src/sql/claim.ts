import { type RawBuilder, sql } from 'kysely'
import type { Instant, Lease, Stored } from '../contract.ts'
import type { Filter } from '../query.ts'
import { type CompiledSql, type RawRow, slot } from './dialect.ts'
import { allOf, testSql, testValues } from './find.ts'
import { compile, sqlite } from './sqlite-dialect.ts'
import type { StatementCache } from './statement-cache.ts'
import { storedOf, type TableShape } from './table-shape.ts'
import { withoutLate } from './through-late.ts'

/** A request for due work, its time settled. */
export interface DueRequest {
  readonly filter: Filter
  readonly now: Instant
  readonly limit: number
}

/** The free and due rows that pass, by priority, then due time: one priority after the other, each a range of the index for claims. */
export function dueRows(statements: StatementCache, shape: TableShape, request: DueRequest): readonly RawRow[] {
  const { filter, now, limit } = request
  if (filter.branches?.length === 0) return []
  const below = statements.of(shape, 'priority below', priorityBelow)
  const due = statements.of(shape, `due ${keyOf(filter)}`, () => compile(dueSql(withoutLate(shape), filter)))
  const values = [...testValues(sqlite, filter.tests), ...(filter.branches ?? []).flatMap((branch) => testValues(sqlite, branch))]
  const found: RawRow[] = []
  let priority = below.first([Number.MAX_SAFE_INTEGER])?.[0] as number | undefined
  while (priority !== undefined && found.length < limit) {
    found.push(...due.all([priority, now, limit - found.length, ...values]))
    priority = below.first([priority - 1])?.[0] as number | undefined
  }
  return found
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

function priorityBelow(shape: TableShape): CompiledSql {
  return compile(
    sql`select priority from ${sql.table(shape.table)} where due_at is not null and priority <= ${slot(0)} order by priority desc limit 1`,
  )
}

/** The priority is written as a sum so that SQLite does not look behind it: see `sqlite`. */
function dueSql(shape: TableShape, { tests, branches }: Filter): RawBuilder<unknown> {
  let place = 3
  const take = (list: Filter['tests']): RawBuilder<unknown> =>
    allOf(list.map((test) => testSql(sqlite, shape, test, test.operator === 'isNull' ? place : place++)))
  const conditions = [take(tests)]
  if (branches !== null) conditions.push(sql`(${sql.join(branches.map(take), sql` or `)})`)
  const columns = sql.join(shape.columns.map((column) => sql.ref(column)))
  return sql`select ${columns} from ${sql.table(shape.table)}
    where priority = (${slot(0)} + 0) and due_at <= ${slot(1)} and (leased_until is null or leased_until <= ${slot(1)}) and ${allOf(conditions)}
    order by due_at, id limit ${sqlite.limit(slot(2))}`
}

function keyOf({ tests, branches }: Filter): string {
  return JSON.stringify(
    [tests, ...(branches ?? [])].map((list) =>
      list.map(({ field, operator, value }) => [field, operator, operator === 'isNull' ? value : 0]),
    ),
  )
}
