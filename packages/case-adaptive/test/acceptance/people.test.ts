import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import type { CasesOptions, People } from '../../src/index.ts'
import { AB, begun, caseOf, deviationOf, leaveAt, model, openDesk, positions, refusal, useDesk, user } from '../desk.ts'

const PEOPLE: People = {
  persons: [
    { id: 'kim', roles: ['agent'], authority: { remedy: 50 } },
    { id: 'bob', roles: ['agent'] },
    { id: 'ann', roles: ['agent', 'senior'], skills: ['fraud'], authority: { remedy: 500 } },
    { id: 'max', roles: ['manager'] },
    { id: 'zoe', substituteFor: ['max', 'kim'] },
    { id: 'eve' },
  ],
  grants: {
    agent: ['leave', 'open', 'addItem.*', 'return.resume', 'return.redo'],
    senior: ['preempt', { right: 'return.jump', skill: 'fraud' }, 'skipMandatory', 'override'],
    manager: ['*'],
    'case:manager': ['return.skip'],
  },
}

describe('people', () => {
  const desk = useDesk()

  const begin = async (options: CasesOptions = { people: PEOPLE }, xml = AB): Promise<string> => {
    await desk.reopen({}, options)
    return begun(desk, xml)
  }

  test('S47, H1: a refusal names the missing right and who has it, and carries a proposal ready to be sent', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(desk.cases.return(away.id, { to: { jump: 'B' }, actor: 'kim' }))
    expect(refused).toMatchObject({
      code: 'NotAllowed',
      missing: ['return.jump'],
      holders: ['ann', 'max', 'zoe'],
      proposal: { operation: 'cases.return', right: 'return.jump', by: 'kim', command: { to: { type: 'jump', elementId: 'B' } } },
    })
    expect(await desk.cases.previewReturn(away.id, { to: { jump: 'B' }, actor: 'kim' })).toMatchObject({
      allowed: false,
      refusals: [{ code: 'NotAllowed', holders: ['ann', 'max', 'zoe'] }],
    })
    await desk.cases.return(away.id, { to: { jump: 'B' }, actor: 'ann' })
    expect((await deviationOf(desk, away)).returned).toMatchObject({ actor: 'ann', role: 'senior' })
  })

  test('who has no right to leave is refused, with who may', async () => {
    const id = await begin()
    expect(await refusal(leaveAt(desk, id, 'A', { actor: 'eve' }))).toMatchObject({
      code: 'NotAllowed',
      missing: ['leave'],
      holders: ['kim', 'bob', 'ann', 'max', 'zoe'],
    })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  })

  test('a role in the case gives rights: who answers for it may skip', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    expect((await refusal(desk.cases.return(away.id, { to: 'skip', actor: 'bob' }))).code).toBe('NotAllowed')
    await desk.cases.return(away.id, { to: 'skip', actor: 'kim' })
    expect((await deviationOf(desk, away)).returned).toMatchObject({ role: 'case:manager' })
  })

  test('S49: a task that another has claimed is left only with the right to; its owner is told, and the draft is kept', async () => {
    const told: unknown[] = []
    await desk.reopen({ handlers: { tell: ({ variables }) => void told.push(variables) } }, { people: PEOPLE, notifier: 'tell' })
    const id = await begun(desk)
    const [task] = await desk.engine.tasks.find({ instanceId: id })
    await desk.engine.tasks.claim(task!.id, 'ann')
    await desk.engine.tasks.saveDraft(task!.id, { note: 'half' })
    expect(await refusal(leaveAt(desk, id, 'A', { actor: 'bob' }))).toMatchObject({ code: 'NotAllowed', missing: ['preempt'] })
    const away = await leaveAt(desk, id, 'A', { actor: 'max' })
    expect(await deviationOf(desk, away)).toMatchObject({ preempts: 'ann' })
    expect((await caseOf(desk, away.caseId)).timeline).toContainEqual(expect.objectContaining({ type: 'deviation:notice', to: 'ann' }))
    await desk.engine.drain()
    expect(told).toMatchObject([{ because: 'preempted', to: ['ann'] }])
    await desk.cases.return(away.id, { to: 'resume', actor: 'max' })
    expect((await desk.engine.tasks.find({ instanceId: id }))[0]).toMatchObject({ assignee: 'ann', draft: { note: 'half' } })
  })

  test('S48, H2: a model whose policy lets nobody leave is not deployed, whether it names no mode or a role that nobody has', async () => {
    await desk.reopen({}, { people: PEOPLE })
    const leaving = (attributes: string): string =>
      model(
        `<bpmn:userTask id="A"><bpmn:extensionElements><leeway:deviation xmlns:leeway="https://leeway.dev/schema/1.0" ${attributes}/></bpmn:extensionElements></bpmn:userTask>`,
        'S>A A>E',
      )
    for (const attributes of ['modes=""', 'roles=""', 'roles="pilot"']) {
      await expect(desk.engine.deploy(leaving(attributes))).rejects.toMatchObject({
        diagnostics: expect.arrayContaining([expect.objectContaining({ code: 'nobodyMayLeave', severity: 'error', elementId: 'A' })]),
      })
    }
    expect(await desk.engine.processes.list()).toHaveLength(0)
    await desk.engine.deploy(leaving('roles="manager"'))
    const { id } = await desk.engine.start('p')
    expect(await refusal(leaveAt(desk, id, 'A'))).toMatchObject({ code: 'NotAllowed', missing: ['role:manager'], holders: ['max', 'zoe'] })
    await leaveAt(desk, id, 'A', { actor: 'max' })
  })

  test.each([
    ['its mode is only for steps to come', 'modes="deferred"', ['leave', 'withdraw', 'takeOver'], 'deferred'],
    ['its mode is only for scopes', 'modes="takeOver"', ['leave', 'withdraw', 'takeOver'], 'takeOver'],
    ['nobody has the right that its mode takes', 'modes="withdraw"', ['leave', 'takeOver'], 'withdraw'],
    ['the right that somebody has is for another mode', 'modes="alongside detour"', ['withdraw'], 'leave'],
    ['it is for roles that lack the right', 'modes="withdraw deferred" roles="agent"', ['leave'], 'withdraw'],
  ] as const)('H2: a model with a step that nobody could leave, for %s, is not deployed', async (_, attributes, rights, names) => {
    await desk.reopen({}, { people: { persons: [{ id: 'kim', roles: ['agent'] }], grants: { agent: [...rights] } } })
    const step = `<bpmn:userTask id="A"><bpmn:extensionElements><leeway:deviation xmlns:leeway="https://leeway.dev/schema/1.0" ${attributes}/></bpmn:extensionElements></bpmn:userTask>`
    await expect(desk.engine.deploy(model(step, 'S>A A>E'))).rejects.toMatchObject({
      diagnostics: [expect.objectContaining({ code: 'nobodyMayLeave', elementId: 'A', message: expect.stringContaining(names) })],
    })
  })

  test('H2: where the people change, the same model deployed again is told of a step that nobody could leave any more', async () => {
    await desk.reopen({}, { people: { persons: [{ id: 'kim', roles: ['agent'] }], grants: { agent: ['leave'] } } })
    await desk.engine.deploy(AB)
    await desk.reopen({}, { people: { persons: [{ id: 'kim', roles: ['agent'] }], grants: {} } })
    await expect(desk.engine.deploy(AB)).rejects.toMatchObject({
      diagnostics: expect.arrayContaining([expect.objectContaining({ code: 'nobodyMayLeave', elementId: 'A' })]),
    })
    await desk.reopen({}, { people: { persons: [{ id: 'zoe', roles: ['agent'] }], grants: { agent: ['leave'] } } })
    await desk.engine.deploy(AB)
    expect(await desk.engine.processes.list()).toMatchObject([{ version: 1 }])
  })

  test('H2: a mode of the host that there is not lets nobody leave; a scope may be for taking over alone, and so may a repeated step', async () => {
    await desk.reopen({}, { policies: { elements: { A: { modes: ['fly'] } } } })
    await expect(desk.engine.deploy(AB)).rejects.toMatchObject({ diagnostics: [{ code: 'nobodyMayLeave', elementId: 'A' }] })
    await desk.reopen({}, { policies: { elements: { A: { modes: ['takeOver'] } } } })
    const rounds = `<bpmn:userTask id="A"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`
    const scope = `<bpmn:subProcess id="A"><bpmn:startEvent id="s"/></bpmn:subProcess>`
    for (const step of [rounds, scope]) await desk.engine.deploy(model(step, 'S>A A>E'))
  })

  test('H5: what the model allows at a step holds: the mode, and where the path is taken up again', async () => {
    const policies = { elements: { A: { modes: ['detour'], returnTargets: ['B'] } } }
    const id = await begin({ policies }, model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E'))
    expect(await refusal(leaveAt(desk, id, 'A', { mode: 'withdraw' }))).toMatchObject({
      code: 'ModeNotAllowed',
      missing: ['mode:withdraw'],
    })
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(desk.cases.return(away.id, { to: { jump: 'C' }, actor: 'kim' }))).toMatchObject({
      code: 'TargetNotAllowed',
      details: { repairs: [{ to: { jump: 'B' } }] },
    })
    await desk.cases.return(away.id, { to: { jump: 'B' }, actor: 'kim' })
  })

  test('C14: authority limits hold for what an item costs', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    const item = (amount: number, actor: string) =>
      desk.cases.addItem(away.id, { kind: 'human', name: 'Make good', cost: { kind: 'remedy', amount }, actor })
    await item(40, 'kim')
    expect(await refusal(item(200, 'kim'))).toMatchObject({ code: 'NotAllowed', missing: ['authority:remedy'], holders: ['ann'] })
    await item(200, 'ann')
  })

  test('C14: so they do for what its completion and a return cost, and for an item that is pinned to a step', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    const { id: itemId } = await desk.cases.addItem(away.id, { kind: 'human', name: 'Make good', actor: 'kim' })
    const short = { code: 'NotAllowed', missing: ['authority:remedy'], holders: ['ann'] }
    const cost = { kind: 'remedy', amount: 200 }
    expect(await refusal(desk.cases.completeItem(itemId, { cost, actor: 'kim' }))).toMatchObject({ ...short, proposal: { by: 'kim' } })
    await desk.cases.completeItem(itemId, { cost: { ...cost, amount: 50 }, actor: 'kim' })
    const back = (amount: number) => ({ to: 'resume' as const, cost: { ...cost, amount }, actor: 'kim' })
    expect((await desk.cases.previewReturn(away.id, back(200))).refusals).toMatchObject([
      { code: 'NotAllowed', missing: ['authority:remedy'] },
    ])
    expect(await refusal(desk.cases.return(away.id, back(200)))).toMatchObject(short)
    await desk.cases.return(away.id, back(30))
    const deviation = await deviationOf(desk, away)
    expect([deviation.items[0]?.completed?.cost, deviation.returned?.cost]).toMatchObject([{ amount: 50 }, { amount: 30 }])
    const item = { kind: 'human', name: 'Make good', cost } as const
    expect(await refusal(desk.cases.defer({ instanceId: id, before: 'B', item, actor: 'kim' }))).toMatchObject(short)
  })

  test('an item is completed by those whom it is for, or by who could have added it', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A', { actor: 'max' })
    const item = async (whom: { assignee?: string; candidateGroups?: string[] }) =>
      (await desk.cases.addItem(away.id, { kind: 'human', name: 'i', actor: 'max', ...whom })).id
    const done = (itemId: string, actor: string) => desk.cases.completeItem(itemId, { actor })
    const anns = await item({ assignee: 'ann' })
    expect(await refusal(done(anns, 'eve'))).toMatchObject({
      code: 'NotAllowed',
      missing: ['addItem.human'],
      holders: expect.arrayContaining(['kim']),
    })
    expect((await refusal(desk.engine.tasks.complete(anns, { actor: 'eve' }))).code).toBe('NotAllowed')
    await desk.engine.tasks.complete(anns, { actor: 'ann' })
    const seniors = await item({ candidateGroups: ['senior'] })
    expect((await refusal(done(seniors, 'eve'))).code).toBe('NotAllowed')
    await desk.engine.tasks.claim(seniors, 'eve')
    await done(seniors, 'eve')
    await done(await item({}), 'eve')
    expect((await refusal(done(await item({}), 'nobody'))).code).toBe('NotAllowed')
  })

  test('joining takes the right to leave there, attaching that to open a case, undo its own', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(desk.cases.join(away.id, { actor: 'eve' }))).toMatchObject({ code: 'NotAllowed', missing: ['leave'] })
    await desk.cases.join(away.id, { actor: 'bob' })
    expect((await deviationOf(desk, away)).participants).toEqual(['kim', 'bob'])
    const { id: other } = await desk.engine.start('p')
    expect(await refusal(desk.cases.attach(away.caseId, other, { actor: 'eve' }))).toMatchObject({ code: 'NotAllowed', missing: ['open'] })
    await desk.cases.attach(away.caseId, other, { actor: 'bob' })
    const refused = await refusal(desk.cases.undo(away.id, { actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'NotAllowed', missing: ['undo'], holders: ['max', 'zoe'], proposal: { operation: 'cases.undo' } })
    await desk.cases.undo(away.id, { actor: 'max' })
    expect((await deviationOf(desk, away)).state).toBe('undone')
  })

  test('a limit of a day holds for all that is granted on it, however it is granted', async () => {
    const persons = [
      { id: 'kim', roles: ['agent'], authority: { remedy: { each: 50, perDay: 100 } } },
      { id: 'zoe', substituteFor: ['kim'] },
    ]
    const id = await begin({ people: { persons, grants: { agent: ['*'] } } })
    const away = await leaveAt(desk, id, 'A')
    const cost = (amount: number) => ({ kind: 'remedy', amount })
    const item = (amount: number, actor = 'kim') => desk.cases.addItem(away.id, { kind: 'human', name: 'i', cost: cost(amount), actor })
    expect(await refusal(item(60))).toMatchObject({ missing: ['authority:remedy'], holders: [] })
    const first = await item(40)
    await desk.cases.completeItem(first.id, { cost: cost(50), actor: 'kim' })
    const last = await item(50, 'zoe')
    await desk.cases.completeItem(last.id, { cost: cost(50), actor: 'kim' })
    expect((await refusal(item(10))).missing).toEqual(['authority:remedy'])
    const back = (amount: number) => ({ to: 'resume' as const, cost: cost(amount), actor: 'kim' })
    expect((await desk.cases.previewReturn(away.id, back(0))).allowed).toBe(true)
    expect((await refusal(desk.cases.return(away.id, back(10)))).missing).toEqual(['authority:remedy'])
    await desk.engine.advance('P1D')
    await desk.cases.return(away.id, back(50))
  })

  test('leaving in many instances takes a right of its own; each one without it is reported as refused', async () => {
    const id = await begin()
    const report = async (actor: string, more = {}) => {
      const { batchId } = await desk.cases.leaveMany({ instanceIds: [id], reason: 'flood', actor, ...more })
      return (await desk.engine.batches.get(batchId))?.report
    }
    expect(await report('kim')).toMatchObject([{ instanceId: id, outcome: 'failed', code: 'NotAllowed' }])
    expect(await report('kim', { before: 'B' })).toMatchObject([{ outcome: 'failed', code: 'NotAllowed' }])
    expect(await report('max')).toMatchObject([{ instanceId: id, outcome: 'done' }])
  })

  test('C11: a required item is for somebody who is there', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    const item = (assignee: string) => desk.cases.addItem(away.id, { kind: 'human', name: 'i', required: true, assignee, actor: 'kim' })
    expect(await refusal(item('nobody'))).toMatchObject({ code: 'NoPerformer', missing: ['nobody'] })
    await item('bob')
  })

  test('S24: an open required item blocks the return, unless somebody with the right waives it, with a reason', async () => {
    const id = await begin()
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'i', required: true, actor: 'kim' })
    const back = (actor: string, more = {}) => desk.cases.return(away.id, { to: 'resume', actor, ...more })
    expect(await refusal(back('kim'))).toMatchObject({ code: 'RequiredOpen' })
    expect(await refusal(back('max', { waive: [item.id] }))).toMatchObject({ code: 'ReasonMissing' })
    expect(await refusal(back('kim', { waive: [item.id], reason: 'too late' }))).toMatchObject({ code: 'NotAllowed', missing: ['waive'] })
    await back('max', { waive: [item.id], reason: 'too late' })
    expect((await deviationOf(desk, away)).returned).toMatchObject({ waived: [item.id] })
  })

  test('H3: a substitute counts as the person they stand for, where two people are needed', async () => {
    const policies = { elements: { B: { mandatory: true } } }
    const id = await begin({ people: PEOPLE, policies }, model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E'))
    const away = await leaveAt(desk, id, 'A', { actor: 'max' })
    const jump = (approvedBy: readonly string[]) => desk.cases.return(away.id, { to: { jump: 'C' }, approvedBy, actor: 'max' })
    expect(await refusal(jump(['zoe']))).toMatchObject({ code: 'MandatoryStep', details: { approvals: { needed: 1, given: [] } } })
    expect(await refusal(jump(['bob']))).toMatchObject({ code: 'MandatoryStep' })
    await jump(['ann'])
  })

  test('who stands in for somebody says so, and may only for those they stand in for', async () => {
    const id = await begin()
    expect(await refusal(leaveAt(desk, id, 'A', { actor: 'zoe', onBehalfOf: 'ann' }))).toMatchObject({ code: 'NotAllowed' })
    const ahead = (onBehalfOf: string) => desk.cases.leave({ instanceId: id, before: 'B', reason: 'later', actor: 'zoe', onBehalfOf })
    expect(await refusal(ahead('ann'))).toMatchObject({ code: 'NotAllowed', missing: ['substitute:ann'] })
    expect(await deviationOf(desk, await ahead('max'))).toMatchObject({ state: 'requested', actor: 'zoe', onBehalfOf: 'max' })
    const away = await leaveAt(desk, id, 'A', { actor: 'zoe', onBehalfOf: 'max' })
    expect(await deviationOf(desk, away)).toMatchObject({ actor: 'zoe', onBehalfOf: 'max', role: 'manager' })
  })

  test('H4: separation of duties: who did the one does not do the other, nor does who stands in for them', async () => {
    const policies = { separate: [{ elements: ['A', 'B'] }] }
    const id = await begin({ people: PEOPLE, policies }, AB)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const complete = async (elementId: string, actor: string) => {
      const [task] = await desk.engine.tasks.find({ instanceId: id, elementId })
      await desk.engine.tasks.complete(task!.id, { actor })
    }
    await complete('A', 'kim')
    expect(await refusal(complete('B', 'kim'))).toMatchObject({ code: 'SeparationOfDuties', by: 'kim' })
    expect(await refusal(complete('B', 'zoe'))).toMatchObject({ code: 'SeparationOfDuties', by: 'kim' })
    await complete('B', 'bob')
    expect((await desk.engine.instances.get(id))!.status).toBe('completed')
  })

  test('rights that are not known are refused when cases are made', async () => {
    await begin({})
    const people = { persons: [], grants: { agent: ['fly' as 'leave'] } }
    await expect(openDesk(memoryStorage(), {}, undefined, { people })).rejects.toMatchObject({ code: 'invalidOption' })
  })
})
