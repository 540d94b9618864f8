import { checkWrittenOnce } from '../change-set.ts'
import { checkOptions, FUNCTION, type OptionRule } from '../check-options.ts'
import type { Collection, StoredRecord } from '../collection.ts'
import type {
  ChangeSet,
  ClaimRequest,
  CommitResult,
  Expectation,
  Instant,
  Lease,
  LeasedRecord,
  Mismatch,
  Query,
  Storage,
  Stored,
  Where,
  Write,
} from '../contract.ts'
import { checkDeclaration, checkUpgrade, fieldTypesOf } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { checkLimit, LIMIT_MAX, readQuery, readWhere } from '../query.ts'
import { faultOfRecord, layoutOf } from '../records.ts'
import { claimRows } from './claim-rows.ts'
import { createClaims } from './claims.ts'
import { type Row, storedOf } from './row.ts'
import { selectRows } from './select.ts'
import { createTable, deleteRow, insertRow, replaceRecord, type Table } from './table.ts'

/** Options of `memoryStorage`. */
export interface MemoryStorageOptions {
  /** The store's clock, epoch milliseconds. Default `Date.now`. */
  readonly now?: () => Instant
}

/**
 * Keeps records in this process: for tests, for browsers, for work that need not outlive the process. The reference of the
 * contract. Records are kept and given back by reference: do not change them after handing them over.
 */
export function memoryStorage(options: MemoryStorageOptions = {}): Storage {
  checkOptions('memoryStorage', options, OPTIONS)
  return new MemoryStorage(options.now ?? Date.now)
}

const OPTIONS: { readonly [Name in keyof Required<MemoryStorageOptions>]: OptionRule } = { now: FUNCTION }

/** Where a write goes: its table, and the row that is there already. */
interface Target {
  readonly table: Table
  readonly row: Row | undefined
}

class MemoryStorage implements Storage {
  readonly #now: () => Instant
  readonly #tables = new Map<string, Table>()
  #isClosed = false

  constructor(now: () => Instant) {
    this.#now = now
  }

  async prepare(collections: readonly Collection[]): Promise<void> {
    this.#checkOpen()
    for (const collection of collections) {
      checkDeclaration(collection)
      const kept = this.#tables.get(collection.name)?.collection
      if (kept !== undefined) checkUpgrade({ version: kept.version, fields: fieldTypesOf(kept) }, collection)
    }
    for (const collection of collections) {
      const kept = this.#tables.get(collection.name)
      if (kept === undefined) this.#tables.set(collection.name, createTable(collection))
      else if (kept.collection !== collection) upgradeTable(kept, collection)
    }
  }

  async get<R extends StoredRecord>(collection: Collection<R>, ids: readonly string[]): Promise<Stored<R>[]> {
    if (ids.length > LIMIT_MAX) checkLimit(collection, ids.length)
    const { rows } = this.#tableOf(collection)
    if (ids.length === 1) {
      const row = rows.get(ids[0] as string)
      return row === undefined ? [] : [storedOf(row) as unknown as Stored<R>] // as with storedAs
    }
    const found: Row[] = []
    for (const id of new Set(ids)) {
      const row = rows.get(id)
      if (row !== undefined) found.push(row)
    }
    return storedAs<R>(found)
  }

