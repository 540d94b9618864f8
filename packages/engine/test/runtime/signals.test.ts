import { expect, test } from 'vitest'
import { loadLatest } from '../../src/runtime/definition-cache.ts'
import { deliver } from '../../src/runtime/deliver.ts'
import type { MessageHost } from '../../src/runtime/message-host.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { runCommand } from '../../src/runtime/run-command.ts'
import { broadcast, catchersOf } from '../../src/runtime/signals.ts'
import { SPREAD_PAGE } from '../../src/runtime/spread.ts'
import { openedAfter } from '../../src/runtime/subscriptions.ts'
import { catchSignal, end, file, flow, row, signal, start, startBy, throwSignal, userTask } from './message-models.ts'
import { createNode, type Node } from './message-node.ts'

const catcher = file('catcher', row(start, catchSignal('wait', 's'), end), signal('s', 'storm'))
const thrower = file('thrower', row(start, throwSignal('throw', 's'), end), signal('s', 'storm'))
const startedBySignal = file(
  'bySignal',
  row(startBy('<bpmn:signalEventDefinition signalRef="s" />'), userTask('look'), end),
  signal('s', 'storm'),
)

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function statusOf(node: Node, ...ids: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(ids.map(async (id) => (await node.instance(id))?.status))
}

test('a signal goes to all that catch it and to start events, with its variables', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  await node.deploy(startedBySignal)
  const ids = [await node.start('catcher'), await node.start('catcher')]
  const answer = await broadcast(node.host, { name: 'storm', variables: { wind: 11 } })
  expect(answer.outcome).toBe('delivered')
  expect(answer.instanceIds.slice(0, 2)).toEqual(ids)
  expect(answer.instanceIds).toHaveLength(3)
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'completed'])
  const started = await node.instance(answer.instanceIds[2] ?? '')
  expect(started).toMatchObject({ processKey: 'bySignal', status: 'active' })
  expect(started?.body.root.variables).toEqual({ wind: 11 })
  expect(await node.jobs()).toEqual([])
})

test('a signal is not kept for those that come later', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  expect(await broadcast(node.host, { name: 'storm' })).toEqual({ outcome: 'none', instanceIds: [] })
  const id = await node.start('catcher')
  await node.drain()
  expect(await statusOf(node, id)).toEqual(['active'])
})

test('a signal stays within its tenant; one for an instance reaches no other', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  await node.deploy(startedBySignal, 't1')
  const none = await node.start('catcher')
  const one = await node.start('catcher', { tenantId: 't1' })
  const two = await node.start('catcher', { tenantId: 't2' })
  const answer = await broadcast(node.host, { name: 'storm', tenantId: 't1' })
  expect(answer.instanceIds).toHaveLength(2)
  expect((await node.instance(answer.instanceIds[1] ?? ''))?.tenantId).toBe('t1')
  expect(await statusOf(node, none, one, two)).toEqual(['active', 'completed', 'active'])
  expect(await broadcast(node.host, { name: 'storm', instanceId: two })).toEqual({ outcome: 'delivered', instanceIds: [two] })
  expect(await statusOf(node, none)).toEqual(['active'])
})

test('only the latest version is started by a signal', async () => {
  const node = await createNode()
  await node.deploy(startedBySignal)
  const latest = await node.deploy(startedBySignal.replace('id="look"', 'id="look" name="newer"'))
  const { instanceIds } = await broadcast(node.host, { name: 'storm' })
  expect(instanceIds).toHaveLength(1)
  expect((await node.instance(instanceIds[0] ?? ''))?.definitionId).toBe(latest)
})

test('one receiver that fails does not hinder the others and gets the signal later', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  const ids = [await node.start('catcher'), await node.start('catcher'), await node.start('catcher')]
  const failing: MessageHost = {
    ...node.host,
    run: (instanceId, ...rest) => (instanceId === ids[1] ? Promise.reject(new Error('broken')) : node.host.run(instanceId, ...rest)),
  }
  expect((await broadcast(failing, { name: 'storm' })).instanceIds).toEqual(ids)
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'active', 'completed'])
  await node.drain()
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'completed', 'completed'])
})

test('a signal goes to more instances than fit one change set, each once, also when it is cut off between pages', async () => {
  const node = await createNode()
  await node.deploy(file('many', row(start, catchSignal('one', 's'), catchSignal('two', 's'), end), signal('s', 'storm')))
  const ids: string[] = []
  for (let i = 0; i < SPREAD_PAGE * 2 + 5; i++) ids.push(await node.start('many'))
  let commits = 0
  const cutOff: MessageHost = {
    ...node.host,
    run: () => Promise.reject(new Error('gone')),
    commit: (set) => (++commits > 1 ? Promise.reject(new Error('gone')) : node.host.commit(set)),
  }
  await expect(broadcast(cutOff, { name: 'storm' })).rejects.toThrow('gone')
  expect(await node.drain()).toBe(0)
  const tokens = await Promise.all(
    ids.map(async (id) => Object.values((await node.instance(id))?.body.root.tokens ?? {}).map((token) => token.elementId)),
  )
  expect(tokens.every(([elementId]) => elementId === 'two')).toBe(true)
  expect(await node.jobs()).toEqual([])
})

