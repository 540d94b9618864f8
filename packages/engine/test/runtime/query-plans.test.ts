import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type Engine, manualClock, NoRetry } from '../../src/index.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { newFile } from './stores.ts'

/** Rows of each kind are copied so often before the plans are read: a table of a few rows is rightly read whole. */
const COPIES = 4_000

/** A database whose statements are heard and explained. */
interface Watched {
  readonly storage: Storage
  /** Copies each row of each table so often, under other ids, and lets the database count. */
  multiply(times: number): Promise<void>
  /** The tables that the work reads from end to end, each with its statement. */
  scansOf(work: () => Promise<unknown>): Promise<readonly string[]>
  close(): Promise<void>
}

/** What asks for all there is, in the order of ids, reads from the beginning until its page is full, or counts all. */
const KNOWN: readonly string[] = ['all tasks', 'all tasks counted']

/** Told apart in the copies, so that few records have a value that is asked for. */
const VARIED: ReadonlySet<string> = new Set(['id', 'business_key', 'assignee', 'instance_id', 'key', 'value', 'due_at'])

const model = chain('p', [
  user('approve', 'camunda:candidateGroups="sales" camunda:candidateUsers="ann" camunda:dueDate="2026-05-01T00:00:00Z"'),
  service('work', 'work'),
])
const waits = processModel(
  'w',
  `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>
  <bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
  <bpmn:intermediateCatchEvent id="later"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P30D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:serviceTask id="fails" camunda:type="external" camunda:topic="fails"/><bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/><bpmn:endEvent id="e3"/>`,
  'start -> fork; fork -> paid; fork -> later; fork -> fails; paid -> e1; later -> e2; fails -> e3',
  `<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message>`,
)

