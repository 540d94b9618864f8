import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/index.ts'
import { engineWith, order } from './order-engine.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'

describe('tasks', () => {
  test('know what execution tells of their place, in names and in work of their own', async () => {
    const expression =
      '${execution.processBusinessKey}:${execution.getProcessInstanceId()}:${execution.currentActivityId}:${execution.processDefinitionId}'
    const work = { id: 'note', xml: `<bpmn:serviceTask id="note" camunda:expression="${expression}" camunda:resultVariable="seen"/>` }
    const engine = await engineWith(chain('p', [work, { id: 'check', xml: `<bpmn:userTask id="check" name="${expression}"/>` }]))
    const { id } = await engine.start('p', { businessKey: 'A-17' })
    await engine.drain()
    expect((await engine.instances.get(id))?.variables).toEqual({ seen: `A-17:${id}:note:p:1` })
    expect((await engine.tasks.find({}))[0]?.name).toBe(`A-17:${id}:check:p:1`)
    await engine.close()
  })

  test('are called what the name of their element gives when they are made, as Camunda 7 and Flowable have it; elsewhere a name is a text', async () => {
    const model = chain('p', [{ id: 'check', xml: '<bpmn:userTask id="check" name="Check ${item}" camunda:assignee="kim"/>' }])
    const engine = await engineWith(model)
    await engine.deploy(model.replaceAll(/ (?:xmlns:)?camunda:?\w*="[^"]*"/g, '').replaceAll('"p"', '"plain"'))
    await engine.start('p', { variables: { item: 'modem' } })
    await engine.start('plain', { variables: { item: 'modem' } })
    expect((await engine.tasks.find({})).map(({ name }) => name)).toEqual(['Check modem', 'Check ${item}'])
    await engine.close()
  })

  test('have the whole shape, and are found by each criterion', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', { variables: { amount: 40 } })
    const [task] = await engine.tasks.find({ instanceId: id })
    expect(task).toMatchObject({
      id: expect.any(String),
      name: 'Do approve',
      elementId: 'approve',
      elementInstanceId: expect.any(String),
      instanceId: id,
      assignee: null,
      candidateUsers: [],
      candidateGroups: ['sales', 'lead'],
      dueAt: null,
      followUpAt: null,
      priority: 7,
      form: null,
      variables: { amount: 40 },
      state: 'ready',
      createdAt: '2026-01-01T09:00:00.000Z',
    })
    const taskId = task?.id ?? ''
    const count = async (query: Parameters<Engine['tasks']['find']>[0]): Promise<number> => (await engine.tasks.find(query)).length
    expect(await count({ candidateGroups: ['lead', 'none'] })).toBe(1)
    expect(await count({ candidateGroups: ['none'] })).toBe(0)
    expect(await count({ forUser: { id: 'kim', groups: ['sales'] } })).toBe(1)
    expect(await count({ forUser: { id: 'kim', groups: [] } })).toBe(0)
    await engine.tasks.update(taskId, {
      dueAt: '2026-01-02T00:00:00Z',
      followUpAt: '2026-01-01T12:00:00Z',
      priority: 9,
      candidateUsers: ['ann'],
    })
    expect(await count({ candidateUser: 'ann' })).toBe(1)
    expect(await count({ dueBefore: '2026-01-03T00:00:00Z' })).toBe(1)
    expect(await count({ dueBefore: '2026-01-01T10:00:00Z' })).toBe(0)
    await engine.tasks.claim(taskId, 'kim')
    expect(await count({ assignee: 'kim', state: 'reserved', elementId: 'approve' })).toBe(1)
    expect(await count({ forUser: { id: 'lee', groups: ['sales'] } }), 'claimed by another').toBe(0)
    expect(await count({ held: true })).toBe(0)
    expect(await count({ held: 'include' })).toBe(1)
    await engine.tasks.comment(taskId, 'rang twice', { actor: 'kim' })
    await engine.tasks.saveDraft(taskId, { half: true })
    expect(await engine.tasks.get(taskId)).toMatchObject({
      dueAt: '2026-01-02T00:00:00.000Z',
      followUpAt: '2026-01-01T12:00:00.000Z',
      priority: 9,
      draft: { half: true },
      comments: [{ actor: 'kim', text: 'rang twice', at: '2026-01-01T09:00:00.000Z' }],
    })
    await expect(engine.tasks.find({ orderBy: 'colour' })).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(engine.tasks.find({ limit: 0 })).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.close()
  })

  test('claim without a user takes the actor; delegation keeps the owner and comes back by resolve', async () => {
    const engine = await engineWith(order)
    await engine.start('order')
    const id = (await engine.tasks.find())[0]?.id ?? ''
    await expect(engine.tasks.claim(id)).rejects.toMatchObject({ code: 'invalidArgument' })
    await engine.as({ actor: 'kim' }).tasks.claim(id)
    await engine.tasks.claim(id, 'kim') // has it already
    await engine.tasks.delegate(id, 'ann')
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: 'ann', owner: 'kim', state: 'delegated' })
    await engine.tasks.resolve(id)
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: 'kim', owner: null, state: 'reserved' })
    await engine.tasks.assign(id, null)
    expect(await engine.tasks.get(id)).toMatchObject({ assignee: null, state: 'ready' })
    await engine.close()
  })
})

describe('work that waits', () => {
  test('is moved on by throwError into the event that catches it; uncaught it is an incident', async () => {
    const engine = await engineWith(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:boundaryEvent id="no" attachedToRef="ask"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:userTask id="after"/><bpmn:endEvent id="end"/>',
        'start -> ask\nask -> end\nno -> after\nafter -> end',
        '<bpmn:error id="e" errorCode="NO"/>',
      ),
    )
    const { id } = await engine.start('p')
    const place = async (): Promise<string> => (await engine.instances.get(id))?.activeElements[0]?.elementInstanceId ?? ''
    await engine.throwError(await place(), 'NO', { variables: { why: 'rain' }, actor: 'kim' })
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'after' }], variables: { why: 'rain' } })
    await engine.throwError(await place(), 'OTHER')
    expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'after' }])
    await expect(engine.throwError('nothing', 'X')).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await expect(engine.trigger(`${id}.99`)).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await engine.close()
  })

  test('is moved on by trigger, whatever it waits for', async () => {
    const engine = await engineWith(chain('p', [wait('pause', 'P1D'), service('pack', 'pack'), user('ask')]))
    const { id } = await engine.start('p')
    for (const elementId of ['pause', 'pack', 'ask']) {
      const [element] = (await engine.instances.get(id))?.activeElements ?? []
      expect(element?.elementId).toBe(elementId)
      await engine.trigger(element?.elementInstanceId ?? '', { variables: { [elementId]: true } })
    }
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { pause: true, pack: true, ask: true } })
    await engine.close()
  })
})
