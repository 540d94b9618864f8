import { createHash } from 'node:crypto'
import type pg from 'pg'
import { StorageError } from '../errors.ts'
import type { CompiledSql } from '../sql/dialect.ts'
import { whileContended } from './contention.ts'
import { closed, failureOf, isConnectionLost, isCrowded, isOutdated } from './failure.ts'
import { types } from './read-types.ts'

/** Runs one statement in the database; each is whole by itself. */
export interface Runner {
  /** `again` says that it may be run a second time where the connection is lost: reads, and what does no harm twice. */
  run(statement: CompiledSql, values: readonly unknown[], again?: boolean): Promise<Answer>
  /** Runs a statement that writes: whole or, where it throws, not at all. What others got in the way of is run again. */
  write(statement: CompiledSql, values: readonly unknown[]): Promise<Answer>
  /** Runs work in one transaction, rolled back where it throws. It is run again where the connection is lost, or others got in its way. */
  transact<T>(work: (run: Run) => Promise<T>): Promise<T>
  /**
   * Runs work outside of transactions, on a connection that waits for as long as it takes, one node at a time by the number of a lock; null
   * where there is none to be had.
   */
  readonly beside: ((lock: string, work: (run: Run) => Promise<void>) => Promise<void>) | null
  close(): Promise<void>
}

export type Run = (statement: CompiledSql, values?: readonly unknown[]) => Promise<Answer>

/** What a statement gave: rows as lists of values, and how many rows it changed. */
export interface Answer {
  readonly rows: readonly (readonly unknown[])[]
  readonly count: number
}

/** Statements that a connection keeps prepared; what comes later is planned at each run. */
const PREPARED_MAX = 256
/**
 * A name says what it stands for: another copy of this module on connections of the same pool, or another process behind a proxy, has
 * the same name for the same statement alone.
 */
const names = new Map<string, string>()

/** What the driver is asked: rows as lists, whole numbers as numbers; prepared by name where it is asked again and again. */
export function queryConfig({ sql, places }: CompiledSql, values: readonly unknown[], isPrepared: boolean): pg.QueryArrayConfig {
  const config: pg.QueryArrayConfig = { text: sql, values: places.map((place) => values[place]), rowMode: 'array', types }
  if (!isPrepared) return config
  let name = names.get(sql)
  if (name === undefined) {
    if (names.size >= PREPARED_MAX) return config
    name = `leeway_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`
    names.set(sql, name)
  }
  return { ...config, name }
}

/** Work outside of transactions, on connections beside those of the pool. */
export interface LoneWork {
  /** Waits for the lock of this number, which nodes share, then works. Nothing is given up for the time that it takes. */
  run(lock: string, work: (run: Run) => Promise<void>): Promise<void>
  /** Cuts off what is being done: it fails as `closed`. */
  close(): Promise<void>
}

/** How to reach the database, and how long to wait for it. */
export interface PoolOptions {
  readonly pool: pg.Pool
  /** The pool is the host's: `close` leaves it open. */
  readonly isShared: boolean
  readonly isPrepared: boolean
  readonly lone: LoneWork
  /** For how long a server that cannot be reached is asked again. */
  readonly reconnectMs: number
}

/** Each statement sees what others have committed until then, whatever the database or its role begins transactions with. */
export const BEGIN = 'begin isolation level read committed'

/** A client that is cut off between two statements tells it as an event, which unheard would end the process; its next statement fails. */
export const unheard: () => void = () => {}

const WAIT_MS_MAX = 250

/** Statements on connections of a pool. A server that went away is waited for, as far as nothing can have been done twice. */
export function pooled({ pool, isShared, isPrepared, lone, reconnectMs }: PoolOptions): Runner {
  let isClosed = false
  // an idle connection that breaks is replaced by the pool: nobody has to hear of it, and unheard it would end the process
  if (!isShared) pool.on('error', unheard)
  // one may be ended in the same breath in which it was let in, before whoever waits for it goes on
  const hear = (client: pg.PoolClient): void => void client.on('error', unheard)
  pool.on('connect', hear)

  const connect = async (): Promise<pg.PoolClient> => {
    const client = await untilReached(reconnectMs, () => {
      if (isClosed) throw closed()
      return pool.connect()
    }).catch((error) => {
      throw failureOf(error) // told apart from what comes once a statement was sent: nothing can have been done
    })
    client.on('error', unheard)
    return client
  }
  /** What is spoilt is not used again. */
  const lend = async <T>(work: (client: pg.PoolClient, spoil: (fault: Error) => void) => Promise<T>): Promise<T> => {
    const client = await connect()
    let fault: Error | undefined
    try {
      return await work(client, (found) => {
        fault = found
      })
    } finally {
      client.off('error', unheard)
      client.release(fault)
    }
  }
  const once = (statement: CompiledSql, values: readonly unknown[]): Promise<Answer> =>
    lend(async (client, spoil) => {
      try {
        return answerOf(await client.query(queryConfig(statement, values, isPrepared)))
      } catch (error) {
        if (isConnectionLost(error) || isOutdated(error)) spoil(error as Error)
        throw error
      }
    })
  return {
    run: (statement, values, again = false) => {
      const run = (): Promise<Answer> => whileContended(() => once(statement, values))
      return again ? untilReached(reconnectMs, run) : run()
    },
    write: (statement, values) => whileContended(() => once(statement, values)),
    transact: (work) =>
      untilReached(reconnectMs, () => whileContended(() => lend((client, spoil) => transacted(client, work, spoil)))).catch((error) => {
        throw failureOf(error)
      }),
    beside: (lock, work) => untilReached(reconnectMs, () => lone.run(lock, work)),
    async close() {
      if (isClosed) return
      isClosed = true
      pool.off?.('connect', hear) // a host may give what only looks like a pool
      await lone.close()
      if (!isShared) await pool.end()
    },
  }
}

async function transacted<T>(client: pg.PoolClient, work: (run: Run) => Promise<T>, spoil: (fault: Error) => void): Promise<T> {
  try {
    await client.query(`${BEGIN}; set local statement_timeout = 0`)
    const result = await work(patient(client))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(spoil)
    throw error
  }
}

/** Preparation takes as long as it takes: the driver does not give up either. */
const FOREVER_MS = 2_147_483_647

export function patient(client: pg.ClientBase): Run {
  return async (statement, values = []) => {
    const config = { ...queryConfig(statement, values, false), query_timeout: FOREVER_MS }
    return answerOf(await client.query(config))
  }
}

export function answerOf({ rows, rowCount }: { readonly rows: unknown[]; readonly rowCount: number | null }): Answer {
  return { rows: rows as unknown[][], count: rowCount ?? 0 } // rowMode array
}

/** Tries again while the server cannot be reached or takes no more connections, with growing pauses, until `reconnectMs` have passed. */
async function untilReached<T>(reconnectMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    try {
      return await work()
    } catch (error) {
      const isAway = !(error instanceof StorageError) && (isConnectionLost(error) || isCrowded(error))
      if (!isAway || performance.now() - startedAt > reconnectMs) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random() / 2)))
  }
}
