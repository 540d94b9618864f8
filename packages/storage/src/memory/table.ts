import type { Collection, StoredRecord } from '../collection.ts'
import { fieldTypesOf } from '../declaration.ts'
import type { Operator, Test } from '../query.ts'
import { differs, fieldOf, type Layout, layoutOf } from '../records.ts'
import { type Bucket, type Crowd, resort, sizeOf, unsort, withoutRow, withRow } from './bucket.ts'
import { type Claims, createClaims, enterClaims, isMoved, leaveClaims } from './claims.ts'
import type { Row } from './row.ts'
import { RowsById } from './rows-by-id.ts'

/** One collection in memory: its rows by id, and ways to them that are made when a query first needs them. */
export interface Table {
  collection: Collection
  layout: Layout
  readonly rows: RowsById
  /** All rows and their orders. */
  readonly all: Crowd
  /** By the names of their fields. */
  readonly paths: Map<string, Path>
  claims: Claims
}

/** A hash index: equality on the leading fields of a declared index, or membership in a textSet. */
interface Path {
  readonly fields: readonly string[]
  readonly isSet: boolean
  readonly buckets: Map<unknown, Bucket>
}

export function createTable(collection: Collection): Table {
  const rows = new RowsById()
  const everyRow = {
    get size(): number {
      return rows.size
    },
    [Symbol.iterator]: () => rows.values(),
  }
  return {
    collection,
    layout: layoutOf(fieldTypesOf(collection)),
    rows,
    all: { rows: everyRow, sorted: new Map() },
    paths: new Map(),
    claims: createClaims(collection),
  }
}

/** Adds a record that is not there yet. */
export function insertRow(table: Table, record: StoredRecord): Row {
  const row: Row = { record, revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }
  table.rows.add(row)
  if (table.paths.size > 0) for (const path of table.paths.values()) enter(path, row)
  if (table.all.sorted.size > 0) resort(table.all, row, null)
  enterClaims(table.claims, row)
  return row
}

export function deleteRow(table: Table, row: Row): void {
  table.rows.delete(row.record.id)
  if (table.paths.size > 0) for (const path of table.paths.values()) leave(path, row)
  if (table.all.sorted.size > 0) unsort(table.all, row, null)
  leaveClaims(table.claims, row)
}

/** Puts another record in the row's place; only what differs in it moves in the indexes. */
export function replaceRecord(table: Table, row: Row, next: StoredRecord): void {
  const previous = row.record
  const { paths, all, claims } = table
  if (paths.size === 0 && all.sorted.size === 0 && claims.lanes === null) {
    row.record = next
    return
  }
  for (const path of paths.values()) {
    if (!hasSameKeys(path, previous, next)) leave(path, row)
    else eachCrowd(path, row, (crowd) => unsort(crowd, row, next))
  }
  if (all.sorted.size > 0) unsort(all, row, next)
  const isClaimMoved = isMoved(claims, previous, next)
  if (isClaimMoved) leaveClaims(claims, row)
  row.record = next
  for (const path of paths.values()) {
    if (!hasSameKeys(path, previous, next)) enter(path, row)
    else eachCrowd(path, row, (crowd) => resort(crowd, row, previous))
  }
  if (all.sorted.size > 0) resort(all, row, previous)
  if (isClaimMoved) enterClaims(claims, row)
}

/**
 * The smallest known sets of rows that hold all records which pass the tests; null when no declared index helps. Of the indexes of which
 * most fields are tested that one whose rows are fewest.
 */
