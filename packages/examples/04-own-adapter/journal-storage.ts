// A storage over one plain file: each change is a line of JSON, appended and flushed; what is so stands in memory. One process at a time.
// It is written against the public contract alone, to be read and copied: see docs/guide/write-a-storage-adapter.md.
import type {
  ChangeSet,
  Collection,
  CommitResult,
  FieldType,
  Key,
  Lease,
  Mismatch,
  Storage,
  Stored,
  StoredRecord,
  Write,
} from '@leeway/storage'
import { StorageError } from '@leeway/storage'
import {
  checkChangeSet,
  checkDeclaration,
  checkLimit,
  checkUpgrade,
  compareRecords,
  compareText,
  isAfter,
  LIMIT_MAX,
  passes,
  readQuery,
  readWhere,
} from '@leeway/storage/adapter'
import { type Journal, openJournal } from './journal.ts'

/** What is kept of a collection; its records by id. */
interface Table {
  version: number
  fields: Record<string, FieldType>
  readonly rows: Map<string, Stored>
}

/** Keeps records in this file, which is made where it is missing. */
export function journalStorage(file: string): Storage {
  const tables = new Map<string, Table>()
  const prepared = new Map<string, Collection>()
  let journal: Journal | null = null

  const open = (): Journal => {
    if (journal === null) throw new StorageError('closed', 'This store was closed.')
    return journal
  }
  const tableOf = ({ name }: { readonly name: string }): Table => {
    open()
    const table = tables.get(name)
    if (table === undefined || !prepared.has(name))
      throw new StorageError('invalidQuery', `Collection "${name}" was not prepared. Call prepare with it first.`, { collection: name })
    return table
  }
  /** In memory; what is to be written of it is added to the lines. */
  const keep = (collection: Key['collection'], id: string, row: Stored | null, lines: unknown[]): void => {
    const { rows } = tableOf(collection)
    if (row === null) rows.delete(id)
    else rows.set(id, row)
    lines.push([collection.name, id, row])
  }
  const found = (collection: Collection, where: object): Stored[] => {
    const filter = readWhere(collection, where)
    return [...tableOf(collection).rows.values()].filter(({ record }) => passes(filter, record))
  }

  journal = openJournal(file, (line) => {
    if (!Array.isArray(line)) {
      const { name, ...table } = line as { name: string; version: number; fields: Record<string, FieldType> }
      tables.set(name, { rows: tables.get(name)?.rows ?? new Map(), ...table })
      return
    }
    for (const [name, id, row] of line as [string, string, Stored | null][]) {
      if (row === null) tables.get(name)?.rows.delete(id)
      else tables.get(name)?.rows.set(id, row)
    }
  })

  const judge = (set: ChangeSet): Mismatch[] =>
    set.expect.flatMap((expectation) => {
      const row = tableOf(expectation.collection).rows.get(expectation.id)
      const actual = { revision: row?.revision ?? 0, fence: row?.fence ?? 0 }
      const isAsExpected =
        (expectation.revision ?? actual.revision) === actual.revision && (expectation.fence ?? actual.fence) === actual.fence
      return isAsExpected ? [] : [{ ...expectation, actual }]
    })

  const written = ({ collection, record, lease }: Write): Stored => {
    const before = tableOf(collection).rows.get(record.id)
    return {
      record: withMissing(collection, record),
      revision: (before?.revision ?? 0) + 1,
      fence: (before?.fence ?? 0) + (lease === undefined ? 0 : 1),
      leasedUntil: lease === undefined ? null : (lease.now ?? Date.now()) + lease.leaseMs,
      leaseOwner: lease?.owner ?? null,
    }
  }

  /** Everything that can be wrong is found before anything is changed: so a set is whole or nothing without undoing. */
  const commitOne = (set: ChangeSet, lines: unknown[]): CommitResult => {
    try {
      for (const { collection } of [...set.expect, ...set.touch, ...set.delete, ...set.put, ...set.append]) tableOf(collection)
      checkChangeSet(set)
      const conflict = judge(set)
      if (conflict.length > 0) return { conflict }
      for (const { collection, record } of set.append)
        if (tableOf(collection).rows.has(record.id))
          throw new StorageError('constraint', `Record "${record.id}" of "${collection.name}" exists already.`, { id: record.id })
    } catch (error) {
      if (error instanceof StorageError && error.code !== 'closed') return { failed: error }
      throw error
    }
    const changes: unknown[] = []
    for (const { collection, id } of set.touch) {
      const row = tableOf(collection).rows.get(id)
      if (row !== undefined) keep(collection, id, { ...row, revision: row.revision + 1 }, changes)
    }
    for (const write of [...set.put, ...set.append]) keep(write.collection, write.record.id, written(write), changes)
    for (const { collection, id } of set.delete) keep(collection, id, null, changes)
    lines.push(changes)
    return 'committed'
  }

  const held = ({ collection, id, fence }: Lease): Stored | null => {
    const row = tableOf(collection).rows.get(id)
    return row !== undefined && row.fence === fence && row.leasedUntil !== null ? row : null
  }

  return {
    async prepare(collections) {
      for (const collection of collections) {
        checkDeclaration(collection)
        const kept = tables.get(collection.name)
        if (kept !== undefined) checkUpgrade(kept, collection)
      }
      const lines = collections.flatMap((collection) => {
        const { name, version } = collection
        const before = tables.get(name)
        const fields = { ...before?.fields, ...collection.fields }
        prepared.set(name, collection)
        if (before !== undefined && before.version === version && Object.keys(fields).length === Object.keys(before.fields).length)
          return []
        const rows = new Map([...(before?.rows ?? [])].map(([id, row]) => [id, { ...row, record: withMissing(collection, row.record) }]))
        tables.set(name, { version, fields, rows })
        return [{ name, version, fields }]
      })
      open().append(lines)
    },
    async get(collection, ids) {
      if (ids.length > LIMIT_MAX) checkLimit(collection, ids.length)
      const { rows } = tableOf(collection)
      return [...new Set(ids)].flatMap((id) => rows.get(id) ?? []) as never // the rows of this collection
    },
    async find(collection, query) {
      const { order, after, limit } = readQuery(collection as Collection, query)
      const matching = found(collection as Collection, query.where).sort((a, b) => compareRecords(order, a.record, b.record))
      const next = after === null ? matching : matching.filter(({ record }) => isAfter(order, record, after))
      return next.slice(0, limit) as never
    },
    count: async (collection, where, cap) => Math.min(cap, found(collection as Collection, where).length),
    async commit(changeSets) {
      const { append } = open()
      const lines: unknown[] = []
      const results = changeSets.map((set) => commitOne(set, lines))
      append(lines)
      return results
    },
    async claim(collection, { owner, now, leaseMs, where, limit }) {
      checkLimit(collection, limit)
      const at = now === 'store' ? Date.now() : now
      const due = (found(collection as Collection, where) as Stored<StoredRecord & { dueAt: number | null; priority: number }>[])
        .filter(({ record, leasedUntil }) => record.dueAt !== null && record.dueAt <= at && (leasedUntil === null || leasedUntil <= at))
        .sort(({ record: a }, { record: b }) => b.priority - a.priority || (a.dueAt ?? 0) - (b.dueAt ?? 0) || compareText(a.id, b.id))
        .slice(0, limit)
      const changes: unknown[] = []
      const claimed = due.map((row) => ({ ...row, fence: row.fence + 1, leasedUntil: at + leaseMs, leaseOwner: owner }))
      for (const row of claimed) keep(collection, row.record.id, row, changes)
      open().append(changes.length === 0 ? [] : [changes])
      return claimed as never
    },
    async renew(leases, leaseMs, now = Date.now()) {
      const changes: unknown[] = []
      const kept = leases.map((lease) => {
        const row = held(lease)
        if (row !== null) keep(lease.collection, lease.id, { ...row, leasedUntil: now + leaseMs }, changes)
        return row !== null
      })
      open().append(changes.length === 0 ? [] : [changes])
      return kept
    },
    async release(leases) {
      const changes: unknown[] = []
      for (const lease of leases) {
        const row = held(lease)
        if (row !== null) keep(lease.collection, lease.id, { ...row, leasedUntil: null, leaseOwner: null }, changes)
      }
      open().append(changes.length === 0 ? [] : [changes])
    },
    async purge(collection, where, limit) {
      checkLimit(collection, limit)
      const gone = found(collection as Collection, where).slice(0, limit)
      const changes: unknown[] = []
      for (const { record } of gone) keep(collection, record.id, null, changes)
      open().append(changes.length === 0 ? [] : [changes])
      return gone.length
    },
    async now() {
      open()
      return Date.now()
    },
    async close() {
      journal?.close()
      journal = null
    },
  }
}

/** The record as it will be read: its body as JSON, fields that came with a newer version empty, a set without repetitions. */
function withMissing(collection: Pick<Collection, 'fields'>, record: StoredRecord): StoredRecord {
  const values = record as unknown as Readonly<Record<string, unknown>> // by the names of the declaration
  const fields = Object.entries(collection.fields).map(([name, type]) => {
    const value = values[name]
    return [name, type === 'textSet' ? [...new Set((value as readonly string[] | undefined) ?? [])] : (value ?? null)]
  })
  return { ...Object.fromEntries(fields), id: record.id, body: JSON.parse(JSON.stringify(record.body)) }
}
