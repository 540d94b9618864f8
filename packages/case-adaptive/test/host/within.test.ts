import { createEngine, type Engine, manualClock } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cases, createCases } from '../../src/index.ts'
import { AB, at, newFile, positions, START } from '../desk.ts'

describe('cases.within', () => {
  let file: Awaited<ReturnType<typeof newFile>>
  let database: Database.Database
  let engine: Engine
  let cases: Cases

  beforeEach(async () => {
    file = await newFile()
    database = new Database(file.path)
    database.exec('create table notes (text text not null)')
    engine = await createEngine({ storage: sqliteStorage({ database }), clock: manualClock(START) })
    cases = await createCases(engine)
    await engine.deploy(AB)
  })
  afterEach(async () => {
    await engine.close()
    database.close()
    await file.remove()
  })

  const note = (text: string | null): void => void database.prepare('insert into notes values (?)').run(text)
  const notes = (): unknown[] => database.prepare('select text from notes').pluck().all()
  const detour = { mode: 'detour' as const, reason: { code: 'lost', text: 'Lost.' }, actor: 'kim' }

  test('leaves the path and adds an item together with the rows of the host', async () => {
    const { id } = await engine.start('p')
    const elementInstanceId = await at(engine, id, 'A')
    const told: string[] = []
    engine.on('taskCreated', ({ taskId }) => told.push(String(taskId)))
    database.exec('begin immediate')
    const within = cases.within(database).as({ actor: 'kim' })
    const away = await within.leave({ instanceId: id, elementInstanceId, ...detour })
    const item = await within.addItem(away.id, { kind: 'human', name: 'call' })
    note('left')
    expect((await within.get(away.caseId))?.deviations).toMatchObject([{ state: 'away' }])
    expect(told).toEqual([])
    database.exec('commit')
    within.committed()
    expect(told).toEqual([item.taskId])
    expect(notes()).toEqual(['left'])
    expect(await positions(engine, id)).toEqual(['A:held'])
    await cases.completeItem(item.id, { actor: 'lee' })
    await cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(engine, id)).toEqual(['A:waiting'])
  })

  test('nothing of it is so where a write of the host fails after it', async () => {
    const { id } = await engine.start('p')
    const elementInstanceId = await at(engine, id, 'A')
    database.exec('begin immediate')
    const within = cases.within(database)
    const away = await within.leave({ instanceId: id, elementInstanceId, ...detour })
    expect(() => note(null)).toThrow('NOT NULL')
    database.exec('rollback')
    within.rolledBack()
    expect(await cases.get(away.caseId)).toBeNull()
    expect(await positions(engine, id)).toEqual(['A:waiting'])
    await expect(within.get(away.caseId)).rejects.toMatchObject({ code: 'closed' })
    await cases.leave({ instanceId: id, elementInstanceId, ...detour })
    expect(await positions(engine, id)).toEqual(['A:held'])
  })

  test('nothing of the host is so where the call fails, and it decides so itself', async () => {
    database.exec('begin immediate')
    const within = cases.within(database)
    note('before')
    await expect(within.attach('no case', 'no instance', { actor: 'kim' })).rejects.toMatchObject({ code: 'unknownInstance' })
    database.exec('rollback')
    within.rolledBack()
    expect(notes()).toEqual([])
  })

  test('a case is opened with its process, and its events are told after the commit', async () => {
    database.exec('begin immediate')
    const within = cases.within(database)
    const opened = await within.open({ title: 'T', process: { key: 'p' }, actor: 'kim' })
    note(opened.id)
    database.exec('commit')
    within.committed()
    expect(await cases.get(opened.id)).toMatchObject({ state: 'open', path: [{ processKey: 'p' }] })
  })

  test('is not to be had twice over', () => {
    database.exec('begin immediate')
    expect(() => cases.within(database).within(database)).toThrow('inside a transaction already')
    database.exec('rollback')
  })
})