/** What the engine asks of its store, by what a caller asks of the engine. */
const QUERIES: readonly (readonly [string, (engine: Engine, id: string) => Promise<unknown>])[] = [
  ['an instance', (engine, id) => engine.instances.get(id)],
  ['instances of a process', (engine) => engine.instances.find({ processKey: 'p' })],
  [
    'the next page of them',
    async (engine) => {
      const page = await engine.instances.find({ processKey: 'p', limit: 5 })
      return engine.instances.find({ processKey: 'p', limit: 5, ...(page.next !== undefined && { after: page.next }) })
    },
  ],
  ['instances by business key', (engine) => engine.instances.find({ businessKey: 'A-17' })],
  ['instances by a searchable variable', (engine) => engine.instances.find({ variables: { orderId: 'o1' } })],
  ['instances counted by business key', (engine) => engine.instances.count({ businessKey: 'A-17' })],
  ['instances of a definition', (engine) => engine.instances.find({ definitionId: 'rare:1' })],
  ['instances of a definition counted', (engine) => engine.instances.count({ definitionId: 'rare:1' })],
  ['instances that one called', (engine, id) => engine.instances.find({ parent: id })],
  ['instances counted by a searchable variable', (engine) => engine.instances.count({ variables: { orderId: 'rare' } })],
  ['all tasks', (engine) => engine.tasks.find({})],
  ['all tasks counted', (engine) => engine.tasks.count()],
  ['the next page of a work list', (engine) => pages((after) => engine.tasks.find({ candidateGroups: ['sales'], limit: 1, ...after }))],
  ['tasks of an element that has none', (engine) => engine.tasks.find({ elementId: 'nowhere' })],
  ['tasks of an element that nobody has', (engine) => engine.tasks.find({ elementId: 'nowhere', assignee: null })],
  ['tasks of an element', (engine) => engine.tasks.find({ elementId: 'approve' })],
  ['the next page of them', (engine) => pages((after) => engine.tasks.find({ elementId: 'approve', limit: 5, ...after }))],
  ['tasks of an element counted', (engine) => engine.tasks.count({ elementId: 'nowhere' })],
  ['tasks of a process', (engine) => engine.tasks.find({ processKey: 'p' })],
  ['tasks of a process counted', (engine) => engine.tasks.count({ processKey: 'nothing' })],
  ['tasks of an instance', (engine, id) => engine.tasks.find({ instanceId: id })],
  ['tasks of an assignee', (engine) => engine.tasks.find({ assignee: 'kim' })],
  ['tasks offered to a person', (engine) => engine.tasks.find({ candidateUser: 'ann' })],
  ['tasks offered to groups', (engine) => engine.tasks.find({ candidateGroups: ['sales', 'lead'] })],
  ['a work list', (engine) => engine.tasks.find({ forUser: { id: 'ann', groups: ['lead'] } })],
  ['tasks that are due', (engine) => engine.tasks.find({ dueBefore: '2026-02-01T00:00:00Z' })],
  ['a work list counted', (engine) => engine.tasks.count({ forUser: { id: 'bob', groups: ['lead'] } })],
  ['tasks of an instance counted', (engine, id) => engine.tasks.count({ instanceId: id })],
  ['jobs of an instance', (engine, id) => engine.jobs.find({ instanceId: id })],
  ['jobs of an instance counted', (engine, id) => engine.jobs.count({ instanceId: id })],
  ['jobs of a type', (engine) => engine.jobs.find({ type: 'nothing' })],
  ['the next page of them', (engine) => pages((after) => engine.jobs.find({ type: 'work', limit: 5, ...after }))],
  ['jobs of a type counted', (engine) => engine.jobs.count({ type: 'nothing' })],
  ['jobs of a kind', (engine) => engine.jobs.find({ kind: 'nothing' })],
  ['the next page of them', (engine) => pages((after) => engine.jobs.find({ kind: 'timer', limit: 5, ...after }))],
  ['jobs of a kind counted', (engine) => engine.jobs.count({ kind: 'nothing' })],
  ['jobs of a type and a kind', (engine) => engine.jobs.find({ kind: 'work', type: 'nothing' })],
  ['jobs of a type, all given attempts', (engine) => engine.jobs.setRetries({ query: { type: 'nothing' } }, 1)],
  ['incidents of an instance', (engine, id) => engine.incidents.find({ instanceId: id })],
  ['incidents of a process', (engine) => engine.incidents.find({ processKey: 'p' })],
  ['the next page of them', (engine) => pages((after) => engine.incidents.find({ processKey: 'w', limit: 5, ...after }))],
  ['incidents of an element', (engine) => engine.incidents.find({ elementId: 'fails' })],
  ['incidents of a type of work', (engine) => engine.incidents.find({ jobType: 'nothing' })],
  ['incidents counted', (engine) => engine.incidents.count({ processKey: 'rare' })],
  ['a message by its key', (engine) => engine.messages.publish({ name: 'paid', correlationKey: 'nobody' })],
  ['a signal', (engine) => engine.signals.broadcast({ name: 'none' })],
  ['external work', (engine) => engine.jobs.fetch({ types: ['work'], worker: 'w', lease: 'PT1S', max: 5 })],
  [
    'external work of every tenant',
    (engine) => engine.jobs.fetch({ types: ['fails', 'none', 'work'], worker: 'w', lease: 'PT1S', max: 5 }),
  ],
  ['work that is due, and when the next is', (engine) => engine.advance('PT1S')],
  ['the history of an instance', (engine, id) => engine.history(id)],
  ['why an instance waits', (engine, id) => engine.explain(id)],
  ['a start', (engine) => engine.start('p')],
]

/** The first page of a query, and the one behind it. */
async function pages(ask: (after: { after?: string }) => Promise<{ readonly next?: string }>): Promise<void> {
  const { next } = await ask({})
  if (next === undefined) throw new Error('there is no next page')
  await ask({ after: next })
}

const { url, missing } = await testDatabase()

describe('an index serves every query of the engine on SQLite', () => plansOn(onSqlite))
describe.skipIf(url === null)(missing ?? 'an index serves every query of the engine on PostgreSQL', () => plansOn(onPostgres))

