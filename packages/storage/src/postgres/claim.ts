import { type RawBuilder, sql } from 'kysely'
import type { Filter, Test } from '../query.ts'
import { type CompiledSql, compileFor, slot } from '../sql/dialect.ts'
import { allOf, testSql, testValues } from '../sql/find.ts'
import type { TableShape } from '../sql/table-shape.ts'
import { CLOCK, postgres } from './postgres-dialect.ts'

/** Who leases what, for how long; `now` null for the server's clock. */
export interface Claim {
  readonly owner: string
  readonly now: number | null
  readonly leaseMs: number
  readonly limit: number
  readonly filter: Filter
}

/**
 * Leases due rows in one statement and gives them, in no order. It goes from priority to priority, each a range of the index for claims;
 * rows that another is claiming at the same moment are passed over.
 */
export function claimSql(shape: TableShape, { filter, owner, now, leaseMs, limit }: Claim): { statement: CompiledSql; values: unknown[] } {
  const { tests, branches } = filter
  let place = 4
  const take = (list: readonly Test[]): RawBuilder<unknown> =>
    allOf(list.map((test) => testSql(postgres, shape, test, test.operator === 'isNull' ? place : place++)))
  const conditions = [take(tests)]
  if (branches !== null)
    conditions.push(
      sql`(${sql.join(
        branches.map((branch) => sql`(${take(branch)})`),
        sql` or `,
      )})`,
    )
  const table = sql.table(shape.table)
  const columns = sql.join(shape.columns.map((column) => sql`t.${sql.ref(column)}`))
  const clock = sql`(select at from clock)`
  const statement = compileFor(
    postgres,
    sql`with recursive clock as materialized (select coalesce(${slot(0)}::bigint, ${CLOCK}) as at),
      levels (priority) as (
        (select priority from ${table} where due_at is not null order by priority desc limit 1)
        union all
        select (select priority from ${table} where due_at is not null and priority < levels.priority order by priority desc limit 1)
        from levels where levels.priority is not null
      ),
      due as materialized (
        select one.id from levels, lateral (
          select id from ${table} where priority = levels.priority and due_at is not null and due_at <= ${clock}
            and (leased_until is null or leased_until <= ${clock}) and ${allOf(conditions)}
          order by due_at, id limit ${slot(3)}::bigint for update skip locked
        ) as one
        where levels.priority is not null limit ${slot(3)}::bigint
      )
      update ${table} as t set fence = t.fence + 1, leased_until = ${clock} + ${slot(1)}::bigint, lease_owner = ${slot(2)}
      where t.id = any(array(select id from due)) returning ${columns}`,
  )
  const values = [
    now,
    leaseMs,
    owner,
    limit,
    ...testValues(postgres, tests),
    ...(branches ?? []).flatMap((branch) => testValues(postgres, branch)),
  ]
  return { statement, values }
}

/** Moves the ends of leases that are still held; gives the ids of those. */
export function renewSql({ table }: TableShape): CompiledSql {
  return compileFor(
    postgres,
    sql`update ${sql.table(table)} as t set leased_until = coalesce(${slot(0)}::bigint, ${CLOCK}) + ${slot(1)}::bigint
      from unnest(${slot(2)}::text[], ${slot(3)}::bigint[]) as held (id, fence)
      where t.id = held.id and t.fence = held.fence and t.leased_until is not null returning t.id, t.fence`,
  )
}

/** Gives up leases that are still held. */
export function releaseSql({ table }: TableShape): CompiledSql {
  return compileFor(
    postgres,
    sql`update ${sql.table(table)} as t set leased_until = null, lease_owner = null
      from unnest(${slot(0)}::text[], ${slot(1)}::bigint[]) as held (id, fence)
      where t.id = held.id and t.fence = held.fence and t.leased_until is not null`,
  )
}
