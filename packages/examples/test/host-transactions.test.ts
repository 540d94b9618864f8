import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type Engine } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { drizzle as drizzleOnSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzleOnPostgres } from 'drizzle-orm/node-postgres'
import { integer as pgInteger, pgTable, text as pgText } from 'drizzle-orm/pg-core'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import createKnex, { type Knex } from 'knex'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../scripts/test-database.ts'

/*
 * The recipes of docs/guide/host-transaction.md, as programs would have them: each a program with orders of its own.
 */

const { url, missing } = await testDatabase()
const pool = new pg.Pool({ connectionString: url ?? '', max: 4 })
const folder = mkdtempSync(join(tmpdir(), 'leeway-recipes-'))
afterAll(async () => {
  await pool.end()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * What a recipe does: one transaction, in which the program writes an order and the engine starts its process. Fails where the amount is
 * null.
 */
interface Recipe {
  readonly storage: Storage
  placeOrder(engine: Engine, id: string, amount: number | null): Promise<void>
  orders(): Promise<number>
  close(): Promise<void>
}

const sqliteOrders = sqliteTable('orders', { id: text().primaryKey(), amount: integer().notNull() })
const postgresOrders = pgTable('orders', { id: pgText().primaryKey(), amount: pgInteger().notNull() })
const CREATE = 'create table orders (id text primary key, amount integer not null)'

async function drizzleSqlite(): Promise<Recipe> {
  const database = new Database(join(folder, 'drizzle.db'))
  database.exec(CREATE)
  const db = drizzleOnSqlite({ client: database })
  let last: Promise<unknown> = Promise.resolve()
  return {
    storage: sqliteStorage({ database }),
    placeOrder(engine, id, amount) {
      const done = last.then(async () => {
        database.exec('begin immediate')
        const within = engine.within(database)
        try {
          await within.start('order', { businessKey: id })
          db.insert(sqliteOrders)
            .values({ id, amount: amount as number })
            .run()
          database.exec('commit')
          within.committed()
        } catch (error) {
          database.exec('rollback')
          within.rolledBack()
          throw error
        }
      })
      last = done.catch(() => {})
      return done
    },
    orders: async () => db.$count(sqliteOrders),
    close: async () => void database.close(),
  }
}

async function drizzlePostgres(): Promise<Recipe> {
  await pool.query(CREATE)
  return {
    storage: postgresStorage({ url: url ?? '', schema: 'drizzle' }),
    async placeOrder(engine, id, amount) {
      const client = await pool.connect()
      try {
        const within = await drizzleOnPostgres({ client }).transaction(async (tx) => {
          const joined = engine.within(client)
          await joined.start('order', { businessKey: id })
          await tx.insert(postgresOrders).values({ id, amount: amount as number })
          return joined
        })
        within.committed()
      } finally {
        client.release()
      }
    },
    orders: () => drizzleOnPostgres({ client: pool }).$count(postgresOrders),
    close: async () => void (await pool.query('drop table orders')),
  }
}

/** Knex's own transaction, whichever the database is. */
function withKnex(knex: Knex, storage: Storage, close: () => Promise<unknown>): Recipe {
  return {
    storage,
    placeOrder: (engine, id, amount) =>
      knex.transaction(async (trx) => {
        const within = engine.within(await trx.client.acquireConnection())
        trx.executionPromise.then(within.committed, within.rolledBack)
        await within.start('order', { businessKey: id })
        await trx('orders').insert({ id, amount })
      }),
    async orders() {
      const [row] = await knex('orders').count({ n: '*' })
      return Number(row?.n)
    },
    close: async () => void (await close()),
  }
}

async function knexSqlite(): Promise<Recipe> {
  const knex = createKnex({ client: 'better-sqlite3', connection: { filename: join(folder, 'knex.db') }, useNullAsDefault: true })
  const database: Database.Database = await knex.client.acquireConnection()
  await knex.client.releaseConnection(database)
  database.exec(CREATE)
  return withKnex(knex, sqliteStorage({ database }), () => knex.destroy())
}

async function knexPostgres(): Promise<Recipe> {
  const knex = createKnex({ client: 'pg', connection: url ?? '', pool: { min: 0, max: 2 } })
  await knex.raw(CREATE)
  return withKnex(knex, postgresStorage({ url: url ?? '', schema: 'knex' }), async () => {
    await knex.raw('drop table orders')
    await knex.destroy()
  })
}

const recipes: readonly (readonly [string, () => Promise<Recipe>])[] = [
  ['Drizzle on SQLite', drizzleSqlite],
  ['Knex on SQLite', knexSqlite],
  ...(url === null
    ? []
    : ([
        ['Drizzle on PostgreSQL', drizzlePostgres],
        ['Knex on PostgreSQL', knexPostgres],
      ] as const)),
]

test.skipIf(missing !== null)(missing ?? 'PostgreSQL is there', () => {})

const model = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="shop">
  <process id="order" isExecutable="true">
    <startEvent id="start" /><sequenceFlow id="a" sourceRef="start" targetRef="approve" />
    <userTask id="approve" /><sequenceFlow id="b" sourceRef="approve" targetRef="end" />
    <endEvent id="end" />
  </process>
</definitions>`

describe.each(recipes)('with %s', (_, open) => {
  test('an order and its process are both there, or neither; the engine goes on afterwards', async () => {
    const recipe = await open()
    const engine = await createEngine({ storage: recipe.storage })
    const started: unknown[] = []
    engine.on('instanceStarted', ({ instanceId }) => started.push(instanceId))
    await engine.deploy(model)
    const placed = [recipe.placeOrder(engine, 'A-17', 40), recipe.placeOrder(engine, 'A-18', null), recipe.placeOrder(engine, 'A-19', 60)]
    expect((await Promise.allSettled(placed)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await recipe.orders()).toBe(2)
    const found = await engine.instances.find()
    expect(found.map(({ businessKey }) => businessKey).sort()).toEqual(['A-17', 'A-19'])
    expect(started.sort()).toEqual(found.map(({ id }) => id).sort())
    for (const { id } of await engine.tasks.find()) await engine.tasks.complete(id)
    expect(await engine.instances.count({ status: 'completed' })).toBe(2)
    await engine.close()
    await recipe.storage.close()
    await recipe.close()
  })
})
