import { type RawBuilder, sql } from 'kysely'
import type { FieldType } from '../collection.ts'
import { type CompiledSql, compileFor, slot } from '../sql/dialect.ts'
import type { TableShape } from '../sql/table-shape.ts'
import type { Batch, Expecting, Verb, Writing } from './batch.ts'
import { CLOCK, postgres } from './postgres-dialect.ts'

const compiled = new Map<string, CompiledSql>()
const COMPILED_MAX = 1_000

/**
 * A whole batch as one statement, so that it costs one round trip and is one transaction: it locks what is expected, judges it, and
 * writes what belongs to sets whose expectations hold. Its rows are the mismatches: place of the set, of the expectation, actual
 * revision, actual fence. The values are JSON lists of rows, one for each group of the batch.
 */
export function statementOf(batch: Batch): CompiledSql {
  const key = keyOf(batch)
  let statement = compiled.get(key)
  if (statement === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear()
    statement = compileFor(postgres, batchSql(batch))
    compiled.set(key, statement)
  }
  return statement
}

/** Batches of one key have the same statement: the same groups of tables with the same columns. */
function keyOf({ expecting, writing }: Batch): string {
  let key = ''
  for (const { shape, isWritten } of expecting) key += `${isWritten ? '!' : '?'}${shape.table} `
  for (const { shape, verb } of writing) key += `${verb} ${shape.table}(${shape.columns.join()}) `
  return key
}

function batchSql({ expecting, writing }: Batch): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = []
  for (const [i, group] of expecting.entries()) {
    parts.push(sql`${name('l', i)} as materialized (${lockedSql(group, i)})`)
  }
  const mismatches = expecting.map((_, i) => sql`select s, n, revision, fence from ${name('l', i)} where r <> revision or f <> fence`)
  if (expecting.length > 0) parts.push(sql`bad as materialized (${sql.join(mismatches, sql` union all `)})`)
  const passes = expecting.length > 0 ? sql`r.s <> all(array(select s from bad))` : sql`true`
  for (const [i, group] of writing.entries()) {
    parts.push(sql`${name('r', i)} as materialized (select * from ${rowsSql(group, expecting.length + i)})`)
    parts.push(sql`${name('w', i)} as (${VERBS[group.verb](group.shape, name('r', i), passes)})`)
  }
  const result = expecting.length > 0 ? sql`select s, n, revision, fence from bad` : sql`select 1 where false`
  return sql`with ${sql.join(parts)} ${result}`
}

function name(letter: string, i: number): RawBuilder<unknown> {
  return sql.raw(`${letter}${i}`)
}

/**
 * What is expected beside what there is. Each row is looked up by its id, in the order of ids, for a join of two lists compares each with
 * each. Rows that the set leaves alone are locked against writers only, so that many sets can expect the same one.
 */
function lockedSql({ shape, isWritten }: Expecting, i: number): RawBuilder<unknown> {
  const fence = shape.isLeased ? sql`fence` : sql`0::bigint as fence`
  return sql`select e.s, e.n, e.r, e.f, coalesce(l.revision, 0) as revision, coalesce(l.fence, 0) as fence
    from (select * from json_to_recordset(${slot(i)}::json) as e (s int, n int, id text, r bigint, f bigint) order by id) as e
    left join lateral (select revision, ${fence} from ${sql.table(shape.table)} where id = e.id ${isWritten ? sql`for update` : sql`for share`}) as l on true`
}

/** The types that values of fields are given as. */
export const RECORD_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  instant: 'bigint',
  textSet: 'text[]',
}

/** The rows of a group as a table `r`. */
function rowsSql({ shape, verb }: Writing, place: number): RawBuilder<unknown> {
  const columns: RawBuilder<unknown>[] = [sql`s int`, sql`id text`]
  if (verb !== 'touch' && verb !== 'delete') {
    for (const [i, column] of shape.fieldColumns.entries())
      columns.push(sql`${sql.ref(column)} ${sql.raw(RECORD_TYPES[shape.layout.types[i] as FieldType])}`)
    columns.push(sql`body text`)
    if (shape.isLeased) columns.push(sql`lease_owner text`, sql`lease_ms bigint`, sql`lease_from bigint`)
  }
  return sql`json_to_recordset(${slot(place)}::json) as r (${sql.join(columns)})`
}

type VerbSql = (shape: TableShape, rows: RawBuilder<unknown>, passes: RawBuilder<unknown>) => RawBuilder<unknown>

const UNTIL = sql`coalesce(r.lease_from, ${CLOCK}) + r.lease_ms`

/**
 * The second condition always holds, and the planner takes it for one that few rows meet: so it looks each of them up in the key's index,
 * whatever it thinks of how many rows the table has, and does not compare each with each.
 */
const IS_NAMED = sql`t.id = r.id and r.s + 0 = r.s`

const insertSql: VerbSql = (shape, rows, passes) => {
  const fields = shape.fieldColumns.map((column) => sql.ref(column))
  const names = [sql`id`, ...fields, sql`body`, sql`revision`, ...(shape.isLeased ? LEASE_COLUMNS : [])]
  const values = [
    ...[sql`id`, ...fields, sql`body`].map((column) => sql`r.${column}`),
    sql`1`,
    ...(shape.isLeased ? [sql`case when r.lease_owner is null then 0 else 1 end`, UNTIL, sql`r.lease_owner`] : []),
  ]
  return sql`insert into ${sql.table(shape.table)} as t (${sql.join(names)}) select ${sql.join(values)} from ${rows} as r where ${passes}`
}

const LEASE_COLUMNS = [sql`fence`, sql`leased_until`, sql`lease_owner`]

const VERBS: Readonly<Record<Verb, VerbSql>> = {
  insert: insertSql,
  update(shape, rows, passes) {
    const set = shape.fieldColumns.map((column) => sql`${sql.ref(column)} = r.${sql.ref(column)}`)
    set.push(sql`body = r.body`, sql`revision = t.revision + 1`)
    if (shape.isLeased)
      set.push(
        sql`fence = t.fence + case when r.lease_owner is null then 0 else 1 end`,
        sql`leased_until = ${UNTIL}`,
        sql`lease_owner = r.lease_owner`,
      )
    return sql`update ${sql.table(shape.table)} as t set ${sql.join(set)} from ${rows} as r where ${IS_NAMED} and ${passes}`
  },
  upsert(shape, rows, passes) {
    const set = [...shape.fieldColumns, 'body'].map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`)
    set.push(sql`revision = t.revision + 1`)
    // a new row has fence 1 with a lease and 0 without: what it adds
    if (shape.isLeased)
      set.push(sql`fence = t.fence + excluded.fence`, sql`leased_until = excluded.leased_until`, sql`lease_owner = excluded.lease_owner`)
    return sql`${insertSql(shape, rows, passes)} on conflict (id) do update set ${sql.join(set)}`
  },
  touch: (shape, rows, passes) =>
    sql`update ${sql.table(shape.table)} as t set revision = t.revision + 1 from ${rows} as r where ${IS_NAMED} and ${passes}`,
  delete: (shape, rows, passes) => sql`delete from ${sql.table(shape.table)} as t using ${rows} as r where ${IS_NAMED} and ${passes}`,
}
