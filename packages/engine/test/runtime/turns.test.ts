import { sqliteStorage } from '@leeway/storage/sqlite'
import { expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { chain, user } from './process-model.ts'
import { newFile } from './stores.ts'

/** So many that they are not looked through within one turn, however fast the machine is. */
const MANY = 4_000

test('a dry run for many lets the timers of the program fire meanwhile, though the store answers at once', async () => {
  const storage = sqliteStorage({ file: newFile() })
  const engine = await createEngine({ storage })
  await engine.deploy(chain('waits', [user('a')]))
  await Promise.all(Array.from({ length: MANY }, () => engine.start('waits')))
  let fired = 0
  const timer = setInterval(() => fired++, 1)
  expect(await engine.instances.cancel({ query: { processKey: 'waits' }, dryRun: true })).toMatchObject({ total: MANY })
  clearInterval(timer)
  expect(fired).toBeGreaterThan(1)
  await engine.close()
  await storage.close()
})
