import { type Storage, StorageError } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type Engine, type JoinedEngine } from '../../src/index.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { newFile } from './stores.ts'

const { url, missing } = await testDatabase()
const pool = new pg.Pool({ connectionString: url ?? '', max: 6 })
afterAll(() => pool.end())

/** A program around the engine: its own table, and a transaction in which it and the engine write. */
interface Program {
  readonly storage: Storage
  /** Runs work in one transaction of the program; rolled back where it throws. */
  transact(work: (transaction: unknown, writeOrder: (id: string) => Promise<void>) => Promise<void>): Promise<void>
  orders(): Promise<readonly string[]>
  close(): Promise<void>
}

interface Tables {
  orders: { id: string }
}

/** Programs on SQLite: with better-sqlite3 itself, and with Kysely on the connection that the store shares. */
function onSqlite(how: 'driver' | 'kysely'): Program {
  const database = new SqliteDatabase(newFile())
  database.pragma('journal_mode = wal')
  database.exec('create table orders (id text primary key)')
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  return {
    storage: sqliteStorage({ database }),
    async transact(work) {
      if (how === 'kysely') {
        await kysely.transaction().execute((transaction) => work(transaction, insertBy(transaction)))
        return
      }
      database.exec('begin immediate')
      try {
        await work(database, async (id) => void database.prepare('insert into orders values (?)').run(id))
        database.exec('commit')
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    },
    orders: async () =>
      database
        .prepare<[], { id: string }>('select id from orders')
        .all()
        .map(({ id }) => id),
    async close() {
      database.close()
    },
  }
}

let schemas = 0

/**
 * Programs on PostgreSQL: with a client of pg, with Kysely, and with a library that shows no connection and reads what comes back by its
 * own rules.
 */
async function onPostgres(how: 'driver' | 'kysely' | 'plugins' | 'closed'): Promise<Program> {
  const schema = `within_${schemas++}`
  await pool.query(`create schema ${schema}; create table ${schema}.orders (id text primary key)`)
  const plugins = how === 'plugins' ? [new ParseJSONResultsPlugin(), new CamelCasePlugin()] : []
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins }).withSchema(schema)
  return {
    storage: postgresStorage({ url: url ?? '', schema, connectionsMax: 4 }),
    async transact(work) {
      if (how === 'kysely' || how === 'plugins') {
        await kysely.transaction().execute((transaction) => work(transaction, insertBy(transaction)))
        return
      }
      const client = await pool.connect()
      try {
        await client.query('begin')
        await work(
          how === 'driver' ? client : closedTransaction(client),
          async (id) => void (await client.query(`insert into ${schema}.orders values ($1)`, [id])),
        )
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    orders: async () => (await pool.query<{ id: string }>(`select id from ${schema}.orders`)).rows.map(({ id }) => id),
    close: async () => {},
  }
}

const VOID = 2278

/** As Prisma's transactions: SQL goes in, objects come back; whole numbers as bigint, and no column of the type void. */
function closedTransaction(client: pg.PoolClient): object {
  const types = {
    getTypeParser: (oid: number) => (oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid)),
  } as pg.CustomTypesConfig
  return {
    isTransaction: true,
    async executeQuery({ sql, parameters }: { readonly sql: string; readonly parameters: unknown[] }) {
      const { rows, fields } = await client.query({ text: sql, values: parameters, types })
      if (fields?.some(({ dataTypeID }) => dataTypeID === VOID)) throw new Error('a column of type void cannot be read')
      return { rows }
    },
  }
}

const insertBy = (transaction: Transaction<Tables>) => async (id: string) =>
  void (await transaction.insertInto('orders').values({ id }).execute())

const programs: readonly (readonly [string, () => Program | Promise<Program>])[] = [
  ['better-sqlite3', () => onSqlite('driver')],
  ['Kysely on SQLite', () => onSqlite('kysely')],
  ...(url === null
    ? []
    : ([
        ['pg', () => onPostgres('driver')],
        ['Kysely on PostgreSQL', () => onPostgres('kysely')],
        ['Kysely with plugins that read texts as JSON and name columns anew', () => onPostgres('plugins')],
        ['a library that runs SQL and shows no connection', () => onPostgres('closed')],
      ] as const)),
]

test.skipIf(missing !== null)(missing ?? 'PostgreSQL is there', () => {})

