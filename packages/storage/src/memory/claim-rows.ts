import { passes } from '../compare.ts'
import type { Instant } from '../contract.ts'
import type { Filter } from '../query.ts'
import { fieldOf } from '../records.ts'
import type { Row } from './row.ts'
import { claimsOf, priorityOf, type Table } from './table.ts'

/** The free and due rows that pass, by priority, then due time. Rows due later are skipped a whole priority at a time. */
export function claimRows(table: Table, filter: Filter, now: Instant, limit: number): Row[] {
  const claims = claimsOf(table)
  const found: Row[] = []
  let below = Number.POSITIVE_INFINITY
  for (;;) {
    let skipped: number | null = null
    for (const row of claims.from((candidate) => priorityOf(candidate.record) < below)) {
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
