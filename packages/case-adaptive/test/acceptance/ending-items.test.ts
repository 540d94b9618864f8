import { expect, test } from 'vitest'
import { begun, caseOf, leaveAt, message, model, refusal, useDesk, user } from '../desk.ts'

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
