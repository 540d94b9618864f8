import pg from 'pg'
import { BEGIN, type LoneWork, patient, unheard } from './connection.ts'
import { closed } from './failure.ts'

/** How often a node asks whether another is through. */
const ASK_MS = 100

/**
 * `isPinned`: statements of a client come to one connection of the server. A proxy gives each transaction another one: so the lock is that
 * of a transaction, which another client keeps open, and what would be set for the connection is left to the server.
 */
export function loneWork(pool: pg.Pool, isPinned: boolean): LoneWork {
  const clients = new Set<pg.Client>()
  let isClosed = false
  const connected = async (own: pg.Client[]): Promise<pg.Client> => {
    const client = loneClient(pool, 'leeway prepares')
    client.on('error', unheard)
    clients.add(client)
    own.push(client)
    await client.connect()
    return client
  }
  return {
    async run(lock, work) {
      if (isClosed) throw closed()
      const own: pg.Client[] = []
      try {
        const keeper = await connected(own)
        const worker = await connected(own)
        if (isPinned) await worker.query(`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`)
        await keepLock(keeper, lock)
        await work(patient(worker))
        await keeper.query('rollback')
      } catch (error) {
        throw isClosed ? closed() : error
      } finally {
        for (const client of own) {
          clients.delete(client)
          await client.end().catch(() => {})
        }
      }
    },
    async close() {
      isClosed = true
      for (const client of clients) await client.end().catch(() => {})
    },
  }
}

/** A connection beside those of the pool, without its time-outs. */
export function loneClient(pool: pg.Pool, name: string): pg.Client {
  const { statement_timeout: _, query_timeout: __, lock_timeout: ___, ...options } = pool.options as pg.ClientConfig
  return new pg.Client({ ...options, application_name: name })
}

/** The server may give up a transaction in which nothing happens; which of these settings it has depends on its version. */
const ENDLESS = `select set_config(name, '0', true) from pg_settings
  where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`

/**
 * Keeps a transaction open that has the lock. It must have no snapshot, for which the making of an index would wait: so the lock is asked
 * for again and again, never waited for in a statement, and by a statement without parameters, which leaves none behind.
 */
async function keepLock(client: pg.Client, lock: string): Promise<void> {
  for (;;) {
    await client.query(BEGIN)
    await client.query(ENDLESS)
    const { rows } = await client.query({ text: `select pg_try_advisory_xact_lock(${BigInt(lock)})`, rowMode: 'array' })
    if (rows[0]?.[0] === true) return
    await client.query('rollback')
    await new Promise((resolve) => setTimeout(resolve, ASK_MS))
  }
}
