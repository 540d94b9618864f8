import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type Engine, type EngineOptions, inspectModel } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import type { Models } from '../models.ts'
import type { Contestant } from './contestant.ts'

/** Leeway on memory storage; the durable round trip on SQLite by two engines over one file. */
export function leeway(durability: 'wait' | 'activity'): Contestant {
  const calls = { count: 0 }
  const handlers: NonNullable<EngineOptions['handlers']> = {
    noop: () => {
      calls.count++
    },
    count: (job) => {
      calls.count++
      return { n: Number(job.variables.n ?? 0) + 1 }
    },
  }
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'))
  let texts: Models
  let engine: Engine
  let first: Engine | undefined
  let second: Engine | undefined
  const durable = (): Promise<Engine> => createEngine({ handlers, durability, storage: sqliteStorage({ file: join(folder, 'bench.db') }) })
  return {
    name: durability === 'wait' ? 'leeway' : 'leeway (commit after every activity)',
    dialect: { service: (name) => `camunda:delegateExpression="\${${name}}"`, done: '${n >= 100}', never: '${n >= 1000000000}' },
    calls,
    async open(models) {
      texts = models
      engine = await createEngine({ handlers, durability })
      for (const text of Object.values(models)) if (text !== models.parallel) await engine.deploy(text)
      await engine.deploy(models.parallel.replaceAll('"multi"', '"parallel"'))
      first = await durable()
      await first.deploy(models.userTask)
      second = await durable()
    },
    async run(model) {
      const { id } = await engine.start(keyOf(model), { variables: { n: 0 } })
      await engine.drain()
      const view = await engine.instances.get(id)
      if (view?.status !== 'completed') throw new Error(`not ended: ${view?.status}`)
    },
    async start(model) {
      return (await engine.start(keyOf(model), { variables: { n: 0 } })).id
    },
    async complete(handle) {
      const [task] = await engine.tasks.find({ instanceId: String(handle) })
      if (!task) throw new Error('no task')
      await engine.tasks.complete(task.id, { variables: {} })
    },
    async isEnded(handle) {
      return (await engine.instances.get(String(handle)))?.status === 'completed'
    },
    async roundTrip() {
      if (!first || !second) throw new Error('not open')
      const { id } = await first.start('userTask', { variables: { orderId: 'A-1001', amount: 42 } })
      const [task] = await second.tasks.find({ instanceId: id })
      if (!task) throw new Error('no task')
      await second.tasks.complete(task.id, { variables: {} })
      if ((await second.instances.get(id))?.status !== 'completed') throw new Error('not ended')
    },
    async compile(model) {
      const report = await inspectModel(texts[model])
      if (report.processes.length !== 1) throw new Error('not read')
    },
    async close() {
      for (const one of [engine, first, second]) await one?.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function keyOf(model: keyof Models): string {
  return model === 'sequential' ? 'multi' : model
}
