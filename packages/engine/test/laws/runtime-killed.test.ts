import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine } from '../../src/index.ts'
import { chain, service, user } from '../runtime/process-model.ts'

/** How often a process is killed; `pnpm chaos` sets it. */
const KILLS = Number(process.env.KILLED ?? 1)
/** More than are done between two kills. */
const INSTANCES = 60 * (KILLS + 1)

const folder = mkdtempSync(join(tmpdir(), 'leeway-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const { url, missing } = await testDatabase()

test('a process killed by SIGKILL at any moment, on a SQLite file: the next goes on, what was acknowledged is there, once', async () => {
  const file = join(folder, 'mortal.db')
  await killed(file, () => sqliteStorage({ file }))
}, 600_000)

test.skipIf(url === null)(
  missing ?? 'a process killed by SIGKILL at any moment, on PostgreSQL: the next goes on, what was acknowledged is there, once',
  () => killed(url ?? '', () => postgresStorage({ url: url ?? '', connectionsMax: 5 })),
  600_000,
)

async function killed(database: string, open: () => Storage): Promise<void> {
  const storage = open()
  const engine = await createEngine({
    storage,
    worker: { leaseMs: 300, pollMs: 50 },
    handlers: { work: (job) => note(job.idempotencyKey) },
  })
  await engine.deploy(chain('mortal', [user('ask'), service('work', 'work')]))
  const effects = join(folder, `effects-${KILLS}-${database.startsWith('postgres:') ? 'postgres' : 'sqlite'}`)
  writeFileSync(effects, '')
  const note = (key: string): void => writeFileSync(effects, `${key}\n`, { flag: 'a' })

  const told = { started: new Set<string>(), completed: new Set<string>() }
  let isCut = false
  for (let kill = 0; kill < KILLS; kill++) {
    const { lines, isDone } = await mortal([database, effects, String(INSTANCES)], 10 + ((kill * 37) % 60))
    isCut ||= !isDone
    for (const line of lines) {
      const [what = '', id = ''] = line.split(' ')
      if (what === 'started' || what === 'completed') told[what].add(id)
    }
  }
  expect(isCut).toBe(true)

  await engine.run()
  for (const id of told.started) expect(await engine.instances.get(id), id).not.toBeNull()
  for (let k = 0; k < INSTANCES; k++) {
    const { id } = await engine.start('mortal', { idempotencyKey: `start ${k}` })
    const [task] = await engine.tasks.find({ instanceId: id })
    if (task === undefined) continue
    expect(told.completed).not.toContain(id)
    await engine.tasks.complete(task.id, { idempotencyKey: `complete ${task.id}` })
  }
  await expect.poll(() => engine.instances.count({ status: 'active' }), { timeout: 60_000 }).toBe(0)
  expect(await engine.instances.count({ status: 'completed' })).toBe(INSTANCES)
  for (const id of told.started) {
    const completed = (await engine.history(id)).filter(({ type }) => type === 'elementCompleted').map(({ elementId }) => elementId)
    expect(completed, id).toEqual(['start', 'ask', 'work', 'end'])
  }
  // Work that was cut off was run again by another, with its key; all other work once.
  const keys = readFileSync(effects, 'utf8').trim().split('\n')
  expect(new Set(keys).size).toBe(INSTANCES)
  expect(keys.length - INSTANCES).toBeLessThanOrEqual(KILLS * 10)
  await engine.close()
  await storage.close()
}

/** Runs a process until it has said so many lines, and kills it then; whole lines are what was acknowledged. */
function mortal(args: readonly string[], linesMax: number): Promise<{ readonly lines: readonly string[]; readonly isDone: boolean }> {
  const script = new URL('./mortal.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--no-warnings', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += String(chunk)
      if (text.split('\n').length > linesMax) child.kill('SIGKILL')
    })
    child.once('error', reject)
    child.once('close', (_code, signal) => {
      const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
      if (signal === 'SIGKILL') resolve({ lines, isDone: lines.includes('all') })
      else reject(new Error(`the process ended by itself: ${text.slice(-500)}`))
    })
  })
}
