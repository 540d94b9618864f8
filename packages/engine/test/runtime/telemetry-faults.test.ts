import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type EngineOptions } from '../../src/index.ts'
import { tasks } from '../../src/runtime/records/task.ts'
import { chain, service, user } from './process-model.ts'

type Telemetry = NonNullable<EngineOptions['telemetry']>

const fails = (): never => {
  throw new Error('the exporter is down')
}
const nothing = (): void => undefined
const quiet: Telemetry = {
  span: (_, work) => work({ tell: nothing }),
  past: nothing,
  trace: () => null,
  count: nothing,
  record: nothing,
}

/** What a port that somebody wrote, or an exporter behind it, may do. */
const faults: Readonly<Record<string, Partial<Telemetry>>> = {
  'throws before it begins a span': { span: fails },
  'throws when a span ends': {
    span(_, work) {
      work({ tell: nothing })
      return fails()
    },
  },
  'is rejected when a span ends': { span: (_, work) => Promise.resolve(work({ tell: nothing })).then(fails) as never },
  'throws at each attribute': { span: (_, work) => work({ tell: fails }) },
  'does the work twice': {
    span(_, work) {
      work({ tell: nothing })
      return work({ tell: nothing })
    },
  },
  'forgets the answer': {
    span(_, work) {
      work({ tell: nothing })
      return undefined as never
    },
  },
  'answers before it does the work': { span: (_, work) => Promise.resolve().then(() => work({ tell: nothing })) as never },
  'never answers': {
    span(_, work) {
      work({ tell: nothing })
      return new Promise(() => undefined) as never
    },
  },
  'throws at what is over': { past: fails },
  'throws where it is asked for the trace': { trace: fails },
  'gives no text as the trace': { trace: () => ({ trace: 1 }) as never },
  'gives a trace without end': { trace: () => 'x'.repeat(5_000) },
  'throws at each count': { count: fails },
  'throws at each duration': { record: fails },
}

describe('telemetry harms no one that', () => {
  test.each(Object.entries(faults))('%s', async (_, fault) => {
    const storage = memoryStorage()
    let calls = 0
    const work = async (): Promise<{ packed: number }> => ({ packed: ++calls })
    const engine = await createEngine({ storage, telemetry: { ...quiet, ...fault }, handlers: { work } })
    await engine.deploy(chain('p', [service('pack', 'work'), user('approve')]))
    const { id } = await engine.start('p')
    await engine.drain()
    expect(calls).toBe(1)
    const [task] = await engine.tasks.find({ instanceId: id })
    expect((await storage.get(tasks, [task?.id ?? '']))[0]?.record.body).not.toHaveProperty('trace')
    await engine.tasks.complete(task?.id ?? '')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { packed: 1 } })
    await expect(engine.trigger(`${id}.2`)).rejects.toMatchObject({ code: 'instanceEnded' })
    await engine.close()
  })

  test('fails with each command: the logger hears of each kind of fault once', async () => {
    const told: unknown[] = []
    const logger = { warn: (message: string, details?: object) => void told.push([message, details]), error: () => undefined }
    const engine = await createEngine({ telemetry: { ...quiet, past: fails, record: fails }, logger })
    await engine.deploy(chain('p', []))
    for (let k = 0; k < 3; k++) await engine.start('p')
    await engine.close()
    expect(told).toEqual(
      ['past', 'record'].map((method) => ['Telemetry failed; the work goes on without it', { method, error: 'the exporter is down' }]),
    )
  })
})
