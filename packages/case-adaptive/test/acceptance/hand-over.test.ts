import { describe, expect, test } from 'vitest'
import { AB, at, begun, caseOf, deviationOf, leaveAt, model, positions, refusal, useDesk, user } from '../desk.ts'

describe('handing over', () => {
  const desk = useDesk()
  const leave = async (xml = AB) => {
    await desk.engine.deploy(model(user('X'), 'S>X X>E').replace('id="p"', 'id="replace"'))
    const id = await begun(desk, xml)
    return { id, away: await leaveAt(desk, id, 'A') }
  }
  const innerOf = async (caseId: string) => (await caseOf(desk, caseId)).items[0]?.instanceId ?? ''
  const endInner = async (caseId: string, variables = {}) => {
    await desk.engine.tasks.complete(await at(desk.engine, await innerOf(caseId), 'X'), { variables, actor: 'jack' })
    await desk.engine.drain()
  }

  test('R8: another process takes the work over; when it ends, its result is that of the step, which is passed over (G1)', async () => {
    const { id, away } = await leave()
    const to = { handOver: { process: 'replace', variables: { size: 3 }, outputs: { address: 'found' }, next: 'skip' } } as const
    const preview = await desk.cases.previewReturn(away.id, { to, actor: 'kim' })
    expect(preview).toMatchObject({ allowed: true, guarantee: 'G1', verdict: { bypassed: ['A'] } })
    expect(preview.checks).toContainEqual(expect.objectContaining({ code: 'C5', holds: 'unknown' }))
    await desk.cases.return(away.id, { to, actor: 'kim' })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    const inner = await innerOf(away.caseId)
    expect((await desk.engine.instances.get(inner))?.variables).toEqual({ size: 3 })
    const [item] = (await caseOf(desk, away.caseId)).items
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'returning', handedOver: { itemId: item?.id, to: 'skip', actor: 'kim' } })
    expect(await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))).toMatchObject({ code: 'HandedOver' })
    await endInner(away.caseId, { found: 'Oak 1' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({ address: 'Oak 1' })
    expect(await deviationOf(desk, away)).toMatchObject({
      state: 'returned',
      returned: { to: 'handOver', next: 'skip', actor: 'kim', verdict: { class: 'G1' }, results: [{ variable: 'address' }] },
    })
    const types = (await caseOf(desk, away.caseId)).timeline.map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('deviation:') && type !== 'deviation:item')).toEqual([
      'deviation:start',
      'deviation:handOver',
      'deviation:return',
    ])
    expect((await desk.cases.verifyAudit(away.caseId)).problems).toEqual([])
  })

  test('to a case of its own; with nothing said the step is resumed (G0) when that is resolved and what else is required is done', async () => {
    const { id, away } = await leave()
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'tell the customer', required: true, actor: 'kim' })
    const to = { handOver: { case: 'default' } } as const
    expect(await desk.cases.previewReturn(away.id, { to, actor: 'kim' })).toMatchObject({ allowed: true, guarantee: 'G0' })
    await desk.cases.return(away.id, { to, actor: 'kim' })
    const sub = (await caseOf(desk, away.caseId)).items.find(({ kind }) => kind === 'case')?.itemCaseId ?? ''
    await desk.cases.resolve(sub, { code: 'settled', actor: 'lee' })
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect((await deviationOf(desk, away)).returned).toMatchObject({ to: 'handOver', next: 'resume' })
  })

  test('what takes the work over is cancelled: the deviation is away again, and someone comes back by hand', async () => {
    const { id, away } = await leave()
    await desk.cases.return(away.id, { to: { handOver: { process: 'replace', next: 'skip' } }, actor: 'kim' })
    await desk.engine.drain()
    await desk.engine.instances.cancel(await innerOf(away.caseId), { reason: 'no stock' })
    await desk.engine.drain()
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', denied: { code: 'instanceEnded' } })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'failed', required: false }])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  })

  test('the return that follows lacks what it needs: it is refused, on record, and the deviation is away again', async () => {
    const needs = user('A').replace(
      '/>',
      '><bpmn:extensionElements><leeway:deviation xmlns:leeway="https://leeway.dev/schema/1.0" outputs="address"/></bpmn:extensionElements></bpmn:userTask>',
    )
    const { id, away } = await leave(model(needs + user('B'), 'S>A A>B B>E'))
    await desk.cases.return(away.id, { to: { handOver: { process: 'replace', outputs: 'all', next: 'skip' } }, actor: 'kim' })
    await desk.engine.drain()
    await endInner(away.caseId)
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', denied: { code: 'MissingData' } })
    await desk.cases.return(away.id, { to: 'skip', variables: { address: 'Oak 1' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('a hand-over is undone with its deviation: what had taken the work over ends', async () => {
    const { id, away } = await leave()
    await desk.cases.return(away.id, { to: { handOver: { process: 'replace' } }, actor: 'kim' })
    await desk.engine.drain()
    const inner = await innerOf(away.caseId)
    await desk.cases.undo(away.id, { actor: 'kim' })
    await desk.engine.drain()
    expect((await desk.engine.instances.get(inner))?.status).toBe('terminated')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect((await deviationOf(desk, away)).state).toBe('undone')
  })

  test('an instance that ends meanwhile leaves the work at the case; what cannot follow is refused at once', async () => {
    const { id, away } = await leave()
    const jump = (to: string) => desk.cases.return(away.id, { to: { handOver: { process: 'replace', next: { jump: to } } }, actor: 'kim' })
    expect((await refusal(jump('S'))).code).toBe('TargetIsStartEvent')
    await expect(jump('nowhere')).rejects.toMatchObject({ code: 'UnknownTarget' })
    await jump('B')
    await desk.engine.drain()
    await desk.engine.instances.cancel(id, { reason: 'customer gone' })
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'preempted', items: [{ state: 'rehomed' }] })
    await endInner(away.caseId)
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'completed' }])
  })
})
