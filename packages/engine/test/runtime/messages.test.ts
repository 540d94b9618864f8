import { afterEach, expect, test } from 'vitest'
import { afterSubscriptionsOpened, purgeMessages } from '../../src/runtime/buffered-messages.ts'
import { deliver } from '../../src/runtime/deliver.ts'
import { publish, purgeMessageIds } from '../../src/runtime/messages.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { messageIds, messages, subscriptions } from '../../src/runtime/records/message.ts'
import { catchMessage, end, file, keyed, keyless, message, row, start, startedByMessage, throwMessage } from './message-models.ts'
import { createNode, type Node } from './message-node.ts'
import { sharedDatabases } from './shared-databases.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function lookForKept(node: Node, instanceId: string): Promise<number> {
  const found = await node.host.storage.find(subscriptions, { where: { instanceId: { eq: instanceId } }, limit: 10 })
  return afterSubscriptionsOpened(
    node.host,
    found.map((stored) => stored.record),
  )
}

async function statusOf(node: Node, ...ids: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(ids.map(async (id) => (await node.instance(id))?.status))
}

test('a message goes to the instance whose subscription has its key', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const a = await node.start('keyed', { variables: { orderId: 'A' } })
  const b = await node.start('keyed', { variables: { orderId: 'B' } })
  const answer = await publish(node.host, { name: 'paid', correlationKey: 'B', variables: { amount: 5 } })
  expect(answer).toEqual({ outcome: 'correlated', instanceIds: [b] })
  expect(await statusOf(node, a, b)).toEqual(['active', 'completed'])
  expect((await node.instance(b))?.body.root.variables).toMatchObject({ amount: 5 })
})

test('a message goes to the instance with its business key; a subscription without a key of its own has that as its key', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  const ids = [
    await node.start('keyless', { businessKey: 'A' }),
    await node.start('keyless', { businessKey: 'B' }),
    await node.start('keyless'),
  ]
  expect(await publish(node.host, { name: 'paid', businessKey: 'B' })).toEqual({ outcome: 'correlated', instanceIds: [ids[1]] })
  expect(await publish(node.host, { name: 'paid', correlationKey: 'A' })).toEqual({ outcome: 'correlated', instanceIds: [ids[0]] })
  expect(await publish(node.host, { name: 'paid', correlationKey: 'C' })).toEqual({ outcome: 'none', instanceIds: [] })
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'completed', 'active'])
})

test.each([{ searchable: [] }, { searchable: ['region'] }])(
  'a message goes to the instance whose variables match, searchable: $searchable',
  async ({ searchable }) => {
    const node = await createNode({ searchable })
    await node.deploy(keyless)
    await node.start('keyless', { variables: { region: 'north', size: { w: 1, h: 2 } } })
    const b = await node.start('keyless', { variables: { region: 'south', size: { h: 2, w: 1 } } })
    await node.start('keyless', { variables: { region: 'south', size: { w: 3, h: 2 } } })
    expect(await publish(node.host, { name: 'paid', match: { region: 'south' } })).toEqual({ outcome: 'ambiguous', instanceIds: [] })
    expect(await publish(node.host, { name: 'paid', match: { region: 'south', size: { w: 1, h: 2 } } })).toEqual({
      outcome: 'correlated',
      instanceIds: [b],
    })
    expect((await publish(node.host, { name: 'paid', match: { region: 'west' } })).outcome).toBe('none')
  },
)

test('a message for one finds more than a page of instances by a searchable variable', async () => {
  const node = await createNode({ searchable: ['orderId', 'batch'] })
  await node.deploy(keyless)
  let last = ''
  for (let i = 0; i < 230; i++) last = await node.start('keyless', { variables: { orderId: i, batch: 'one' } })
  expect(await publish(node.host, { name: 'paid', match: { orderId: 229 } })).toEqual({ outcome: 'correlated', instanceIds: [last] })
  const all = await publish(node.host, { name: 'paid', match: { batch: 'one' }, target: 'all' })
  expect(all.instanceIds).toHaveLength(229)
  expect((await node.all()).filter((instance) => instance.status === 'active')).toHaveLength(0)
})

