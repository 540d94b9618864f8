import { type RawBuilder, sql } from 'kysely'
import type { FieldType } from '../collection.ts'
import type { ChangeSet, Expectation, Write } from '../contract.ts'
import { bodyOf, type ShapeOf } from '../sql/check-set.ts'
import { type CompiledSql, compileFor, slot } from '../sql/dialect.ts'
import type { TableShape } from '../sql/table-shape.ts'
import { keptValue } from './batch.ts'
import { CLOCK, postgres } from './postgres-dialect.ts'
import { RECORD_TYPES } from './statement.ts'

/** A statement with the values of its parameters. Its one row tells whether the set landed; else nothing of it was written. */
export interface SetStatement {
  readonly statement: CompiledSql
  readonly values: readonly unknown[]
}

/** A set with more is written as lists of rows: there would be too many statements. */
const PIECES_MAX = 16

/**
 * One set as a statement with a parameter for each value: half the work, for the server, of lists of rows (statement.ts), but it tells
 * only whether the set landed. What is expected of a record is judged by writing it where that can be, else by locking it; each write
 * waits for that. Null for a set that has none or too many rows.
 */
export function statementOfSet(shapeOf: ShapeOf, set: ChangeSet): SetStatement | null {
  const pieces = piecesOf(shapeOf, set)
  if (pieces === null) return null
  let key = ''
  const values: unknown[] = []
  for (const piece of pieces) {
    key += `${piece.verb} ${piece.shape.table}(${piece.shape.columns.length}) `
    for (const value of piece.values) values.push(value)
  }
  let statement = compiled.get(key)
  if (statement === undefined) {
    if (compiled.size >= COMPILED_MAX) compiled.clear()
    statement = compileFor(postgres, setSql(pieces))
    compiled.set(key, statement)
  }
  return { statement, values }
}

const compiled = new Map<string, CompiledSql>()
const COMPILED_MAX = 1_000

/** One row that is judged or written; the verb says what its statement looks like, together with the table. */
interface Piece {
  readonly verb: Verb
  readonly shape: TableShape
  readonly values: readonly unknown[]
}

/**
 * `absent`, `share r/f/rf`, `lock r/f/rf`: what is expected of a row that is not judged by its own write, by its revision, fence or both.
 * `judged …`: a write that happens only if the row is as expected. The rest only write.
 */
type Verb =
  | 'absent'
  | `${'share' | 'lock'} ${'r' | 'f' | 'rf'}`
  | `judged ${'insert' | `${'update' | 'delete'} ${'r' | 'f' | 'rf'}`}`
  | 'insert'
  | 'update'
  | 'upsert'
  | 'touch'
  | 'delete'

/** First what judges, the one judged write behind the locks, then what writes. */
function piecesOf(shapeOf: ShapeOf, { expect, touch, put, delete: gone, append }: ChangeSet): readonly Piece[] | null {
  const count = expect.length + touch.length + put.length + gone.length + append.length
  if (count === 0 || count > PIECES_MAX) return null
  const pieces: Piece[] = []
  let judged: Piece | null = null
  let judgedId: string | null = null
  let judgedTable: string | null = null
  const known: { readonly id: string; readonly table: string; readonly revision: number | undefined }[] = []
  for (const expectation of expect) {
    const { collection, id, revision, fence } = expectation
    const shape = shapeOf(collection)
    if (revision === undefined && fence === undefined) continue
    if (revision === 0 ? fence !== undefined : fence !== undefined && !shape.isLeased) return null
    const write = put.find((one) => one.record.id === id && one.collection.name === collection.name)
    const isDeleted = gone.some((one) => one.id === id && one.collection.name === collection.name)
    if (judged === null && (write !== undefined || (isDeleted && revision !== 0))) {
      judged = judgedPiece(shape, expectation, write)
      judgedId = id
      judgedTable = shape.table
      continue
    }
    known.push({ id, table: shape.table, revision })
    const isWritten = write !== undefined || isDeleted || touch.some((one) => one.id === id && one.collection.name === collection.name)
    pieces.push(expectedPiece(shape, expectation, isWritten))
  }
  if (judged !== null) pieces.push(judged)
  const isJudged = (shape: TableShape, id: string): boolean => id === judgedId && shape.table === judgedTable
  for (const { collection, id } of touch) pieces.push({ verb: 'touch', shape: shapeOf(collection), values: [id] })
  for (const write of put) {
    const shape = shapeOf(write.collection)
    const { id } = write.record
    if (isJudged(shape, id)) continue
    const revision = known.find((one) => one.id === id && one.table === shape.table)?.revision
    pieces.push({ verb: revision === undefined ? 'upsert' : revision === 0 ? 'insert' : 'update', shape, values: rowValues(shape, write) })
  }
  for (const { collection, id } of gone) {
    const shape = shapeOf(collection)
    if (!isJudged(shape, id)) pieces.push({ verb: 'delete', shape, values: [id] })
  }
  for (const write of append)
    pieces.push({ verb: 'insert', shape: shapeOf(write.collection), values: rowValues(shapeOf(write.collection), write) })
  return pieces
}

