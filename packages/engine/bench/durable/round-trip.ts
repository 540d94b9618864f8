import { createEngine, type Engine } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { models } from '../models.ts'
import { type Access, PREFIX, type Recorder } from './recording.ts'

/** What a caller does: an instance is started, found waiting at its task, and completed from what is stored, by another engine. */
export interface RoundTrips {
  once(): Promise<string>
  close(): Promise<void>
}

/** Two engines over one database, so that the second knows nothing but what the first stored. */
export async function roundTrips(open: () => Storage): Promise<RoundTrips> {
  const storages = [open(), open()]
  const engines = await Promise.all(storages.map((storage) => createEngine({ storage, durability: 'wait' })))
  const [first, second] = engines as [Engine, Engine] // two
  return {
    async once() {
      const { id } = await first.start('userTask', { variables: { orderId: 'A-1001', amount: 42 } })
      const [task] = await second.tasks.find({ instanceId: id })
      if (!task) throw new Error('no task')
      await second.tasks.complete(task.id, { variables: {} })
      return id
    },
    async close() {
      for (const engine of engines) await engine.close()
      for (const storage of storages) await storage.close()
    },
  }
}

/** Creates the tables and deploys the model, which both contestants find there. */
export async function deploy(open: () => Storage): Promise<void> {
  const storage = open()
  const engine = await createEngine({ storage })
  await engine.deploy(models({ service: () => '', done: 'false', never: 'false' }).userTask)
  await engine.close()
  await storage.close()
}

/** The accesses of one round trip, whose instance's id they carry; `made` tells how many there were until then. */
export async function record(
  open: () => Storage,
  { heard, of }: Recorder,
): Promise<{ readonly accesses: readonly Access[]; readonly id: string; readonly made: number }> {
  const engines = await roundTrips(() => of(open()))
  await engines.once() // reads the model
  heard.length = 0
  const id = await engines.once()
  const accesses = [...heard]
  await engines.close()
  return { accesses, id, made: 2 }
}

/** Throws unless each round trip left an instance, with both rounds of its history in it, and no task. */
export async function checkRows(count: (table: string) => Promise<number>, trips: number): Promise<void> {
  for (const [table, each] of [
    ['instances', 1],
    ['history', 0],
    ['tasks', 0],
  ] as const) {
    const found = await count(PREFIX + table)
    if (found !== each * trips) throw new Error(`${found} rows in ${table} after ${trips} round trips`)
  }
}