const caught = processModel(
  'paid',
  `<bpmn:startEvent id="start"/><bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
  <bpmn:endEvent id="end"/>`,
  'start -> wait; wait -> end',
  `<bpmn:message id="m" name="paid"/>`,
)

describe.each(programs)('within a transaction of %s', (_, open) => {
  const running = async (
    work: (engine: Engine, program: Program) => Promise<void>,
    seen = (storage: Storage): Storage => storage,
  ): Promise<void> => {
    const program = await open()
    const engine = await createEngine({ storage: seen(program.storage), handlers: { work: () => ({ done: true }) } })
    await engine.deploy(chain('order', [user('approve'), service('ship', 'work')]))
    await engine.deploy(caught)
    await work(engine, program)
    await engine.close()
    await program.storage.close()
    await program.close()
  }

  test('what the engine starts and what the program writes land together', () =>
    running(async (engine, program) => {
      const heard: string[] = []
      engine.on('any', ({ type }) => heard.push(type))
      let id = ''
      let within: JoinedEngine | null = null
      await program.transact(async (transaction, writeOrder) => {
        within = engine.within(transaction)
        await writeOrder('A-17')
        const instance = await within.as({ actor: 'kim' }).start('order', { businessKey: 'A-17' })
        id = instance.id
        // inside one sees what was done inside
        expect((await within.tasks.find({ instanceId: id })).map((task) => task.elementId)).toEqual(['approve'])
        expect(heard).toEqual([])
      })
      within!.committed()
      expect(heard).toContain('taskCreated')
      expect(await program.orders()).toEqual(['A-17'])
      expect(await engine.instances.get(id)).toMatchObject({ status: 'active', businessKey: 'A-17' })
      await expect(within!.start('order')).rejects.toMatchObject({ code: 'closed' })
    }))

  test('where the program fails after the engine, nothing of either is there', () =>
    running(async (engine, program) => {
      const { id } = await engine.start('order')
      const [task] = await engine.tasks.find({ instanceId: id })
      let started = ''
      const failing = program.transact(async (transaction, writeOrder) => {
        const within = engine.within(transaction)
        await within.tasks.complete(task?.id ?? '')
        started = (await within.start('order')).id
        await within.messages.publish({ name: 'paid' })
        await writeOrder('A-17')
        await writeOrder('A-17')
      })
      await expect(failing).rejects.toThrow(/unique|UNIQUE/)
      expect(await program.orders()).toEqual([])
      expect(await engine.instances.get(started)).toBeNull()
      expect((await engine.tasks.find({ instanceId: id })).map((one) => one.id)).toEqual([task?.id])
      expect(await engine.jobs.find({})).toEqual([])
      // and it can be done afterwards
      await engine.tasks.complete(task?.id ?? '')
      await engine.drain()
      expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    }))

  test('where the engine refuses after the program wrote, the program can undo its own', () =>
    running(async (engine, program) => {
      const failing = program.transact(async (transaction, writeOrder) => {
        await writeOrder('A-17')
        await engine.within(transaction).tasks.complete('nowhere')
      })
      await expect(failing).rejects.toMatchObject({ code: 'unknownTask' })
      expect(await program.orders()).toEqual([])
    }))

  test('what another did between the reading and the writing of a call is a conflict for the program, not decided again', () => {
    const between = { happens: async (): Promise<void> => undefined }
    return running(
      async (engine, program) => {
        const { id } = await engine.start('order')
        const [task] = await engine.tasks.find({ instanceId: id })
        const changes: ((within: JoinedEngine) => Promise<unknown>)[] = [
          (within) => within.instances.setVariables(id, { late: true }),
          (within) => within.tasks.complete(task?.id ?? ''),
          (within) => within.tasks.claim(task?.id ?? '', 'kim'),
          (within) => within.tasks.complete(task?.id ?? '', { idempotencyKey: 'k' }),
        ]
        for (const change of changes) {
          const failing = program.transact(async (transaction, writeOrder) => {
            await writeOrder('A-17')
            between.happens = async () => {
              between.happens = async () => undefined
              const other = engine.within(transaction)
              await other.instances.setVariables(id, { first: true })
              await other.tasks.assign(task?.id ?? '', 'lee')
            }
            await change(engine.within(transaction))
          })
          await expect(failing).rejects.toMatchObject({ name: 'EngineError', code: 'conflict' })
        }
        expect(await program.orders()).toEqual([])
        expect(await engine.instances.variables(id)).toEqual({})
        await program.transact(async (transaction) => engine.within(transaction).tasks.complete(task?.id ?? ''))
        expect((await engine.jobs.find({ instanceId: id })).map(({ elementId }) => elementId)).toEqual(['ship'])
      },
      (storage) => interrupted(storage, () => between.happens()),
    )
  })

  test('jobs are only written, and run once it is told that the transaction was committed', () =>
    running(async (engine, program) => {
      const { id } = await engine.start('order')
      const [task] = await engine.tasks.find({ instanceId: id })
      await engine.run()
      const ended = new Promise<void>((resolve) => engine.on('instanceEnded', () => resolve()))
      let within: JoinedEngine | null = null
      await program.transact(async (transaction) => {
        within = engine.within(transaction)
        await within.tasks.complete(task?.id ?? '')
        expect(await within.jobs.find({ instanceId: id })).toMatchObject([{ type: 'work' }])
      })
      within!.committed()
      await ended
      expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { done: true } })
    }))

  test('a message is written down and delivered after the commit', () =>
    running(async (engine, program) => {
      const { id } = await engine.start('paid')
      await program.transact(async (transaction) => {
        const answer = await engine.within(transaction).messages.publish({ name: 'paid', instanceId: id })
        expect(answer).toEqual({ outcome: 'pending', instanceIds: [] })
      })
      await engine.drain()
      expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    }))

  test('conditions that start processes are judged after the commit', () =>
    running(async (engine, program) => {
      const low = '<bpmn:conditionalEventDefinition><bpmn:condition>${stock &lt; 5}</bpmn:condition></bpmn:conditionalEventDefinition>'
      await engine.deploy(processModel('restock', `<bpmn:startEvent id="s">${low}</bpmn:startEvent><bpmn:userTask id="buy"/>`, 's -> buy'))
      await program.transact(async (transaction) => {
        const answer = await engine.within(transaction).evaluateConditions({ variables: { stock: 4 } })
        expect(answer).toEqual({ outcome: 'pending', instanceIds: [] })
      })
      expect(await engine.instances.count({ processKey: 'restock' })).toBe(0)
      await engine.drain()
      const [instance] = await engine.instances.find({ processKey: 'restock' })
      expect(instance).toMatchObject({ status: 'active', variables: { stock: 4 } })
    }))
})

