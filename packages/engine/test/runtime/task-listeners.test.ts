import { quickjs } from '@leeway/engine/quickjs'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain } from './process-model.ts'

const listener = (event: string, expression: string): string =>
  `<camunda:taskListener event="${event}"><camunda:script scriptFormat="juel">${expression}</camunda:script></camunda:taskListener>`
const model = (listeners: string, attributes = ''): string =>
  chain('p', [
    {
      id: 'ask',
      xml: `<bpmn:userTask id="ask" name="Ask \${who}" ${attributes}><bpmn:extensionElements>${listeners}</bpmn:extensionElements></bpmn:userTask>`,
    },
  ])

async function started(text: string, options: EngineOptions = {}): Promise<{ readonly engine: Engine; readonly id: string }> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  await engine.deploy(text)
  const { id } = await engine.start('p', { variables: { who: 'kim' }, businessKey: 'K1' })
  await engine.drain()
  return { engine, id }
}

describe('a listener in JUEL of the creation of a task', () => {
  test('sees the task as the model says it, before there is one', async () => {
    const told = `\${execution.setVariable('told', task.name.concat('|').concat(task.assignee).concat('|').concat(task.taskDefinitionKey).concat('|').concat(task.eventName).concat('|').concat(task.execution.processBusinessKey))}`
    const { engine, id } = await started(model(listener('create', told), 'camunda:assignee="${who}"'))
    expect(await engine.instances.variables(id)).toMatchObject({ told: 'Ask kim|kim|ask|create|K1' })
    await engine.close()
  })

  test('may set what the task begins with, and the next one sees it', async () => {
    const changes = ["setAssignee('lee')", "setName('Sign')", 'setPriority(80)', "setDueDate('P2D')", "addCandidateGroup('sales')"]
    const listeners = [
      ...changes.map((change) => listener('create', `\${task.${change}}`)),
      listener('create', "${task.setVariable('seen', task.getAssignee())}"),
    ]
    const { engine, id } = await started(model(listeners.join(''), 'camunda:candidateGroups="support"'))
    expect(await engine.tasks.find()).toMatchObject([
      { name: 'Sign', assignee: 'lee', priority: 80, dueAt: '2026-01-03T00:00:00.000Z', candidateGroups: ['support', 'sales'] },
    ])
    expect(await engine.instances.variables(id)).toMatchObject({ seen: 'lee' })
    await engine.close()
  })

  test('may give the task, and the execution, to an object of the host', async () => {
    const given: unknown[] = []
    const notifier = {
      notify(
        task: { name: string; setAssignee(user: string): void; getVariable(name: string): unknown },
        execution: { processBusinessKey: string },
      ) {
        given.push([task.name, task.getVariable('who'), execution.processBusinessKey])
        task.setAssignee('ann')
      },
    }
    const { engine } = await started(model(listener('create', '${notifier.notify(task, execution)}')), { beans: { notifier } })
    expect(given).toEqual([['Ask kim', 'kim', 'K1']])
    expect(await engine.tasks.find()).toMatchObject([{ assignee: 'ann' }])
    await engine.close()
  })
})

describe('a listener in JUEL of a task that is there', () => {
  test('of its completion sees who had it, and changes it no more', async () => {
    const { engine, id } = await started(model(listener('complete', "${task.setVariable('by', task.assignee)}")))
    const [task] = await engine.tasks.find()
    await engine.tasks.claim(task?.id ?? '', 'lee')
    await engine.tasks.complete(task?.id ?? '')
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { by: 'lee' } })
    await engine.close()
    const refused = await started(model(listener('complete', "${task.setAssignee('ann')}")))
    await refused.engine.tasks.complete((await refused.engine.tasks.find())[0]?.id ?? '')
    await refused.engine.drain()
    const [where] = await refused.engine.explain(refused.id)
    expect(where?.text).toMatch(
      /waits for a listener to be heard\. It failed once: .*listener of "complete" cannot change the task.* Next attempt: 2026-01-01T/,
    )
    await refused.engine.close()
  })

  test('of its assignment may change it, and nobody hears of that', async () => {
    const { engine } = await started(
      model(listener('assignment', '${task.setPriority(task.priority + 10)}') + listener('update', "${task.setVariable('updated', true)}")),
    )
    const [task] = await engine.tasks.find()
    await engine.tasks.assign(task?.id ?? '', 'lee')
    await engine.drain()
    expect(await engine.tasks.find()).toMatchObject([{ assignee: 'lee', priority: 60, state: 'reserved' }])
    expect(await engine.instances.variables(task?.instanceId ?? '')).toEqual({ who: 'kim' })
    await engine.close()
  })

  test('of its time sees it', async () => {
    const timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>'
    const late = `<camunda:taskListener event="timeout" id="late" expression="\${task.setVariable('late', task.assignee)}">${timer}</camunda:taskListener>`
    const { engine, id } = await started(model(late, 'camunda:assignee="${who}"'))
    await engine.advance('PT2H')
    expect(await engine.instances.variables(id)).toMatchObject({ late: 'kim' })
    await engine.close()
  })
})

describe('a listener in JavaScript of a task', () => {
  const script = (event: string, source: string): string =>
    `<camunda:taskListener event="${event}"><camunda:script scriptFormat="javascript">${source}</camunda:script></camunda:taskListener>`

  test('knows it by the same members, and may say what it begins with', async () => {
    const changes =
      "task.setAssignee('lee'); task.setDueDate('P2D'); task.addCandidateGroup('sales'); task.setVariable('was', task.getName() + '/' + task.priority)"
    const { engine, id } = await started(model(script('create', changes) + script('complete', "task.setVariable('by', task.assignee)")), {
      scripts: quickjs(),
    })
    const [task] = await engine.tasks.find()
    expect(task).toMatchObject({ assignee: 'lee', dueAt: '2026-01-03T00:00:00.000Z', candidateGroups: ['sales'] })
    await engine.tasks.complete(task?.id ?? '')
    await engine.drain()
    expect(await engine.instances.variables(id)).toMatchObject({ was: 'Ask kim/50', by: 'lee' })
    await engine.close()
  })

  test('cannot change it once it is done, nor make of it what is none', async () => {
    const { engine } = await started(model(script('create', 'task.setAssignee({ name: 1 })')), { scripts: quickjs() })
    expect(
      await engine.explain((await engine.incidents.find({}))[0]?.instanceId ?? (await engine.instances.find({}))[0]?.id ?? ''),
    ).toMatchObject([{ text: expect.stringContaining('cannot be an object') }])
    await engine.close()
    const late = await started(model(script('complete', "task.setAssignee('ann')")), { scripts: quickjs() })
    await late.engine.tasks.complete((await late.engine.tasks.find())[0]?.id ?? '')
    await late.engine.drain()
    expect(await late.engine.incidents.find({})).toMatchObject([{ message: expect.stringContaining('cannot change the task') }])
    await late.engine.close()
  })
})
