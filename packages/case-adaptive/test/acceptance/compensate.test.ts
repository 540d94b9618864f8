import { NoRetry } from '@leeway/engine'
import { describe, expect, test } from 'vitest'
import { at, begun, boundary, caseOf, deviationOf, leaveAt, model, positions, refusal, useDesk, user } from '../desk.ts'

/** An activity that is undone by a person. */
const undone = (id: string): string =>
  `${user(id)}${boundary(`${id}c`, id, '<bpmn:compensateEventDefinition/>')}<bpmn:userTask id="${id}x" isForCompensation="true"/><bpmn:association id="${id}a" sourceRef="${id}c" targetRef="${id}x" associationDirection="One"/>`
const CHAIN = model(undone('A') + undone('B') + user('C') + user('D'), 'S>A A>B B>C C>D D>E')
const inSub = (content: string, flows: string): string =>
  `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${content}<bpmn:endEvent id="e"/>${flows
    .split(' ')
    .map((flow, k) => `<bpmn:sequenceFlow id="i${k}" sourceRef="${flow.split('>')[0]}" targetRef="${flow.split('>')[1]}"/>`)
    .join('')}</bpmn:subProcess>`
const desk = useDesk()

async function complete(id: string, ...elements: readonly string[]): Promise<void> {
  for (const element of elements) {
    await desk.engine.tasks.complete(await at(desk.engine, id, element), { actor: 'tom' })
    await desk.engine.drain()
  }
}
const where = (id: string) => positions(desk.engine, id)
const back = (away: { readonly id: string }, how: object) =>
  desk.cases.return(away.id, { actor: 'kim', ...how } as Parameters<typeof desk.cases.return>[1])

describe('R5: what a jump goes back over', () => {
  test('stays done unless something else is chosen', async () => {
    const id = await begun(desk, CHAIN)
    await complete(id, 'A', 'B')
    await back(await leaveAt(desk, id, 'C'), { to: { jump: 'A' } })
    expect(await where(id)).toEqual(['A:waiting'])
  })

  test('is undone, the latest first, and then the jump is made', async () => {
    const id = await begun(desk, CHAIN)
    await complete(id, 'A', 'B')
    const away = await leaveAt(desk, id, 'C')
    const how = { to: { jump: 'A' }, compensate: 'registered' }
    const preview = await desk.cases.previewReturn(away.id, { actor: 'kim', ...how } as never)
    expect(preview).toMatchObject({ allowed: true, verdict: { compensated: ['A', 'B'] } })
    expect(await where(id)).toEqual(['C:held'])
    await back(away, how)
    expect(await where(id)).toEqual(['Bx:waiting', 'C:compensating'])
    expect((await deviationOf(desk, away)).state).toBe('returning')
    for (const call of [back(away, { to: 'redo' }), desk.cases.undo(away.id, { actor: 'kim' })])
      expect(['CompensationRuns', 'NotUndoable']).toContain((await refusal(call)).code)
    await complete(id, 'Bx')
    expect(await where(id)).toEqual(['Ax:waiting', 'C:compensating'])
    await complete(id, 'Ax')
    expect(await where(id)).toEqual(['A:waiting'])
    const deviation = await deviationOf(desk, away)
    expect(deviation).toMatchObject({ state: 'returned', compensated: ['A', 'B'], returned: { to: 'jump', target: 'A', actor: 'kim' } })
    expect((await refusal(desk.cases.undo(away.id, { actor: 'kim' }))).code).toBe('NotUndoable')
    expect((await caseOf(desk, away.caseId)).timeline).toContainEqual(
      expect.objectContaining({ type: 'deviation:compensate', to: 'jump', compensated: ['A', 'B'] }),
    )
    expect((await desk.cases.verifyAudit(away.caseId)).ok).toBe(true)
  })

  test('is undone as far as the target, and of what was done twice the latest only', async () => {
    const id = await begun(desk, CHAIN)
    await complete(id, 'A', 'B')
    await back(await leaveAt(desk, id, 'C'), { to: { jump: 'B' } })
    await complete(id, 'B')
    const away = await leaveAt(desk, id, 'C')
    await back(away, { to: { jump: 'B' }, compensate: 'registered' })
    await complete(id, 'Bx')
    expect(await where(id)).toEqual(['B:waiting'])
    await complete(id, 'B')
    // The first B and A can still be undone, in their turn.
    await back(await leaveAt(desk, id, 'C'), { to: { jump: 'A' }, compensate: 'registered' })
    for (const handler of ['Bx', 'Ax']) {
      expect(await where(id)).toContain(`${handler}:waiting`)
      await complete(id, handler)
    }
    expect(await where(id)).toEqual(['A:waiting'])
  })

  test('is refused where all of it is to be undone and something of it cannot be, by name', async () => {
    const id = await begun(desk, CHAIN)
    await complete(id, 'A', 'B', 'C')
    const away = await leaveAt(desk, id, 'D')
    const refused = await refusal(back(away, { to: { jump: 'A' }, compensate: 'all' }))
    expect([refused.code, refused.missing]).toEqual(['NotCompensable', ['C']])
    expect(await where(id)).toEqual(['D:held'])
    await back(away, { to: { jump: 'B' } })
  })

  test('in a sub-process that the jump leaves is undone with it', async () => {
    const id = await begun(desk, model(undone('A') + inSub(undone('U') + user('V'), 's>U U>V V>e'), 'S>A A>P P>E'))
    await complete(id, 'A', 'U')
    await back(await leaveAt(desk, id, 'V'), { to: { jump: 'A' }, compensate: 'all' })
    for (const handler of ['Ux', 'Ax']) {
      expect(await where(id)).toContain(`${handler}:waiting`)
      await complete(id, handler)
    }
    expect(await where(id)).toEqual(['A:waiting'])
  })

  test('whoever must come back otherwise is told why, where the jump is refused when all is undone', async () => {
    const id = await begun(desk, CHAIN)
    await complete(id, 'A', 'B')
    const away = await leaveAt(desk, id, 'C')
    await back(away, { to: { jump: 'B' }, compensate: 'registered', variables: { price: 2 } })
    await desk.engine.instances.setVariables(id, { price: 1 })
    await complete(id, 'Bx')
    expect(await where(id)).toEqual(['C:held'])
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', denied: { code: 'VariableConflict' }, compensated: ['B'] })
    expect((await refusal(back(away, { to: 'resume' }))).code).toBe('StepWithdrawn')
    expect((await refusal(desk.cases.undo(away.id, { actor: 'kim' }))).code).toBe('NotUndoable')
    await back(away, { to: { jump: 'B' }, compensate: 'registered', variables: { price: 2 }, overwrite: ['price'] })
    expect(await where(id)).toEqual(['B:waiting'])
  })
})

