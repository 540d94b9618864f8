import { StorageError } from '../errors.ts'
import type { CompiledSql } from '../sql/dialect.ts'
import { type Answer, queryConfig, type Runner } from './connection.ts'
import { whileContended } from './contention.ts'
import { failureOf } from './failure.ts'
import { serverErrorOf } from './wrapped-error.ts'

/** A client of pg with an open transaction, by what it is asked for. */
interface Client {
  query(config: object): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>
  /** A pool has it, which gives each statement another connection. */
  readonly idleCount?: number
  /** Has the server send values as bytes, which no statement can forgo. */
  readonly binary?: boolean
  /** `T` in a transaction, `E` in a failed one, `I` in none. Newer versions of pg have it. */
  getTransactionStatus?(): string | null
}

/** A transaction of Kysely, by what it is asked for. */
interface KyselyTransaction {
  readonly isTransaction: boolean
  /** The same transaction without what the host has done to its own statements and to what they give. */
  withoutPlugins?(): KyselyTransaction
  executeQuery(query: object): Promise<{ readonly rows: readonly object[]; readonly numAffectedRows?: bigint }>
}

type Ask = (statement: CompiledSql, values: readonly unknown[]) => Promise<Answer>

/** The work that is under way on a transaction, or was last: whoever joins it comes behind that, for savepoints are one within the other. */
const lastOn = new WeakMap<object, Promise<unknown>>()

/**
 * Statements inside the host's open transaction, one after the other, however often it was joined; each commit in a savepoint, so that what
 * fails leaves the host's own work alone.
 */
export function hostTransaction(transaction: unknown, isPrepared: boolean): Runner {
  const ask = askOf(transaction, isPrepared)
  const joined = transaction as object // askOf refused what is none
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = (lastOn.get(joined) ?? Promise.resolve()).then(work)
    const over = done.catch(() => {})
    lastOn.set(joined, over)
    return done
  }
  const inSavepoint = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      await ask({ sql: 'savepoint leeway', places: [] }, [])
      try {
        const result = await work()
        await ask({ sql: 'release savepoint leeway', places: [] }, [])
        return result
      } catch (error) {
        await ask({ sql: 'rollback to savepoint leeway', places: [] }, []).catch(() => {}) // the connection is lost: its own error is told
        throw error
      }
    })
  return {
    run: (statement, values) => inTurn(() => ask(statement, values)),
    write: (statement, values) => whileContended(() => inSavepoint(() => ask(statement, values))),
    transact: (work) =>
      inSavepoint(() => work((statement, values = []) => ask(statement, values))).catch((error) => {
        throw failureOf(error)
      }),
    beside: null,
    close: async () => {},
  }
}

function askOf(transaction: unknown, isPrepared: boolean): Ask {
  const given = transaction as Partial<Client & KyselyTransaction> | null // asked for what it has before it is used as one
  if (typeof given?.executeQuery === 'function') {
    if (given.isTransaction !== true) refuse('The Kysely instance given to within is no transaction. Use it inside transaction().execute.')
    return askKysely(given.withoutPlugins?.() ?? (given as KyselyTransaction))
  }
  if (typeof given?.query !== 'function') refuse('within takes a client of pg with an open transaction, or a transaction of Kysely.')
  const client = given as Client
  if (client.idleCount !== undefined)
    refuse('within was given a pool of pg. Give it the client that the transaction was begun on: await pool.connect().')
  if (client.binary === true) refuse(BINARY)
  if (client.getTransactionStatus?.() === 'I') refuse('The client given to within has no open transaction. Begin one first.')
  return async (statement, values) => {
    if (client.getTransactionStatus?.() === 'I')
      throw new StorageError('closed', "The host's transaction has ended. Join an open one with within.")
    const { rows, rowCount } = await client.query(queryConfig(statement, values, isPrepared))
    return { rows: rows as unknown[][], count: rowCount ?? 0 } // rowMode array
  }
}

/** Kysely gives rows as objects, their members in the order of the columns. */
function askKysely(transaction: KyselyTransaction): Ask {
  return async ({ sql, places }, values) => {
    const query = { sql, parameters: places.map((place) => values[place]), query: { kind: 'RawNode' }, queryId: { queryId: 'leeway' } }
    try {
      const { rows, numAffectedRows } = await transaction.executeQuery(query)
      return { rows: rows.map((row) => Object.values(row)), count: Number(numAffectedRows ?? rows.length) }
    } catch (error) {
      throw serverErrorOf(error)
    }
  }
}

export const BINARY = 'The store reads values as text. Give it connections of pg without binary: true.'

function refuse(message: string): never {
  throw new StorageError('invalidQuery', message)
}
