import { describe, expect, test } from 'vitest'
import {
  begun,
  boundary,
  caseOf,
  caught,
  complete,
  describeDesk,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  type TestDesk,
  timer,
  useDesk,
  user,
} from '../desk.ts'

const BEFORE = model(user('A') + user('B') + boundary('late', 'A', timer('PT24H')) + user('C'), 'S>A A>B B>E late>C C>E')
const AFTER = model(user('A2') + user('B2') + boundary('late2', 'A2', timer('PT48H')) + user('C'), 'S>A2 A2>B2 B2>E late2>C C>E')
const MAP = { A: 'A2', B: 'B2', late: 'late2' }

/** Puts the instance on the model, and gives what became of it. */
async function migrate(desk: TestDesk, id: string, xml: string, map: Record<string, string> = {}) {
  const { processes } = await desk.engine.deploy(xml)
  const answer = await desk.engine.instances.migrate({ instances: [id], to: processes[0]?.id ?? '', map, actor: 'ops' })
  await desk.engine.drain()
  const batch = 'batchId' in answer ? await desk.engine.batches.get(answer.batchId) : null
  return batch?.report[0]
}

describeDesk('migration while off the path', (desk) => {
  test('MG1, MG2, MG7: a deviation follows its step, with the draft and what was left of the timers; the record keeps both models', async () => {
    const id = await begun(desk, BEFORE)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.claim(task?.id ?? '', 'tom')
    await desk.engine.tasks.saveDraft(task?.id ?? '', { note: 'half' })
    await desk.engine.advance('PT20H')
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.advance('P3D')
    expect(await migrate(desk, id, AFTER, MAP)).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['A2:held'])
    const deviation = await deviationOf(desk, away)
    expect(deviation).toMatchObject({
      state: 'away',
      anchor: { elementId: 'A2' },
      definition: { id: 'p:2', version: 2 },
      timers: [{ elementId: 'late2', policy: 'pause', remainingMs: 4 * HOUR }],
      migrations: [
        { actor: 'ops', from: { definition: { id: 'p:1' }, elementId: 'A' }, to: { definition: { id: 'p:2' }, elementId: 'A2' } },
      ],
    })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const [back] = await desk.engine.tasks.find({ instanceId: id })
    expect(back).toMatchObject({ id: task?.id, elementId: 'A2', assignee: 'tom', draft: { note: 'half' } })
    await desk.engine.advance('PT4H')
    expect(await positions(desk.engine, id), 'the timer went on with what was left').toEqual(['C:waiting'])
    expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
  })

  test('MG1: where the step has no place in the new model the instance stays', async () => {
    const id = await begun(desk, BEFORE)
    const away = await leaveAt(desk, id, 'A')
    expect(await migrate(desk, id, AFTER)).toMatchObject({ outcome: 'failed', code: 'notMigratable' })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect((await deviationOf(desk, away)).migrations).toBeUndefined()
  })

  test('MG2: a message that was kept for the step is applied on the return, by the model of now', async () => {
    const id = await begun(desk, model(caught('M', message()) + user('B'), 'S>M M>B B>E'))
    const away = await leaveAt(desk, id, 'M')
    await desk.engine.messages.publish({ name: 'paid', variables: { by: 'card' } })
    await desk.engine.drain()
    expect(await migrate(desk, id, model(caught('N', message()) + user('B2'), 'S>N N>B2 B2>E'), { M: 'N', B: 'B2' })).toMatchObject({
      outcome: 'done',
    })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B2:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toMatchObject({ by: 'card' })
  })

  test('MG5: what is pinned to a step to come follows it; where that is gone the instance stays', async () => {
    const id = await begun(desk, BEFORE)
    const item = await desk.cases.defer({ instanceId: id, before: 'B', item: { kind: 'human', name: 'check' }, actor: 'kim' })
    const refused = await migrate(desk, id, AFTER, { A: 'A2', late: 'late2' })
    expect(refused).toMatchObject({ outcome: 'failed', code: 'PinTargetGone' })
    expect(await migrate(desk, id, AFTER, MAP)).toMatchObject({ outcome: 'done' })
    await complete(desk, id, 'A2')
    expect(await positions(desk.engine, id)).toEqual(['B2:held'])
    await desk.cases.completeItem(item.id, { actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B2:waiting'])
  })
})

describe('an instance that is not proven', () => {
  const desk = useDesk()

  test('MG8: is not migrated', async () => {
    const fork = model(
      `${user('A') + user('B') + user('C')}<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>`,
      'S>F F>A F>B A>J B>J J>C C>E',
    )
    const id = await begun(desk, fork)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, {
      to: { jump: 'C' },
      override: { by: 'max', reason: 'no time' },
      reason: 'no time',
      actor: 'kim',
    })
    expect((await caseOf(desk, away.caseId)).path).toMatchObject([{ unproven: true }])
    expect(await migrate(desk, id, fork.replace('name="A"', 'name="A now"'))).toMatchObject({ outcome: 'failed', code: 'UnprovenInstance' })
  })
})

const HOUR = 3_600_000
