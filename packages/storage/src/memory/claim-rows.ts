import { passes } from '../compare.ts'
import type { Instant } from '../contract.ts'
import { lanesNamed } from '../lanes.ts'
import type { Filter } from '../query.ts'
import { fieldOf } from '../records.ts'
import { compareClaims, lanesOf, priorityOf } from './claims.ts'
import type { Row } from './row.ts'
import type { SortedRows } from './sorted-rows.ts'
import type { Table } from './table.ts'

/** The free and due rows that pass, by priority, then due time. */
export function claimRows(table: Table, { tests, branches }: Filter, now: Instant, limit: number): Row[] {
  const { claims, rows } = table
  const all = lanesOf(claims, rows.values())
  const named = claims.laneField === null ? null : lanesNamed(claims.laneField, tests)
  const lanes = named === null ? [...all.values()] : named.lanes.flatMap((lane) => all.get(lane) ?? [])
  const filter = { tests: named?.rest ?? tests, branches }
  const found = lanes.flatMap((lane) => claimLane(lane, filter, now, limit))
  return lanes.length > 1 ? found.sort(compareClaims).slice(0, limit) : found
}

/** Rows due later are skipped a whole priority at a time. */
function claimLane(lane: SortedRows, filter: Filter, now: Instant, limit: number): Row[] {
  const found: Row[] = []
  let below = Number.POSITIVE_INFINITY
  for (;;) {
    let skipped: number | null = null
    for (const row of lane.from((candidate) => priorityOf(candidate.record) < below)) {
      if (Number(fieldOf(row.record, 'dueAt')) > now) {
        skipped = priorityOf(row.record)
        break
      }
      if ((row.leasedUntil === null || row.leasedUntil <= now) && passes(filter, row.record)) found.push(row)
      if (found.length === limit) return found
    }
    if (skipped === null) return found
    below = skipped
  }
}