test('a message for one that fits several instances is ambiguous and changes nothing', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  const ids = [await node.start('keyless'), await node.start('keyless')]
  for (const ttl of [undefined, 'PT1H']) {
    const request = { name: 'paid', messageId: 'x', ...(ttl !== undefined && { ttl }) }
    expect(await publish(node.host, request)).toEqual({ outcome: 'ambiguous', instanceIds: [] })
  }
  expect(await statusOf(node, ...ids)).toEqual(['active', 'active'])
  expect(await node.host.storage.count(messages, {}, 10)).toBe(0)
  expect(await publish(node.host, { name: 'paid', messageId: 'x', instanceId: ids[0] as string })).toMatchObject({ outcome: 'correlated' })
})

test('of several tokens of one instance the oldest gets a message for one', async () => {
  const node = await createNode()
  const fork = '<bpmn:parallelGateway id="fork" />'
  const branches = ['a', 'b'].map(
    (id) => `${catchMessage(id, 'm')[1]}<bpmn:sequenceFlow id="to_${id}" sourceRef="fork" targetRef="${id}" />`,
  )
  await node.deploy(file('twice', row(start, ['fork', fork]) + branches.join(''), message('m', 'paid')))
  const id = await node.start('twice')
  await publish(node.host, { name: 'paid' })
  const left = await node.host.storage.find(subscriptions, { where: { instanceId: { eq: id } }, limit: 10 })
  expect(left.map((stored) => stored.record.body.elementId)).toEqual(['b'])
  expect((await publish(node.host, { name: 'paid', elementId: 'b' })).outcome).toBe('correlated')
  expect(await statusOf(node, id)).toEqual(['completed'])
})

test('of several tokens of one instance in the camunda family none gets a message for one, and all one for all', async () => {
  const node = await createNode()
  const receive =
    '<bpmn:receiveTask id="receive" messageRef="m"><bpmn:multiInstanceLoopCharacteristics camunda:collection="${list}" /></bpmn:receiveTask>'
  await node.deploy(file('many', row(start, ['receive', receive], end), message('m', 'paid')).replace(/xmlns:zeebe="[^"]*"/, ''))
  const id = await node.start('many', { variables: { list: [1, 2] } })
  expect(await publish(node.host, { name: 'paid' })).toEqual({ outcome: 'ambiguous', instanceIds: [] })
  expect(await publish(node.host, { name: 'paid', target: 'all' })).toEqual({ outcome: 'correlated', instanceIds: [id] })
  expect(await statusOf(node, id)).toEqual(['completed'])
})

test('a message for all goes to each instance that waits', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  const ids = [await node.start('keyless'), await node.start('keyless'), await node.start('keyless')]
  const answer = await publish(node.host, { name: 'paid', target: 'all', messageId: 'm1' })
  expect(answer).toEqual({ outcome: 'correlated', instanceIds: ids })
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'completed', 'completed'])
  expect(await publish(node.host, { name: 'paid', target: 'all', messageId: 'm1' })).toEqual({ outcome: 'duplicate', instanceIds: ids })
})

test('a kept message for all goes to each that waits, else to the first that comes', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  const ids = [await node.start('keyless'), await node.start('keyless')]
  const request = { name: 'paid', target: 'all', ttl: 'PT1H' } as const
  expect(await publish(node.host, request)).toEqual({ outcome: 'correlated', instanceIds: ids })
  expect(await publish(node.host, request)).toEqual({ outcome: 'buffered', instanceIds: [] })
  ids.push(await node.start('keyless'), await node.start('keyless'))
  await lookForKept(node, ids[2] as string)
  await lookForKept(node, ids[3] as string)
  expect(await statusOf(node, ...ids)).toEqual(['completed', 'completed', 'completed', 'active'])
  expect((await publish(node.host, { ...request, ttl: 'PT0S', name: 'other' })).outcome).toBe('none')
})

test('a message stays within its tenant', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  const mine = await node.start('keyless', { tenantId: 't1' })
  const other = await node.start('keyless', { tenantId: 't2' })
  expect((await publish(node.host, { name: 'paid' })).outcome).toBe('none')
  expect(await publish(node.host, { name: 'paid', tenantId: 't1' })).toEqual({ outcome: 'correlated', instanceIds: [mine] })
  expect(await publish(node.host, { name: 'paid', instanceId: other })).toEqual({ outcome: 'correlated', instanceIds: [other] })
})