function plansOn(open: () => Promise<Watched>): void {
  test('and none reads a table from end to end', async () => {
    const database = await open()
    const clock = manualClock('2026-01-01T09:00:00Z')
    const handlers = {
      fails: () => {
        throw new NoRetry('no')
      },
    }
    const seed = await createEngine({ storage: database.storage, clock, handlers, history: 'full', searchable: { orderId: 'text' } })
    await seed.deploy(model)
    await seed.deploy(waits)
    const { id } = await seed.start('p', { businessKey: 'A-17', variables: { orderId: 'o1' } })
    const [task] = await seed.tasks.find({ instanceId: id })
    await seed.tasks.claim(task?.id ?? '', 'kim')
    await seed.start('p')
    const other = await seed.start('p')
    await seed.tasks.complete((await seed.tasks.find({ instanceId: other.id }))[0]?.id ?? '')
    await seed.start('w', { variables: { orderId: 'o1' } })
    await seed.drain()
    await seed.close()
    await database.multiply(COPIES)
    const engine = await createEngine({ storage: database.storage, clock, handlers, searchable: { orderId: 'text' } })
    await engine.deploy(chain('rare', [service('fails', 'fails')]))
    await engine.start('rare', { variables: { orderId: 'rare' } })
    const found: string[] = []
    for (const [what, ask] of QUERIES) for (const scan of await database.scansOf(() => ask(engine, id))) found.push(`${what}: ${scan}`)
    expect(found.filter((one) => !KNOWN.some((known) => one.startsWith(known)))).toEqual([])
    await engine.close()
    await database.storage.close()
    await database.close()
  })
}

function copyOf(column: string): string {
  if (column === 'due_at') return 'due_at + k * 300000'
  return VARIED.has(column) ? `k || '~' || ${column}` : column
}

async function onSqlite(): Promise<Watched> {
  const spoken: string[] = []
  const database = new SqliteDatabase(newFile(), { verbose: (sql) => spoken.push(String(sql)) })
  database.pragma('journal_mode = wal')
  return {
    storage: sqliteStorage({ database }),
    async multiply(times) {
      for (const table of database.prepare<[], { name: string }>(`select name from sqlite_master where type = 'table'`).all()) {
        const columns = database.prepare<[], { name: string }>(`select name from pragma_table_info('${table.name}')`).all()
        if (!columns.some(({ name }) => name === 'id')) continue
        const values = columns.map(({ name }) => copyOf(name))
        database.exec(`with recursive n(k) as (select 1 union all select k + 1 from n where k < ${times})
          insert into ${table.name} select ${values.join()} from ${table.name}, n`)
      }
      database.exec('analyze')
    },
    async scansOf(work) {
      spoken.length = 0
      await work()
      const scans: string[] = []
      for (const sql of new Set(spoken.filter((one) => /^\s*(?:select|update|delete|with)/i.test(one)))) {
        const steps = database.prepare(`explain query plan ${sql}`).all() as readonly { readonly detail: string }[] // as SQLite answers
        for (const { detail } of steps) if (/^SCAN leeway_(?!collections)/.test(detail)) scans.push(`${detail} in ${sql}`)
      }
      return scans
    },
    async close() {
      database.close()
    },
  }
}

async function onPostgres(): Promise<Watched> {
  const heard: { text: string; values: unknown[] }[] = []
  const pool = new pg.Pool({ connectionString: url ?? '', max: 4, options: '-c search_path=plans' })
  await pool.query('create schema plans')
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    client.query = ((config: { text: string; values: unknown[] }, ...rest: unknown[]) => {
      if (typeof config === 'object' && config.text !== undefined && !config.text.startsWith('explain')) heard.push(config)
      return query(config, ...rest)
    }) as typeof client.query // heard, and passed on
  })
  for (const idle of [await pool.connect()]) idle.release(true) // made before it could be heard
  return {
    storage: postgresStorage({ pool, schema: 'plans' }),
    async multiply(times) {
      const { rows } = await pool.query<{ name: string; columns: string[] }>(
        `select table_name as name, array_agg(column_name::text order by ordinal_position) as columns
        from information_schema.columns where table_schema = 'plans' group by table_name`,
      )
      for (const { name, columns } of rows) {
        if (!columns.includes('id')) continue
        const values = columns.map((column) => copyOf(column))
        await pool.query(`insert into plans.${name} select ${values.join()} from plans.${name}, generate_series(1, ${times}) as k`)
      }
      await pool.query('analyze')
    },
    async scansOf(work) {
      heard.length = 0
      await work()
      const scans: string[] = []
      const asked = new Map(
        heard.filter(({ text }) => /^\s*(?:select|update|delete|insert|with)/i.test(text)).map((one) => [one.text, one]),
      )
      for (const { text, values } of asked.values()) {
        const { rows } = await pool.query<string[]>({ text: `explain ${text}`, values, rowMode: 'array' })
        for (const [step = ''] of rows) if (/Seq Scan on leeway_(?!collections)/.test(step)) scans.push(`${step.trim()} in ${text}`)
      }
      return scans
    },
    close: () => pool.end(),
  }
}
