import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { caseOf, type Desk, deviationOf, newFile, openDesk } from '../desk.ts'
import { CASES, NOW } from './models.ts'
import { complete } from './write-golden.ts'

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'))
const { url, missing } = await testDatabase()
const textOf = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

test('there is a database with cases of every version in every store', () => {
  expect(files).toEqual(expect.arrayContaining(['0.1.postgres.sql', '0.1.sql']))
})

test.each(files.filter((name) => !name.includes('postgres')))('what %s keeps off the path is gone on with to its end', async (name) => {
  const file = await newFile()
  const database = new SqliteDatabase(file.path)
  database.exec(`begin; ${textOf(name)} commit`)
  database.close()
  await goOn(sqliteStorage({ file: file.path }))
  await file.remove()
})

describe.skipIf(url === null)(missing ?? 'on PostgreSQL', () => {
  test.each(files.filter((name) => name.includes('postgres')))('what %s keeps off the path is gone on with to its end', async (name) => {
    const pool = new pg.Pool({ connectionString: url ?? '', max: 4 })
    const client = await pool.connect()
    await client.query(textOf(name))
    client.release(true) // its search path is the dump's
    await goOn(postgresStorage({ pool, schema: 'golden' }))
    await pool.end()
  })
})

async function goOn(storage: Storage): Promise<void> {
  const clock = manualClock(NOW)
  clock.advance('P9D')
  const desk = await openDesk(storage, { history: 'full' }, clock, CASES)
  await withPausedTimer(desk)
  await withLatch(desk)
  await undoing(desk)
  await alone(desk)
  const all = await desk.cases.find({})
  expect(all).toHaveLength(3)
  for (const { id } of all) expect(await desk.cases.verifyAudit(id)).toMatchObject({ problems: [] })
  expect((await desk.engine.instances.find({})).map(({ businessKey, status }) => `${businessKey} ${status}`).sort()).toEqual([
    'finished completed',
    'latched completed',
    'paused completed',
    'undoing completed',
  ])
  await desk.close()
  await storage.close()
}

async function awayFrom(desk: Desk, businessKey: string) {
  const [instance] = await desk.engine.instances.find({ businessKey })
  const id = instance?.id ?? ''
  const [found] = await desk.cases.find({ instanceId: id })
  const caseId = found?.id ?? ''
  const [deviation] = (await caseOf(desk, caseId)).deviations
  return { id, deviation: { id: deviation?.id ?? '', caseId } }
}

/** The timer goes on where it stood, the draft is there, the work that was required is done first. */
async function withPausedTimer(desk: Desk): Promise<void> {
  const { id, deviation } = await awayFrom(desk, 'paused')
  expect(await deviationOf(desk, deviation)).toMatchObject({
    state: 'away',
    timers: [{ elementId: 'late', policy: 'pause', remainingMs: 129_600_000 }],
  })
  expect(await desk.engine.tasks.find({ instanceId: id, elementId: 'A' })).toEqual([])
  await expect(desk.cases.return(deviation.id, { to: 'resume', actor: 'kim' })).rejects.toMatchObject({ name: 'Refused' })
  const [work] = await desk.engine.tasks.find({ assignee: 'jack' })
  await desk.engine.tasks.complete(work?.id ?? '', { actor: 'jack' })
  await desk.cases.return(deviation.id, { to: 'resume', actor: 'kim' })
  expect(await desk.engine.tasks.find({ instanceId: id })).toMatchObject([{ elementId: 'A', assignee: 'tom', draft: { note: 'half' } }])
  expect(await desk.engine.jobs.find({ instanceId: id })).toMatchObject([{ dueAt: new Date(desk.clock.now() + 129_600_000).toISOString() }])
  await desk.engine.advance('P2D')
  await complete(desk, 'paused', 'L')
}

/** The message that came meanwhile is applied on return. */
async function withLatch(desk: Desk): Promise<void> {
  const { id, deviation } = await awayFrom(desk, 'latched')
  expect((await desk.engine.messages.publish({ name: 'paid', instanceId: id, variables: { amount: 50 } })).outcome).toBe('none')
  await desk.cases.return(deviation.id, { to: 'resume', actor: 'kim' })
  expect(await deviationOf(desk, deviation)).toMatchObject({ latches: [{ elementId: 'W', kind: 'message', became: 'applied' }] })
  expect(await desk.engine.instances.variables(id)).toMatchObject({ amount: 40 })
  await complete(desk, 'latched', 'B')
}

/** What is done is undone once, the last first; what is being undone goes on where it was. */
async function undoing(desk: Desk): Promise<void> {
  await complete(desk, 'undoing', 'unbook')
  await complete(desk, 'finished', 'decide')
  await complete(desk, 'finished', 'refund')
  await complete(desk, 'finished', 'unbook')
  for (const businessKey of ['undoing', 'finished']) {
    const [instance] = await desk.engine.instances.find({ businessKey })
    const completed = (await desk.engine.history(instance?.id ?? '')).filter(({ type }) => type === 'elementCompleted')
    expect(completed.map(({ elementId }) => elementId)).toEqual(['S', 'book', 'pay', 'decide', 'refund', 'unbook', 'undo', 'E'])
  }
}

/** The clock of a promise ran on while nobody looked. */
async function alone(desk: Desk): Promise<void> {
  const [found] = await desk.cases.find({ customer: 'cust-7' })
  expect(found).toMatchObject({ tier: 'gold', severity: 'urgent', overdue: true })
  expect((await caseOf(desk, found?.id ?? '')).clocks).toMatchObject([
    { state: 'breached', startedAt: expect.stringContaining('2026-03-0') },
  ])
  await desk.cases.resolve(found?.id ?? '', { code: 'sent', actor: 'kim' })
  await desk.cases.close(found?.id ?? '', { actor: 'kim' })
}