test('a message is not kept without a ttl', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  expect(await publish(node.host, { name: 'paid', correlationKey: 'A' })).toEqual({ outcome: 'none', instanceIds: [] })
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  await lookForKept(node, id)
  await node.drain()
  expect(await statusOf(node, id)).toEqual(['active'])
})

test('a kept message goes to the first that waits for it, the oldest first', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const kept = { name: 'paid', correlationKey: 'A', ttl: 'PT1H' }
  for (const n of [1, 2]) {
    expect(await publish(node.host, { ...kept, variables: { n } })).toEqual({ outcome: 'buffered', instanceIds: [] })
    node.clock.advance(1)
  }
  await publish(node.host, { ...kept, correlationKey: 'B', variables: { n: 3 } })
  for (const n of [1, 2]) {
    const id = await node.start('keyed', { variables: { orderId: 'A' } })
    await lookForKept(node, id)
    expect(await statusOf(node, id)).toEqual(['completed'])
    expect((await node.instance(id))?.body.root.variables.n).toBe(n)
  }
  expect(await node.host.storage.count(messages, {}, 10)).toBe(1)
})

test('a message published with older ones kept for the same receiver waits behind them', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const kept = { name: 'paid', correlationKey: 'A', ttl: 'PT1H' }
  await publish(node.host, { ...kept, variables: { n: 1 } })
  const id = await node.start('keyed', { variables: { orderId: 'A' } }) // and it has not looked yet
  node.clock.advance(1)
  expect((await publish(node.host, { ...kept, variables: { n: 2 } })).outcome).toBe('buffered')
  expect((await node.instance(id))?.body.root.variables.n).toBe(1)
})

test('a kept message goes to one of several that look for it at the same time', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  await publish(node.host, { name: 'paid', correlationKey: 'A', ttl: 'PT1H' })
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push(await node.start('keyed', { variables: { orderId: 'A' } }))
  expect((await Promise.all(ids.map((id) => lookForKept(node, id)))).reduce((sum, count) => sum + count, 0)).toBe(1)
  expect((await statusOf(node, ...ids)).filter((status) => status === 'completed')).toHaveLength(1)
})

test('a kept message finds a receiver whose own look was cut off, by its own job', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  await publish(node.host, { name: 'paid', correlationKey: 'A', ttl: 'PT1H' })
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  for (const { record } of await node.jobs())
    if (record.body.data?.message === undefined) await node.host.storage.purge(jobs, { id: { eq: record.id } }, 1)
  expect(await node.drain()).toBe(0)
  expect(await statusOf(node, id)).toEqual(['active'])
  node.clock.advance('PT1S')
  await node.drain()
  expect(await statusOf(node, id)).toEqual(['completed'])
  expect(await node.jobs()).toEqual([])
})

test('a kept message looks less and less often and is gone when its time is over', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const begin = node.clock.now()
  await publish(node.host, { name: 'paid', correlationKey: 'A', ttl: 'PT10S' })
  const dueTimes: (number | null)[] = []
  for (let job = (await node.jobs())[0]?.record; job !== undefined; job = (await node.jobs())[0]?.record) {
    dueTimes.push((job.dueAt ?? 0) - begin)
    node.clock.set(job.dueAt ?? 0)
    await node.drain()
  }
  expect(dueTimes).toEqual([1000, 3000, 7000, 10_000])
  expect(await node.host.storage.count(messages, {}, 10)).toBe(0)
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  await lookForKept(node, id)
  expect(await statusOf(node, id)).toEqual(['active'])
})

test('a message whose time is over is not delivered even while it is still stored', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  await publish(node.host, { name: 'paid', correlationKey: 'A', ttl: 'PT1S' })
  node.clock.advance('PT1S')
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  expect(await lookForKept(node, id)).toBe(0)
  expect(await statusOf(node, id)).toEqual(['active'])
  expect(await purgeMessages(node.host, 10)).toBe(1)
})

