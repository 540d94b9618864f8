import type { Database, Statement } from 'better-sqlite3'
import type { Access } from '../sql/sql-storage.ts'
import { StatementCache } from '../sql/statement-cache.ts'
import { busy, closed, failureOf, isBusy, isInputOutput, unknownOutcome } from './failure.ts'
import { fileCheck } from './file-check.ts'

/** How a connection is opened and how long work waits for it. */
export interface OwnTransactions {
  /** Called at the first use, again where the file was locked. */
  readonly open: () => Database
  /** The connection is the host's: work waits while the host has a transaction open, and `close` leaves it open. */
  readonly isShared: boolean
  readonly busyMs: number
}

/** Work in transactions of its own on one connection; waits for locks without blocking the event loop. */
export function ownTransactions({ open, isShared, busyMs }: OwnTransactions): Access {
  let connection: Connection | null = null
  let isClosed = false

  const attempt = <T>(work: (connection: Connection) => T): T | Promise<T> =>
    untilFree(busyMs, () => {
      if (isClosed) throw closed()
      connection ??= connect(open(), isShared)
      if (isShared && connection.database.inTransaction) return WAIT_FOR_HOST
      return work(connection)
    })

  return {
    read: sharedReads((work) => attempt(work)),
    async write(work) {
      return attempt((open) => {
        open.checkFile()
        return transact(open, work)
      })
    },
    async close() {
      isClosed = true
      if (!isShared) connection?.database.close()
      connection = null
    },
  }
}

interface Connection {
  readonly database: Database
  readonly statements: StatementCache
  /** Throws where what is written would be lost. */
  readonly checkFile: () => void
  readonly begin: () => void
  readonly beginRead: Statement<[]>
  readonly commit: Statement<[]>
  readonly rollback: Statement<[]>
}

function connect(database: Database, isShared: boolean): Connection {
  const begin = database.prepare<[]>('begin immediate')
  return {
    database,
    statements: new StatementCache(database),
    checkFile: isShared ? () => {} : fileCheck(database),
    begin: isShared ? () => withoutWaiting(database, begin) : () => begin.run(),
    beginRead: database.prepare<[]>('begin'),
    commit: database.prepare<[]>('commit'),
    rollback: database.prepare<[]>('rollback'),
  }
}

/** SQLite's own waiting blocks the event loop: it is off while we take the lock, and the host's again afterwards. */
function withoutWaiting(database: Database, begin: Statement<[]>): void {
  const hostMs = database.pragma('busy_timeout', { simple: true })
  database.pragma('busy_timeout = 0')
  try {
    begin.run()
  } finally {
    database.pragma(`busy_timeout = ${hostMs}`)
  }
}

interface Read {
  readonly work: (statements: StatementCache) => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Reads that are asked for together share one transaction: taking and leaving SQLite's read lock costs more than a small query. */
function sharedReads(attempt: (work: (connection: Connection) => void) => void | Promise<void>): Access['read'] {
  let waiting: Read[] = []
  const readAll = (): void => {
    const reads = waiting
    waiting = []
    const failAll = (error: unknown): void => {
      for (const { reject } of reads) reject(error)
    }
    try {
      attempt((connection) => perform(connection, reads))?.catch(failAll)
    } catch (error) {
      failAll(error)
    }
  }
  return <T>(work: (statements: StatementCache) => T) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ work, resolve: resolve as Read['resolve'], reject }) // it is given what its own work returned
      if (waiting.length === 1) void SETTLED.then(readAll)
    })
}

/** It calls back in half the time that `queueMicrotask` takes. */
const SETTLED = Promise.resolve()

/** What is locked is thrown, and all of them are read again; any other failure is that of its own read. */
function perform({ statements, beginRead, commit }: Connection, reads: readonly Read[]): void {
  const isMany = reads.length > 1
  if (isMany) beginRead.run()
  try {
    for (const { work, resolve, reject } of reads) {
      try {
        resolve(work(statements))
      } catch (error) {
        if (isBusy(error)) throw error
        reject(failureOf(error))
      }
    }
  } finally {
    if (isMany) commit.run()
  }
}

function transact<T>({ database, statements, begin, commit, rollback }: Connection, work: (statements: StatementCache) => T): T {
  begin()
  try {
    const result = work(statements)
    finish(commit)
    return result
  } catch (error) {
    // after some failures (a full disk) SQLite has rolled back by itself
    if (database.inTransaction) rollback.run()
    throw error
  }
}

/** A commit that could not be written or read back may have landed all the same. */
function finish(commit: Statement<[]>): void {
  try {
    commit.run()
  } catch (error) {
    throw isInputOutput(error) ? unknownOutcome(error) : error
  }
}

const WAIT_FOR_HOST: unique symbol = Symbol('wait for the host')
const WAIT_MS_MAX = 25

/** Runs work at once; where a lock is in its way, again after a while, until `busyMs` have passed: only then a promise. */
function untilFree<T>(busyMs: number, work: () => T | typeof WAIT_FOR_HOST): T | Promise<T> {
  try {
    const result = work()
    return result === WAIT_FOR_HOST ? againUntilFree(busyMs, work, null) : result
  } catch (error) {
    if (isBusy(error)) return againUntilFree(busyMs, work, error)
    throw failureOf(error)
  }
}

/** `lock` is what was in the way; null for the host's transaction. */
async function againUntilFree<T>(busyMs: number, work: () => T | typeof WAIT_FOR_HOST, lock: unknown): Promise<T> {
  const startedAt = performance.now()
  let last = lock
  for (let waitMs = 0; performance.now() - startedAt < busyMs; waitMs = Math.min(waitMs * 2 + 1, WAIT_MS_MAX)) {
    // a random part keeps processes that wait for the same lock from meeting again
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())))
    try {
      const result = work()
      if (result !== WAIT_FOR_HOST) return result
      last = null
    } catch (error) {
      if (!isBusy(error)) throw failureOf(error)
      last = error
    }
  }
  throw tooLong(busyMs, last)
}

function tooLong(busyMs: number, lock: unknown): Error {
  if (lock !== null)
    return busy(`Another connection held the write lock of the database for ${busyMs} ms. Keep transactions short, or raise busyMs.`, lock)
  return busy(
    `The host's transaction on the shared connection stayed open for ${busyMs} ms. To work inside it use engine.within(transaction); else commit it first.`,
  )
}
