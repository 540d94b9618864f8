import BetterSqlite3, { type Database } from 'better-sqlite3'
import { checkOptions, FILLED_TEXT, FUNCTION, MILLISECONDS, type OptionRule, objectWith, oneOf, PREFIX } from '../check-options.ts'
import type { Instant, Storage } from '../contract.ts'
import { StorageError } from '../errors.ts'
import { type Shapes, SqlStorage } from '../sql/sql-storage.ts'
import { hostTransaction } from './host-transaction.ts'
import { ownTransactions } from './own-transactions.ts'

/** Options of `sqliteStorage`: a `file` of its own, or a `database` shared with the host. */
export interface SqliteStorageOptions {
  /** Path of the database file, made when it is missing; its directory has to exist. `:memory:` for none. */
  readonly file?: string
  /** An open connection of the host, used as it is and left open by `close`. Its pragmas are the host's. */
  readonly database?: SqliteDatabase
  /**
   * How long work waits, without blocking the event loop, for another process or the host's transaction, in milliseconds; then `busy`.
   * Default 5_000.
   */
  readonly busyMs?: number
  /**
   * `normal` (default) survives the death of any process, a power failure may undo the latest commits; `full` closes that. For a `file`.
   */
  readonly synchronous?: 'normal' | 'full'
  /** Put before each table's name. Default `leeway_`. */
  readonly tablePrefix?: string
  /** The store's clock, epoch milliseconds. Default `Date.now`. */
  readonly now?: () => Instant
}

/** A better-sqlite3 database, by what it is asked for: so that its types need not be installed. */
export interface SqliteDatabase {
  readonly open: boolean
  readonly inTransaction: boolean
  /** Compiles one statement. */
  prepare(sql: string): object
  /** Runs statements that give nothing back. */
  exec(sql: string): unknown
  /** Reads or sets a pragma. */
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown
}

/**
 * Keeps records in an SQLite file (write-ahead log) that several processes may share. The file is opened at the first use. Its
 * `within` takes a better-sqlite3 database with an open transaction; where the connection is shared, also a transaction of a Kysely on it.
 */
export function sqliteStorage(options: SqliteStorageOptions): Storage {
  checkOptions('sqliteStorage', options, OPTIONS)
  const { file, database, busyMs = 5_000, synchronous = 'normal', tablePrefix = 'leeway_', now = Date.now } = options
  const open = opener(file, database, synchronous)
  const shapes: Shapes = { prefix: tablePrefix, byName: new Map() }
  const storage: Storage = new SqlStorage(ownTransactions({ open, isShared: database !== undefined, busyMs }), shapes, now)
  storage.within = (transaction) => new SqlStorage(hostTransaction(transaction, database ?? null), shapes, now)
  return storage
}

const OPTIONS: { readonly [Name in keyof Required<SqliteStorageOptions>]: OptionRule } = {
  file: FILLED_TEXT,
  database: objectWith('prepare', 'exec', 'pragma'),
  busyMs: MILLISECONDS,
  synchronous: oneOf('normal', 'full'),
  tablePrefix: PREFIX,
  now: FUNCTION,
}

function opener(file: string | undefined, database: SqliteDatabase | undefined, synchronous: 'normal' | 'full'): () => Database {
  if (database !== undefined && file === undefined) return () => database as Database // what has these members is better-sqlite3's
  if (file === undefined || database !== undefined) {
    throw new StorageError('invalidQuery', 'sqliteStorage takes either a file or a database.')
  }
  return () => openFile(file, synchronous)
}

const CACHE_KIB = 16_384
const CHECKPOINT_PAGES = 8_192

function openFile(file: string, synchronous: 'normal' | 'full'): Database {
  const database = opened(file)
  try {
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') database.pragma('journal_mode = wal')
    database.pragma(`synchronous = ${synchronous}`)
    database.pragma(`cache_size = -${CACHE_KIB}`)
    // rare checkpoints copy a page once that many commits have changed
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.pragma('temp_store = memory')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** A path whose directory is missing is told by the driver as a mistake of the program, and without its name. */
function opened(file: string): Database {
  try {
    return new BetterSqlite3(file, { timeout: 0 })
  } catch (error) {
    const { message } = error as { readonly message?: string }
    if (message?.includes('directory does not exist') !== true) throw error
    throw new StorageError(
      'unavailable',
      `The directory of the database file "${file}" does not exist. Make it first.`,
      { file },
      { cause: error },
    )
  }
}
