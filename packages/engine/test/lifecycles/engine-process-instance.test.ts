import { describe, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/index.ts'
import { processInstanceLifecycle, processInstanceMachine } from '../../src/lifecycles/process-instance.ts'
import { chain, user } from '../runtime/process-model.ts'
import { type Drive, followPaths, tryEverything, walkAtRandom } from './driven-chart.ts'

interface Subject {
  readonly engine: Engine
  readonly id: string
  readonly taskId: string
}

const drive: Drive<Subject> = {
  lifecycle: processInstanceLifecycle,
  machine: processInstanceMachine,
  calls: {
    complete: (s) => s.engine.tasks.complete(s.taskId),
    terminate: (s) => s.engine.instances.cancel(s.id),
    suspend: (s) => s.engine.instances.suspend(s.id),
    resume: (s) => s.engine.instances.resume(s.id),
  },
  async begin() {
    const engine = await createEngine()
    await engine.deploy(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    return { engine, id, taskId: (await engine.tasks.find())[0]?.id ?? '' }
  },
  stateOf: async ({ engine, id }) => (await engine.instances.get(id))?.status ?? 'gone',
  seen: async ({ engine, id }) => [await engine.instances.get(id), await engine.tasks.find(), await engine.history(id)],
}

describe('a process instance of the engine', () => {
  test('goes along every path that completing, cancelling and suspending lead', async () => expect(await followPaths(drive)).toBe(3))

  test('takes in each state what the chart takes, and refuses all else with a typed error that changes nothing', async () => {
    expect(await tryEverything(drive)).toEqual(new Set(['active', 'completed', 'suspended', 'terminated']))
  })

  test('follows the chart on random ways', () => walkAtRandom(drive, 10))

  test('that ended takes nothing that changes an instance', async () => {
    const { engine, id, taskId } = await drive.begin()
    await engine.instances.cancel(id, { reason: 'no longer wanted' })
    const before = await drive.seen({ engine, id, taskId })
    await expect(engine.instances.setVariables(id, { x: 1 })).rejects.toMatchObject({ code: 'instanceEnded' })
    await expect(engine.trigger(taskId)).rejects.toMatchObject({ code: 'instanceEnded' })
    await expect(engine.throwError(taskId, 'E')).rejects.toMatchObject({ code: 'instanceEnded' })
    await expect(engine.tasks.claim(taskId, 'kim')).rejects.toMatchObject({ code: 'unknownTask' })
    expect(await drive.seen({ engine, id, taskId })).toEqual(before)
  })
})
