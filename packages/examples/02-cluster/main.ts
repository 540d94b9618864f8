// A database, four nodes, and orders by the hundred. Nodes are killed at random while they work, or hang past their lease, and the server
// crashes; at the end everything is counted. Run it with `npx -y pnpm@12 exec node packages/examples/02-cluster/main.ts`. ORDERS, KILLS,
// HANGS, CRASHES say how many.
import { readFile } from 'node:fs/promises'
import { createEngine, type Engine } from '@leeway/engine'
import { StorageError } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import pg from 'pg'
import { POSTGRES_MISSING, startPostgres } from '../../../scripts/postgres-server.ts'
import { startNodes } from './nodes.ts'

const ORDERS = Number(process.env.ORDERS ?? 400)
const KILLS = Number(process.env.KILLS ?? 10)
const HANGS = Number(process.env.HANGS ?? 3)
const CRASHES = Number(process.env.CRASHES ?? 1)
const NODES = 4
/** The lease of a node is 1.5 seconds. */
const HANG_MS = 2_500
const AT_ONCE = 20

const server = await startPostgres()
if (server === null) {
  console.log(POSTGRES_MISSING)
  process.exit(0)
}
const url = server.url()
const outside = new pg.Pool({ connectionString: url, max: 2 })
outside.on('error', () => {}) // it is cut off when the server crashes
await outside.query('create table effects (key text primary key, element text not null, asked integer not null default 1)')

const storage = postgresStorage({ url })
const engine = await createEngine({ storage })
await engine.deploy(await readFile(new URL('order.bpmn', import.meta.url)))
const nodes = await startNodes(NODES, url)
console.log(`${NODES} nodes work on one PostgreSQL`)

let killed = 0
let hung = 0
let crashed = 0
try {
  const startedAt = performance.now()
  const [ids] = await Promise.all([startOrders(engine), killAndCrash()])
  await allEnded(engine, ids)
  console.log(
    `${ids.length} orders ended in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; ${killed} nodes were killed by SIGKILL, ${hung} hung past their lease, and the server crashed ${crashed} times meanwhile`,
  )
  const faults = await countAll(engine, ids)
  console.log(faults.length === 0 ? 'every order finished exactly once' : faults.join('\n'))
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  nodes.stop()
  await engine.close()
  await storage.close()
  await outside.end()
  await server.stop()
}

/** Starts the orders, some at once; each has a key, so that asking twice would start one. */
async function startOrders(engine: Engine): Promise<readonly string[]> {
  const ids: string[] = []
  let next = 0
  const startSome = async (): Promise<void> => {
    while (next < ORDERS) {
      const number = next++
      ids.push(await startOne(engine, number))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, startSome))
  return ids
}

/** The server may be away for longer than the store waits: then it is asked again, and the key keeps it one order. */
async function startOne(engine: Engine, number: number): Promise<string> {
  for (;;) {
    try {
      return (await engine.start('order', { businessKey: `A-${number}`, idempotencyKey: `order ${number}` })).id
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }
}

async function killAndCrash(): Promise<void> {
  for (let step = 1; killed < KILLS || hung < HANGS || crashed < CRASHES; step++) {
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200))
    if (hung < HANGS) {
      hung++
      nodes.hangOne(HANG_MS)
    }
    if (crashed < CRASHES && step % 2 === 0) {
      crashed++
      await server?.halt('immediate')
      await server?.start()
    } else if (killed < KILLS) {
      killed++
      await nodes.killOne()
    }
  }
}

/** Looks until every order has ended; a minute without any that ends is too long. */
async function allEnded(engine: Engine, ids: readonly string[]): Promise<void> {
  let open = [...ids]
  let changedAt = performance.now()
  while (open.length > 0) {
    const views = await Promise.all(open.map((id) => engine.instances.get(id)))
    const left = open.filter((_, i) => views[i]?.status === 'active')
    if (left.length < open.length) changedAt = performance.now()
    if (performance.now() - changedAt > 60_000) throw new Error(`${left.length} orders do not end: ${left.slice(0, 3).join(', ')}`)
    open = left
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What is not as it should be: each order completed, each of its elements once, each effect by one key. */
async function countAll(engine: Engine, ids: readonly string[]): Promise<readonly string[]> {
  const faults: string[] = []
  for (const id of ids) {
    const view = await engine.instances.get(id)
    const completed = (await engine.history(id)).flatMap(({ type, elementId }) => (type === 'elementCompleted' ? [elementId] : []))
    const wanted = ['charge', 'cool-off', 'fork', 'join', 'ordered', 'pack', 'sent']
    if (view?.status !== 'completed' || [...completed].sort().join() !== wanted.join())
      faults.push(`order ${id} is ${view?.status}, completed ${completed.join()}`)
  }
  const { rows } = await outside.query<{ element: string; effects: number; again: number }>(
    'select element, count(*)::int as effects, sum(asked - 1)::int as again from effects group by element order by element',
  )
  for (const { element, effects, again } of rows) {
    console.log(`${element}: ${effects} effects, ${again} asked for again after a kill, with the same key`)
    if (effects !== ids.length) faults.push(`${element} has ${effects} effects for ${ids.length} orders`)
  }
  if (rows.length !== 2) faults.push(`${rows.length} activities had effects, not 2`)
  return faults
}
