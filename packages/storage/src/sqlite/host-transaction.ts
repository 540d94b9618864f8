import BetterSqlite3, { type Database } from 'better-sqlite3'
import { StorageError } from '../errors.ts'
import type { Access } from '../sql/sql-storage.ts'
import { StatementCache } from '../sql/statement-cache.ts'
import { closed, failureOf } from './failure.ts'

/** Statements outlive a transaction: a host that joins again and again prepares them once. */
const caches = new WeakMap<Database, StatementCache>()

/** Work inside the host's open transaction: each piece in a savepoint, so that what fails leaves the host's own work alone. */
export function hostTransaction(transaction: unknown, shared: object | null): Access {
  const database = databaseOf(isKyselyTransaction(transaction) && shared !== null ? shared : transaction)
  checkCopy(database, shared ?? BetterSqlite3.prototype)
  let statements = caches.get(database)
  if (statements === undefined) {
    statements = new StatementCache(database)
    caches.set(database, statements)
  }
  const cache = statements

  const run = async <T>(work: () => T): Promise<T> => {
    if (!database.open) throw closed()
    if (!database.inTransaction) throw new StorageError('closed', "The host's transaction has ended. Join an open one with within.")
    try {
      return work()
    } catch (error) {
      throw failureOf(error)
    }
  }
  return {
    read: (work) => run(() => work(cache)),
    write: (work) => run(() => inSavepoint(database, () => work(cache))),
    close: async () => {},
  }
}

function inSavepoint<T>(database: Database, work: () => T): T {
  database.exec('savepoint leeway')
  try {
    const result = work()
    database.exec('release leeway')
    return result
  } catch (error) {
    if (database.inTransaction) database.exec('rollback to leeway; release leeway')
    throw error
  }
}

/** Kysely works on the one connection that it was given: where that is shared, its transaction is the connection's. */
function isKyselyTransaction(transaction: unknown): boolean {
  return (transaction as { readonly isTransaction?: unknown } | null)?.isTransaction === true
}

function databaseOf(transaction: unknown): Database {
  const database = transaction as Partial<Database> | null // asked for what it has before it is used as one
  if (typeof database?.prepare !== 'function' || typeof database.inTransaction !== 'boolean') {
    throw new StorageError(
      'invalidQuery',
      'within takes a better-sqlite3 database with an open transaction; with sqliteStorage({ database }) also a transaction of a Kysely on that database.',
    )
  }
  if (!database.inTransaction)
    throw new StorageError('invalidQuery', 'The database given to within has no open transaction. Begin one first.')
  return database as Database
}

/** Locks on a file hold between processes: two SQLites in one process both write, and what one of them wrote is lost. */
function checkCopy(database: Database, ofStore: object): void {
  // either may be of a class of the host's own on top of the driver's
  if (database instanceof ofStore.constructor || ofStore instanceof database.constructor) return
  throw new StorageError(
    'invalidQuery',
    'The database given to within is of another copy of better-sqlite3 than that of the store, and two copies in one process do not see the locks of each other. Give the store the connection itself, sqliteStorage({ database }), or install one version (npm: overrides).',
  )
}
