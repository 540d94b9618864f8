import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { sql } from 'kysely'
import type pg from 'pg'
import type { Unlisten } from '../contract.ts'
import { compileFor, slot } from '../sql/dialect.ts'
import type { Runner } from './connection.ts'
import { loneClient } from './lone-work.ts'
import { postgres } from './postgres-dialect.ts'
import { type Place, prefixOf } from './tables.ts'

/** Tells other nodes, by NOTIFY, that there is work, and hears it from them. It is a hint alone: who misses it polls. */
export interface WorkSignal {
  /** Soon, and once for many calls: a notification takes a lock that all commits of the database share, so commits do not carry it. */
  tell(): void
  listen(onWork: () => void): Promise<Unlisten>
  /** Ends what listens, and waits for what is being told. */
  close(): Promise<void>
}

/** At most one notification in this time. */
const PAUSE_MS = 10
const RECONNECT_MS_MAX = 5_000
const LEAVE_MS = 1_000

export const notifySql: ReturnType<typeof compileFor> = compileFor(postgres, sql`select true from pg_notify(${slot(0)}, ${slot(1)})`)

/** The channel of a store, within its database. */
export function channelOf(place: Place): string {
  return `leeway_${createHash('sha256').update(prefixOf(place)).digest('hex').slice(0, 16)}`
}

export function workSignal(runner: Runner, pool: pg.Pool, place: Place): WorkSignal {
  const channel = channelOf(place)
  const self = Math.random().toString(36).slice(2)
  const listeners = new Set<{ stop(): Promise<void> }>()
  let told: Promise<unknown> | null = null
  let isWanted = false
  let isClosed = false

  const tellNow = (): void => {
    isWanted = false
    told = runner.run(notifySql, [channel, self]).then(pause, pause)
  }
  const pause = (): void => {
    told = null
    if (isClosed) return
    told = new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS).unref()).then(() => {
      told = null
      if (isWanted && !isClosed) tellNow()
    })
  }
  return {
    tell() {
      isWanted = true
      if (told === null && !isClosed) tellNow()
    },
    async listen(onWork) {
      const listener = listenOn(pool, channel, (payload) => {
        if (payload !== self) onWork()
      })
      listeners.add(listener)
      await listener.ready
      return async () => {
        listeners.delete(listener)
        await listener.stop()
      }
    },
    async close() {
      isClosed = true
      if (isWanted) await runner.run(notifySql, [channel, self]).catch(() => {})
      for (const listener of listeners) await listener.stop()
    },
  }
}

/** A connection of its own that listens, and is made anew where it breaks: what came meanwhile was missed, so it calls then too. */
function listenOn(
  pool: pg.Pool,
  channel: string,
  hear: (payload: string | undefined) => void,
): { readonly ready: Promise<void>; stop(): Promise<void> } {
  let client: pg.Client | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let isStopped = false
  let waitMs = 50

  const connect = async (): Promise<void> => {
    timer = null
    const one = loneClient(pool, 'leeway listens')
    client = one
    let isBroken = false
    const again = (): void => {
      if (isBroken || isStopped) return
      isBroken = true
      one.end().catch(() => {})
      timer = setTimeout(() => void connect().then(() => hear(undefined)), waitMs)
      waitMs = Math.min(waitMs * 2, RECONNECT_MS_MAX)
    }
    one.on('error', again)
    one.on('end', again)
    one.on('notification', ({ payload }) => {
      if (!isStopped) hear(payload)
    })
    try {
      await one.connect()
      await one.query(`listen ${one.escapeIdentifier(channel)}`)
      waitMs = 50
    } catch {
      again()
    }
  }
  return {
    ready: connect(),
    async stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      if (client !== null) await leave(client)
    },
  }
}

/** Says good-bye to a server that may not be there any more: it is not waited for longer than so. */
async function leave(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection // its types leave it out
  const cut = setTimeout(() => stream.destroy(), LEAVE_MS)
  await client.end().catch(() => {})
  clearTimeout(cut)
}
