import { type RawBuilder, sql } from 'kysely'
import type { FieldType, StoredRecord } from '../collection.ts'
import type { ChangeSet, CommitResult, Expectation, Instant, Mismatch, Write } from '../contract.ts'
import { bodyOf, refuse, type ShapeOf } from './check-set.ts'
import { type CompiledSql, type RawRow, slot } from './dialect.ts'
import { compile, sqlite } from './sqlite-dialect.ts'
import type { Prepared, StatementCache } from './statement-cache.ts'
import { LEASE_COLUMNS, type TableShape } from './table-shape.ts'
import { fieldValuesOf } from './tables.ts'

/** Writes one set inside an open transaction. A conflict has written nothing; what throws has to be rolled back. */
export function applySet(statements: StatementCache, shapeOf: ShapeOf, set: ChangeSet, now: () => Instant): CommitResult {
  const seen: SeenById = new Map()
  const own = expectedPut(set)
  const isPut =
    own !== null &&
    mismatchesOf(statements, shapeOf, set.expect, own.expectation, seen) === null &&
    putAsExpected(statements, shapeOf, own, now)
  if (!isPut) {
    const conflict = mismatchesOf(statements, shapeOf, set.expect, null, seen)
    if (conflict !== null) return { conflict }
  }
  for (const { collection, id } of set.touch) statementOf(statements, shapeOf(collection), 'touch', touchSql).run([id])
  for (const write of set.put) if (!isPut || write !== own.write) put(statements, shapeOf(write.collection), write, seen, now)
  for (const key of set.delete) deleteRow(statements, shapeOf(key.collection), key)
  for (const write of set.append) append(statements, shapeOf(write.collection), write, now)
  return 'committed'
}

/** A record that was looked at for what is expected of it; null where it is not there. */
interface Seen {
  readonly shape: TableShape
  readonly row: RawRow | null
}

/** Of two tables that have the same id the one that was looked at last: the other is looked at again where that is needed. */
type SeenById = Map<string, Seen>

/** A put and the revision that is expected of its record. */
interface ExpectedPut {
  readonly expectation: Expectation
  readonly revision: number
  readonly write: Write
}

/** One put of the set whose expectation can be judged by writing it, which saves a look; null where there is none. */
function expectedPut({ expect, put }: ChangeSet): ExpectedPut | null {
  for (const expectation of expect) {
    const { collection, id, revision, fence } = expectation
    if (revision === undefined || fence !== undefined || collection.leased === true) continue
    const write = put.find((one) => one.record.id === id && one.collection.name === collection.name)
    if (write !== undefined) return { expectation, revision, write }
  }
  return null
}

/**
 * Writes the record if it is as expected; false, and nothing written, where it is not, or where a field changes that an index or a side
 * table holds: these are left to {@link put}.
 */
function putAsExpected(statements: StatementCache, shapeOf: ShapeOf, { write, revision }: ExpectedPut, now: () => Instant): boolean {
  const shape = shapeOf(write.collection)
  if (revision === 0) return insert(statements, shape, write, now)
  const { id } = write.record
  const { fields, pattern, values } = givenOf(shape, write.record)
  const update = statements.ofPattern(shape, 'update expected', pattern, () => updateExpectedSql(shape, fields))
  return update.run([id, revision, bodyOf(shape, write.record), ...values]) > 0
}

/**
 * A record's fields: all of them, and the values of those that are given; a number says which. What has no value needs no place in a
 * statement.
 */
interface Given {
  readonly fields: readonly unknown[]
  readonly pattern: number
  readonly values: unknown[]
}

function givenOf(shape: TableShape, record: StoredRecord): Given {
  const fields = fieldValuesOf(shape, record)
  const values: unknown[] = []
  let pattern = 0
  for (let place = 0, bit = 1; place < fields.length; place++, bit *= 2) {
    if (isLeftOut(fields, place)) continue
    values.push(fields[place])
    if (place < PATTERN_FIELDS_MAX) pattern += bit
  }
  return { fields, pattern, values }
}

/** Of a few dozen fields at most a number says exactly which are given. */
const PATTERN_FIELDS_MAX = 52

function isLeftOut(fields: readonly unknown[], place: number): boolean {
  return fields[place] === null && place < PATTERN_FIELDS_MAX
}

