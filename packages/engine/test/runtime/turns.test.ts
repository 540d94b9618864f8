import { sqliteStorage } from '@leeway/storage/sqlite'
import { expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/index.ts'
import { processModel } from './process-model.ts'
import { newFile } from './stores.ts'

/** So many that none of this is done within one turn, however fast the machine is. */
const MANY = 4_000

const waits = processModel(
  'waits',
  '<bpmn:startEvent id="s"/><bpmn:receiveTask id="a" messageRef="m"/><bpmn:endEvent id="e"/>',
  's -> a; a -> e',
  '<bpmn:message id="m" name="paid"/>',
)

test.each<readonly [string, (engine: Engine) => Promise<unknown>]>([
  ['a dry run for many', (engine) => engine.instances.cancel({ query: { processKey: 'waits' }, dryRun: true })],
  ['a message to many', (engine) => engine.messages.publish({ name: 'paid', target: 'all' })],
])('%s lets the timers of the program fire meanwhile, though the store answers at once', async (_, call) => {
  const storage = sqliteStorage({ file: newFile() })
  const engine = await createEngine({ storage })
  await engine.deploy(waits)
  await Promise.all(Array.from({ length: MANY }, () => engine.start('waits')))
  await new Promise((resolve) => setImmediate(resolve)) // the turn that the starts asked for
  let fired = 0
  const timer = setInterval(() => fired++, 1)
  await call(engine)
  clearInterval(timer)
  expect(fired).toBeGreaterThan(1)
  await engine.close()
  await storage.close()
})
