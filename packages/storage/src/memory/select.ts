import { compareRecords, compareText, compareValues, isAfter, passesAll } from '../compare.ts'
import type { Cursor } from '../contract.ts'
import type { Filter, Selection, Test } from '../query.ts'
import { fieldOf } from '../records.ts'
import { type Bucket, type Crowd, sortedBy } from './bucket.ts'
import type { Row } from './row.ts'
import { bucketsOf, type Table } from './table.ts'

/** What is wanted of the rows that pass: `order` null = as they come. */
interface Wanted {
  readonly order: Selection['order'] | null
  readonly limit: number
  readonly after: Cursor | null
}

/** The rows that pass, in order, at most `limit`: a bounded union over the branches and over the buckets that an index gives for each. */
export function selectRows(table: Table, filter: Filter, wanted: Wanted): Row[] {
  const { tests, branches } = filter
  if (branches === null) return selectBranch(table, tests, wanted)
  return merged(
    branches.map((branch) => selectBranch(table, [...tests, ...branch], wanted)),
    wanted,
  )
}

function selectBranch(table: Table, tests: readonly Test[], wanted: Wanted): Row[] {
  const buckets = bucketsOf(table, tests) ?? [table.all]
  if (buckets.length === 1) return selectBucket(table, buckets[0] as Bucket, tests, wanted)
  return merged(
    buckets.map((bucket) => selectBucket(table, bucket, tests, wanted)),
    wanted,
  )
}

function merged(lists: readonly Row[][], wanted: Wanted): Row[] {
  const rows = [...new Set(lists.flat())]
  return inOrder(rows, wanted)
}

function selectBucket(table: Table, bucket: Bucket, tests: readonly Test[], wanted: Wanted): Row[] {
  if (Array.isArray(bucket)) return gather(bucket, tests, wanted)
  if (!('rows' in bucket)) return gather([bucket], tests, wanted)
  const range = tests.find((test) => isRange(test) && isIndexed(table, test.field))
  const leading = wanted.order === null ? null : (wanted.order[0] ?? { field: 'id', descending: false })
  if (leading !== null && isIndexed(table, leading.field) && (range === undefined || range.field === leading.field)) {
    return walk(bucket, leading, tests, wanted)
  }
  return gather(range === undefined ? bucket.rows : within(bucket, range.field, tests), tests, wanted)
}

/** Rows that pass, put in order afterwards; without an order it stops at the limit. */
function gather(rows: Iterable<Row>, tests: readonly Test[], wanted: Wanted): Row[] {
  const { order, limit, after } = wanted
  const found: Row[] = []
  for (const row of rows) {
    if (!passesAll(tests, row.record)) continue
    if (after !== null && order !== null && !isAfter(order, row.record, after)) continue
    found.push(row)
    if (order === null && found.length === limit) break
  }
  return inOrder(found, wanted)
}

function inOrder(rows: Row[], { order, limit }: Wanted): Row[] {
  if (order !== null && rows.length > 1) rows.sort((a, b) => compareRecords(order, a.record, b.record))
  return rows.length > limit ? rows.slice(0, limit) : rows
}

/** Walks a crowd along the leading field of the order and stops at the limit; rows without a value in it come last. */
function walk(crowd: Crowd, leading: Selection['order'][number], tests: readonly Test[], wanted: Wanted): Row[] {
  const { field, descending } = leading
  const order = wanted.order ?? []
  const { limit, after } = wanted
  const found: Row[] = []
  const isOrderOfView = order.length === 0 || (order.length === 1 && !descending)
  if (after === null || order.length === 0 || after.values[0] !== null) {
    let group: Row[] = []
    const closeGroup = (): void => {
      if (group.length > 1 && !isOrderOfView) group.sort((a, b) => compareRecords(order, a.record, b.record))
      for (const row of group) found.push(row)
      group = []
    }
    for (const row of descending ? backwards(crowd, field, tests, after) : forwards(crowd, field, tests, order, after)) {
      if (group.length > 0 && (isOrderOfView || fieldOf((group[0] as Row).record, field) !== fieldOf(row.record, field))) {
        closeGroup()
        if (found.length >= limit) break
      }
      if (passesAll(tests, row.record) && (after === null || isAfter(order, row.record, after))) group.push(row)
    }
    closeGroup()
  }
  if (found.length >= limit) return found.slice(0, limit)
  if (field === 'id' || tests.some((test) => test.field === field && !(test.operator === 'isNull' && test.value === true))) return found
  const rest = gather(crowd.rows, [...tests, { field, operator: 'isNull', value: true }], { ...wanted, limit: limit - found.length })
  return [...found, ...rest]
}

function* forwards(crowd: Crowd, field: string, tests: readonly Test[], order: Selection['order'], after: Cursor | null): Generator<Row> {
  const low = boundOf(field, tests, 'gt', 'gte')
  const from = after === null ? undefined : order.length === 0 ? after.id : after.values[0]
  const isReached = (row: Row): boolean => {
    const value = fieldOf(row.record, field)
    if (low !== undefined && compareValues(value, low) < 0) return false
    if (after === null) return true
    const difference = compareValues(value, from)
    return difference > 0 || (difference === 0 && (order.length > 1 || compareText(row.record.id, after.id) >= 0))
  }
  const high = boundOf(field, tests, 'lt', 'lte')
  for (const row of sortedBy(crowd, field).from(isReached)) {
    if (high !== undefined && compareValues(fieldOf(row.record, field), high) > 0) return
    yield row
  }
}

function* backwards(crowd: Crowd, field: string, tests: readonly Test[], after: Cursor | null): Generator<Row> {
  const bounds = [boundOf(field, tests, 'lt', 'lte'), after?.values[0]].filter((bound) => bound !== undefined)
  const isPassed = (row: Row): boolean => bounds.some((bound) => compareValues(fieldOf(row.record, field), bound) > 0)
  const low = boundOf(field, tests, 'gt', 'gte')
  for (const row of sortedBy(crowd, field).backFrom(isPassed)) {
    if (low !== undefined && compareValues(fieldOf(row.record, field), low) < 0) return
    yield row
  }
}

function within(crowd: Crowd, field: string, tests: readonly Test[]): Iterable<Row> {
  return forwards(crowd, field, tests, [], null)
}

function boundOf(field: string, tests: readonly Test[], open: string, closed: string): unknown {
  return tests.find((test) => test.field === field && (test.operator === open || test.operator === closed))?.value
}

function isRange({ operator }: Test): boolean {
  return operator === 'lt' || operator === 'lte' || operator === 'gt' || operator === 'gte'
}

function isIndexed(table: Table, field: string): boolean {
  return field === 'id' || table.collection.indexes.some((index) => index.fields.includes(field))
}
