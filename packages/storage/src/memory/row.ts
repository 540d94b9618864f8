import type { StoredRecord } from '../collection.ts'
import type { Stored } from '../contract.ts'

/** The place of one record in a table: changed where it stands, so that indexes need not be told of every new revision. */
export interface Row {
  record: StoredRecord
  revision: number
  fence: number
  leasedUntil: number | null
  leaseOwner: string | null
}

/** What a caller gets: the record itself, and how it stands now. */
export function storedOf(row: Row): Stored {
  return { record: row.record, revision: row.revision, fence: row.fence, leasedUntil: row.leasedUntil, leaseOwner: row.leaseOwner }
}
