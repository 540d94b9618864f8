import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { createEngine, type Engine } from '@leeway/engine'
import { postgresStorage } from '@leeway/storage/postgres'
import { POSTGRES_MISSING, startPostgres } from '../../../scripts/postgres-server.ts'
import { median, repeating, type Side } from './durable/slices.ts'
import { models } from './models.ts'

// `pnpm bench:dbos FOLDER [REPETITIONS] [SECONDS]`: ten steps that do nothing, on Leeway and on DBOS, on one PostgreSQL server. FOLDER is
// where
// DBOS was installed (`npm install @dbos-inc/dbos-sdk`): it is no dependency. All take turns in one process; prints a table as Markdown.
const [, , folder, repetitions = '3', seconds = '2'] = process.argv
if (folder === undefined)
  throw new Error('usage: pnpm bench:dbos FOLDER [REPETITIONS] [SECONDS]; FOLDER is where @dbos-inc/dbos-sdk is installed')

const STEPS = 10
/** Named here and not where it is loaded: it is no dependency. */
const PACKAGE = '@dbos-inc/dbos-sdk'
const server = await startPostgres({ fsync: 'on', full_page_writes: 'on' })
if (server === null) throw new Error(POSTGRES_MISSING)
const dbos = await dbosIn(folder, server.url('dbos'))
const contestants: readonly { readonly name: string; readonly once: () => Promise<unknown> }[] = [
  { name: 'Leeway', once: await leeway('activity', server.url()) },
  { name: 'Leeway, `durability: wait`', once: await leeway('wait', server.url()) },
  { name: `DBOS ${dbos.version}`, once: dbos.once },
]

const line = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`)
process.stdout.write(`Node ${process.version}, medians of ${repetitions}; steps per second.\n\n`)
line(['', ...contestants.map(({ name }) => name), 'Leeway : DBOS', '`wait` : DBOS'])
line(['---', ...contestants.map(() => '--:'), '--:', '--:'])
for (const callers of [1, 16, 64]) {
  const sides = contestants.map(({ once }) => repeating(once, callers))
  const rates: number[][] = []
  await turn(sides, 0.3)
  for (let k = 0; k < Number(repetitions); k++) rates.push(await turn(sides, Number(seconds)))
  const of = (figure: (rate: readonly number[]) => number): number => median(rates.map(figure))
  const ratio = (place: number): string => of((rate) => (rate[place] ?? Number.NaN) / (rate[2] ?? Number.NaN)).toPrecision(3)
  const cells = contestants.map((_, place) => Math.round(of((rate) => rate[place] ?? Number.NaN)).toLocaleString('en'))
  line([`${callers} at once`, ...cells, ratio(0), ratio(1)])
}
await dbos.shutdown()
await server.stop()
process.exit(0)

async function turn(sides: readonly Side[], forSeconds: number): Promise<number[]> {
  const rates: number[] = []
  for (const side of sides) {
    const began = performance.now()
    const runs = await side.run(forSeconds * 1000)
    rates.push((runs * STEPS * 1000) / (performance.now() - began))
  }
  return rates
}

/** A process of ten service tasks, from its start to the event of its end. */
async function leeway(durability: 'activity' | 'wait', url: string): Promise<() => Promise<void>> {
  const storage = postgresStorage({ url, schema: durability })
  let calls = 0
  const engine: Engine = await createEngine({ storage, durability, worker: { concurrencyMax: 64 }, handlers: { noop: () => void calls++ } })
  await engine.deploy(models({ service: (name) => `camunda:delegateExpression="\${${name}}"`, done: 'false', never: 'false' }).linear)
  const ended = new Map<string, () => void>()
  const early = new Set<string>()
  engine.on('instanceEnded', ({ instanceId }) => {
    if (instanceId === null) return
    const hear = ended.get(instanceId)
    if (hear === undefined) early.add(instanceId)
    else hear()
    ended.delete(instanceId)
  })
  await engine.run()
  return async () => {
    const before = calls
    const { id } = await engine.start('linear')
    if (!early.delete(id)) await new Promise<void>((hear) => ended.set(id, hear))
    if (calls - before < STEPS) throw new Error('steps are missing')
  }
}

/** What is asked of DBOS. */
interface Dbos {
  setConfig(config: object): void
  registerWorkflow<T>(workflow: () => Promise<T>, options: object): () => Promise<T>
  runStep<T>(step: () => Promise<T>, options: object): Promise<T>
  launch(): Promise<void>
  shutdown(): Promise<void>
}

/** A workflow of ten steps. */
async function dbosIn(
  installedIn: string,
  url: string,
): Promise<{ readonly version: string; once: () => Promise<void>; shutdown: () => Promise<void> }> {
  const require = createRequire(join(resolve(installedIn), 'package.json'))
  const { DBOS } = require(PACKAGE) as { readonly DBOS: Dbos }
  const about = join(resolve(installedIn), 'node_modules', PACKAGE, 'package.json')
  const { version } = JSON.parse(readFileSync(about, 'utf8')) as { readonly version: string }
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' })
  let calls = 0
  const workflow = DBOS.registerWorkflow(
    async () => {
      for (let k = 0; k < STEPS; k++) await DBOS.runStep(async () => void calls++, { name: 'noop' })
    },
    { name: 'ten' },
  )
  await DBOS.launch()
  return {
    version,
    async once() {
      const before = calls
      await workflow()
      if (calls - before < STEPS) throw new Error('steps are missing')
    },
    shutdown: () => DBOS.shutdown(),
  }
}
