import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createEngine, type Engine, type ModelReport } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { outsideWorld } from './outside-world.ts'
import { chapter, check, say, tokenTeller } from './story.ts'
import { startWorker } from './worker-process.ts'

/** Instance ids of the two orders. */
export interface Orders {
  readonly a17: string
  readonly a18: string
}

/** Two orders; the process that works on the first one is killed, another one goes on. Both orders wait for their delivery then. */
export async function killAndGoOn(folder: string, model: Uint8Array, processes: ModelReport['processes']): Promise<Orders> {
  const storage = sqliteStorage({ file: join(folder, 'orders.db') })
  const engine = await createEngine({ storage })
  const tellTokens = tokenTeller(engine, processes)

  chapter('The model is deployed, and order A-17 comes in')
  const deployment = await engine.deploy(model)
  for (const { key, version, name } of deployment.processes) say(`deployed "${name}" (${key}, version ${version}) into an SQLite file`)
  const a17 = await engine.start('order-to-connection', { businessKey: 'A-17', actor: 'web shop' })
  await tellTokens(a17.id)

  chapter('The worker is killed in the middle of "Order modem"')
  const doomed = startWorker(folder, 'stuck')
  const begun = await doomed.called('A-17')
  say(`worker ${doomed.pid} asked the supplier for a modem, idempotency key ${begun.key}`)
  say(`worker ${doomed.pid} ends by ${await doomed.kill()}: the engine never hears the answer`)
  await tellTokens(a17.id)
  const a18 = await engine.start('order-to-connection', { businessKey: 'A-18', actor: 'web shop' })
  say('order A-18 comes in while nobody works; it is in the file, and waits')

  chapter('Another process opens the same file and goes on')
  const heir = startWorker(folder)
  const again = await heir.called('A-17')
  await until(async () => (await isDelivering(engine, a17.id)) && (await isDelivering(engine, a18.id)))
  await heir.stop()
  const asked = outsideWorld(folder)
    .calls()
    .filter((call) => call.order === 'A-17' && call.what === 'modem')
  say(`worker ${heir.pid} takes the job when the dead worker's lease ends, idempotency key ${again.key}`)
  check(asked.length > 1 && asked.every((call) => call.key === begun.key), 'the supplier must be asked again with the same key')
  say(`it is the same key: the supplier, asked ${asked.length} times, sends one modem`)
  const history = await engine.history(a17.id)
  const completions = history.filter((entry) => entry.type === 'elementCompleted' && entry.elementId === ORDER_MODEM)
  check(completions.length === 1, '"Order modem" must be completed once')
  say('history of A-17: "Order modem" completed once')
  await tellTokens(a17.id)
  await tellTokens(a18.id)
  await engine.close()
  await storage.close()
  return { a17: a17.id, a18: a18.id }
}

const ORDER_MODEM = 'Activity_0w1l5tz'
const WAIT_FOR_DELIVERY = 'Activity_0p9s6yb'
const JOIN = 'Gateway_0y3t7hv'

/** True where shipping and billing are done: one token waits for the delivery, the other one for the first. */
async function isDelivering(engine: Engine, instanceId: string): Promise<boolean> {
  const view = await engine.instances.get(instanceId)
  const places = view?.activeElements.map((element) => element.elementId) ?? []
  return places.includes(WAIT_FOR_DELIVERY) && places.includes(JOIN)
}

/** Another process does the work, so this one has to look. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; !(await isSo()); await pause(15)) {
    if (Date.now() > giveUpAt) throw new Error('the new worker did not bring both orders to their delivery within 20 s')
  }
}
