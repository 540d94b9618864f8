import type { Collection, Storage } from '@leeway/storage'

/** A row as the database keeps it: its columns by name. */
export type Row = Readonly<Record<string, unknown>>

/** What one call of the storage did to the database, as bare SQL would have to do it. */
export type Access =
  /** Rows read by id. */
  | { readonly type: 'read'; readonly rows: readonly { readonly table: string; readonly id: string }[] }
  | { readonly type: 'commit'; readonly changes: readonly Change[] }

/** One row of a commit. `set` holds the columns that an update changes; `look` reads the revision of a row that is only expected. */
export type Change =
  | { readonly verb: 'insert'; readonly table: string; readonly row: Row }
  | { readonly verb: 'update'; readonly table: string; readonly id: string; readonly revision: unknown; readonly set: Row }
  | { readonly verb: 'delete'; readonly table: string; readonly id: string }
  | { readonly verb: 'look'; readonly table: string; readonly id: string }

/** Gives the row with this id as the database has it. */
export type ReadRow = (table: string, id: string) => Promise<Row | null>

export const PREFIX = 'leeway_'

/** Notes what storages are asked, and looks up what their commits left in the tables. */
export interface Recorder {
  readonly heard: Access[]
  /** The same storage, recorded. */
  of(storage: Storage): Storage
}

export function recorder(readRow: ReadRow): Recorder {
  const heard: Access[] = []
  const known = new Map<string, Row>()
  return { heard, of: (storage) => recorded(storage, readRow, heard, known) }
}

function recorded(storage: Storage, readRow: ReadRow, heard: Access[], known: Map<string, Row>): Storage {
  const tableOf = ({ name }: Collection): string => PREFIX + name
  return {
    prepare: (collections) => storage.prepare(collections),
    async get(collection, ids) {
      const found = await storage.get(collection, ids)
      heard.push({ type: 'read', rows: ids.map((id) => ({ table: tableOf(collection), id })) })
      return found
    },
    async find(collection, query) {
      const found = await storage.find(collection, query)
      heard.push({ type: 'read', rows: found.map(({ record }) => ({ table: tableOf(collection), id: record.id })) })
      return found
    },
    count: (collection, where, cap) => storage.count(collection, where, cap),
    async commit(sets) {
      const before = new Map(known)
      const results = await storage.commit(sets)
      if (results.some((result) => result !== 'committed')) throw new Error('a recorded round trip meets nobody')
      const changes: Change[] = []
      for (const { expect, touch, put, delete: gone, append } of sets) {
        if (touch.length > 0) throw new Error('the floor knows no touch')
        const written = [...put, ...append].map(({ collection, record }) => ({ table: tableOf(collection), id: record.id }))
        for (const { table, id } of written) {
          const row = await readRow(table, id)
          if (row === null) throw new Error(`${id} was written and is not there`)
          const old = before.get(`${table} ${id}`) ?? null
          known.set(`${table} ${id}`, row)
          changes.push(
            old === null ? { verb: 'insert', table, row } : { verb: 'update', table, id, revision: old.revision, set: changed(old, row) },
          )
        }
        const deleted = gone.map(({ collection, id }) => ({ table: tableOf(collection), id }))
        for (const key of deleted) changes.push({ verb: 'delete', ...key })
        for (const { collection, id } of expect) {
          const isOwn = [...written, ...deleted].some((key) => key.id === id && key.table === tableOf(collection))
          if (!isOwn) changes.push({ verb: 'look', table: tableOf(collection), id })
        }
      }
      heard.push({ type: 'commit', changes })
      return results
    },
    claim: (collection, request) => storage.claim(collection, request),
    renew: (leases, leaseMs, now) => storage.renew(leases, leaseMs, now),
    release: (leases) => storage.release(leases),
    purge: (collection, where, limit) => storage.purge(collection, where, limit),
    now: () => storage.now(),
    close: () => storage.close(),
  }
}

function changed(before: Row, after: Row): Row {
  return Object.fromEntries(Object.entries(after).filter(([column, value]) => JSON.stringify(value) !== JSON.stringify(before[column])))
}

/** The same accesses for another instance: its id in the place of the recorded one, wherever that stands. */
export function forInstance(accesses: readonly Access[], recorded: string, id: string): readonly Access[] {
  return JSON.parse(JSON.stringify(accesses).replaceAll(recorded, id)) as readonly Access[] // as it was
}

/** An id of the recorded one's form that sorts behind it and behind those made before. */
export function laterId(recorded: string, k: number): string {
  const ms = Number.parseInt(recorded.slice(0, 8) + recorded.slice(9, 13), 16) + 1 + k
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}${recorded.slice(13)}`
}
