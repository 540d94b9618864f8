import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createEngine, type Engine } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { startPostgres } from '../../../scripts/postgres-server.ts'
import { type Comparison, compare, repeating, type Side } from './durable/slices.ts'
import { liveHeap } from './measure.ts'
import { models } from './models.ts'

// `pnpm bench:million [INSTANCES] [STORE]`: how fast instances start, and what an idle engine keeps in memory, while a thousand instances
// wait
// at their task and while INSTANCES (a million unless told) do; on SQLite and PostgreSQL, or on the one that is named. Takes minutes.
const [, , instances = '1000000', only = ''] = process.argv

const FEW = 1_000
/** Starts under way at once while the store is filled. */
const FILLERS = 500
/** Of each comparison, for both together twice as many. */
const SECONDS = 3

const line = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`)
line(['store', 'waiting instances', 'starts a second, one caller', 'starts a second, 100 callers', 'heap of an idle engine'])
line(['---', '--:', '--:', '--:', '--:'])
if ('SQLite'.includes(only)) await onSqlite()
if ('PostgreSQL'.includes(only)) await onPostgres()
process.exit(0)

async function onSqlite(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'))
  await compareStores('SQLite', (name) => sqliteStorage({ file: join(folder, `${name}.db`) }), 'cpu')
  rmSync(folder, { recursive: true })
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres({ fsync: 'on', full_page_writes: 'on', max_wal_size: '4GB' })
  if (server === null) return
  await compareStores('PostgreSQL', (name) => postgresStorage({ url: server.url(), schema: name }), 'wall')
  await server.stop()
}

/**
 * An engine on the store with many instances and one on a store with few start more, by turns, so that what else the machine does disturbs
 * both alike.
 */
async function compareStores(kind: string, open: (name: string) => Storage, by: 'cpu' | 'wall'): Promise<void> {
  const many = (): Storage => open('many')
  await fill(many, Number(instances))
  const heapOfMany = await idleHeap(many)
  await fill(() => open('few'), FEW)
  const heapOfFew = await idleHeap(() => open('few'))
  const found: Comparison[] = []
  for (const callers of [1, 100]) {
    const fresh = await freshlyFilled(open, callers)
    await withEngine(many, async (engine) => found.push(await compare(starting(engine, callers), fresh, SECONDS, by)))
    await fresh.close()
  }
  const count = (value: number): string => Math.round(value).toLocaleString('en')
  const heap = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  line([kind, count(FEW), ...found.map(({ theirs }) => count(theirs)), heap(heapOfFew)])
  line([kind, count(Number(instances)), ...found.map(({ ours }) => count(ours)), heap(heapOfMany)])
  line([kind, 'the many : the few', ...found.map(({ ratio }) => ratio.toPrecision(3)), ''])
}

/** Begins each slice with a store of its own, in which few instances wait: it would fill up while it is measured. */
async function freshlyFilled(open: (name: string) => Storage, callers: number): Promise<Side & { close(): Promise<void> }> {
  let made = 0
  let kept: { readonly storage: Storage; readonly engine: Engine } | null = null
  const close = async (): Promise<void> => {
    await kept?.engine.close()
    await kept?.storage.close()
  }
  return {
    async prepare() {
      await close()
      const storage = open(`few_${callers}_${made++}`)
      kept = { storage, engine: await engineOn(storage) }
      for (let n = 0; n < FEW; n += 100) await startMany(kept.engine, 100)
    },
    run: (ms) => (kept === null ? Promise.resolve(0) : starting(kept.engine, callers).run(ms)),
    close,
  }
}

async function fill(open: () => Storage, count: number): Promise<void> {
  await withEngine(open, async (engine) => {
    for (let there = 0; there < count; there += FILLERS) await startMany(engine, Math.min(FILLERS, count - there))
    if ((await engine.instances.count()) < count) throw new Error('not filled')
  })
}

async function idleHeap(open: () => Storage): Promise<number> {
  return withEngine(open, async (engine) => {
    await engine.run()
    await engine.start('userTask')
    await new Promise((resolve) => setTimeout(resolve, 3_000)) // it polls a few times
    return liveHeap()
  })
}

function starting(engine: Engine, callers: number): Side {
  return repeating(() => engine.start('userTask', { variables: { orderId: 'A-1001', amount: 42 } }), callers)
}

async function startMany(engine: Engine, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => engine.start('userTask', { variables: { orderId: 'A-1001', amount: 42 } })))
}

async function withEngine<T>(open: () => Storage, work: (engine: Engine) => Promise<T>): Promise<T> {
  const storage = open()
  const engine = await engineOn(storage)
  const result = await work(engine)
  await engine.close()
  await storage.close()
  return result
}

async function engineOn(storage: Storage): Promise<Engine> {
  const engine = await createEngine({ storage })
  await engine.deploy(models({ service: () => '', done: 'false', never: 'false' }).userTask)
  return engine
}
