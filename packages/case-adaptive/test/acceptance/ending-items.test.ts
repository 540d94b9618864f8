import { expect, test } from 'vitest'
import { begun, caseOf, complete, leaveAt, message, model, positions, refusal, slowWork, useDesk, user } from '../desk.ts'

const AQ = model(user('A'), 'S>A A>E').replace(
  '</bpmn:definitions>',
  `<bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="qs"/><bpmn:receiveTask id="Q" messageRef="paid"/><bpmn:endEvent id="qe"/>
  <bpmn:sequenceFlow id="q1" sourceRef="qs" targetRef="Q"/><bpmn:sequenceFlow id="q2" sourceRef="Q" targetRef="qe"/></bpmn:process></bpmn:definitions>`,
)
const by = { actor: 'kim' }
const desk = useDesk()

test('a case that is resolved ends its open items that were not required: tasks, jobs and instances go, and it is on record', async () => {
  await desk.engine.deploy(AQ)
  const { id } = await desk.cases.open(by)
  const call = await desk.cases.addItem(id, { kind: 'human', name: 'call', assignee: 'lee', ...by })
  const next = await desk.cases.addItem(id, { kind: 'human', name: 'next', after: [call.id], ...by })
  const ask = await desk.cases.addItem(id, { kind: 'process', name: 'ask', process: 'q', ...by })
  const send = await desk.cases.addItem(id, { kind: 'service', name: 'send', type: 'post', ...by })
  await desk.engine.drain()
  const [run] = await desk.engine.instances.find({ processKey: 'q', status: 'active' })
  await desk.cases.resolve(id, { code: 'done', ...by })
  await desk.engine.drain()
  const { items, timeline } = await caseOf(desk, id)
  expect(Object.fromEntries(items.map((item) => [item.id, [item.state, item.closed?.cause]]))).toEqual(
    Object.fromEntries([call, next, ask, send].map((item) => [item.id, ['terminated', 'resolved']])),
  )
  expect(timeline.filter(({ change }) => change === 'terminated')).toHaveLength(4)
  expect(await desk.engine.tasks.find({ assignee: 'lee' })).toEqual([])
  expect(await desk.engine.jobs.count()).toBe(0)
  expect((await desk.engine.instances.get(run!.id))?.status).toBe('terminated')
  expect((await desk.cases.verifyAudit(id)).ok).toBe(true)
})

test('a case is not resolved over required work that a deviation left to it', async () => {
  const instance = await begun(
    desk,
    model(`${user('A')}<bpmn:boundaryEvent id="C" attachedToRef="A">${message()}</bpmn:boundaryEvent>`, 'S>A A>E C>E'),
  )
  const away = await leaveAt(desk, instance, 'A')
  const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'call', assignee: 'lee', required: true, ...by })
  await desk.engine.messages.publish({ name: 'paid', instanceId: instance })
  expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'rehomed' }])
  const refused = await refusal(desk.cases.resolve(away.caseId, { code: 'done', ...by }))
  expect([refused.code, refused.missing]).toEqual(['CaseNotDone', [{ id: item.id, name: 'call', type: 'item' }]])
  await desk.cases.completeItem(item.id, { actor: 'lee' })
  await desk.cases.resolve(away.caseId, { code: 'done', ...by })
})

