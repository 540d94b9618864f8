import { type Collection, defineCollection, memoryStorage, type Storage } from '@leeway/storage'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Decision, type Extension, type ExtensionPort, extend, type Value, type Values } from '../../src/extension/index.ts'
import { createEngine, type Engine, EngineError, manualClock, Refused } from '../../src/index.ts'

interface Counter {
  readonly id: string
  readonly instanceId: string | null
  readonly body: { readonly count: number }
}

const counters: Collection<Counter> = defineCollection<Counter>({
  name: 'counters',
  version: 1,
  fields: { instanceId: 'text' },
  indexes: [{ fields: ['instanceId'] }],
})

type Own =
  | { readonly type: 'count'; readonly id: string }
  | { readonly type: 'refuse' }
  | { readonly type: 'set'; readonly values: Values }
  | { readonly type: 'loop' }

const MODEL = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:t">
  <process id="p" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="S"/><userTask id="A"/><serviceTask id="B" camunda:type="external" camunda:topic="work"/><userTask id="C"/><endEvent id="E"/>
  <sequenceFlow id="f1" sourceRef="S" targetRef="A"/><sequenceFlow id="f2" sourceRef="A" targetRef="B"/>
  <sequenceFlow id="f3" sourceRef="B" targetRef="C"/><sequenceFlow id="f4" sourceRef="C" targetRef="E"/></process></definitions>`

/** Counts what it is asked to count, and the steps of instances that carry it; refuses steps once it is told to. */
function counting(seen: string[], isRefusing: () => boolean): Extension<Own> {
  return {
    name: 'counting',
    collections: [counters],
    decide(before, { occurrence, after }, records): Decision {
      const instanceId = after?.id ?? null
      const up = (id: string): Decision => {
        const count = (records.get(counters, id)?.body.count ?? 0) + 1
        const record: Counter = { id, instanceId, body: { count } }
        return { put: [{ collection: counters, record }], answer: count }
      }
      if (occurrence.type === 'step') {
        if (isRefusing()) return { refuse: new Refused('NotNow', 'not now') }
        if (occurrence.command.type === 'setVariables' && 'loop' in occurrence.command.values) return { commands: [occurrence.command] }
        const decision = up(`steps of ${instanceId}`) // what it reads is there: it is not asked again
        seen.push(`${occurrence.command.type} ${before?.token(`${instanceId}.2`)?.elementId}`)
        return decision
      }
      if (occurrence.type !== 'command') return {}
      const { command } = occurrence
      if (command.type === 'count') return up(command.id)
      if (command.type === 'refuse') return { ...up('never'), refuse: new Refused('Never', 'never') }
      const values: Values = command.type === 'set' ? command.values : { loop: true }
      return { commands: [{ type: 'setVariables', scopeId: instanceId ?? '', values }] }
    },
  }
}

describe.each(['activity', 'wait'] as const)('an extension of an engine with durability %s', (durability) => {
  let storage: Storage
  let engine: Engine
  let port: ExtensionPort<Own>
  let isRefusing = false
  const seen: string[] = []

  beforeEach(async () => {
    isRefusing = false
    seen.length = 0
    storage = memoryStorage()
    engine = await createEngine({ storage, durability, clock: manualClock(), handlers: { work: () => ({ worked: true }) } })
    port = await extend(
      engine,
      counting(seen, () => isRefusing),
    )
    await engine.deploy(MODEL)
  })

  const counted = async (id: string): Promise<number | undefined> => (await port.get(counters, [id]))[0]?.body.count
  const count = (id: string): Own => ({ type: 'count', id })

  test('is not asked about instances that do not carry it', async () => {
    const { id } = await engine.start('p')
    await engine.tasks.complete(`${id}.2`)
    await engine.drain()
    expect(seen).toEqual([])
  })

  test('is asked after each step of an instance that carries it, and its records land in the same commits', async () => {
    const { id } = await engine.start('p')
    expect(await port.submit(id, count('x'))).toBe(1)
    await engine.tasks.complete(`${id}.2`)
    await engine.drain()
    expect(seen).toEqual(['completeTask A', durability === 'wait' ? 'finishWork A' : 'finishWork undefined'])
    expect(await counted(`steps of ${id}`)).toBe(2)
    expect(await port.find(counters, { where: { instanceId: { eq: id } }, limit: 10 })).toHaveLength(2)
  })

  test('refuses a step: nothing of it is kept', async () => {
    const { id } = await engine.start('p')
    await port.submit(id, count('x'))
    isRefusing = true
    await expect(engine.tasks.complete(`${id}.2`, { variables: { a: 1 } })).rejects.toMatchObject({ code: 'NotNow' })
    expect(await engine.instances.get(id)).toMatchObject({ variables: {}, activeElements: [{ elementId: 'A' }] })
    isRefusing = false
    await engine.tasks.complete(`${id}.2`)
  })

  test('refuses its own command: what it decided beside is not kept', async () => {
    const { id } = await engine.start('p')
    await expect(port.submit(id, { type: 'refuse' })).rejects.toMatchObject({ code: 'Never' })
    expect(await counted('never')).toBeUndefined()
    expect((await engine.instances.get(id))?.revision).toBe(1)
  })

  test('gives kernel commands, and is asked about them, in one commit', async () => {
    const { id } = await engine.start('p')
    await port.submit(id, { type: 'set', values: { a: 1 } })
    expect(await engine.instances.get(id)).toMatchObject({ variables: { a: 1 }, revision: 2 })
    expect(seen).toEqual(['setVariables A'])
    expect(await counted(`steps of ${id}`)).toBe(1)
  })

  test('is stopped where it goes on giving commands', async () => {
    const { id } = await engine.start('p')
    const call: Promise<Value> = port.submit(id, { type: 'loop' })
    await expect(call).rejects.toBeInstanceOf(EngineError)
    expect(await engine.instances.variables(id)).toEqual({})
  })

  test('starts an instance that carries it from its first commit', async () => {
    expect(await port.start('p', { variables: { a: 1 } }, count('x'))).toBe(1)
    const [instance] = await engine.instances.find({})
    expect(instance).toMatchObject({ variables: { a: 1 }, revision: 1 })
    await engine.tasks.complete(`${instance?.id}.2`)
    expect(seen[0]).toBe('completeTask A')
  })

  test('counts each of many calls at once, with and without an instance', async () => {
    const { id } = await engine.start('p')
    const calls = Array.from({ length: 20 }, (_, k) => port.submit(k % 2 === 0 ? id : null, count('shared')))
    const answers = (await Promise.all(calls)) as number[]
    expect([...answers].sort((a, b) => a - b)).toEqual(answers.map((_, k) => k + 1))
    expect(await counted('shared')).toBe(20)
  })

  test('gives one answer and one effect to a key', async () => {
    const call = () => port.submit(null, count('x'), { idempotencyKey: 'k' })
    expect(await Promise.all([call(), call()])).toEqual([1, 1])
    expect(await counted('x')).toBe(1)
    await expect(port.submit(null, count('y'), { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
  })

  test('is there once by its name, and only in an engine', async () => {
    const again = counting(seen, () => false)
    await expect(extend(engine, again)).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(extend({}, again)).rejects.toMatchObject({ code: 'invalidArgument' })
  })

  test('is missed by an engine without it', async () => {
    const { id } = await engine.start('p')
    await port.submit(id, count('x'))
    const plain = await createEngine({ storage, clock: manualClock() })
    await expect(plain.tasks.complete(`${id}.2`)).rejects.toMatchObject({ code: 'extensionMissing' })
  })
})
