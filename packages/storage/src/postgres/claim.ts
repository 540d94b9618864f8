import { type RawBuilder, sql } from 'kysely'
import { compareText } from '../compare.ts'
import { laneFieldOf, lanesNamed } from '../lanes.ts'
import type { Filter } from '../query.ts'
import { filterSql, filterValues } from '../sql/condition.ts'
import { type CompiledSql, compileFor, slot } from '../sql/dialect.ts'
import { columnOf, type TableShape } from '../sql/table-shape.ts'
import { CLOCK, postgres } from './postgres-dialect.ts'

/** Who leases what, for how long; `now` null for the server's clock. */
export interface Claim {
  readonly owner: string
  readonly now: number | null
  readonly leaseMs: number
  readonly limit: number
  readonly filter: Filter
}

/** Leases due rows in one statement and gives them, in no order; rows that another is claiming at the same moment are passed over. */
export function claimSql(shape: TableShape, { filter, owner, now, leaseMs, limit }: Claim): { statement: CompiledSql; values: unknown[] } {
  const field = laneFieldOf(shape.collection)
  const named = field === null ? null : lanesNamed(field, filter.tests)
  const rest = named === null ? filter : { tests: named.rest, branches: filter.branches }
  const due = dueSql(shape, field, rest, named !== null)
  const columns = sql.join(shape.columns.map((column) => sql`t.${sql.ref(column)}`))
  const statement = compileFor(
    postgres,
    sql`with recursive clock as materialized (select coalesce(${slot(0)}::bigint, ${CLOCK}) as at), ${due}
      update ${sql.table(shape.table)} as t set fence = t.fence + 1, leased_until = ${AT} + ${slot(1)}::bigint, lease_owner = ${slot(2)}
      where t.id = any(array(select id from due)) returning ${columns}`,
  )
  const values = [
    now,
    leaseMs,
    owner,
    limit,
    // one text for each list, sorted as the server sorts the column
    ...(named === null ? [] : [[...named.lanes].sort(compareText)]),
    ...filterValues(postgres, rest),
  ]
  return { statement, values }
}

/** The rows that are to be leased, under the name `due`. */
function dueSql(shape: TableShape, laneField: string | null, rest: Filter, isInLanes: boolean): RawBuilder<unknown> {
  const condition = filterSql(postgres, shape, rest, isInLanes ? 5 : 4)
  if (laneField === null) return dueByPriority(shape, condition)
  return isInLanes ? dueInLanes(shape, sql.ref(columnOf(laneField)), condition) : dueOfAll(shape, condition)
}

/** The instant of the claim. */
const AT = sql`(select at from clock)`

const FREE = sql`due_at is not null and due_at <= ${AT} and (leased_until is null or leased_until <= ${AT})`

/** How many are to be leased at most. */
const LIMIT = sql`${slot(3)}::bigint`

/** From priority to priority, each a range of the index for claims. */
function dueByPriority({ table: name }: TableShape, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const table = sql.table(name)
  return sql`levels (priority) as (
      (select priority from ${table} where due_at is not null order by priority desc limit 1)
      union all
      select (select priority from ${table} where due_at is not null and priority < levels.priority order by priority desc limit 1)
      from levels where levels.priority is not null
    ),
    due as materialized (
      select one.id from levels, lateral (
        select id from ${table} where priority = levels.priority and ${FREE} and ${condition}
        order by due_at, id limit ${LIMIT} for update skip locked
      ) as one
      where levels.priority is not null limit ${LIMIT}
    )`
}

/**
 * From lane to lane that is there and named (it goes on from one that is there to the next that is named), in each from priority to
 * priority. More are looked at than are leased, so that who claims at the same moment finds others.
 */
function dueInLanes({ table: name }: TableShape, lane: RawBuilder<unknown>, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const table = sql.table(name)
  const named = sql`${slot(4)}::text[]`
  const from = (low: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`(select ${lane} from ${table} where due_at is not null and ${lane} >= ${low} order by ${lane} limit 1)`
  return sql`lanes (lane) as (
      select ${from(sql`(${named})[1] collate "C"`)}
      union all
      select ${from(sql`(select min(name collate "C") from unnest(${named}) as name where name collate "C" > lanes.lane)`)}
      from lanes where lanes.lane is not null
    ),
    levels (lane, priority) as (
      select lane, (select priority from ${table} where ${lane} = lanes.lane and due_at is not null order by priority desc limit 1)
      from lanes where lanes.lane = any(${named})
      union all
      select lane, (select priority from ${table} where ${lane} = levels.lane and due_at is not null and priority < levels.priority
        order by priority desc limit 1)
      from levels where levels.priority is not null
    ),
    seen as materialized (
      select one.id from levels, lateral (
        select id, due_at from ${table} where ${lane} = levels.lane and priority = levels.priority and ${FREE} and ${condition}
        order by due_at, id limit ${LOOKED_AT} * ${LIMIT}
      ) as one
      where levels.priority is not null order by levels.priority desc, one.due_at, one.id limit ${LOOKED_AT} * ${LIMIT}
    ),
    due as materialized (
      select id from ${table} where id = any(array(select id from seen)) and ${FREE} and ${condition}
      order by priority desc, due_at, id limit ${LIMIT} for update skip locked
    )`
}

/** Times the limit. */
const LOOKED_AT = sql`8`

/** Where work lies in lanes and a claim names none of them: some by their ids, or all that is due is looked at. */
function dueOfAll({ table }: TableShape, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`due as materialized (
      select id from ${sql.table(table)} where ${FREE} and ${condition} order by priority desc, due_at, id limit ${LIMIT} for update skip locked
    )`
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