describe('R7: what completed in a scope that ends', () => {
  const FORK = model(`<bpmn:parallelGateway id="F"/>${undone('A')}${user('B')}${user('C')}`, 'S>F F>A F>C A>B B>E C>E')

  test('is undone first, when all else in it has ended', async () => {
    const id = await begun(desk, FORK)
    await complete(id, 'A')
    await back(await leaveAt(desk, id, 'B'), { to: 'endScope', compensate: 'registered' })
    expect(await where(id)).toEqual(['Ax:waiting', 'B:compensating'])
    await complete(id, 'Ax')
    expect((await desk.engine.instances.get(id))?.status).toBe('terminated')
  })

  test('stays done unless that is chosen', async () => {
    const id = await begun(desk, FORK)
    await complete(id, 'A')
    await back(await leaveAt(desk, id, 'B'), { to: 'endScope' })
    expect((await desk.engine.instances.get(id))?.status).toBe('terminated')
  })

  test('is undone in a sub-process, and in an instance, that was taken over', async () => {
    const xml = model(undone('A') + inSub(undone('U') + user('V'), 's>U U>V V>e') + user('B'), 'S>A A>P P>B B>E')
    const id = await begun(desk, xml)
    await complete(id, 'A', 'U')
    await back(await leaveAt(desk, id, 'P', { mode: 'takeOver' }), { to: 'endScope', compensate: 'registered' })
    expect(await where(id)).toEqual(['P:compensating', 'Ux:waiting'])
    await complete(id, 'Ux')
    expect(await where(id)).toEqual(['B:waiting'])
    const other = await begun(desk, xml)
    await complete(other, 'A', 'U')
    const whole = await desk.cases.leave({ instanceId: other, mode: 'takeOver', reason: 'crisis', actor: 'kim' })
    await back(whole, { to: 'endScope', compensate: 'registered' })
    expect(await where(other)).toContain('Ax:waiting')
    await complete(other, 'Ax')
    expect((await desk.engine.instances.get(other))?.status).toBe('terminated')
    expect((await deviationOf(desk, whole)).state).toBe('returned')
  })
})

describe('what undoes an item and fails', () => {
  test('is an incident and on record; the compensation waits, says for what, and goes on when somebody has done it by hand', async () => {
    const refund = (): never => {
      throw new NoRetry('the bank is closed')
    }
    await desk.reopen({ handlers: { pay: () => ({}), refund } })
    const { engine, cases } = desk
    const id = await begun(
      desk,
      model(
        `${user('A')}<bpmn:intermediateThrowEvent id="C"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>${user('B')}`,
        'S>A A>C C>B B>E',
      ),
    )
    const away = await leaveAt(desk, id, 'A')
    const item = await cases.addItem(away.id, { kind: 'service', name: 'pay', type: 'pay', compensator: 'refund', actor: 'kim' })
    await engine.drain()
    await back(away, { to: 'resume' })
    await complete(id, 'A')
    expect(await where(id)).toEqual(['C:compensating'])
    const [incident] = await engine.incidents.find()
    expect(incident).toMatchObject({ state: 'open', message: 'the bank is closed', jobType: 'refund' })
    expect((await engine.explain(id))[0]?.text).toContain(item.id)
    const itemNow = async () => (await deviationOf(desk, away)).items[0]
    expect(await itemNow()).toMatchObject({ state: 'completed', failure: { code: 'noRetry' } })
    await engine.incidents.resolve(incident!.id)
    await engine.drain()
    expect(await where(id)).toEqual(['C:compensating'])
    await cases.completeItem(item.id, { actor: 'kim' })
    expect(await where(id)).toEqual(['B:waiting'])
    expect((await itemNow())?.state).toBe('compensated')
    expect(await engine.incidents.find()).toEqual([])
    expect((await cases.verifyAudit(away.caseId)).ok).toBe(true)
  })
})
