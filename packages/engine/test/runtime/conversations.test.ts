import { afterEach, describe, expect, test } from 'vitest'
import { createEngine, type Engine, inspectModel, manualClock } from '../../src/index.ts'
import { correlationBy, subscriptionBy, trade } from './conversation-model.ts'
import { processModel } from './process-model.ts'

const ALL = ['order', 'answer', 'money']
const open: Engine[] = []

async function engineOf(model: string): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
  open.push(engine)
  await engine.deploy(model)
  return engine
}

afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close()
})

/** Each seller's task, completed with what only this conversation knows, in this order; then who got the answers. */
async function answerIn(engine: Engine, sellers: readonly string[]): Promise<void> {
  for (const instanceId of sellers) {
    const [task] = await engine.tasks.find({ instanceId })
    await engine.tasks.complete(task?.id ?? '')
    await engine.drain()
  }
}

async function statuses(engine: Engine, processKey: string): Promise<readonly string[]> {
  return (await engine.instances.find({ processKey })).map(({ status }) => status)
}

describe('a correlation key', () => {
  test('that the first message sets leads every later one to its conversation, in both pools', async () => {
    const engine = await engineOf(trade(correlationBy(['orderId'], ALL)))
    const buyers: string[] = []
    for (const orderId of ['A', 'B', 'C']) {
      buyers.push((await engine.start('buyer', { variables: { orderId } })).id)
      await engine.drain()
    }
    const sellers = (await engine.instances.find({ processKey: 'seller' })).map(({ id }) => id)
    expect(sellers).toHaveLength(3)
    // The payload is empty: the seller knows the conversation's key by the message that began it.
    for (const at of [1, 2, 0]) {
      await answerIn(engine, [sellers[at] ?? ''])
      expect((await engine.instances.get(buyers[at] ?? ''))?.status).toBe('completed')
      expect((await engine.instances.get(sellers[at] ?? ''))?.status).toBe('completed')
    }
  })

  test('of several properties matches by all of them', async () => {
    const engine = await engineOf(trade(correlationBy(['orderId', 'country'], ALL)))
    const one = await engine.start('buyer', { variables: { orderId: 'A', country: 'AT' } })
    const other = await engine.start('buyer', { variables: { orderId: 'A', country: 'FR' } })
    await engine.drain()
    const publish = (variables: Record<string, string>): Promise<unknown> =>
      engine.messages.publish({ name: 'answer', variables, start: 'never' })
    expect(await publish({ orderId: 'A', country: 'IT' })).toMatchObject({ outcome: 'none' })
    expect(await publish({ orderId: 'A' })).toMatchObject({ outcome: 'ambiguous' })
    expect(await publish({ orderId: 'A', country: 'FR' })).toEqual({ outcome: 'correlated', instanceIds: [other.id] })
    expect(await publish({ orderId: 'A', country: 'AT' })).toEqual({ outcome: 'correlated', instanceIds: [one.id] })
  })

  test('of one property is the correlation key of a published message too', async () => {
    const engine = await engineOf(trade(correlationBy(['orderId'], ALL)))
    await engine.start('buyer', { variables: { orderId: 'A' } })
    const { id } = await engine.start('buyer', { variables: { orderId: 7 } })
    await engine.drain()
    expect(await engine.messages.publish({ name: 'answer', correlationKey: 8 })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'answer', correlationKey: 7 })).toEqual({ outcome: 'correlated', instanceIds: [id] })
  })

  test('that a process subscribes to is read from its variables', async () => {
    const engine = await engineOf(trade({ ...correlationBy(['orderId'], ['answer']), buyer: subscriptionBy(['orderId']) }))
    await engine.start('buyer', { variables: { my_orderId: 'A' } })
    const { id } = await engine.start('buyer', { variables: { my_orderId: 'B' } })
    await engine.drain()
    const sent = await engine.messages.publish({ name: 'answer', variables: { orderId: 'B' } })
    expect(sent).toEqual({ outcome: 'correlated', instanceIds: [id] })
  })

  test('finds a kept message of its conversation, and no other', async () => {
    const engine = await engineOf(trade(correlationBy(['orderId'], ALL)))
    for (const orderId of ['X', 'B'])
      expect(await engine.messages.publish({ name: 'answer', variables: { orderId }, ttl: 'PT1H' })).toMatchObject({ outcome: 'buffered' })
    const { id } = await engine.start('buyer', { variables: { orderId: 'B' } })
    await engine.drain()
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { orderId: 'B' } })
  })

  test('that is not set yet is set by the first message, for all waits of the instance', async () => {
    const { correlation, root } = correlationBy(['orderId'], ['a', 'b'])
    const engine = await engineOf(
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:receiveTask id="onA" messageRef="a"/>
          <bpmn:receiveTask id="onB" messageRef="b"/><bpmn:endEvent id="endA"/><bpmn:endEvent id="endB"/>`,
        'start -> fork; fork -> onA; fork -> onB; onA -> endA; onB -> endB',
        `<bpmn:message id="a" name="A"/><bpmn:message id="b" name="B"/>${root}<bpmn:collaboration id="c">${correlation}</bpmn:collaboration>`,
      ),
    )
    const one = await engine.start('p')
    expect(await engine.messages.publish({ name: 'A', variables: { orderId: 1 } })).toEqual({
      outcome: 'correlated',
      instanceIds: [one.id],
    })
    const two = await engine.start('p')
    expect(await engine.messages.publish({ name: 'A', variables: { orderId: 2 } })).toEqual({
      outcome: 'correlated',
      instanceIds: [two.id],
    })
    expect(await engine.messages.publish({ name: 'B', variables: { orderId: 3 } })).toMatchObject({ outcome: 'none' })
    expect(await engine.messages.publish({ name: 'B', variables: { orderId: 2 } })).toEqual({
      outcome: 'correlated',
      instanceIds: [two.id],
    })
    expect(await engine.messages.publish({ name: 'B', variables: { orderId: 1 } })).toEqual({
      outcome: 'correlated',
      instanceIds: [one.id],
    })
  })

  test('is not read where no message yields it', async () => {
    const xpath = trade(correlationBy(['orderId'], ALL)).replaceAll('>orderId<', '>/order/@id<')
    const { diagnostics } = await inspectModel(xpath)
    expect(diagnostics.filter(({ code }) => code === 'correlationNotRead')).toMatchObject([{ elementId: 'key' }])
    const complete = await inspectModel(trade(correlationBy(['orderId'], ALL)))
    expect(complete.diagnostics.filter(({ code }) => code !== 'notExecuted')).toEqual([]) // the drawing's flows
  })
})

describe('pools without correlation keys', () => {
  test('find each other by the business key, which passes with the messages', async () => {
    const engine = await engineOf(trade())
    const buyers: string[] = []
    for (const businessKey of ['A', 'B', 'C']) {
      buyers.push((await engine.start('buyer', { businessKey })).id)
      await engine.drain()
    }
    const sellers = await engine.instances.find({ processKey: 'seller' })
    expect(sellers.map(({ businessKey }) => businessKey)).toEqual(['A', 'B', 'C'])
    for (const at of [2, 0, 1]) {
      await answerIn(engine, [sellers[at]?.id ?? ''])
      expect((await engine.instances.get(buyers[at] ?? ''))?.status).toBe('completed')
    }
    expect(await statuses(engine, 'seller')).toEqual(['completed', 'completed', 'completed'])
  })
})
