import type { StoredRecord } from '../collection.ts'
import { compareText, compareValues } from '../compare.ts'
import { fieldOf } from '../records.ts'
import type { Row } from './row.ts'
import { SortedRows } from './sorted-rows.ts'

const LIST_ROWS_MAX = 16

/** The rows that share a key: one is kept bare, a few in a list, many in a crowd. */
export type Bucket = Row | Row[] | Crowd

/** Many rows, and the orders that were asked for among them, each made at its first use. */
export interface Crowd {
  readonly rows: Iterable<Row> & { readonly size: number }
  /** By field; rows without a value in it are left out. */
  readonly sorted: Map<string, SortedRows>
}

/** How many rows are in it. */
export function sizeOf(bucket: Bucket): number {
  if (Array.isArray(bucket)) return bucket.length
  return 'rows' in bucket ? bucket.rows.size : 1
}

interface OwnCrowd extends Crowd {
  readonly rows: Set<Row>
}

export function withRow(bucket: Bucket | undefined, row: Row): Bucket {
  if (bucket === undefined) return row
  if (Array.isArray(bucket)) {
    bucket.push(row)
    return bucket.length > LIST_ROWS_MAX ? { rows: new Set(bucket), sorted: new Map() } : bucket
  }
  if (!('rows' in bucket)) return [bucket, row]
  ownRows(bucket).add(row)
  resort(bucket, row, null)
  return bucket
}

/** Undefined when the last row is gone. The row still has the record by which it was put in. */
export function withoutRow(bucket: Bucket, row: Row): Bucket | undefined {
  if (Array.isArray(bucket)) {
    const last = bucket.pop() as Row // a list has two rows or more
    if (last !== row) bucket[bucket.indexOf(row)] = last
    return bucket.length === 1 ? bucket[0] : bucket
  }
  if (!('rows' in bucket)) return undefined
  unsort(bucket, row, null)
  ownRows(bucket).delete(row)
  return bucket.rows.size === 0 ? undefined : bucket
}

/** Takes the row out of the orders that `next` changes; all of them when null. */
export function unsort(crowd: Crowd, row: Row, next: StoredRecord | null): void {
  for (const [field, sorted] of crowd.sorted) {
    const value = fieldOf(row.record, field)
    if (value !== null && (next === null || fieldOf(next, field) !== value)) sorted.remove(row)
  }
}

/** Puts the row into the orders that differ from `previous`; all of them when null. */
export function resort(crowd: Crowd, row: Row, previous: StoredRecord | null): void {
  for (const [field, sorted] of crowd.sorted) {
    const value = fieldOf(row.record, field)
    if (value !== null && (previous === null || fieldOf(previous, field) !== value)) sorted.add(row)
  }
}

/** The crowd's rows that have a value in the field, by that value, then id. */
export function sortedBy(crowd: Crowd, field: string): SortedRows {
  let sorted = crowd.sorted.get(field)
  if (sorted === undefined) {
    const rows: Row[] = []
    for (const row of crowd.rows) if (fieldOf(row.record, field) !== null) rows.push(row)
    sorted = new SortedRows(
      rows,
      (a, b) => compareValues(fieldOf(a.record, field), fieldOf(b.record, field)) || compareText(a.record.id, b.record.id),
    )
    crowd.sorted.set(field, sorted)
  }
  return sorted
}

/** A bucket's crowd keeps its rows in a set of its own; only a table's crowd (never in a bucket) does not. */
function ownRows(crowd: Crowd): Set<Row> {
  return (crowd as OwnCrowd).rows
}
