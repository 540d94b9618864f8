import type { Collection, FieldType, StoredRecord } from '../collection.ts'
import { compareText } from '../compare.ts'
import { fieldTypesOf } from '../declaration.ts'
import type { Test } from '../query.ts'
import { fieldOf, type Layout } from '../records.ts'
import { type Bucket, type Crowd, resort, unsort, withoutRow, withRow } from './bucket.ts'
import type { Row } from './row.ts'
import { SortedRows } from './sorted-rows.ts'

/** One collection in memory: its rows by id, and ways to them that are made when a query first needs them. */
export interface Table {
  collection: Collection
  layout: Layout
  readonly rows: Map<string, Row>
  /** All rows and their orders. */
  readonly all: Crowd
  /** By the names of their fields. */
  readonly paths: Map<string, Path>
  /** Rows with a due time by priority (highest first), due time, id; null until the first claim. */
  claims: SortedRows | null
}

/** A hash index: equality on the leading fields of a declared index, or membership in a textSet. */
interface Path {
  readonly fields: readonly string[]
  readonly isSet: boolean
  readonly buckets: Map<unknown, Bucket>
}

export function createTable(collection: Collection): Table {
  const rows = new Map<string, Row>()
  const everyRow = {
    get size(): number {
      return rows.size
    },
    [Symbol.iterator]: () => rows.values(),
  }
  return { collection, layout: layoutOf(collection), rows, all: { rows: everyRow, sorted: new Map() }, paths: new Map(), claims: null }
}

export function layoutOf(collection: Collection): Layout {
  const fields = fieldTypesOf(collection)
  const names = Object.keys(fields)
  return { names, types: names.map((name) => fields[name] as FieldType) }
}

/** Adds a record that is not there yet. */
export function insertRow(table: Table, record: StoredRecord): Row {
  const row: Row = { record, revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }
  table.rows.set(record.id, row)
  for (const path of table.paths.values()) enter(path, row)
  if (table.all.sorted.size > 0) resort(table.all, row, null)
  if (table.claims !== null && fieldOf(record, 'dueAt') !== null) table.claims.add(row)
  return row
}

export function deleteRow(table: Table, row: Row): void {
  table.rows.delete(row.record.id)
  for (const path of table.paths.values()) leave(path, row)
  if (table.all.sorted.size > 0) unsort(table.all, row, null)
  if (table.claims !== null && fieldOf(row.record, 'dueAt') !== null) table.claims.remove(row)
}

/** Puts another record in the row's place; only what differs in it moves in the indexes. */
export function replaceRecord(table: Table, row: Row, next: StoredRecord): void {
  const previous = row.record
  const { paths, all, claims } = table
  for (const path of paths.values()) {
    if (!hasSameKeys(path, previous, next)) leave(path, row)
    else eachCrowd(path, row, (crowd) => unsort(crowd, row, next))
  }
  if (all.sorted.size > 0) unsort(all, row, next)
  const isClaimMoved = claims !== null && (differs('dueAt', previous, next) || differs('priority', previous, next))
  if (isClaimMoved && fieldOf(previous, 'dueAt') !== null) claims.remove(row)
  row.record = next
  for (const path of paths.values()) {
    if (!hasSameKeys(path, previous, next)) enter(path, row)
    else eachCrowd(path, row, (crowd) => resort(crowd, row, previous))
  }
  if (all.sorted.size > 0) resort(all, row, previous)
  if (isClaimMoved && fieldOf(next, 'dueAt') !== null) claims.add(row)
}

/** The smallest known sets of rows that hold all records which pass the tests; null when no declared index helps. */
export function bucketsOf(table: Table, tests: readonly Test[]): readonly Bucket[] | null {
  const byId = tests.find((test) => test.field === 'id' && (test.operator === 'eq' || test.operator === 'in'))
  if (byId !== undefined) {
    const ids = byId.operator === 'eq' ? [byId.value] : new Set(byId.value as readonly unknown[])
    const found: Bucket[] = []
    for (const id of ids) {
      const row = table.rows.get(id as string) // the query was checked: ids are text
      if (row !== undefined) found.push(row)
    }
    return found
  }
  let fields: readonly string[] = []
  let keys: readonly unknown[] = []
  let best = 0
  for (const index of table.collection.indexes) {
    const first = tests.find((test) => test.field === index.fields[0] && /^(?:in|has|hasAny)$/.test(test.operator))
    const equal = equalitiesOf(index.fields, tests)
    if (equal.length * 2 > best) {
      best = equal.length * 2
      fields = index.fields.slice(0, equal.length)
      keys = [keyOfValues(equal)]
    } else if (first !== undefined && (first.operator === 'has' ? 2 : 1) > best) {
      best = first.operator === 'has' ? 2 : 1
      fields = [first.field]
      keys = first.operator === 'has' ? [first.value] : [...new Set(first.value as readonly unknown[])]
    }
  }
  if (best === 0) return null
  const { buckets } = pathOf(table, fields)
  const found: Bucket[] = []
  for (const key of keys) {
    const bucket = buckets.get(key)
    if (bucket !== undefined) found.push(bucket)
  }
  return found
}