test('a broadcast job that fails behind a page goes on from there; one that fails before is the job that failed', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  await node.deploy(thrower)
  for (let i = 0; i < SPREAD_PAGE + 5; i++) await node.start('catcher')
  await node.start('thrower')
  const claim = { owner: 'a', now: node.clock.now(), leaseMs: 1000, where: { kind: { eq: 'signal' } }, limit: 1 }
  const [job] = await node.host.storage.claim(jobs, claim)
  if (job === undefined) throw new Error('no delivery')
  const failingFrom = (first: number): MessageHost => {
    let commits = 0
    return { ...node.host, commit: (set) => (++commits >= first ? Promise.reject(new Error('gone')) : node.host.commit(set)) }
  }
  await expect(deliver(failingFrom(1), job)).rejects.toThrow('gone')
  await deliver(failingFrom(2), job)
  const active = async (): Promise<number> => (await node.all()).filter((instance) => instance.status === 'active').length
  expect(await active()).toBe(5)
  await node.drain()
  expect(await active()).toBe(0)
})

test('a thrown signal is broadcast by a job, once, however often it is tried', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  await node.deploy(thrower)
  const id = await node.start('catcher')
  const sender = await node.start('thrower')
  expect(await statusOf(node, id, sender)).toEqual(['active', 'completed'])
  const [job] = await node.host.storage.find(jobs, { where: { kind: { eq: 'signal' } }, limit: 1 })
  if (job === undefined) throw new Error('no delivery')
  await Promise.all([deliver(node.host, job), deliver(node.host, job)])
  await node.drain()
  expect(await statusOf(node, id)).toEqual(['completed'])
  const later = await node.start('catcher')
  await deliver(node.host, job)
  expect(await statusOf(node, later)).toEqual(['active'])
})

test('a receiver that stays armed gets a signal once, however often its delivery is tried', async () => {
  const node = await createNode()
  const boundary = `<bpmn:boundaryEvent id="alarm" cancelActivity="false" attachedToRef="work"><bpmn:signalEventDefinition signalRef="s" /></bpmn:boundaryEvent>`
  const content = row(start, userTask('work'), end) + boundary + userTask('note')[1] + flow('alarm', 'note')
  await node.deploy(file('armed', content, signal('s', 'storm')))
  const ids = [await node.start('armed'), await node.start('armed')]
  const failing: MessageHost = { ...node.host, run: () => Promise.reject(new Error('gone')) }
  await broadcast(failing, { name: 'storm' })
  for (const delivery of await node.jobs()) {
    await Promise.all([deliver(node.host, delivery), deliver(node.host, delivery)])
    await deliver(node.host, delivery)
  }
  for (const id of ids) {
    const tokens = Object.values((await node.instance(id))?.body.root.tokens ?? {})
    expect(tokens.map((token) => token.elementId).sort()).toEqual(['note', 'work'])
  }
})

test('a signal is caught by a branch of the process that throws it, if that waited before', async () => {
  const node = await createNode()
  const content =
    row(start, ['fork', '<bpmn:parallelGateway id="fork" />']) +
    catchSignal('wait', 's')[1] +
    row(throwSignal('throw', 's'), userTask('after')) +
    flow('fork', 'wait') +
    flow('fork', 'throw')
  await node.deploy(file('self', content, signal('s', 'storm')))
  const id = await node.start('self')
  await node.drain()
  const tokens = Object.values((await node.instance(id))?.body.root.tokens ?? {})
  expect(tokens.map((token) => token.elementId)).toEqual(['after'])
})

test('subscriptions that the thrower opened after the signal do not see it', async () => {
  const node = await createNode()
  const fork = row(start, ['fork', '<bpmn:parallelGateway id="fork" />'])
  const branch = row(throwSignal('throw', 's'), catchSignal('later', 's'))
  const content = fork + catchSignal('before', 's')[1] + branch + flow('fork', 'before') + flow('fork', 'throw')
  await node.deploy(file('self', content, signal('s', 'storm')))
  const { loaded } = await loadLatest(node.engine.definitions, 'self', null)
  const instanceId = node.host.newId()
  const definitionId = loaded.record.id
  const command = { type: 'startProcess', instanceId, definitionId, businessKey: null, variables: {}, actor: null } as const
  const outcome = await runCommand(node.engine, { instanceId, command, actor: null, start: { definition: loaded, tenantId: null } })
  const events = outcome.type === 'done' ? outcome.events : []
  const thrown = events.findIndex((event) => event.type === 'signalThrown')
  const except = openedAfter(events, thrown, 'storm')
  expect(except.map((id) => id.split(':')[1])).toEqual(['later'])
  const catchers = catchersOf(node.host, { name: 'storm', values: {}, instanceId: null, tenantId: null, actor: null, except })
  expect((await listOf(catchers)).map((catcher) => catcher.body.elementId)).toEqual(['before'])
  await node.drain()
  expect(Object.values((await node.instance(instanceId))?.body.root.tokens ?? {}).map((token) => token.elementId)).toEqual(['later'])
})

test('a signal broadcast again with its idempotency key gives the same answer and no second effect', async () => {
  const node = await createNode()
  await node.deploy(catcher)
  const ids = [await node.start('catcher'), await node.start('catcher')]
  const request = { name: 'storm', idempotencyKey: 'k' }
  const answer = await broadcast(node.host, request)
  expect(answer.instanceIds).toEqual(ids)
  const later = await node.start('catcher')
  expect(await broadcast(node.host, request)).toEqual(answer)
  expect(await statusOf(node, later)).toEqual(['active'])
})
