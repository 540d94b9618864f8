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
const INNER = `<bpmn:startEvent id="in"/>${user('A') + boundary('late', 'A', timer('PT48H')) + user('B')}<bpmn:endEvent id="out"/>${[
  ['in', 'A'],
  ['A', 'B'],
  ['B', 'out'],
  ['late', 'B'],
]
  .map(([from, to]) => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`)
  .join('')}`
const WRAPPED = model(
  `<bpmn:subProcess id="sub">${INNER}</bpmn:subProcess>${boundary('over', 'sub', timer('PT30H'))}${user('C')}`,
  'S>sub sub>E over>C C>E',
)
const MAP = { A: 'A2', B: 'B2', late: 'late2' }

/** Puts the instance on the model, and gives what became of it. */
async function migrate(
  desk: TestDesk,
  id: string,
  xml: string,
  map: Record<string, string> = {},
  more: { readonly reanchor?: Record<string, string>; readonly retime?: boolean | string[] } = {},
) {
  const { processes } = await desk.engine.deploy(xml)
  const answer = await desk.engine.instances.migrate({ instances: [id], to: processes[0]?.id ?? '', map, actor: 'ops', ...more })
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

  test('MG1: where the step has no place in the new model, or is of another kind there, the instance stays', async () => {
    const id = await begun(desk, BEFORE)
    const away = await leaveAt(desk, id, 'A')
    const refused = await migrate(desk, id, AFTER)
    expect(refused).toMatchObject({ outcome: 'failed', code: 'DeviationAnchorUnmapped' })
    for (const name of [id, away.id, '"A"', 'reanchor']) expect(refused?.reason).toContain(name)
    expect(await migrate(desk, id, model(caught('A', message()), 'S>A A>E'))).toMatchObject({ code: 'DeviationAnchorUnmapped' })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    expect((await deviationOf(desk, away)).migrations).toBeUndefined()
  })

  test('MG1: a deviation is put before a step of another kind: the one that it left is withdrawn, the other begins on return', async () => {
    const id = await begun(desk, model(user('A') + boundary('late', 'A', timer('PT24H')) + user('B'), 'S>A A>B B>E late>E'))
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'look', assignee: 'lee', required: true, actor: 'kim' })
    const heard = model(caught('M', message()) + user('B'), 'S>M M>B B>E')
    const { processes } = await desk.engine.deploy(heard)
    const call = { instances: [id], to: processes[0]?.id ?? '', reanchor: { A: 'M' } }
    const tried = await desk.engine.instances.migrate({ ...call, dryRun: true })
    expect(tried).toMatchObject({ report: [{ outcome: 'possible', tokens: [{ from: 'A', to: 'M' }] }] })
    await expect(desk.engine.instances.migrate({ ...call, reanchor: { A: 'nowhere' } })).rejects.toMatchObject({ code: 'unknownElement' })
    expect(await migrate(desk, id, heard, {}, { reanchor: { A: 'S' } })).toMatchObject({ code: 'DeviationAnchorUnmapped' })
    expect(await migrate(desk, id, heard, {}, { reanchor: { A: 'M' } })).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['M:held'])
    expect((await desk.engine.tasks.find({ instanceId: id, held: true })).length, 'the task of the step that was left').toBe(0)
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'away',
      anchor: { elementId: 'M' },
      timers: [],
      migrations: [{ reanchored: true, from: { elementId: 'A' }, to: { elementId: 'M' } }],
    })
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['M:waiting'])
    await desk.engine.messages.publish({ name: 'paid' })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
  })

  test('MG1: who works alongside a step without a counterpart keeps the instance, or is off the path before another step', async () => {
    const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
    const [first, second] = [
      await leaveAt(desk, id, 'A', { mode: 'alongside', gate: true }),
      await leaveAt(desk, id, 'A', { mode: 'alongside', actor: 'tom' }),
    ]
    const item = await desk.cases.addItem(first.id, { kind: 'human', name: 'look', assignee: 'lee', required: true, actor: 'kim' })
    const other = model(caught('M', message()) + user('B'), 'S>M M>B B>E')
    const { processes } = await desk.engine.deploy(other)
    const tried = await desk.engine.instances.migrate({ instances: [id], to: processes[0]?.id ?? '', dryRun: true })
    expect(tried).toMatchObject({ report: [{ outcome: 'refused', code: 'DeviationAnchorUnmapped' }] })
    const refused = await migrate(desk, id, other)
    expect(refused).toMatchObject({ outcome: 'failed', code: 'DeviationAnchorUnmapped' })
    for (const name of [id, first.id, '"A"', 'reanchor']) expect(refused?.reason).toContain(name)
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect(await migrate(desk, id, other, {}, { reanchor: { A: 'M' } })).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['M:held'])
    expect((await desk.engine.tasks.find({ instanceId: id, elementId: 'A' })).length, 'the task of the step').toBe(0)
    const was = { migrations: [{ reanchored: true, from: { elementId: 'A' }, to: { elementId: 'M' } }], anchor: { elementId: 'M' } }
    expect(await deviationOf(desk, first)).toMatchObject({ state: 'away', mode: 'detour', ...was })
    expect(await deviationOf(desk, second)).toMatchObject({ state: 'away', mode: 'alongside', ...was })
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await desk.cases.return(first.id, { to: 'resume', actor: 'kim' })
    await desk.engine.messages.publish({ name: 'paid' })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect(await deviationOf(desk, second), 'the step is over, and the work beside it with that').toMatchObject({ state: 'returned' })
    expect(await desk.cases.verifyAudit(first.caseId)).toMatchObject({ ok: true })
  })

  test('MG1: who works alongside a sub-process that ends with the migration keeps the instance too', async () => {
    const id = await begun(desk, WRAPPED)
    const away = await leaveAt(desk, id, 'sub', { mode: 'alongside' })
    const refused = await migrate(desk, id, BEFORE)
    expect(refused).toMatchObject({ outcome: 'failed', code: 'DeviationAnchorUnmapped', reason: expect.stringContaining('"sub"') })
    expect(await migrate(desk, id, BEFORE, {}, { reanchor: { sub: 'B' } })).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['B:held'])
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', mode: 'detour', anchor: { elementId: 'B' } })
    expect(await desk.engine.jobs.find({ instanceId: id }), 'nothing of the sub-process is left').toEqual([])
  })

  test('MG3: who works alongside goes into, and out of, a sub-process with the step', async () => {
    const id = await begun(desk, BEFORE)
    const away = await leaveAt(desk, id, 'A', { mode: 'alongside' })
    const beside = `<bpmn:subProcess id="sub"><bpmn:startEvent id="in"/>${user('X')}<bpmn:sequenceFlow id="in_X" sourceRef="in" targetRef="X"/></bpmn:subProcess>`
    for (const [xml, at] of [
      [WRAPPED, ['A:waiting', 'sub:active']],
      [model(beside + user('A') + boundary('late', 'A', timer('PT24H')) + user('C'), 'S>sub sub>A A>E late>C C>E'), ['A:waiting']],
    ] as const) {
      expect(await migrate(desk, id, xml)).toMatchObject({ outcome: 'done' })
      expect(await positions(desk.engine, id)).toEqual(at)
      expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', mode: 'alongside', anchor: { elementId: 'A' } })
    }
    await complete(desk, id, 'A')
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'returned' })
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('MG1: work that ends late for a step that the deviation has left counts for nothing', async () => {
    const id = await begun(desk, model(`<bpmn:serviceTask id="A" name="A"/>${user('B')}`, 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    expect(await migrate(desk, id, model(user('A') + user('B'), 'S>A A>B B>E'), {}, { reanchor: { A: 'B' } })).toMatchObject({
      outcome: 'done',
    })
    expect(await desk.engine.jobs.find({ instanceId: id, kind: 'work' })).toEqual([])
    await desk.cases.return(away.id, { to: 'skip', actor: 'kim' })
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('MG1: what was taken back, or taken over, is a detour before the step to which it was put', async () => {
    const before = model(`<bpmn:subProcess id="sub">${INNER}</bpmn:subProcess>${user('C')}`, 'S>sub sub>C C>E')
    for (const mode of ['withdraw', 'takeOver'] as const) {
      const id = await begun(desk, before)
      const away = await leaveAt(desk, id, mode === 'withdraw' ? 'A' : 'sub', { mode })
      const anchor = { reanchor: mode === 'withdraw' ? { A: 'B' } : { sub: 'C' } }
      expect(await migrate(desk, id, mode === 'withdraw' ? before : model(user('C'), 'S>C C>E'), {}, anchor)).toMatchObject({
        outcome: 'done',
      })
      expect(await deviationOf(desk, away)).toMatchObject({ mode: 'detour', migrations: [{ reanchored: true }] })
      await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
      expect((await positions(desk.engine, id))[0]).toBe(mode === 'withdraw' ? 'B:waiting' : 'C:waiting')
    }
  })

  test('MG2: a timer that stands still keeps what was left of it, or goes by the new model where it is asked for', async () => {
    const ids = [await begun(desk, BEFORE), await begun(desk, BEFORE)] as const
    await desk.engine.advance('PT20H')
    const [kept, anew] = [await leaveAt(desk, ids[0], 'A'), await leaveAt(desk, ids[1], 'A')]
    await migrate(desk, ids[0], AFTER, MAP)
    await expect(migrate(desk, ids[1], AFTER, MAP, { retime: ['B2'] })).rejects.toMatchObject({ code: 'unknownElement' })
    expect(await migrate(desk, ids[1], AFTER, MAP, { retime: ['late2'] })).toMatchObject({ outcome: 'done' })
    const left = async (away: typeof kept) => (await deviationOf(desk, away)).timers
    expect(await left(kept)).toMatchObject([{ elementId: 'late2', policy: 'pause', remainingMs: 4 * HOUR }])
    expect(await left(anew)).toMatchObject([{ elementId: 'late2', policy: 'pause', remainingMs: 48 * HOUR }])
    for (const away of [kept, anew]) await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await desk.engine.advance('PT4H')
    expect([await positions(desk.engine, ids[0]), await positions(desk.engine, ids[1])]).toEqual([['C:waiting'], ['A2:waiting']])
    await desk.engine.advance('PT44H')
    expect(await positions(desk.engine, ids[1])).toEqual(['C:waiting'])
  })

  test('MG2: a timer that runs on for who is away counts anew where it is asked for; one that has come already stays as it came', async () => {
    const waited = (id: string, after: string) => model(caught(id, timer(after)) + user('B'), `S>${id} ${id}>B B>E`)
    const ids = [await begun(desk, waited('T', 'PT4H')), await begun(desk, waited('T', 'PT4H'))] as const
    const [, late] = [await leaveAt(desk, ids[0], 'T'), await leaveAt(desk, ids[1], 'T')]
    await desk.engine.advance('PT3H')
    expect(await migrate(desk, ids[0], waited('T', 'PT9H'), {}, { retime: true })).toMatchObject({ outcome: 'done' })
    const due = async (id: string) =>
      (await desk.engine.jobs.find({ instanceId: id, kind: 'timer' })).map(({ dueAt }) => Date.parse(dueAt ?? ''))
    const now = Date.parse((await deviationOf(desk, late)).leftAt) + 3 * HOUR
    expect(await due(ids[0])).toEqual([now + 9 * HOUR])
    await desk.engine.advance('PT2H')
    expect(await migrate(desk, ids[1], waited('T', 'PT9H'), {}, { retime: true })).toMatchObject({ outcome: 'done' })
    await desk.cases.return(late.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, ids[1])).toEqual(['B:waiting'])
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

  test('MG5: what is pinned to a step to come is met there by a token that the migration itself sends on', async () => {
    const gateways = `<bpmn:parallelGateway id="split"/><bpmn:inclusiveGateway id="join"/>`
    const steps = (last: string) => gateways + user('A') + user('X') + boundary('late', 'A', timer('PT24H')) + user(last)
    const flows = (last: string) => `S>split split>A split>X A>join join>${last} ${last}>E`
    const id = await begun(desk, model(steps('B'), `${flows('B')} late>E X>join`))
    await desk.cases.defer({ instanceId: id, before: 'B', item: { kind: 'human', name: 'check' }, actor: 'kim' })
    await complete(desk, id, 'A')
    const without = model(steps('B2'), `${flows('B2')} late>join X>E`)
    expect(await migrate(desk, id, without, { B: 'B2' })).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['B2:held', 'X:waiting'])
  })

  test('MG5: where what it is pinned to is gone, the next element behind that is offered, and a map pins it there', async () => {
    const id = await begun(desk, model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E'))
    await desk.cases.defer({ instanceId: id, before: 'B', item: { kind: 'human', name: 'check' }, actor: 'kim' })
    const without = model(user('A') + user('C'), 'S>A A>C C>E')
    const refused = await migrate(desk, id, without)
    expect([refused?.code, refused?.reason]).toEqual(['PinTargetGone', expect.stringContaining('"C" comes next')])
    expect(await migrate(desk, id, without, { B: 'C' })).toMatchObject({ outcome: 'done' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['C:held'])
  })

  test('MG3: a step that is inside a new sub-process in the new model goes in there with who is away, its task and what was left of its timers', async () => {
    const id = await begun(desk, BEFORE)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.claim(task?.id ?? '', 'tom')
    await desk.engine.tasks.saveDraft(task?.id ?? '', { note: 'half' })
    await desk.engine.advance('PT20H')
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'look', assignee: 'lee', actor: 'kim' })
    expect(await migrate(desk, id, WRAPPED)).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['A:held', 'sub:active'])
    const { anchor, timers } = await deviationOf(desk, away)
    expect(timers).toMatchObject([{ elementId: 'late', remainingMs: 4 * HOUR }])
    expect(anchor.scopePath).toMatch(/\/sub:1$/)
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const [back] = await desk.engine.tasks.find({ instanceId: id })
    expect(back).toMatchObject({ id: task?.id, elementId: 'A', assignee: 'tom', draft: { note: 'half' } })
    await desk.engine.tasks.complete(back!.id, { actor: 'tom' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting', 'sub:active'])
    const again = await leaveAt(desk, id, 'B')
    await desk.engine.advance('PT30H')
    expect(await positions(desk.engine, id), 'the timer of the sub-process goes on for who is away inside').toEqual(['C:waiting'])
    expect(await deviationOf(desk, again)).toMatchObject({ state: 'preempted', preempted: { elementId: 'over' } })
    expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
  })

  test('MG3: every return is there for who went in with the step; where the whole is off the path the new sub-process is too', async () => {
    const ways = [
      { to: 'redo', at: ['A:waiting', 'sub:active'] },
      { to: 'skip', at: ['B:waiting', 'sub:active'] },
      { to: { jump: 'B' }, at: ['B:waiting', 'sub:active'] },
    ] as const
    for (const { to, at } of ways) {
      const id = await begun(desk, BEFORE)
      const away = await leaveAt(desk, id, 'A')
      expect(await migrate(desk, id, WRAPPED)).toMatchObject({ outcome: 'done' })
      await desk.cases.return(away.id, { to, actor: 'kim' })
      expect(await positions(desk.engine, id)).toEqual(at)
      await desk.engine.instances.cancel(id)
      expect(await desk.engine.jobs.find({ instanceId: id }), 'nothing is left').toEqual([])
    }
    const id = await begun(desk, BEFORE)
    const whole = await desk.cases.leave({ instanceId: id, elementInstanceId: id, mode: 'takeOver', actor: 'kim', reason: 'all' })
    expect(await migrate(desk, id, WRAPPED)).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['A:held', 'sub:held'])
    await desk.engine.advance('P9D')
    await desk.cases.return(whole.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'sub:active'])
    await complete(desk, id, 'A')
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('MG4: a token that had arrived at a join, and a slot that was retired, go along by their flow; a join of fewer flows is refused', async () => {
    const joined = (flows: string, more = '') =>
      model(`<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}${user('D')}${more}`, flows)
    const old = joined('S>F F>A F>B F>D A>J B>J D>J J>C C>E')
    const id = await begun(desk, old)
    await complete(desk, id, 'B')
    const held = await leaveAt(desk, id, 'J')
    const ended = await leaveAt(desk, id, 'D')
    await desk.cases.return(ended.id, { to: { endBranch: { retireJoinSlot: true } }, actor: 'kim' })
    const fewer = await migrate(desk, id, joined('S>F F>A F>B A>J B>J J>C C>D D>E'))
    expect(fewer).toMatchObject({ outcome: 'failed', code: 'notMigratable' })
    expect(await migrate(desk, id, joined('S>F F>A F>B F>D A>J B>J D>J J>X X>C C>E', user('X')))).toMatchObject({ outcome: 'done' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['J:arrived', 'J:arrived', 'J:held'])
    await desk.cases.return(held.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['X:waiting'])
  })

  test('MG6: what was done ad hoc is not done again by the step that stands for it now; what is at work is its work, what had not begun gives way', async () => {
    const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    const add = (equivalentTo: string, more = {}) =>
      desk.cases.addItem(away.id, { kind: 'human', name: equivalentTo, equivalentTo, assignee: 'lee', actor: 'kim', ...more })
    const done = await add('N1')
    await desk.cases.completeItem(done.id, { variables: { checked: true }, actor: 'lee' })
    const open = await add('N2', { staysOpen: true })
    const other = await desk.cases.addItem(away.id, { kind: 'human', name: 'other', assignee: 'lee', staysOpen: true, actor: 'kim' })
    const idle = await add('N3', { after: [other.id] })
    const after = model(['A', 'N1', 'N2', 'N3', 'B'].map((one) => user(one)).join(''), 'S>A A>N1 N1>N2 N2>N3 N3>B B>E')
    expect(await migrate(desk, id, after)).toMatchObject({ outcome: 'done' })
    const stateOf = async (item: { readonly id: string }) =>
      (await caseOf(desk, away.caseId)).items.filter((one) => one.id === item.id).map(({ state, closed }) => [state, closed?.cause])[0]
    expect(await stateOf(idle)).toEqual(['terminated', 'migrated'])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['N2:held'])
    expect((await desk.engine.instances.get(id))?.variables).toMatchObject({ checked: true })
    const [task] = await desk.engine.tasks.find({ assignee: 'lee', id: open.id })
    await desk.engine.tasks.complete(task!.id, { variables: { signed: true }, actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['N3:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toMatchObject({ checked: true, signed: true })
    expect((await desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
  })

  test('MG6: the step is done after all where what stood in for it is cancelled', async () => {
    const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'ask', equivalentTo: 'N', assignee: 'lee', actor: 'kim' })
    expect(await migrate(desk, id, model(user('A') + user('N') + user('B'), 'S>A A>N N>B B>E'))).toMatchObject({ outcome: 'done' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['N:held'])
    await desk.cases.cancelItem(item.id, { reason: 'moot', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['N:waiting'])
  })

  test('MG6: what the migration itself sends on waits for the item, too', async () => {
    const gates = '<bpmn:parallelGateway id="F"/><bpmn:inclusiveGateway id="J"/>'
    const id = await begun(desk, model(gates + user('A') + user('B') + user('C'), 'S>F F>A F>B A>J B>J J>C C>E'))
    const away = await leaveAt(desk, id, 'B')
    const item = await desk.cases.addItem(away.id, {
      kind: 'human',
      name: 'ask',
      equivalentTo: 'N',
      assignee: 'lee',
      staysOpen: true,
      actor: 'kim',
    })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await complete(desk, id, 'A')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting', 'J:arrived'])
    const after = model(gates + user('A') + user('B') + user('B2') + user('N') + user('C'), 'S>F F>A F>B F>B2 A>J B>J J>N N>C C>E B2>E')
    expect(await migrate(desk, id, after, { B: 'B2', f0: 'f0', f3: 'f4', f4: 'f5' })).toMatchObject({ outcome: 'done' })
    expect(await positions(desk.engine, id)).toEqual(['B2:waiting', 'N:held'])
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['B2:waiting', 'C:waiting'])
    expect((await desk.cases.verifyAudit(away.caseId)).problems).toEqual([])
  })

  test('MG6: of what gives way nothing stays pinned, and what stands in stays, in the same migration', async () => {
    const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    const work = { kind: 'human', assignee: 'lee' } as const
    const open = await desk.cases.addItem(away.id, { ...work, name: 'ask', equivalentTo: 'N2', staysOpen: true, actor: 'kim' })
    for (const [before, equivalentTo] of [
      ['B', 'N1'],
      ['E', 'N3'],
    ] as const)
      await desk.cases.defer({ instanceId: id, before, item: { ...work, name: before, equivalentTo }, reason: 'later', actor: 'kim' })
    const after = model(['A', 'N1', 'N2', 'N3', 'B'].map((one) => user(one)).join(''), 'S>A A>N1 N1>N2 N2>N3 N3>B B>E')
    expect(await migrate(desk, id, after)).toMatchObject({ outcome: 'done' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await complete(desk, id, 'A')
    await complete(desk, id, 'N1')
    expect(await positions(desk.engine, id)).toEqual(['N2:held'])
    await desk.cases.completeItem(open.id, { actor: 'lee' })
    await complete(desk, id, 'N3')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('MG9: in a batch each instance is told of by itself; with afterReturn one that is off the path goes on by the new model when it is back', async () => {
    const { processes } = await desk.engine.deploy(AFTER)
    const here = await begun(desk, BEFORE)
    const away = await begun(desk, BEFORE)
    const over = await begun(desk, BEFORE)
    const left = await leaveAt(desk, away, 'A')
    const ending = await leaveAt(desk, over, 'A')
    const { batchId } = await desk.engine.instances.migrate({
      instances: [here, away, over],
      to: processes[0]?.id ?? '',
      map: MAP,
      afterReturn: true,
      actor: 'ops',
    })
    await desk.engine.drain()
    const outcomes = async () => (await desk.engine.batches.get(batchId))?.report.map(({ outcome, code }) => code ?? outcome)
    expect(await outcomes()).toEqual(['done', 'deferred', 'deferred'])
    expect(await positions(desk.engine, away)).toEqual(['A:held'])
    await desk.cases.return(left.id, { to: 'resume', actor: 'kim' })
    await desk.cases.return(ending.id, { to: 'stayOff', actor: 'kim' })
    await desk.engine.drain()
    expect(await positions(desk.engine, away)).toEqual(['A2:waiting'])
    expect(await outcomes()).toEqual(['done', 'done', 'instanceEnded'])
    expect((await desk.engine.jobs.find({ instanceId: over })).length).toBe(0)
  })

  test('MG10: where the new model is stricter, a step that was skipped before is listed for review, and the instance goes on', async () => {
    const id = await begun(desk, model(user('A') + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'skip', actor: 'kim' })
    const policy = '<leeway:deviation xmlns:leeway="https://leeway.dev/schema/1.0" mandatory="true"/>'
    const strict = `<bpmn:userTask id="A"><bpmn:extensionElements>${policy}</bpmn:extensionElements></bpmn:userTask>`
    expect(await migrate(desk, id, model(strict + user('B'), 'S>A A>B B>E'))).toMatchObject({ outcome: 'done' })
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'returned', review: { because: ['mandatory:A'] } })
    expect((await caseOf(desk, away.caseId)).timeline).toContainEqual(
      expect.objectContaining({ type: 'deviation:review', because: ['mandatory:A'] }),
    )
    await complete(desk, id, 'B')
    expect((await desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
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