/** A storage where something happens just before what is written within a transaction of the program. */
function interrupted(storage: Storage, before: () => Promise<void>): Storage {
  const around = (inner: Storage): Storage =>
    new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (name === 'within') return (transaction: unknown) => around((member as NonNullable<Storage['within']>).call(target, transaction))
        if (name === 'commit' && inner !== storage) {
          return async (sets: Parameters<Storage['commit']>[0]) => {
            await before()
            return target.commit(sets)
          }
        }
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  return around(storage)
}

test('a storage without transactions of the host, and something that is none, are refused', async () => {
  const engine = await createEngine()
  expect(() => engine.within({})).toThrow(expect.objectContaining({ code: 'notSupported' }))
  await engine.close()
  const storage = sqliteStorage({ file: newFile() })
  const other = await createEngine({ storage })
  expect(() => other.within({})).toThrow(StorageError)
  const elsewhere = new SqliteDatabase(':memory:')
  elsewhere.exec('begin')
  await expect(other.within(elsewhere).instances.find()).rejects.toThrow('the connection is on another file')
  elsewhere.close()
  await other.close()
  await storage.close()
})

test.skipIf(url === null)('PostgreSQL: what is no open transaction of the store is told for what it is', async () => {
  const schema = `within_${schemas++}`
  const storage = postgresStorage({ url: url ?? '', schema })
  const engine = await createEngine({ storage })
  expect(() => engine.within(pool)).toThrow('Give it the client')
  const client = await pool.connect()
  expect(() => engine.within(client)).toThrow('no open transaction')
  const find = () => engine.within({ query: client.query.bind(client) }).instances.find() // an older client does not know how it stands
  await client.query('begin')
  expect(await find()).toEqual([])
  await client.query('select * from nowhere').catch(() => undefined)
  await expect(find()).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('Roll it back') })
  await client.query(`rollback; drop schema ${schema} cascade; begin`)
  await expect(find()).rejects.toThrow('another database or schema')
  await client.query('rollback')
  client.release()
  await engine.close()
  await storage.close()
})