/** The rows in the order of claims. */
export function claimsOf(table: Table): SortedRows {
  if (table.claims === null) {
    const due: Row[] = []
    for (const row of table.rows.values()) if (fieldOf(row.record, 'dueAt') !== null) due.push(row)
    table.claims = new SortedRows(due, compareClaims)
  }
  return table.claims
}

function compareClaims(a: Row, b: Row): number {
  const left = a.record
  const right = b.record
  // dueAt is never null in this order; a missing priority counts as the lowest
  return (
    priorityOf(right) - priorityOf(left) ||
    Number(fieldOf(left, 'dueAt')) - Number(fieldOf(right, 'dueAt')) ||
    compareText(left.id, right.id)
  )
}

export function priorityOf(record: StoredRecord): number {
  return (fieldOf(record, 'priority') as number | null) ?? Number.MIN_SAFE_INTEGER
}

function equalitiesOf(fields: readonly string[], tests: readonly Test[]): readonly unknown[] {
  const values: unknown[] = []
  for (const field of fields) {
    const test = tests.find((candidate) => candidate.field === field && candidate.operator === 'eq')
    if (test === undefined) break
    values.push(test.value)
  }
  return values
}

function pathOf(table: Table, fields: readonly string[]): Path {
  const name = fields.join()
  let path = table.paths.get(name)
  if (path === undefined) {
    path = { fields, isSet: fieldTypesOf(table.collection)[fields[0] as string] === 'textSet', buckets: new Map() }
    for (const row of table.rows.values()) enter(path, row)
    table.paths.set(name, path)
  }
  return path
}

function enter(path: Path, row: Row): void {
  for (const key of keysOf(path, row.record)) path.buckets.set(key, withRow(path.buckets.get(key), row))
}

function leave(path: Path, row: Row): void {
  for (const key of keysOf(path, row.record)) {
    const left = withoutRow(path.buckets.get(key) as Bucket, row) // the row was entered under this key
    if (left === undefined) path.buckets.delete(key)
    else path.buckets.set(key, left)
  }
}

function eachCrowd(path: Path, row: Row, act: (crowd: Crowd) => void): void {
  for (const key of keysOf(path, row.record)) {
    const bucket = path.buckets.get(key)
    if (bucket !== undefined && 'sorted' in bucket && bucket.sorted.size > 0) act(bucket)
  }
}

const NO_KEYS: readonly unknown[] = []

/** A record without a value in one of the fields is in no bucket: equality never matches null. */
function keysOf(path: Path, record: StoredRecord): Iterable<unknown> {
  const { fields } = path
  const first = fieldOf(record, fields[0] as string)
  if (path.isSet) return new Set(first as readonly string[])
  if (first === null) return NO_KEYS
  if (fields.length === 1) return [first]
  const values = fields.map((field) => fieldOf(record, field))
  return values.includes(null) ? NO_KEYS : [keyOfValues(values)]
}

/** Kept text holds no NUL, so that the parts of a key cannot run into each other. */
function keyOfValues(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values.join('\0')
}

function hasSameKeys(path: Path, previous: StoredRecord, next: StoredRecord): boolean {
  for (const field of path.fields) {
    if (path.isSet ? !isSameList(fieldOf(previous, field), fieldOf(next, field)) : differs(field, previous, next)) return false
  }
  return true
}

function isSameList(a: unknown, b: unknown): boolean {
  const left = a as readonly string[] // both of a textSet field
  const right = b as readonly string[]
  return left === right || (left.length === right.length && left.every((item, i) => item === right[i]))
}

function differs(field: string, previous: StoredRecord, next: StoredRecord): boolean {
  return fieldOf(previous, field) !== fieldOf(next, field)
}