test('an item that is cancelled ends with its task, on record with the reason; what waits for it is cancelled first', async () => {
  const instance = await begun(desk, model(user('A'), 'S>A A>E'))
  const away = await leaveAt(desk, instance, 'A')
  const call = await desk.cases.addItem(away.id, { kind: 'human', name: 'call', assignee: 'lee', required: true, ...by })
  const next = await desk.cases.addItem(away.id, { kind: 'human', name: 'next', after: [call.id], ...by })
  const reason = { code: 'moot', text: 'They called us.' }
  const awaited = await refusal(desk.cases.cancelItem(call.id, { reason, ...by }))
  expect([awaited.code, awaited.missing]).toMatchObject(['ItemAwaited', [{ id: next.id }]])
  await desk.cases.cancelItem(next.id, { reason, ...by })
  await desk.cases.cancelItem(call.id, { reason, ...by })
  const { items, timeline } = await caseOf(desk, away.caseId)
  expect(items.map(({ state, closed }) => [state, closed?.cause])).toEqual(Array(2).fill(['terminated', 'cancelled']))
  expect(timeline.filter(({ change }) => change === 'terminated').map((entry) => entry.reason)).toEqual([reason, reason])
  expect(await desk.engine.tasks.find({ assignee: 'lee' })).toEqual([])
  expect((await refusal(desk.cases.cancelItem(call.id, { reason, ...by }))).code).toBe('ItemNotCancelled')
  await desk.cases.return(away.id, { to: 'resume', ...by })
  expect((await desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
})

test('a completed item is undone by its compensator, unless it has none or somebody came back with it', async () => {
  const undone: unknown[] = []
  await desk.reopen({ handlers: { pay: () => ({ paid: 7 }), refund: (job) => void undone.push(job.variables) } })
  const instance = await begun(desk, model(user('A'), 'S>A A>E'))
  const away = await leaveAt(desk, instance, 'A')
  const pay = { kind: 'service', name: 'pay', type: 'pay', compensator: 'refund', ...by } as const
  const first = await desk.cases.addItem(away.id, pay)
  const second = await desk.cases.addItem(away.id, pay)
  const call = await desk.cases.addItem(away.id, { kind: 'human', name: 'call', ...by })
  await desk.engine.drain()
  await desk.cases.completeItem(call.id, by)
  await desk.cases.cancelItem(first.id, { reason: 'wrong', ...by })
  await desk.engine.drain()
  expect(undone).toEqual([{ paid: 7 }])
  const stateOf = async (id: string) => (await caseOf(desk, away.caseId)).items.find((item) => item.id === id)?.state
  expect([await stateOf(first.id), await stateOf(second.id)]).toEqual(['compensated', 'completed'])
  expect((await refusal(desk.cases.cancelItem(call.id, { reason: 'wrong', ...by }))).code).toBe('ItemNotCancelled')
  await desk.cases.return(away.id, { to: 'resume', ...by })
  expect((await refusal(desk.cases.cancelItem(second.id, { reason: 'wrong', ...by }))).code).toBe('ItemNotCancelled')
  expect(undone).toHaveLength(1)
})

test('what waited for the item alone goes on: the step it was pinned to, reached or not, and what was handed over to it', async () => {
  const instance = await begun(desk, model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E'))
  const pin = async (before: string) => desk.cases.defer({ instanceId: instance, before, item: { kind: 'human', name: 'check' }, ...by })
  const early = await pin('C')
  const pinned = await pin('B')
  await desk.cases.cancelItem(early.id, { reason: 'moot', ...by })
  await complete(desk, instance, 'A')
  expect(await positions(desk.engine, instance)).toEqual(['B:held'])
  await desk.cases.cancelItem(pinned.id, { reason: 'moot', ...by })
  expect(await positions(desk.engine, instance)).toEqual(['B:waiting'])
  const away = await leaveAt(desk, instance, 'B')
  await desk.cases.return(away.id, { to: { handOver: { case: true } }, ...by })
  const over = (await caseOf(desk, away.caseId)).items.find(({ state }) => state === 'active')
  await desk.cases.cancelItem(over!.id, { reason: 'moot', ...by })
  expect((await caseOf(desk, away.caseId)).deviations.find(({ id }) => id === away.id)).toMatchObject({ state: 'away', denied: {} })
  await desk.cases.return(away.id, { to: 'resume', ...by })
  await complete(desk, instance, 'B')
  expect(await positions(desk.engine, instance)).toEqual(['C:waiting'])
})

test('what goes on at the case is done when the instance that was left is deleted, whatever does it', async () => {
  const isPosting = slowWork()
  await desk.reopen({ handlers: { post: () => isPosting.ended } })
  const instance = await begun(desk, AQ)
  const away = await leaveAt(desk, instance, 'A')
  const add = (name: string, more: object = {}) =>
    desk.cases.addItem(away.id, { kind: 'human', name, assignee: 'lee', staysOpen: true, ...more, ...by })
  const [call, write, drop] = [await add('call', { required: true }), await add('write'), await add('drop')]
  await add('ask', { kind: 'process', process: 'q', assignee: undefined })
  await desk.engine.drain()
  await add('post', { kind: 'service', type: 'post', assignee: undefined })
  await desk.engine.instances.cancel(instance)
  await desk.engine.instances.delete(instance)

  await desk.cases.completeItem(call.id, { actor: 'lee' })
  await desk.engine.tasks.complete(write.taskId ?? '', { actor: 'lee' })
  await desk.cases.cancelItem(drop.id, { reason: 'no more', ...by })
  const [run] = await desk.engine.instances.find({ processKey: 'q', status: 'active' })
  await desk.engine.messages.publish({ name: 'paid', instanceId: run?.id ?? '' })
  isPosting.end()
  await desk.engine.drain()
  const { items } = await caseOf(desk, away.caseId)
  expect(items.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'ask completed',
    'call completed',
    'drop terminated',
    'post completed',
    'write completed',
  ])
  await desk.cases.resolve(away.caseId, { code: 'done', ...by })
  expect((await desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
})

test('what an item of the case was stuck with outlives the instance that was left, and is tried again', async () => {
  let isBroken = true
  const post = () => {
    if (isBroken) throw new Error('no answer')
  }
  await desk.reopen({ handlers: { post: { attempts: 1, run: post } } })
  const instance = await begun(desk, AQ)
  const away = await leaveAt(desk, instance, 'A')
  await desk.cases.addItem(away.id, { kind: 'process', name: 'ask', process: 'q', ...by })
  await desk.cases.addItem(away.id, { kind: 'service', name: 'post', type: 'post', ...by })
  await desk.engine.processes.suspend('q')
  await desk.engine.advance('P1D')
  await desk.cases.return(away.id, { to: 'stayOff', ...by })
  await desk.engine.instances.delete(instance)

  isBroken = false
  await desk.engine.processes.resume('q')
  const stuck = await desk.engine.incidents.find()
  expect(stuck.map(({ instanceId, jobType }) => [instanceId, jobType]).sort()).toEqual([
    [null, '$extension'],
    [null, 'post'],
  ])
  for (const { id } of stuck) await desk.engine.incidents.resolve(id)
  await desk.engine.drain()
  const [run] = await desk.engine.instances.find({ processKey: 'q', status: 'active' })
  await desk.engine.messages.publish({ name: 'paid', instanceId: run?.id ?? '' })
  await desk.engine.drain()
  expect((await caseOf(desk, away.caseId)).items.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'ask completed',
    'post completed',
  ])
  expect(await desk.engine.jobs.count()).toBe(0)
})
