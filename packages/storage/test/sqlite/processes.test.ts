import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { sqliteStorage } from '../../src/sqlite/index.ts'
import { counters } from './counters.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-processes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('after kill -9 every acknowledged commit is there, and every set is whole', async () => {
  const file = join(folder, 'killed.db')
  for (const killAfter of [1, 200, 1_500]) {
    const child = start('append', file)
    const acknowledged = await killedAfter(child, killAfter)
    const storage = sqliteStorage({ file })
    await storage.prepare([counters])
    const kept = await storage.count(counters, {}, 1_000_000)
    expect(kept % 2).toBe(0)
    expect(kept / 2).toBeGreaterThanOrEqual(acknowledged)
    const last = await storage.get(counters, [`${acknowledged}-a`, `${acknowledged}-b`])
    expect(last).toHaveLength(2)
    while ((await storage.purge(counters, {}, 1_000)) > 0);
    await storage.close()
  }
})

test('two processes that contest one record lose no increment', async () => {
  const file = join(folder, 'contested.db')
  const times = 600
  const children = [start('increment', file, times), start('increment', file, times)]
  const conflicts = await Promise.all(children.map(answerOf))
  const storage = sqliteStorage({ file })
  await storage.prepare([counters])
  const [stored] = await storage.get(counters, ['shared'])
  expect(stored?.record.size).toBe(2 * times)
  expect(stored?.revision).toBe(2 * times)
  expect(conflicts.every((count) => count >= 0)).toBe(true)
  await storage.close()
})

function start(mode: string, file: string, times = 0): ChildProcess {
  const script = join(import.meta.dirname, 'process.ts')
  return spawn(process.execPath, [script, mode, file, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Kills the process at its acknowledgement of this number; gives the last one that came. */
async function killedAfter(child: ChildProcess, number: number): Promise<number> {
  let last = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line)
    if (last === number) child.kill('SIGKILL')
  }
  expect(last).toBeGreaterThanOrEqual(number)
  return last
}

async function answerOf(child: ChildProcess): Promise<number> {
  let answer = ''
  child.stdout!.on('data', (text) => {
    answer += text
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  return Number(answer)
}
