import { expect, test } from 'vitest'
import { deliver } from '../../src/runtime/deliver.ts'
import { publish } from '../../src/runtime/messages.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { end, file, message, row, startBy, startedByMessage, userTask } from './message-models.ts'
import { createNode, type Node } from './message-node.ts'

function timed(kind: 'timeDate' | 'timeDuration' | 'timeCycle', text: string, key = 'timed'): string {
  const definition = `<bpmn:timerEventDefinition><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${text}</bpmn:${kind}></bpmn:timerEventDefinition>`
  return file(key, row(startBy(definition), userTask('look'), end))
}

async function dueTimes(node: Node): Promise<string[]> {
  return (await node.jobs())
    .filter((job) => job.record.kind === 'startTimer')
    .map((job) => new Date(job.record.dueAt ?? 0).toISOString().slice(11, 19))
}

async function startTimes(node: Node): Promise<string[]> {
  return (await node.all()).map((instance) => new Date(instance.startedAt).toISOString().slice(11, 19))
}

test('a cycle starts an instance an interval, R3 three in all', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R3/PT10M'))
  for (let i = 0; i < 5; i++) {
    node.clock.advance('PT10M')
    await node.drain()
  }
  expect(await startTimes(node)).toEqual(['09:10:00', '09:20:00', '09:30:00'])
  expect((await node.all()).every((instance) => instance.body.root.tokens[2]?.elementId === 'look')).toBe(true)
  expect(await node.jobs()).toEqual([])
})

test('a cycle that is executed late is due again an interval after it was due, not after it was executed', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  for (const minutes of [13, 9, 8]) {
    node.clock.advance(`PT${minutes}M`)
    await node.drain()
  }
  expect(await startTimes(node)).toEqual(['09:13:00', '09:22:00', '09:30:00'])
  expect(await dueTimes(node)).toEqual(['09:40:00'])
})

test('a cycle whose start failed and was tried again later is due as if nothing had been', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  const [job] = await node.jobs()
  if (job === undefined) throw new Error('not armed')
  const record = { ...job.record, dueAt: (job.record.dueAt ?? 0) + 90_000 }
  await node.host.commit({ id: 'retry', expect: [], touch: [], put: [{ collection: jobs, record }], delete: [], append: [] })
  node.clock.advance('PT12M')
  await node.drain()
  expect(await startTimes(node)).toEqual(['09:12:00'])
  expect(await dueTimes(node)).toEqual(['09:20:00'])
})

test('a node that was away starts an instance for each occurrence that it missed', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  node.clock.advance('PT35M')
  await node.drain()
  expect(await node.all()).toHaveLength(3)
  expect(await dueTimes(node)).toEqual(['09:40:00'])
})

test('a cron expression starts an instance at each of its times', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', '0 0/30 * * * ?'))
  expect(await dueTimes(node)).toEqual(['09:30:00'])
  node.clock.advance('PT31M')
  await node.drain()
  expect(await startTimes(node)).toEqual(['09:31:00'])
  expect(await dueTimes(node)).toEqual(['10:00:00'])
})

test.each([
  ['timeDate', '2026-01-01T10:00:00Z', '10:00:00'],
  ['timeDate', '2020-01-01T10:00:00Z', '09:00:00'],
  ['timeDuration', 'PT90M', '10:30:00'],
] as const)('a %s of %s starts one instance at %s', async (kind, text, at) => {
  const node = await createNode()
  await node.deploy(timed(kind, text))
  await node.drain()
  node.clock.set(`2026-01-01T${at}Z`)
  await node.drain()
  node.clock.advance('P2D')
  await node.drain()
  expect(await startTimes(node)).toEqual([at])
  expect(await node.jobs()).toEqual([])
})

test('timers are armed for the latest version only', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  node.clock.advance('PT4M')
  const latest = await node.deploy(timed('timeCycle', 'R/PT5M'))
  expect(await dueTimes(node)).toEqual(['09:09:00'])
  node.clock.advance('PT10M')
  await node.drain()
  expect((await node.all()).map((instance) => instance.definitionId)).toEqual([latest, latest])
})

test('an occurrence starts one instance, however often its job is executed', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  node.clock.advance('PT10M')
  const [job] = await node.host.storage.claim(jobs, { owner: 'a', now: node.clock.now(), leaseMs: 1000, where: {}, limit: 1 })
  if (job === undefined) throw new Error('not due')
  await Promise.all([deliver(node.host, job), deliver(node.host, job)])
  await deliver(node.host, job)
  expect(await node.all()).toHaveLength(1)
})

test('an occurrence that a newer version came before starts nothing', async () => {
  const node = await createNode()
  await node.deploy(timed('timeCycle', 'R/PT10M'))
  node.clock.advance('PT10M')
  const [job] = await node.host.storage.find(jobs, { where: { kind: { eq: 'startTimer' } }, limit: 1 })
  if (job === undefined) throw new Error('not armed')
  await node.deploy(timed('timeCycle', 'R/PT1H'))
  await deliver(node.host, job)
  expect(await node.all()).toEqual([])
})

test('messages start the latest version only, and none once it has no such start event', async () => {
  const node = await createNode()
  await node.deploy(startedByMessage)
  const second = await node.deploy(startedByMessage.replace('id="look"', 'id="look" name="newer"'))
  const answer = await publish(node.host, { name: 'order' })
  expect((await node.instance(answer.instanceIds[0] ?? ''))?.definitionId).toBe(second)
  await node.deploy(startedByMessage.replace('name="order"', 'name="renamed"'))
  expect((await publish(node.host, { name: 'order' })).outcome).toBe('none')
  expect((await publish(node.host, { name: 'renamed' })).outcome).toBe('started')
})

test("a tenant's own process is started instead of the shared one of its key; others are started for it too", async () => {
  const node = await createNode()
  const shared = await node.deploy(startedByMessage)
  const own = await node.deploy(startedByMessage, 't1')
  const forTenant = await publish(node.host, { name: 'order', tenantId: 't1' })
  const forOther = await publish(node.host, { name: 'order', tenantId: 't2' })
  const started = [await node.instance(forTenant.instanceIds[0] ?? ''), await node.instance(forOther.instanceIds[0] ?? '')]
  expect(started.map((instance) => [instance?.definitionId, instance?.tenantId])).toEqual([
    [own, 't1'],
    [shared, 't2'],
  ])
})

test('a start event whose message name needs a variable cannot be armed', async () => {
  const node = await createNode()
  const content = row(startBy('<bpmn:messageEventDefinition messageRef="m" />'), userTask('look'), end)
  await expect(node.deploy(file('dynamic', content, message('m', '=topic')))).rejects.toMatchObject({ code: 'notExecutable' })
  expect(await node.host.storage.count(jobs, {}, 1)).toBe(0)
})