function judgedPiece(shape: TableShape, expectation: Expectation, write: Write | undefined): Piece {
  if (write === undefined) return { verb: `judged delete ${partsOf(expectation)}`, shape, values: expectedValues(expectation) }
  if (expectation.revision === 0) return { verb: 'judged insert', shape, values: rowValues(shape, write) }
  return {
    verb: `judged update ${partsOf(expectation)}`,
    shape,
    values: [...rowValues(shape, write), ...expectedValues(expectation).slice(1)],
  }
}

function expectedPiece(shape: TableShape, expectation: Expectation, isWritten: boolean): Piece {
  if (expectation.revision === 0) return { verb: 'absent', shape, values: [expectation.id] }
  return { verb: `${isWritten ? 'lock' : 'share'} ${partsOf(expectation)}`, shape, values: expectedValues(expectation) }
}

function partsOf({ revision, fence }: Expectation): 'r' | 'f' | 'rf' {
  return fence === undefined ? 'r' : revision === undefined ? 'f' : 'rf'
}

/** The id, then what is expected. */
function expectedValues({ id, revision, fence }: Expectation): readonly unknown[] {
  return [id, revision, fence].filter((value) => value !== undefined)
}

/** The id, the fields (an empty set is null), the body as JSON text, and the lease: its owner, its length, its beginning. */
function rowValues(shape: TableShape, { record, lease }: Write): readonly unknown[] {
  const values: unknown[] = [record.id]
  for (const name of shape.layout.names) values.push(keptValue(record, name))
  values.push(bodyOf(shape, record))
  if (shape.isLeased) values.push(lease?.owner ?? null, lease?.leaseMs ?? null, lease?.now ?? null)
  return values
}

function setSql(pieces: readonly Piece[]): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = []
  const checks: RawBuilder<unknown>[] = []
  let judged: RawBuilder<unknown> | null = null
  let place = 0
  for (const [i, { verb, shape, values }] of pieces.entries()) {
    const name = sql.raw(`p${i}`)
    const at = (k: number): RawBuilder<unknown> => sql`${slot(first + k)}`
    const first = place
    place += values.length
    const table = sql.table(shape.table)
    if (verb === 'absent') {
      checks.push(sql`not exists (select from ${table} where id = ${at(0)})`)
      continue
    }
    if (verb.startsWith('share') || verb.startsWith('lock')) {
      const isAs = expectedSql(verb, at, 1)
      parts.push(
        sql`${name} as materialized (select id from ${table} where id = ${at(0)}${isAs} ${sql.raw(verb.startsWith('lock') ? 'for update' : 'for share')})`,
      )
      checks.push(sql`exists (select from ${name})`)
      continue
    }
    const isFree = judged ?? (checks.length === 0 ? sql`true` : sql.join(checks, sql` and `))
    parts.push(sql`${name} as (${writeSql(verb, shape, at, isFree)})`)
    if (verb.startsWith('judged')) judged = sql`exists (select from ${name})`
  }
  const isLanded = judged ?? (checks.length === 0 ? sql`true` : sql.join(checks, sql` and `))
  return parts.length === 0 ? sql`select ${isLanded}` : sql`with ${sql.join(parts)} select ${isLanded}`
}

