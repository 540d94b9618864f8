import { describe, expect, test } from 'vitest'
import { engineWith, order } from './order-engine.ts'
import { processModel } from './process-model.ts'

describe('instances', () => {
  test('start takes a key, an id, a version or a version tag, and starts at given elements', async () => {
    const tagged = order.replace('isExecutable="true"', 'isExecutable="true" camunda:versionTag="v-one"')
    const engine = await engineWith(tagged)
    await engine.deploy(order.replace('Do ship', 'Ship it'))
    const versionOf = async (id: string): Promise<number | undefined> => (await engine.instances.get(id))?.definition.version
    const [latest] = await engine.processes.find({ key: 'order', latest: true })
    expect(await versionOf((await engine.start('order')).id)).toBe(2)
    expect(await versionOf((await engine.start({ id: latest?.id ?? '' })).id)).toBe(2)
    expect(await versionOf((await engine.start({ key: 'order', version: 1 })).id)).toBe(1)
    expect(await versionOf((await engine.start({ key: 'order', versionTag: 'v-one' })).id)).toBe(1)
    const there = await engine.start('order', { at: ['ship'] })
    expect(await engine.instances.get(there.id)).toMatchObject({ activeElements: [{ elementId: 'ship' }] })
    await expect(engine.start('order', { at: ['nowhere'] })).rejects.toMatchObject({ code: 'unknownElement' })
    await expect(engine.start('nobody')).rejects.toMatchObject({ code: 'unknownDefinition' })
    await expect(engine.start({ key: 'order', version: 9 })).rejects.toMatchObject({ code: 'unknownDefinition' })
    await engine.close()
  })

  test('variables are shown as seen from an element instance, from a round of a repeated one, and from what stands in that', async () => {
    const rounds = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="names" camunda:elementVariable="name"/>'
    const inner = '<bpmn:startEvent id="s"/><bpmn:userTask id="ask"/><bpmn:sequenceFlow id="g1" sourceRef="s" targetRef="ask"/>'
    const engine = await engineWith(
      processModel('p', `<bpmn:startEvent id="start"/><bpmn:subProcess id="each">${inner}${rounds}</bpmn:subProcess>`, 'start -> each'),
    )
    const { id } = await engine.start('p', { variables: { names: ['kim', 'lee'] } })
    const view = await engine.instances.get(id)
    const tasks = view?.activeElements.filter(({ elementId }) => elementId === 'ask') ?? []
    const names: unknown[] = []
    for (const { scopeId, elementInstanceId } of tasks)
      for (const scope of [scopeId, elementInstanceId]) names.push((await engine.instances.variables(id, { scope })).name)
    expect(names).toEqual(['kim', 'kim', 'lee', 'lee'])
    const body = view?.activeElements.find(({ elementId }) => elementId === 'each')?.elementInstanceId ?? ''
    expect(await engine.instances.variables(id, { scope: body })).toMatchObject({ names: ['kim', 'lee'] })
    await expect(engine.instances.variables(id, { scope: `${body}.9` })).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await expect(engine.instances.variables(id, { scope: 'other.1' })).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await engine.close()
  })

  test('get shows the whole view, null where there is none', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', {
      variables: { amount: 40 },
      businessKey: 'A-17',
      tenantId: undefined as never,
      actor: 'kim',
    })
    expect(await engine.instances.get(id)).toEqual({
      id,
      status: 'active',
      businessKey: 'A-17',
      tenantId: null,
      definition: { id: expect.any(String), key: 'order', version: 1 },
      activeElements: [
        {
          elementId: 'approve',
          elementInstanceId: expect.any(String),
          type: 'userTask',
          kind: 'leaf',
          phase: 'waiting',
          scopeId: id,
          since: '2026-01-01T09:00:00.000Z',
        },
      ],
      variables: { amount: 40 },
      parent: null,
      startedAt: '2026-01-01T09:00:00.000Z',
      endedAt: null,
      revision: 1,
      incidents: [],
    })
    expect(await engine.instances.get('nothing')).toBeNull()
    await engine.close()
  })

  test('a join that waits has one entry for each token that waits', async () => {
    const engine = await engineWith(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="ask"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
        'start -> fork\nfork -> join\nfork -> join\nfork -> ask\nask -> join\njoin -> end',
      ),
    )
    const { id } = await engine.start('p')
    const view = await engine.instances.get(id)
    expect(view?.activeElements.filter(({ elementId, phase }) => elementId === 'join' && phase === 'arrived')).toHaveLength(2)
    expect((await engine.explain(id)).filter(({ elementId }) => elementId === 'join')).toMatchObject([
      { missingFlows: [expect.stringContaining('ask')] },
      {},
    ])
    await engine.close()
  })

  test('find and count take every criterion, order and page through all without loss', async () => {
    const engine = await engineWith(order, { searchable: { orderId: 'text' } })
    for (let i = 0; i < 5; i++) {
      await engine.start('order', { variables: { orderId: `o${i}` }, businessKey: `b${i % 2}` })
      await engine.advance('PT1M')
    }
    expect(await engine.instances.count({ processKey: 'order' })).toBe(5)
    expect(await engine.instances.count({ businessKey: 'b1', status: 'active' })).toBe(2)
    expect(await engine.instances.count({ status: ['completed', 'terminated'] })).toBe(0)
    expect(await engine.instances.find({ variables: { orderId: 'o3' } })).toMatchObject([{ variables: { orderId: 'o3' } }])
    expect(await engine.instances.find({ processKey: 'order', startedAfter: '2026-01-01T09:02:30Z' })).toHaveLength(2)
    await expect(engine.instances.find({ variables: { amount: 1 } })).rejects.toMatchObject({ code: 'invalidArgument' })
    const seen: unknown[] = []
    let after: string | undefined
    do {
      const page = await engine.instances.find({
        processKey: 'order',
        orderBy: '-startedAt',
        limit: 2,
        ...(after !== undefined && { after }),
      })
      seen.push(...page.map(({ variables }) => variables.orderId))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(['o4', 'o3', 'o2', 'o1', 'o0'])
    await engine.close()
  })

  test('variables keep dates, big integers and bytes; anything else is refused with its path', async () => {
    const engine = await engineWith(order)
    const given = { when: new Date('2026-02-03T04:05:06Z'), big: 2n ** 70n, raw: new Uint8Array([1, 2, 255]), deep: [{ a: null }] }
    const { id } = await engine.start('order', { variables: given })
    expect(await engine.instances.variables(id)).toEqual(given)
    await engine.instances.setVariables(id, { more: 1 }, { actor: 'kim' })
    expect((await engine.instances.get(id))?.variables).toMatchObject({ more: 1 })
    await expect(engine.start('order', { variables: { a: [{ f: () => 1 }] } })).rejects.toMatchObject({
      code: 'invalidVariable',
      message: expect.stringContaining('a'),
    })
    await expect(engine.instances.variables('nothing')).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.close()
  })

  test('cancel and delete end and remove, each refused where it does not apply', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order')
    await expect(engine.instances.delete(id)).rejects.toMatchObject({ code: 'instanceRunning' })
    await engine.instances.cancel(id, { reason: 'twice ordered', actor: 'kim' })
    expect((await engine.history(id)).at(-1)).toMatchObject({
      type: 'processEnded',
      status: 'terminated',
      reason: 'twice ordered',
      actor: 'kim',
    })
    await engine.instances.delete(id)
    expect(await engine.instances.get(id)).toBeNull()
    await expect(engine.history(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await expect(engine.instances.cancel(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.close()
  })

  test('history is in order and names actors; the end of an activity is an elementCompleted', async () => {
    const engine = await engineWith(order)
    const { id } = await engine.start('order', { actor: 'kim' })
    await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '', { actor: 'lee' })
    const entries = await engine.history(id)
    expect(entries.map(({ seq }) => seq)).toEqual([...entries.map(({ seq }) => seq)].sort((a, b) => a - b))
    expect(entries[0]).toMatchObject({ seq: 1, at: '2026-01-01T09:00:00.000Z', actor: 'kim' })
    expect(entries.find(({ type, elementId }) => type === 'elementCompleted' && elementId === 'approve')).toMatchObject({
      actor: 'lee',
      elementInstanceId: expect.stringContaining(id),
    })
    await engine.close()
  })

  test.each([
    ['none', []],
    ['activity', ['approve']],
    ['full', ['approve']],
  ] as const)("history at level '%s' keeps what it says", async (history, ends) => {
    const engine = await engineWith(order, { history })
    const { id } = await engine.start('order', { variables: { secret: 'swordfish' }, actor: 'kim' })
    await engine.tasks.complete((await engine.tasks.find())[0]?.id ?? '')
    const entries = await engine.history(id)
    expect(entries.length).toBeGreaterThanOrEqual(2)
    expect(entries[0]).toMatchObject({ actor: 'kim', at: '2026-01-01T09:00:00.000Z' })
    expect(
      entries.filter(({ type, elementId }) => type === 'elementCompleted' && elementId === 'approve').map(({ elementId }) => elementId),
    ).toEqual(ends)
    expect(JSON.stringify(entries).includes('swordfish')).toBe(history === 'full')
    await engine.close()
  })
})
