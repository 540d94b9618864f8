import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, EngineError, Refused } from '../../src/index.ts'
import { userTaskLifecycle, userTaskMachine } from '../../src/lifecycles/user-task.ts'
import { chain, user } from '../runtime/process-model.ts'
import { nameOf, type Path, pairsOf, shortestPaths, simplePaths } from './chart-paths.ts'
import { type Holder, holderOf } from './holding.ts'

/** An open user task in an instance of its own. */
interface Subject {
  readonly engine: Engine
  readonly holder: Holder
  readonly instanceId: string
  readonly taskId: string
  people: number
}

/** How each event of the chart is caused from outside. */
const calls: Readonly<Record<string, (subject: Subject) => Promise<unknown>>> = {
  claim: (s) => s.engine.tasks.claim(s.taskId, `claimer${++s.people}`),
  assign: (s) => s.engine.tasks.assign(s.taskId, `person${++s.people}`),
  release: (s) => s.engine.tasks.release(s.taskId),
  delegate: (s) => s.engine.tasks.delegate(s.taskId, `delegate${++s.people}`),
  resolve: (s) => s.engine.tasks.resolve(s.taskId),
  complete: (s) => s.engine.tasks.complete(s.taskId),
  cancel: (s) => s.engine.instances.cancel(s.instanceId),
  hold: (s) => s.holder.hold(s.taskId),
  resume: (s) => s.holder.release(s.taskId),
}
const events = Object.keys(calls)

async function begin(): Promise<Subject> {
  const engine = await createEngine()
  const holder = await holderOf(engine)
  await engine.deploy(chain('p', [user('ask')]))
  const { id } = await engine.start('p')
  const [task] = await engine.tasks.find({ instanceId: id })
  if (task === undefined) throw new Error('no task')
  return { engine, holder, instanceId: id, taskId: task.id, people: 0 }
}

/** The state in the row; of a task that is gone, how its activity ended. */
async function stateOf({ engine, instanceId, taskId }: Subject): Promise<string> {
  const task = await engine.tasks.get(taskId)
  if (task !== null) return task.state
  const end = (await engine.history(instanceId)).find((entry) => entry.elementInstanceId === taskId && ENDS.has(entry.type))
  return end?.type === 'elementCompleted' ? 'completed' : 'cancelled'
}

const ENDS: ReadonlySet<string> = new Set(['elementCompleted', 'elementTerminated'])

/** All that can be seen of the task and its instance. */
async function seen({ engine, instanceId, taskId }: Subject): Promise<unknown> {
  return [await engine.tasks.get(taskId), await engine.instances.get(instanceId), await engine.history(instanceId), await engine.jobs.find()]
}

async function go(subject: Subject, path: Path): Promise<void> {
  for (const step of path) {
    await calls[step.event]?.(subject)
    expect(await stateOf(subject)).toBe(step.state)
  }
}

describe('a user task of the engine', () => {
  test('is caused to take every event of the chart', () => {
    expect(new Set(events)).toEqual(new Set(userTaskLifecycle.events))
  })

  test('begins where the chart begins; one that the model assigns begins where assigning it leads', async () => {
    expect(await stateOf(await begin())).toBe(userTaskLifecycle.initial)
    const engine = await createEngine()
    await engine.deploy(chain('p', [user('ask', 'camunda:assignee="kim"')]))
    await engine.start('p')
    expect((await engine.tasks.find()).map((task) => task.state)).toEqual([userTaskLifecycle.table.ready.assign])
  })

  test('goes along every simple path of the chart', async () => {
    const paths = simplePaths(userTaskMachine, events)
    expect(paths.length).toBeGreaterThan(10)
    for (const path of paths) await go(await begin(), path)
  })

  test('takes in each state what the chart takes, and refuses all else with a typed error that changes nothing', async () => {
    const ways = shortestPaths(userTaskMachine, events)
    expect(new Set(ways.keys())).toEqual(new Set(userTaskLifecycle.states))
    for (const { state, event, next } of pairsOf(userTaskLifecycle, ways.keys(), events)) {
      const subject = await begin()
      await go(subject, ways.get(state) ?? [])
      if (next !== null) {
        await calls[event]?.(subject)
        expect(await stateOf(subject), `${state} ${event}`).toBe(next)
        continue
      }
      const before = await seen(subject)
      const fault = await calls[event]?.(subject).then(
        () => null,
        (error: unknown) => error,
      )
      expect(fault instanceof EngineError || fault instanceof Refused, `${event} in ${state} after "${nameOf(ways.get(state) ?? [])}": ${String(fault)}`).toBe(true)
      expect(await seen(subject), `${state} ${event}`).toEqual(before)
    }
  })

  test('names state, event and person where it refuses, and OnHold while its activity is off the path', async () => {
    const subject = await begin()
    await subject.engine.tasks.claim(subject.taskId, 'kim')
    await expect(subject.engine.tasks.claim(subject.taskId, 'lee')).rejects.toMatchObject({
      code: 'illegalTransition',
      details: { taskId: subject.taskId, state: 'reserved', event: 'claim', assignee: 'kim' },
    })
    await subject.holder.hold(subject.taskId)
    for (const event of ['claim', 'assign', 'release', 'delegate', 'resolve', 'complete'] as const) {
      await expect(calls[event]?.(subject), event).rejects.toMatchObject({ name: 'Refused', code: 'OnHold' })
    }
  })
})