/** Deletes a record and what side tables hold of it; false when it was not there. */
export function deleteRow(statements: StatementCache, shape: TableShape, { id }: { readonly id: string }): boolean {
  // Giving them back from the deletion takes longer than both statements: SQLite puts such rows into a table of their own first.
  const sets = shape.sets.length === 0 ? undefined : statementOf(statements, shape, 'sets', setsSql).first([id])
  const isDeleted = statementOf(statements, shape, 'delete', deleteSql).run([id]) > 0
  if (sets !== undefined)
    for (let i = 0; i < sets.length; i++)
      if (sets[i] !== null) changeSet(statements, shape, (shape.sets[i] as TableShape['sets'][number]).sideTable, id, sets[i], null)
  return isDeleted
}

/** What is not as expected, but for one expectation that is judged otherwise; null where all is. */
function mismatchesOf(
  statements: StatementCache,
  shapeOf: ShapeOf,
  expect: readonly Expectation[],
  but: Expectation | null,
  seen: SeenById,
): readonly Mismatch[] | null {
  let mismatches: Mismatch[] | null = null
  for (const expectation of expect) {
    if (expectation === but) continue
    const shape = shapeOf(expectation.collection)
    const row = peek(statements, shape, expectation.id)
    seen.set(expectation.id, { shape, row })
    const revision = row === null ? 0 : (row[0] as number)
    const fence = row === null ? 0 : (row[1] as number)
    const isRevision = expectation.revision === undefined || expectation.revision === revision
    if (isRevision && (expectation.fence === undefined || expectation.fence === fence)) continue
    mismatches ??= []
    mismatches.push({ ...expectation, actual: { revision, fence } })
  }
  return mismatches
}

/** Where the fields begin in what `peek` reads: after revision and fence. */
const PEEK_FIELDS = 2

/** Revision, fence and the fields as they are kept; the body stays unread. */
function peek(statements: StatementCache, shape: TableShape, id: string): RawRow | null {
  return statementOf(statements, shape, 'peek', peekSql).first([id]) ?? null
}

function put(statements: StatementCache, shape: TableShape, write: Write, seen: SeenById, now: () => Instant): void {
  const { record, lease } = write
  const looked = seen.size === 0 ? undefined : seen.get(record.id)
  const known = looked?.shape === shape ? looked.row : null
  // what nothing was expected of is mostly new: it is written at once, and only what is there already is looked at
  if (known === null && insert(statements, shape, write, now)) return
  const kept = known ?? peek(statements, shape, record.id)
  if (kept === null) refuse(shape, record, 'is there and cannot be read')
  const fields = fieldValuesOf(shape, record)
  const changed: number[] = []
  for (let place = 0; place < fields.length; place++) if (fields[place] !== kept[PEEK_FIELDS + place]) changed.push(place)
  for (const { place, sideTable } of shape.sets) {
    if (changed.includes(place))
      changeSet(statements, shape, sideTable, record.id, kept[PEEK_FIELDS + place] ?? null, fields[place] ?? null)
  }
  // only columns that changed are set: an index over the others is not written
  const update = statements.of(shape, changed.length === 0 ? 'update' : `update ${changed.join()}`, () => updateSql(shape, changed))
  const values: unknown[] = [record.id, bodyOf(shape, record)]
  if (shape.isLeased)
    values.push(lease === undefined ? 0 : 1, lease === undefined ? null : (lease.now ?? now()) + lease.leaseMs, lease?.owner ?? null)
  for (const place of changed) values.push(fields[place])
  update.run(values)
}

function append(statements: StatementCache, shape: TableShape, write: Write, now: () => Instant): void {
  if (!insert(statements, shape, write, now)) refuse(shape, write.record, 'exists already')
}

/** Writes a new record; false, and nothing written, where one with its id is there. */
function insert(statements: StatementCache, shape: TableShape, { record, lease }: Write, now: () => Instant): boolean {
  const { fields, pattern, values: ofFields } = givenOf(shape, record)
  const values: unknown[] = [record.id, ...ofFields, bodyOf(shape, record)]
  if (shape.isLeased)
    values.push(lease === undefined ? 0 : 1, lease === undefined ? null : (lease.now ?? now()) + lease.leaseMs, lease?.owner ?? null)
  if (statements.ofPattern(shape, 'insert', pattern, () => insertSql(shape, fields)).run(values) === 0) return false
  for (const { place, sideTable } of shape.sets) changeSet(statements, shape, sideTable, record.id, null, fields[place] ?? null)
  return true
}

