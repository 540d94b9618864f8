import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, manualClock } from '../../src/index.ts'
import { newFile } from '../runtime/stores.ts'
import { NOW, VARIABLES } from './models.ts'

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'))
const versions = files.filter((name) => !name.endsWith('.postgres.sql'))
const { url, missing } = await testDatabase()

test('there is a database of every version in every store', () => {
  expect(files).toEqual(expect.arrayContaining(['0.1.sql', '0.1.postgres.sql']))
  expect(files).toEqual(versions.flatMap((name) => [name.replace('.sql', '.postgres.sql'), name]))
})

/** What every version left behind is gone on with to its end. */
async function goOn(storage: Storage): Promise<void> {
  const engine = await createEngine({
    storage,
    clock: manualClock(NOW),
    searchable: { orderId: 'text' },
    handlers: { broken: () => ({ printed: true }) },
  })
  const [instance] = await engine.instances.find({ variables: { orderId: 'A-17' } })
  const id = instance?.id ?? ''
  expect(instance?.variables).toEqual({ ...VARIABLES, sound: true })
  const again = await engine.start('golden', { businessKey: 'A-17', variables: VARIABLES, actor: 'kim', idempotencyKey: 'first' })
  expect(again.id).toBe(id)
  expect((await engine.tasks.find({ assignee: 'kim' })).map((task) => task.elementId)).toEqual(['approve'])
  expect((await engine.history(id)).filter(({ type }) => type === 'elementCompleted').map(({ elementId }) => elementId)).toEqual([
    'start',
    'check',
    'fork',
    'i1',
  ])
  expect(await engine.messages.publish({ name: 'paid', correlationKey: 'A-99', messageId: 'm-1' })).toMatchObject({
    outcome: 'duplicate',
  })
  for (const incident of await engine.incidents.find({ instanceId: id })) await engine.incidents.resolve(incident.id)
  await engine.advance('P3D')
  await engine.messages.publish({ name: 'paid', instanceId: id })
  for (let tasks = await engine.tasks.find({}); tasks.length > 0; tasks = await engine.tasks.find({}))
    for (const task of tasks) await engine.tasks.complete(task.id, { actor: task.assignee ?? 'lee' })
  await engine.drain()
  const ended = await engine.instances.find({})
  expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  expect((await engine.instances.get(id))?.variables).toMatchObject({ printed: true })
  await engine.close()
  await storage.close()
}

/** Nodes that start on it at once all extend it, or find it extended, and work on it together. */
async function openTogether(open: () => Storage): Promise<void> {
  const storages = [open(), open(), open()]
  const options = { clock: manualClock(NOW), searchable: { orderId: 'text' } } as const
  const engines = await Promise.all(storages.map((storage) => createEngine({ ...options, storage })))
  for (const engine of engines) {
    expect(await engine.instances.find({ variables: { orderId: 'A-17' } })).toHaveLength(1)
    const [task] = await engine.tasks.find({ assignee: null })
    await engine.tasks.complete(task?.id ?? '')
  }
  const left = await Promise.all(engines.map((engine) => engine.tasks.find({})))
  expect(left.map((tasks) => tasks.length)).toEqual([3, 3, 3])
  for (const engine of engines) await engine.close()
  for (const storage of storages) await storage.close()
}

describe.each(versions)('a database written by version %s', (version) => {
  const kept = (): string => {
    const file = newFile()
    const database = new SqliteDatabase(file)
    database.exec(`begin; ${readFileSync(join(import.meta.dirname, version), 'utf8')} commit`)
    database.close()
    return file
  }

  test('is read, worked on and brought to its end', () => goOn(sqliteStorage({ file: kept() })))

  test('is opened by several nodes at the same time', () => {
    const file = kept()
    return openTogether(() => sqliteStorage({ file }))
  })

  test('is refused by a program that knows less, and left as it is', async () => {
    const file = kept()
    const database = new SqliteDatabase(file)
    database.exec(`update leeway_collections set version = 1000 where name = 'instances'`)
    const before = database.serialize()
    const storage = sqliteStorage({ file })
    await expect(createEngine({ storage })).rejects.toMatchObject({ code: 'tooNew' })
    await storage.close()
    const tables = `select name, sql from sqlite_master order by name`
    expect(new SqliteDatabase(before).prepare(tables).all()).toEqual(database.prepare(tables).all())
    expect(database.prepare(`select version from leeway_collections where name = 'instances'`).get()).toEqual({ version: 1000 })
    database.close()
  })
})

describe.skipIf(url === null).each(files.filter((name) => !versions.includes(name)))('a database on PostgreSQL, written as %s,', (name) => {
  const pool = new pg.Pool({ connectionString: url ?? '', max: 4 })
  pool.on('error', () => {}) // the server ends before this file's last connection
  beforeEach(async () => {
    await pool.query('drop schema if exists golden cascade')
    const client = await pool.connect()
    await client.query(readFileSync(join(import.meta.dirname, name), 'utf8'))
    client.release(true) // its search path is the dump's
  })
  afterAll(() => pool.end())

  test('is read, worked on and brought to its end', () => goOn(postgresStorage({ pool, schema: 'golden' })))

  test('is opened by several nodes at the same time', () => openTogether(() => postgresStorage({ url: url ?? '', schema: 'golden' })))

  test('is refused by a program that knows less, and left as it is', async () => {
    await pool.query(`update golden.leeway_collections set version = 1000 where name = 'instances'`)
    const shape = async () =>
      (await pool.query(`select table_name, column_name from information_schema.columns where table_schema = 'golden' order by 1, 2`)).rows
    const before = await shape()
    const storage = postgresStorage({ pool, schema: 'golden' })
    await expect(createEngine({ storage })).rejects.toMatchObject({ code: 'tooNew' })
    await storage.close()
    expect(await shape()).toEqual(before)
  })
})

test.skipIf(missing !== null)(missing ?? 'PostgreSQL is there', () => {})