test('the same messageId has one effect, for the time of the ttl or a day', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  const request = { name: 'paid', correlationKey: 'A', messageId: 'p-1' }
  expect((await publish(node.host, { ...request, name: 'other' })).outcome).toBe('none')
  expect(await publish(node.host, request)).toEqual({ outcome: 'correlated', instanceIds: [id] })
  const again = await node.start('keyed', { variables: { orderId: 'A' } })
  expect(await publish(node.host, request)).toEqual({ outcome: 'duplicate', instanceIds: [id] })
  expect(await publish(node.host, { ...request, tenantId: 't1' })).toMatchObject({ outcome: 'none' })
  expect(await publish(node.host, { ...request, name: 'other' })).toMatchObject({ outcome: 'none' })
  node.clock.advance('P1D')
  expect(await publish(node.host, request)).toEqual({ outcome: 'correlated', instanceIds: [again] })
  node.clock.advance('P2D')
  expect(await purgeMessageIds(node.host, 10)).toBe(1)
})

test('a kept message is stored once by its messageId', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const request = { name: 'paid', correlationKey: 'A', messageId: 'p-1', ttl: 'PT1H' }
  const answers = await Promise.all([publish(node.host, request), publish(node.host, request)])
  expect(answers.map((answer) => answer.outcome).sort()).toEqual(['buffered', 'duplicate'])
  expect(await node.host.storage.count(messages, {}, 10)).toBe(1)
})

test('concurrent publications of one messageId have one effect', async () => {
  const node = await createNode()
  await node.deploy(startedByMessage)
  const answers = await Promise.all(Array.from({ length: 8 }, () => publish(node.host, { name: 'order', messageId: 'o-1' })))
  expect(answers.filter((answer) => answer.outcome === 'started')).toHaveLength(1)
  expect(answers.filter((answer) => answer.outcome === 'duplicate')).toHaveLength(7)
  expect(new Set(answers.flatMap((answer) => answer.instanceIds)).size).toBe(1)
  expect(await node.all()).toHaveLength(1)
})

test('a message that was rejected has not used up its messageId', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const request = { name: 'paid', correlationKey: 'A', messageId: 'p-1' }
  expect((await publish(node.host, request)).outcome).toBe('none')
  expect(await node.host.storage.count(messageIds, {}, 10)).toBe(0)
  await node.start('keyed', { variables: { orderId: 'A' } })
  expect((await publish(node.host, request)).outcome).toBe('correlated')
})

test('a message starts a process where nobody waits for it, with its variables and business key', async () => {
  const node = await createNode()
  await node.deploy(startedByMessage)
  const answer = await publish(node.host, { name: 'order', businessKey: 'A-17', variables: { amount: 3 } })
  expect(answer.outcome).toBe('started')
  const instance = await node.instance(answer.instanceIds[0] ?? '')
  expect(instance).toMatchObject({ processKey: 'byMessage', status: 'active', businessKey: 'A-17' })
  expect(instance?.body.root.variables).toEqual({ amount: 3 })
  expect((await publish(node.host, { name: 'order', start: 'never' })).outcome).toBe('none')
})

test('start ifNone prefers who waits, start always does both', async () => {
  const node = await createNode()
  await node.deploy(startedByMessage)
  await node.deploy(file('both', row(start, catchMessage('wait', 'm'), end), message('m', 'order')))
  const first = await node.start('both')
  expect(await publish(node.host, { name: 'order' })).toEqual({ outcome: 'correlated', instanceIds: [first] })
  expect((await publish(node.host, { name: 'order' })).outcome).toBe('started')
  const second = await node.start('both')
  const answer = await publish(node.host, { name: 'order', start: 'always' })
  expect(answer.outcome).toBe('correlated')
  expect(answer.instanceIds).toHaveLength(2)
  expect(answer.instanceIds).toContain(second)
  expect((await node.all()).filter((instance) => instance.processKey === 'byMessage')).toHaveLength(2)
})

test('a message for one that starts several processes is ambiguous; one for all starts each', async () => {
  const node = await createNode()
  const other = startedByMessage.replaceAll('byMessage', 'other')
  await node.deploy(startedByMessage)
  await node.deploy(other)
  expect((await publish(node.host, { name: 'order' })).outcome).toBe('ambiguous')
  expect((await publish(node.host, { name: 'order', target: 'all' })).instanceIds).toHaveLength(2)
  expect((await node.all()).map((instance) => instance.processKey).sort()).toEqual(['byMessage', 'other'])
})

