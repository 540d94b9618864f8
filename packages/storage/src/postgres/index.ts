import pg from 'pg'
import {
  BOOLEAN,
  COUNT,
  checkOptions,
  FUNCTION,
  MILLISECONDS,
  NAME,
  type OptionRule,
  objectWith,
  PREFIX,
  TEXT,
  TIME_LIMIT,
} from '../check-options.ts'
import type { Storage } from '../contract.ts'
import { StorageError } from '../errors.ts'
import { pooled, type Runner } from './connection.ts'
import { BINARY, hostTransaction } from './host-transaction.ts'
import { loneWork } from './lone-work.ts'
import { connectionOf, emitWarning, type PostgresWarning, plannerWarning } from './planner.ts'
import { type Known, PostgresStorage } from './postgres-storage.ts'
import { channelOf, notifySql, workSignal } from './work-signal.ts'

export type { PostgresWarning } from './planner.ts'

/** Options of `postgresStorage`: a `url` of a database, or a `pool` shared with the host. */
export interface PostgresStorageOptions {
  /** Address of the database: `postgres://user:password@host:5432/name`. */
  readonly url?: string
  /** A pool of pg that the host has, used as it is and left open by `close`. Its time-outs are the host's. */
  readonly pool?: PostgresPool
  /** Most connections of the store's own pool. Default 10. */
  readonly connectionsMax?: number
  /** Schema of the tables, made where it is missing. Default: the first of the connection's search path. */
  readonly schema?: string
  /** Put before each table's name. Default `leeway_`. */
  readonly tablePrefix?: string
  /** How long a statement may take, in milliseconds; then `timeout`. 0: as long as it takes. Default 30_000. */
  readonly statementMs?: number
  /** How long a statement waits for a lock, in milliseconds; then `busy`. 0: as long as the statement may take. Default 5_000. */
  readonly lockMs?: number
  /** How long a server that cannot be reached is asked again, in milliseconds; then `unavailable`. Default 10_000. */
  readonly reconnectMs?: number
  /**
   * False behind a proxy that gives each transaction another connection (PgBouncer): nothing is set, kept or listened for on a connection
   * then. Nodes poll for work instead of being told, and it is the role's settings that limit statements and locks. Default true.
   */
  readonly preparedStatements?: boolean
  /** Hears of what is to be set otherwise, once. Default: a warning of Node's process, with the code. */
  readonly onWarning?: (warning: PostgresWarning) => void
}

/** A pool of pg, by what it is asked for: so that its types need not be installed. */
export interface PostgresPool {
  /** Gives a client that is given back by its `release`. */
  connect(): Promise<object>
  /** Hears of idle clients that break. */
  on(event: 'error', listener: (error: Error) => void): unknown
}

/**
 * Keeps records in PostgreSQL (15 or later) that any number of nodes share. It connects at the first use. Its `within` takes a client of pg
 * with an open transaction, or a transaction of Kysely.
 */
export function postgresStorage(options: PostgresStorageOptions): Storage {
  checkOptions('postgresStorage', options, OPTIONS)
  const { schema = null, tablePrefix = 'leeway_', reconnectMs = 10_000, preparedStatements = true } = options
  const pool = poolOf(options)
  const lone = loneWork(pool, preparedStatements)
  const runner = pooled({ pool, isShared: options.pool !== undefined, isPrepared: preparedStatements, lone, reconnectMs })
  const known: Known = { place: { schema, prefix: tablePrefix }, byName: new Map(), statements: new Map() }
  const signal = workSignal(runner, pool, known.place)
  const storage: Storage = new PostgresStorage(runner, known, () => signal.tell())
  storage.commitsAtOnce = COMMITS_AT_ONCE
  if (options.pool !== undefined) warnOnce(storage, runner, options.onWarning ?? emitWarning)
  // a proxy leaves nobody a connection to hear on
  if (preparedStatements) storage.listen = (onWork) => signal.listen(onWork)
  storage.within = (transaction) => {
    const joined = hostTransaction(transaction, preparedStatements)
    // told by the commit of the host's transaction, to this node too
    return new PostgresStorage(joined, known, async () => {
      await joined.run(notifySql, [channelOf(known.place), ''])
    })
  }
  const close = storage.close.bind(storage)
  storage.close = async () => {
    await signal.close()
    await close()
  }
  return storage
}

/** While the server is at one of them a node decides the next. */
const COMMITS_AT_ONCE = 3

const OPTIONS: { readonly [Name in keyof Required<PostgresStorageOptions>]: OptionRule } = {
  url: TEXT,
  pool: objectWith('connect', 'on'),
  connectionsMax: COUNT,
  schema: NAME,
  tablePrefix: PREFIX,
  statementMs: TIME_LIMIT,
  lockMs: TIME_LIMIT,
  reconnectMs: MILLISECONDS,
  preparedStatements: BOOLEAN,
  onWarning: FUNCTION,
}

/** The host's connections are looked at with the first preparation. */
function warnOnce(storage: Storage, runner: Runner, onWarning: (warning: PostgresWarning) => void): void {
  const prepare = storage.prepare.bind(storage)
  storage.prepare = async (collections) => {
    await prepare(collections)
    storage.prepare = prepare
    const warning = await plannerWarning((statement, values = []) => runner.run(statement, values, true))
    if (warning !== null) onWarning(warning)
  }
}

function poolOf(options: PostgresStorageOptions): pg.Pool {
  const { url, pool, connectionsMax = 10, statementMs = STATEMENT_MS, preparedStatements = true } = options
  if (pool !== undefined && url === undefined) return textual(pool as pg.Pool) // what has these members is pg's
  if (url === undefined || pool !== undefined) throw new StorageError('invalidQuery', 'postgresStorage takes either a url or a pool.')
  return new pg.Pool({
    ...(preparedStatements ? settingsOf(url, options) : { connectionString: url }),
    max: connectionsMax,
    application_name: 'leeway',
    // a server that does not answer at all is given up a little after it should have given up by itself
    query_timeout: statementMs === 0 ? 0 : statementMs + 5_000,
    connectionTimeoutMillis: 10_000,
    // a listening connection is mostly silent: what stands between would forget it
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
}

/** The host's pool; refused where its connections have values sent as bytes. */
function textual(pool: pg.Pool): pg.Pool {
  const { options } = pool as { readonly options?: { readonly binary?: boolean } } // of pg, where its types leave it out
  if (options?.binary === true) throw new StorageError('invalidQuery', BINARY)
  return pool
}

const STATEMENT_MS = 30_000

/** What the server is told with the first message of a connection: a proxy lets nobody in who asks for such. */
function settingsOf(url: string, { statementMs = STATEMENT_MS, lockMs = 5_000 }: PostgresStorageOptions): pg.PoolConfig {
  return { ...connectionOf(url), statement_timeout: statementMs, lock_timeout: lockMs }
}