  async find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): Promise<Stored<R>[]> {
    const table = this.#tableOf(collection)
    const { filter, order, limit, after } = readQuery(table.collection, query)
    return storedAs<R>(selectRows(table, filter, { order, limit, after }))
  }

  async count<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, cap: number): Promise<number> {
    const table = this.#tableOf(collection)
    return selectRows(table, readWhere(table.collection, where), { order: null, limit: cap, after: null }).length
  }

  async commit(changeSets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
    this.#checkOpen()
    const results: CommitResult[] = []
    for (let i = 0; i < changeSets.length; i++) results.push(this.#commitOne(changeSets[i] as ChangeSet))
    return results
  }

  async claim<R extends LeasedRecord>(collection: Collection<R>, request: ClaimRequest<R>): Promise<Stored<R>[]> {
    const table = this.#tableOf(collection)
    checkLimit(table.collection, request.limit)
    const now = request.now === 'store' ? this.#now() : request.now
    const rows = claimRows(table, readWhere(table.collection, request.where), now, request.limit)
    for (const row of rows) lease(row, request.owner, now + request.leaseMs)
    return storedAs<R>(rows)
  }

  async renew(leases: readonly Lease[], leaseMs: number, now?: Instant): Promise<readonly boolean[]> {
    const until = (now ?? this.#now()) + leaseMs
    return leases.map((held) => {
      const row = this.#leasedRow(held)
      if (row !== null) row.leasedUntil = until
      return row !== null
    })
  }

  async release(leases: readonly Lease[]): Promise<void> {
    for (const held of leases) {
      const row = this.#leasedRow(held)
      if (row !== null) free(row)
    }
  }

  async purge<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, limit: number): Promise<number> {
    const table = this.#tableOf(collection)
    checkLimit(table.collection, limit)
    const rows = selectRows(table, readWhere(table.collection, where), { order: null, limit, after: null })
    for (const row of rows) deleteRow(table, row)
    return rows.length
  }

  async now(): Promise<Instant> {
    this.#checkOpen()
    return this.#now()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#tables.clear()
  }

  #commitOne(set: ChangeSet): CommitResult {
    const { put, append } = set
    const targets: Target[] = []
    try {
      for (let i = 0; i < put.length; i++) targets.push(this.#targetOf(put[i] as Write))
      for (let i = 0; i < append.length; i++) targets.push(this.#targetOf(append[i] as Write))
      for (const key of set.touch) this.#tableOf(key.collection)
      for (const key of set.delete) this.#tableOf(key.collection)
      checkWrittenOnce(set)
      const conflict = this.#mismatchesOf(set.expect)
      if (conflict !== null) return { conflict }
      for (let i = 0; i < append.length; i++)
        if ((targets[put.length + i] as Target).row !== undefined) refuseWrite(append[i] as Write, 'exists already')
    } catch (error) {
      if (error instanceof StorageError) return { failed: error }
      throw error
    }
    // Nothing was written so far, and from here on nothing is refused: the set lands whole.
    for (const key of set.touch) {
      const row = this.#tableOf(key.collection).rows.get(key.id)
      if (row !== undefined) row.revision++
    }
    for (let i = 0; i < put.length; i++) this.#put(put[i] as Write, targets[i] as Target)
    for (const key of set.delete) {
      const table = this.#tableOf(key.collection)
      const row = table.rows.get(key.id)
      if (row !== undefined) deleteRow(table, row)
    }
    for (let i = 0; i < append.length; i++) this.#put(append[i] as Write, targets[put.length + i] as Target)
    return 'committed'
  }

  /** Looks up where a write goes; throws for what no store could write. */
  #targetOf(write: Write): Target {
    const { record } = write
    const table = this.#tableOf(write.collection)
    const row = table.rows.get(record.id)
    const fault = faultOfRecord(table.layout, record, row === undefined ? null : row.record)
    if (fault !== null) refuseWrite(write, `cannot be kept: ${fault}`)
    if (write.lease !== undefined && table.collection.leased !== true) refuseWrite(write, 'cannot be leased: its collection is not')
    return { table, row }
  }

  #mismatchesOf(expectations: readonly Expectation[]): readonly Mismatch[] | null {
    let mismatches: Mismatch[] | null = null
    for (const expectation of expectations) {
      const row = this.#tableOf(expectation.collection).rows.get(expectation.id)
      const revision = row === undefined ? 0 : row.revision
      const fence = row === undefined ? 0 : row.fence
      const isRevision = expectation.revision === undefined || expectation.revision === revision
      if (isRevision && (expectation.fence === undefined || expectation.fence === fence)) continue
      mismatches ??= []
      mismatches.push({ ...expectation, actual: { revision, fence } })
    }
    return mismatches
  }

  #put({ record, lease: wanted }: Write, { table, row: known }: Target): void {
    let row = known
    if (row === undefined) row = insertRow(table, record)
    else {
      replaceRecord(table, row, record)
      row.revision++
      if (row.leaseOwner !== null) free(row)
    }
    if (wanted !== undefined) lease(row, wanted.owner, (wanted.now ?? this.#now()) + wanted.leaseMs)
  }

  /** The row of a lease that is still held; null when it was taken over, given up, or its record is gone. */
  #leasedRow({ collection, id, fence }: Lease): Row | null {
    const row = this.#tableOf(collection).rows.get(id)
    return row !== undefined && row.fence === fence && row.leasedUntil !== null ? row : null
  }

  #tableOf(collection: { readonly name: string }): Table {
    const table = this.#tables.get(collection.name)
    if (table !== undefined) return table
    this.#checkOpen()
    throw new StorageError('invalidQuery', `Collection "${collection.name}" was not prepared. Call prepare with it first.`, {
      collection: collection.name,
    })
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StorageError('closed', 'This store was closed.')
  }
}

/** Fields that are new have no value in the records that are there. */
function upgradeTable(table: Table, collection: Collection): void {
  const kept = fieldTypesOf(table.collection)
  const added = Object.entries(fieldTypesOf(collection)).filter(([field]) => kept[field] === undefined)
  table.collection = collection
  table.layout = layoutOf(fieldTypesOf(collection))
  table.claims = createClaims(collection)
  if (added.length === 0) return
  const values = Object.fromEntries(added.map(([field, type]) => [field, type === 'textSet' ? [] : null]))
  for (const row of [...table.rows.values()]) replaceRecord(table, row, { ...values, ...row.record })
}

function refuseWrite({ collection, record }: Write, reason: string): never {
  throw new StorageError('constraint', `Record "${record.id}" of collection "${collection.name}" ${reason}.`, {
    collection: collection.name,
    id: record.id,
  })
}

function lease(row: Row, owner: string, until: Instant): void {
  row.fence++
  row.leasedUntil = until
  row.leaseOwner = owner
}

function free(row: Row): void {
  row.leasedUntil = null
  row.leaseOwner = null
}

/** A table holds the records that were put into its collection, so they are of that collection's type. */
function storedAs<R extends StoredRecord>(rows: readonly Row[]): Stored<R>[] {
  return rows.map(storedOf) as unknown as Stored<R>[]
}