export function bucketsOf(table: Table, tests: readonly Test[]): readonly Bucket[] | null {
  const byId = testOn('id', tests, 'eq') ?? testOn('id', tests, 'in')
  if (byId !== undefined) return rowsById(table, byId)
  let best: readonly Bucket[] | null = null
  let length = 0
  let member: Test | undefined
  for (const { fields } of table.collection.indexes) {
    const equal = equalities(fields, tests)
    const choice = equal < fields.length ? testOn(fields[equal] as string, tests, 'in') : undefined
    const tested = equal + (choice === undefined ? 0 : 1)
    if (tested === 0) member ??= memberTest(fields[0] as string, tests)
    else if (tested >= length) {
      const buckets = bucketsUnder(pathOf(table, tested === fields.length ? fields : fields.slice(0, tested)), tests, choice)
      if (best === null || tested > length || rowsIn(buckets) < rowsIn(best)) best = buckets
      length = tested
    }
  }
  if (best !== null || member === undefined) return best
  const values = member.operator === 'has' ? [member.value] : [...new Set(member.value as readonly unknown[])]
  return found(pathOf(table, [member.field]), values)
}

/** `choice`: the last field of the path may have one of several values. */
function bucketsUnder(path: Path, tests: readonly Test[], choice: Test | undefined): Bucket[] {
  if (choice === undefined) return found(path, [keyOfTests(path.fields, tests)])
  const equal = path.fields.slice(0, -1).map((field) => testOn(field, tests, 'eq')?.value)
  return found(
    path,
    [...new Set(choice.value as readonly unknown[])].map((value) => keyOfValues([...equal, value])),
  )
}

function found({ buckets }: Path, keys: readonly unknown[]): Bucket[] {
  const there: Bucket[] = []
  for (const key of keys) {
    const bucket = buckets.get(key)
    if (bucket !== undefined) there.push(bucket)
  }
  return there
}

function rowsIn(buckets: readonly Bucket[]): number {
  let rows = 0
  for (const bucket of buckets) rows += sizeOf(bucket)
  return rows
}

function memberTest(field: string, tests: readonly Test[]): Test | undefined {
  return testOn(field, tests, 'has') ?? testOn(field, tests, 'hasAny')
}

function rowsById(table: Table, { operator, value }: Test): readonly Row[] {
  const found: Row[] = []
  for (const id of operator === 'eq' ? [value] : new Set(value as readonly unknown[])) {
    const row = table.rows.get(id as string) // the query was checked: ids are text
    if (row !== undefined) found.push(row)
  }
  return found
}

function testOn(field: string, tests: readonly Test[], operator: Operator): Test | undefined {
  for (let i = 0; i < tests.length; i++) {
    const test = tests[i] as Test
    if (test.field === field && test.operator === operator) return test
  }
  return undefined
}

/** How many of the leading fields are tested for equality. */
function equalities(fields: readonly string[], tests: readonly Test[]): number {
  let count = 0
  while (count < fields.length && testOn(fields[count] as string, tests, 'eq') !== undefined) count++
  return count
}

function keyOfTests(fields: readonly string[], tests: readonly Test[]): unknown {
  if (fields.length === 1) return testOn(fields[0] as string, tests, 'eq')?.value
  return keyOfValues(fields.map((field) => testOn(field, tests, 'eq')?.value))
}

function pathOf(table: Table, fields: readonly string[]): Path {
  const name = fields.length === 1 ? (fields[0] as string) : fields.join()
  let path = table.paths.get(name)
  if (path === undefined) {
    path = { fields, isSet: fieldTypesOf(table.collection)[fields[0] as string] === 'textSet', buckets: new Map() }
    for (const row of table.rows.values()) enter(path, row)
    table.paths.set(name, path)
  }
  return path
}

function enter(path: Path, row: Row): void {
  if (path.isSet || path.fields.length > 1) for (const key of keysOf(path, row.record)) enterUnder(path, key, row)
  else {
    const key = fieldOf(row.record, path.fields[0] as string)
    if (key !== null) enterUnder(path, key, row)
  }
}

function enterUnder({ buckets }: Path, key: unknown, row: Row): void {
  buckets.set(key, withRow(buckets.get(key), row))
}

function leave(path: Path, row: Row): void {
  for (const key of keysOf(path, row.record)) {
    const bucket = path.buckets.get(key) as Bucket // the row was entered under this key
    const left = withoutRow(bucket, row)
    if (left === undefined) path.buckets.delete(key)
    else if (left !== bucket) path.buckets.set(key, left)
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
