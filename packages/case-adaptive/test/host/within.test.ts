import { createEngine, type Engine, manualClock } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { type Cases, createCases } from '../../src/index.ts'
import { AB, at, newFile, positions, START } from '../desk.ts'

/** A program around the cases, with a table of its own and a connection that the cases are joined to. */
interface Program {
  readonly storage: Storage
  readonly connection: unknown
  run(sql: 'begin' | 'commit' | 'rollback'): Promise<void>
  note(text: string | null): Promise<void>
  notes(): Promise<readonly unknown[]>
  close(): Promise<void>
}

async function onSqlite(): Promise<Program> {
  const file = await newFile()
  const database = new Database(file.path)
  database.exec('create table notes (text text not null)')
  return {
    storage: sqliteStorage({ database }),
    connection: database,
    run: async (sql) => void database.exec(sql === 'begin' ? 'begin immediate' : sql),
    note: async (text) => void database.prepare('insert into notes values (?)').run(text),
    notes: async () => database.prepare('select text from notes').pluck().all(),
    async close() {
      database.close()
      await file.remove()
    },
  }
}

const { url } = await testDatabase()
let schemas = 0

async function onPostgres(): Promise<Program> {
  const schema = `notes_${schemas++}`
  const client = new pg.Client({ connectionString: url ?? '', options: `-c search_path=${schema}` })
  await client.connect()
  await client.query(`create schema ${schema}; create table notes (text text not null)`)
  const storage = postgresStorage({ url: url ?? '', schema, connectionsMax: 2 })
  return {
    storage,
    connection: client,
    run: async (sql) => void (await client.query(sql)),
    note: async (text) => void (await client.query('insert into notes values ($1)', [text])),
    notes: async () => (await client.query<{ text: string }>('select text from notes')).rows.map(({ text }) => text),
    async close() {
      await client.end()
      await storage.close()
    },
  }
}

const PROGRAMS = [{ name: 'SQLite', open: onSqlite }, ...(url === null ? [] : [{ name: 'PostgreSQL', open: onPostgres }])]

describe.each(PROGRAMS)('cases.within on $name', ({ open }) => {
  let program: Program
  let engine: Engine
  let cases: Cases

  beforeEach(async () => {
    program = await open()
    engine = await createEngine({ storage: program.storage, clock: manualClock(START) })
    cases = await createCases(engine)
    await engine.deploy(AB)
  })
  afterEach(async () => {
    await engine.close()
    await program.close()
  })

  const detour = { mode: 'detour' as const, reason: { code: 'lost', text: 'Lost.' }, actor: 'kim' }

  test('leaves the path and adds an item together with the rows of the host', async () => {
    const { id } = await engine.start('p')
    const elementInstanceId = await at(engine, id, 'A')
    const told: string[] = []
    engine.on('taskCreated', ({ taskId }) => told.push(String(taskId)))
    await program.run('begin')
    const within = cases.within(program.connection).as({ actor: 'kim' })
    const away = await within.leave({ instanceId: id, elementInstanceId, ...detour })
    const item = await within.addItem(away.id, { kind: 'human', name: 'call' })
    await program.note('left')
    expect((await within.get(away.caseId))?.deviations).toMatchObject([{ state: 'away' }])
    expect(told).toEqual([])
    await program.run('commit')
    within.committed()
    expect(told).toEqual([item.taskId])
    expect(await program.notes()).toEqual(['left'])
    expect(await positions(engine, id)).toEqual(['A:held'])
    await cases.completeItem(item.id, { actor: 'lee' })
    await cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(engine, id)).toEqual(['A:waiting'])
  })

  test('nothing of it is so where a write of the host fails after it', async () => {
    const { id } = await engine.start('p')
    const elementInstanceId = await at(engine, id, 'A')
    await program.run('begin')
    const within = cases.within(program.connection)
    const away = await within.leave({ instanceId: id, elementInstanceId, ...detour })
    await expect(program.note(null)).rejects.toThrow(/not.null/i)
    await program.run('rollback')
    within.rolledBack()
    expect(await cases.get(away.caseId)).toBeNull()
    expect(await positions(engine, id)).toEqual(['A:waiting'])
    await expect(within.get(away.caseId)).rejects.toMatchObject({ code: 'closed' })
    await cases.leave({ instanceId: id, elementInstanceId, ...detour })
    expect(await positions(engine, id)).toEqual(['A:held'])
  })

  test('nothing of the host is so where the call fails, and it decides so itself', async () => {
    await program.run('begin')
    const within = cases.within(program.connection)
    await program.note('before')
    await expect(within.attach('no case', 'no instance', { actor: 'kim' })).rejects.toMatchObject({ code: 'unknownInstance' })
    await program.run('rollback')
    within.rolledBack()
    expect(await program.notes()).toEqual([])
  })

  test('a case is opened with its process, and its events are told after the commit', async () => {
    const told: unknown[] = []
    engine.on('noted', ({ what, caseId, actor }) => told.push([what, caseId, actor]))
    await program.run('begin')
    const within = cases.within(program.connection)
    const opened = await within.open({ title: 'T', process: { key: 'p' }, actor: 'kim' })
    await within.assign(opened.id, { to: 'lee', actor: 'max' })
    await program.note(opened.id)
    await program.run('commit')
    expect(told).toEqual([])
    within.committed()
    expect(told).toEqual([
      ['case:open', opened.id, 'kim'],
      ['case:attach', opened.id, 'kim'],
      ['case:assign', opened.id, 'max'],
    ])
    expect(await cases.get(opened.id)).toMatchObject({ state: 'open', path: [{ processKey: 'p' }] })
  })

  test('a case is deleted with rows of the host, or not at all', async () => {
    const { id, instanceIds } = await cases.open({ title: 'T', process: { key: 'p' }, actor: 'kim' })
    await engine.instances.cancel(instanceIds[0] ?? '')
    await cases.resolve(id, { code: 'done', actor: 'kim' })
    await cases.close(id, { actor: 'kim' })
    for (const end of ['rollback', 'commit'] as const) {
      await program.run('begin')
      const within = cases.within(program.connection)
      await within.delete(id, { actor: 'kim' })
      expect(await within.get(id)).toBeNull()
      await program.run(end)
      if (end === 'commit') within.committed()
      else within.rolledBack()
      expect((await cases.get(id)) === null).toBe(end === 'commit')
    }
    await expect(cases.verifyAudit(id)).rejects.toMatchObject({ code: 'UnknownCase' })
  })

  test('is not to be had twice over', async () => {
    await program.run('begin')
    expect(() => cases.within(program.connection).within(program.connection)).toThrow('inside a transaction already')
    await program.run('rollback')
  })
})
