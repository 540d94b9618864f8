import type { Collection, StoredRecord } from '../collection.ts'
import { compareText } from '../compare.ts'
import { laneFieldOf } from '../lanes.ts'
import { differs, fieldOf } from '../records.ts'
import type { Row } from './row.ts'
import { SortedRows } from './sorted-rows.ts'

/** The rows that have a due time, in the order in which they are claimed. */
export interface Claims {
  readonly laneField: string | null
  /** By priority (highest first), due time, id, those of each lane apart (one for all where there are none); null until the first claim. */
  lanes: Map<unknown, SortedRows> | null
}

export function createClaims(collection: Collection): Claims {
  return { laneField: laneFieldOf(collection), lanes: null }
}

/** The rows of each lane; all rows of the table are put in at the first claim. */
export function lanesOf(claims: Claims, rows: Iterable<Row>): ReadonlyMap<unknown, SortedRows> {
  if (claims.lanes === null) {
    claims.lanes = new Map()
    for (const row of rows) enterClaims(claims, row)
  }
  return claims.lanes
}

export function enterClaims({ lanes, laneField }: Claims, row: Row): void {
  if (lanes === null || fieldOf(row.record, 'dueAt') === null) return
  const lane = laneOf(laneField, row)
  const there = lanes.get(lane)
  if (there === undefined) lanes.set(lane, new SortedRows([row], compareClaims))
  else there.add(row)
}

/** The row still has the record by which it was put in. */
export function leaveClaims({ lanes, laneField }: Claims, row: Row): void {
  if (lanes === null || fieldOf(row.record, 'dueAt') === null) return
  lanes.get(laneOf(laneField, row))?.remove(row)
}

/** True where a row stands in another place once `next` is its record. */
export function isMoved({ lanes, laneField }: Claims, previous: StoredRecord, next: StoredRecord): boolean {
  if (lanes === null) return false
  const isInOtherLane = laneField !== null && differs(laneField, previous, next)
  return isInOtherLane || differs('dueAt', previous, next) || differs('priority', previous, next)
}

function laneOf(laneField: string | null, { record }: Row): unknown {
  return laneField === null ? null : fieldOf(record, laneField)
}

export function compareClaims(a: Row, b: Row): number {
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