test('a thrown message is delivered by a job, once, and nobody waiting is no error', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  await node.deploy(file('sender', row(start, throwMessage('send', 'm'), end), message('m', 'paid')))
  await node.start('sender')
  expect(await node.drain()).toBe(0)
  expect(await node.jobs()).toEqual([])
  const id = await node.start('keyless')
  await node.drain()
  await node.start('sender')
  const sent = (await node.jobs()).find((stored) => stored.record.kind === 'message')
  if (sent === undefined) throw new Error('no delivery')
  await Promise.all([deliver(node.host, sent), deliver(node.host, sent)])
  expect(await statusOf(node, id)).toEqual(['completed'])
  const waiting = await node.start('keyless')
  await deliver(node.host, sent) // the answer of the first one was lost: done again
  expect(await statusOf(node, waiting)).toEqual(['active'])
})

test('a delivery whose lease was taken over has no effect', async () => {
  const node = await createNode()
  await node.deploy(keyless)
  await node.deploy(file('sender', row(start, throwMessage('send', 'm'), end), message('m', 'paid')))
  const id = await node.start('keyless')
  await node.start('sender')
  const claim = { owner: 'a', now: node.clock.now(), leaseMs: 0, where: { kind: { eq: 'message' } }, limit: 1 }
  const [mine] = await node.host.storage.claim(jobs, claim)
  const [theirs] = await node.host.storage.claim(jobs, { ...claim, owner: 'b' })
  if (mine === undefined || theirs === undefined) throw new Error('not claimed')
  await deliver(node.host, mine)
  expect(await statusOf(node, id)).toEqual(['active'])
  await deliver(node.host, theirs)
  expect(await statusOf(node, id)).toEqual(['completed'])
})

test('inside a host transaction a message is written down and delivered later', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const id = await node.start('keyed', { variables: { orderId: 'A' } })
  const within = { ...node.host, joined: true }
  expect(await publish(within, { name: 'paid', correlationKey: 'A' })).toEqual({ outcome: 'pending', instanceIds: [] })
  expect(await publish(within, { name: 'paid', correlationKey: 'B', ttl: 'PT1H' })).toEqual({ outcome: 'pending', instanceIds: [] })
  expect(await statusOf(node, id)).toEqual(['active'])
  await node.drain()
  expect(await statusOf(node, id)).toEqual(['completed'])
  expect(await node.host.storage.count(messages, {}, 10)).toBe(1)
})

test('a message without a name, with an unknown target or with a ttl that is no duration is refused', async () => {
  const { host } = await createNode()
  await expect(publish(host, { name: '' })).rejects.toMatchObject({ code: 'invalidArgument' })
  await expect(publish(host, { name: 'a', target: 'some' as 'all' })).rejects.toMatchObject({ code: 'invalidArgument' })
  await expect(publish(host, { name: 'a', ttl: '1h' })).rejects.toMatchObject({ code: 'invalidArgument' })
})

test.each(sharedDatabases)(
  'two nodes on $name: a kept message and a receiver that appear at the same time find each other',
  async ({ make }) => {
    const open = make()
    const nodes: Node[] = []
    for (let i = 0; i < 2; i++) nodes.push(await createNode({ storage: open() }))
    const [publisher, subscriber] = nodes as [Node, Node]
    await publisher.deploy(keyed)
    const rounds = 60
    const ids = await Promise.all(
      Array.from({ length: rounds }, async (_, i) => {
        const orderId = `order-${i}`
        const receiver = subscriber.start('keyed', { variables: { orderId } }).then(async (id) => {
          await lookForKept(subscriber, id)
          return id
        })
        const request = { name: 'paid', correlationKey: orderId, ttl: 'PT1H', variables: { n: i } }
        const [id] = await Promise.all([receiver, publish(publisher.host, request)])
        return id
      }),
    )
    expect(await statusOf(publisher, ...ids)).toEqual(ids.map(() => 'completed'))
    expect(await publisher.host.storage.count(messages, {}, 10)).toBe(0)
  },
)