/** Brings the side table of a textSet from one set (JSON, null = empty) to another. */
function changeSet(statements: StatementCache, shape: TableShape, sideTable: string, id: string, from: unknown, to: unknown): void {
  const before = setOf(from)
  const after = setOf(to)
  for (const value of before)
    if (!after.has(value)) statements.of(shape, `remove ${sideTable}`, () => removeSql(sideTable)).run([value, id])
  for (const value of after) if (!before.has(value)) statements.of(shape, `add ${sideTable}`, () => addSql(sideTable)).run([value, id])
}

const NOTHING: ReadonlySet<string> = new Set()

function setOf(json: unknown): ReadonlySet<string> {
  return typeof json === 'string' ? new Set(JSON.parse(json) as readonly string[]) : NOTHING
}

function statementOf(statements: StatementCache, shape: TableShape, verb: string, make: (shape: TableShape) => CompiledSql): Prepared {
  return statements.of(shape, verb, make)
}

function peekSql(shape: TableShape): CompiledSql {
  const fields = shape.fieldColumns.map((column) => sql`, ${sql.ref(column)}`)
  const fence = shape.isLeased ? sql`fence` : sql`0`
  return compile(sql`select revision, ${fence}${concat(fields)} from ${sql.table(shape.table)} where id = ${slot(0)}`)
}

function touchSql({ table }: TableShape): CompiledSql {
  return compile(sql`update ${sql.table(table)} set revision = revision + 1 where id = ${slot(0)}`)
}

function deleteSql({ table }: TableShape): CompiledSql {
  return compile(sql`delete from ${sql.table(table)} where id = ${slot(0)}`)
}

/** The sets of a record, by which its side tables know it. */
function setsSql({ table, sets, fieldColumns }: TableShape): CompiledSql {
  const kept = sql.join(sets.map(({ place }) => sql.ref(fieldColumns[place] as string)))
  return compile(sql`select ${kept} from ${sql.table(table)} where id = ${slot(0)}`)
}

/** Of the fields only those that have a value. */
function insertSql({ table, fieldColumns, isLeased }: TableShape, fields: readonly unknown[]): CompiledSql {
  const given = ['id', ...fieldColumns.filter((_, place) => !isLeftOut(fields, place)), 'body', ...(isLeased ? LEASE_COLUMNS : [])]
  const names = sql.join(given.map((column) => sql.ref(column)))
  const values = sql.join(given.map((_, place) => slot(place)))
  return compile(sql`insert into ${sql.table(table)} (${names}, revision) values (${values}, 1) on conflict (id) do nothing`)
}

function updateSql(shape: TableShape, changed: readonly number[]): CompiledSql {
  const leases = shape.isLeased ? [sql`, fence = fence + ${slot(2)}, leased_until = ${slot(3)}, lease_owner = ${slot(4)}`] : []
  const first = shape.isLeased ? 5 : 2
  const fields = changed.map((place, i) => sql`, ${sql.ref(shape.fieldColumns[place] as string)} = ${slot(first + i)}`)
  return compile(
    sql`update ${sql.table(shape.table)} set body = ${slot(1)}, revision = revision + 1${concat([...leases, ...fields])} where id = ${slot(0)}`,
  )
}

/** Fields that are searched stay as they are, so that no index is written. */
function updateExpectedSql(shape: TableShape, fields: readonly unknown[]): CompiledSql {
  const set: RawBuilder<unknown>[] = []
  const kept: RawBuilder<unknown>[] = []
  let at = 3
  for (const [i, name] of shape.fieldColumns.entries()) {
    const column = sql.ref(name)
    const value = isLeftOut(fields, i) ? null : slot(at++)
    if (shape.searched.has(name))
      kept.push(
        value === null ? sql` and ${column} is null` : sql` and ${column} = ${sqlite.equal(shape.layout.types[i] as FieldType, value)}`,
      )
    else set.push(value === null ? sql`, ${column} = null` : sql`, ${column} = ${value}`)
  }
  return compile(
    sql`update ${sql.table(shape.table)} set body = ${slot(2)}, revision = revision + 1${concat(set)}
      where id = ${slot(0)} and revision = ${slot(1)}${concat(kept)}`,
  )
}

function addSql(sideTable: string): CompiledSql {
  return compile(sql`insert or ignore into ${sql.table(sideTable)} (value, id) values (${slot(0)}, ${slot(1)})`)
}

function removeSql(sideTable: string): CompiledSql {
  return compile(sql`delete from ${sql.table(sideTable)} where value = ${slot(0)} and id = ${slot(1)}`)
}

function concat(parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return parts.length === 0 ? sql`` : sql.join(parts, sql``)
}