type At = (k: number) => RawBuilder<unknown>

/** What follows an id: the revision, the fence. */
function expectedSql(verb: Verb, at: At, from: number): RawBuilder<unknown> {
  const parts = verb.slice(verb.lastIndexOf(' ') + 1)
  if (parts === 'rf') return sql` and revision = ${at(from)} and fence = ${at(from + 1)}`
  return parts === 'r' ? sql` and revision = ${at(from)}` : sql` and fence = ${at(from)}`
}

function writeSql(verb: Verb, shape: TableShape, at: At, isFree: RawBuilder<unknown>): RawBuilder<unknown> {
  const table = sql.table(shape.table)
  if (verb === 'touch') return sql`update ${table} set revision = revision + 1 where id = ${at(0)} and ${isFree}`
  if (verb === 'delete') return sql`delete from ${table} where id = ${at(0)} and ${isFree}`
  if (verb.startsWith('judged delete'))
    return sql`delete from ${table} where id = ${at(0)}${expectedSql(verb, at, 1)} and ${isFree} returning 1`
  if (verb === 'insert') return insertSql(shape, at, isFree)
  if (verb === 'judged insert') return sql`${insertSql(shape, at, isFree)} on conflict (id) do nothing returning 1`
  if (verb === 'upsert') return sql`${insertSql(shape, at, isFree)} on conflict (id) do update set ${upsertedSql(shape)}`
  const { names, types } = shape.layout
  const set = shape.fieldColumns.map((column, k) => sql`${sql.ref(column)} = ${cast(at(k + 1), types[k] as FieldType)}`)
  const body = names.length + 1
  set.push(sql`body = ${at(body)}`, sql`revision = revision + 1`)
  if (shape.isLeased)
    set.push(
      sql`fence = fence + case when ${at(body + 1)}::text is null then 0 else 1 end`,
      sql`leased_until = ${untilSql(at, body)}`,
      sql`lease_owner = ${at(body + 1)}::text`,
    )
  const isAs = verb === 'update' ? sql`` : expectedSql(verb, at, body + (shape.isLeased ? 4 : 1))
  return sql`update ${table} set ${sql.join(set)} where id = ${at(0)}${isAs} and ${isFree} returning 1`
}

function insertSql(shape: TableShape, at: At, isFree: RawBuilder<unknown>): RawBuilder<unknown> {
  const { names, types } = shape.layout
  const body = names.length + 1
  const columns = ['id', ...shape.fieldColumns, 'body', 'revision', ...(shape.isLeased ? ['fence', 'leased_until', 'lease_owner'] : [])]
  const values = [
    sql`${at(0)}::text`,
    ...types.map((type, k) => cast(at(k + 1), type)),
    sql`${at(body)}::text`,
    sql`1::bigint`,
    ...(shape.isLeased
      ? [sql`case when ${at(body + 1)}::text is null then 0 else 1 end`, untilSql(at, body), sql`${at(body + 1)}::text`]
      : []),
  ]
  const into = sql.join(columns.map((column) => sql.ref(column)))
  return sql`insert into ${sql.table(shape.table)} as t (${into}) select ${sql.join(values)} where ${isFree}`
}

function upsertedSql(shape: TableShape): RawBuilder<unknown> {
  const set = [...shape.fieldColumns, 'body'].map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`)
  set.push(sql`revision = t.revision + 1`)
  // a new row has fence 1 with a lease and 0 without: what it adds
  if (shape.isLeased)
    set.push(sql`fence = t.fence + excluded.fence`, sql`leased_until = excluded.leased_until`, sql`lease_owner = excluded.lease_owner`)
  return sql.join(set)
}

function untilSql(at: At, body: number): RawBuilder<unknown> {
  return sql`coalesce(${at(body + 3)}::bigint, ${CLOCK}) + ${at(body + 2)}::bigint`
}

function cast(value: RawBuilder<unknown>, type: FieldType): RawBuilder<unknown> {
  return sql`${value}::${sql.raw(RECORD_TYPES[type])}`
}
