import { describe, expect, test } from 'vitest'
import {
  AB,
  at,
  begun,
  boundary,
  caseOf,
  complete,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  refusal,
  timer,
  useDesk,
  user,
} from '../desk.ts'

describe('undo of a return', () => {
  const desk = useDesk({ handlers: { pack: () => ({ label: 'L1' }) } })
  type To = Parameters<typeof desk.cases.return>[1]['to']
  const leftAndBack = async (id: string, to: To, variables = {}) => {
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to, variables, actor: 'kim' })
    return away
  }
  const undo = (id: string) => desk.cases.undo(id, { reason: 'a mistake', actor: 'kim' })
  const variablesOf = async (id: string) => (await desk.engine.instances.get(id))?.variables

  test('U4: of a skip: the step is open again, and what the skip set is as before', async () => {
    const id = await begun(desk, AB, { city: 'Ulm' })
    const away = await leftAndBack(id, 'skip', { address: 'Oak 1', city: 'Bonn' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    await undo(away.id)
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect(await variablesOf(id)).toEqual({ city: 'Ulm' })
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'undone',
      returned: { to: 'skip' },
      undone: { of: 'return', actor: 'kim' },
    })
    expect((await caseOf(desk, away.caseId)).timeline.at(-1)).toMatchObject({
      type: 'deviation:undo',
      of: 'return',
      reason: { code: 'a mistake' },
    })
    expect((await desk.cases.verifyAudit(away.caseId)).problems).toEqual([])
    await complete(desk, id, 'A')
    await complete(desk, id, 'B')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('of a resume: the step stays as it is, what the return set goes', async () => {
    const id = await begun(desk, model(user('A', 'camunda:assignee="tom"') + user('B'), 'S>A A>B B>E'))
    const [before] = await desk.engine.tasks.find({ instanceId: id })
    const away = await leftAndBack(id, 'resume', { note: 1 })
    await undo(away.id)
    expect(await desk.engine.tasks.find({ instanceId: id })).toEqual([before])
    expect(await variablesOf(id)).toEqual({})
    expect((await refusal(undo(away.id))).code).toBe('NotUndoable')
  })

  test('of a jump, of an event, and of the end of a branch: the token is back at the step', async () => {
    const fork = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
    const xml = model(
      fork + user('A') + user('B') + user('C') + user('L') + boundary('T', 'A', timer('PT24H')),
      'S>F F>A F>B A>J B>J J>C C>E T>L L>E',
    )
    for (const to of [{ jump: 'J' }, { event: 'T' }, { endBranch: { retireJoinSlot: true } }] as const) {
      const id = await begun(desk, xml)
      const away = await desk.cases.leave({ instanceId: id, elementInstanceId: await at(desk.engine, id, 'A'), reason: 'x', actor: 'kim' })
      const override = { by: 'lee', reason: 'sure' }
      await desk.cases.return(away.id, { to, override, actor: 'kim' })
      await undo(away.id)
      expect(await positions(desk.engine, id)).toEqual(['A:waiting', 'B:waiting'])
      await complete(desk, id, 'A')
      await complete(desk, id, 'B')
      expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    }
  })

  test('completed items stay done; what was handed over is taken back with its return', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'ask', outputs: 'all', actor: 'kim' })
    await desk.cases.completeItem(item.id, { variables: { address: 'Oak 1' }, actor: 'lee' })
    await desk.cases.return(away.id, { to: 'skip', actor: 'kim' })
    await undo(away.id)
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'completed' }])
    expect(await variablesOf(id)).toEqual({})
  })

  test('U4: once the path has moved it is refused, and names what moved', async () => {
    const id = await begun(desk)
    const away = await leftAndBack(id, 'skip')
    const landed = await at(desk.engine, id, 'B')
    await desk.engine.tasks.saveDraft(landed, { note: 1 })
    const moved = { elementId: 'B', elementInstanceId: landed }
    expect(await refusal(undo(away.id))).toMatchObject({ code: 'PathMoved', details: { moved: [{ ...moved, because: 'draft' }] } })
    await complete(desk, id, 'B')
    await expect(undo(away.id)).rejects.toMatchObject({ details: { moved: [{ ...moved, because: 'gone' }] } })

    const other = await begun(desk)
    const again = await leftAndBack(other, 'skip')
    await leaveAt(desk, other, 'B')
    await expect(undo(again.id)).rejects.toMatchObject({ details: { moved: [{ because: 'held' }] } })
  })

  test('work behind the step may have begun: it is refused', async () => {
    const pack = '<bpmn:serviceTask id="P" camunda:type="external" camunda:topic="elsewhere"/>'
    const id = await begun(desk, model(user('A') + pack, 'S>A A>P P>E'))
    const away = await leftAndBack(id, 'skip')
    await expect(undo(away.id)).rejects.toMatchObject({ code: 'PathMoved', details: { moved: [{ elementId: 'P', because: 'work' }] } })
  })

  test('what others have written since is not overwritten', async () => {
    const id = await begun(desk)
    const away = await leftAndBack(id, 'skip', { address: 'Oak 1' })
    await desk.engine.instances.setVariables(id, { address: 'Elm 2' })
    const conflicts = [{ name: 'address', mine: null, theirs: 'Elm 2' }]
    expect(await refusal(undo(away.id))).toMatchObject({ code: 'VariableConflict', details: { conflicts } })
  })

  test('not where what came meanwhile was applied, others were told, or the scope has ended', async () => {
    const thrown = '<bpmn:intermediateThrowEvent id="W"><bpmn:signalEventDefinition signalRef="storm"/></bpmn:intermediateThrowEvent>'
    const xml = model(user('A') + thrown + user('B') + boundary('M', 'A', message(), false) + user('X'), 'S>A A>W W>B B>E M>X X>E')
    const told = await leftAndBack(await begun(desk, xml), 'skip')
    expect((await refusal(undo(told.id))).message).toContain('effect on others')
    const id = await begun(desk, xml)
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.messages.publish({ name: 'paid', instanceId: id })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect((await refusal(undo(away.id))).message).toContain('had come meanwhile')
    const over = await leftAndBack(await begun(desk), 'stayOff')
    expect((await refusal(undo(over.id))).code).toBe('NotUndoable')
    const anew = await leftAndBack(await begun(desk), 'redo')
    expect((await refusal(undo(anew.id))).message).toContain('begun anew')
  })
})
