import { describe, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/index.ts'
import { userTaskLifecycle, userTaskMachine } from '../../src/lifecycles/user-task.ts'
import { chain, user } from '../runtime/process-model.ts'
import { type Drive, followPaths, tryEverything, walkAtRandom } from './driven-chart.ts'
import { type Holder, holderOf } from './holding.ts'

/** An open user task in an instance of its own. */
interface Subject {
  readonly engine: Engine
  readonly holder: Holder
  readonly instanceId: string
  readonly taskId: string
  people: number
}

const drive: Drive<Subject> = {
  lifecycle: userTaskLifecycle,
  machine: userTaskMachine,
  calls: {
    claim: (s) => s.engine.tasks.claim(s.taskId, `claimer${++s.people}`),
    assign: (s) => s.engine.tasks.assign(s.taskId, `person${++s.people}`),
    release: (s) => s.engine.tasks.release(s.taskId),
    delegate: (s) => s.engine.tasks.delegate(s.taskId, `delegate${++s.people}`),
    resolve: (s) => s.engine.tasks.resolve(s.taskId),
    complete: (s) => s.engine.tasks.complete(s.taskId),
    cancel: (s) => s.engine.instances.cancel(s.instanceId),
    hold: (s) => s.holder.hold(s.taskId),
    resume: (s) => s.holder.release(s.taskId),
  },
  async begin() {
    const engine = await createEngine()
    const holder = await holderOf(engine)
    await engine.deploy(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find({ instanceId: id })
    if (task === undefined) throw new Error('no task')
    return { engine, holder, instanceId: id, taskId: task.id, people: 0 }
  },
  // The state in the row; of a task that is gone, how its activity ended.
  async stateOf({ engine, instanceId, taskId }) {
    const task = await engine.tasks.get(taskId)
    if (task !== null) return task.state
    const end = (await engine.history(instanceId)).find((entry) => entry.elementInstanceId === taskId && ENDS.has(entry.type))
    return end?.type === 'elementCompleted' ? 'completed' : 'cancelled'
  },
  seen: async ({ engine, instanceId, taskId }) => [
    await engine.tasks.get(taskId),
    await engine.instances.get(instanceId),
    await engine.history(instanceId),
  ],
}

const ENDS: ReadonlySet<string> = new Set(['elementCompleted', 'elementTerminated'])

describe('a user task of the engine', () => {
  test('is caused to take every event of the chart', () => {
    expect(new Set(Object.keys(drive.calls))).toEqual(new Set(userTaskLifecycle.events))
  })

  test('begins where the chart begins; one that the model assigns begins where assigning it leads', async () => {
    expect(await drive.stateOf(await drive.begin())).toBe(userTaskLifecycle.initial)
    const engine = await createEngine()
    await engine.deploy(chain('p', [user('ask', 'camunda:assignee="kim"')]))
    await engine.start('p')
    expect((await engine.tasks.find()).map((task) => task.state)).toEqual([userTaskLifecycle.table.ready.assign])
  })

  test('goes along every simple path of the chart', async () => {
    expect(await followPaths(drive)).toBeGreaterThan(10)
  })

  test('takes in each state what the chart takes, and refuses all else with a typed error that changes nothing', async () => {
    expect(await tryEverything(drive)).toEqual(new Set(userTaskLifecycle.states))
  })

  test('follows the chart on random ways', () => walkAtRandom(drive, 60))

  test('names state, event and person where it refuses, and OnHold while its activity is off the path', async () => {
    const subject = await drive.begin()
    await subject.engine.tasks.claim(subject.taskId, 'kim')
    await expect(subject.engine.tasks.claim(subject.taskId, 'lee')).rejects.toMatchObject({
      code: 'illegalTransition',
      details: { taskId: subject.taskId, state: 'reserved', event: 'claim', assignee: 'kim' },
    })
    await subject.holder.hold(subject.taskId)
    for (const event of ['claim', 'assign', 'release', 'delegate', 'resolve', 'complete'] as const) {
      await expect(drive.calls[event]?.(subject), event).rejects.toMatchObject({ name: 'Refused', code: 'OnHold' })
    }
  })
})
