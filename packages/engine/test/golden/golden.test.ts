import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { newFile } from '../runtime/stores.ts'
import { NOW, VARIABLES } from './models.ts'

const versions = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'))

test('there is a database of every version', () => {
  expect(versions).toContain('0.1.sql')
})

describe.each(versions)('a database written by version %s', (version) => {
  const kept = (): string => {
    const file = newFile()
    const database = new SqliteDatabase(file)
    database.exec(`begin; ${readFileSync(join(import.meta.dirname, version), 'utf8')} commit`)
    database.close()
    return file
  }

  test('is read, worked on and brought to its end', async () => {
    const storage = sqliteStorage({ file: kept() })
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
  })

  test('is refused by a program that knows less, and left as it is', async () => {
    const file = kept()
    const database = new SqliteDatabase(file)
    database.exec(`update leeway_collections set version = version + 1 where name = 'instances'`)
    const before = database.serialize()
    const storage = sqliteStorage({ file })
    await expect(createEngine({ storage })).rejects.toMatchObject({ code: 'tooNew' })
    await storage.close()
    const tables = `select name, sql from sqlite_master order by name`
    expect(new SqliteDatabase(before).prepare(tables).all()).toEqual(database.prepare(tables).all())
    expect(database.prepare(`select version from leeway_collections where name = 'instances'`).get()).toEqual({ version: 2 })
    database.close()
  })
})
