import { describe, expect, test } from 'vitest'
import { at, begun, deviationOf, leaveAt, model, positions, refusal, useDesk, user } from '../desk.ts'

describe('results of items on the return', () => {
  const desk = useDesk()
  const variablesOf = async (id: string) => (await desk.engine.instances.get(id))?.variables
  const done = async (
    awayId: string,
    name: string,
    variables: Record<string, string>,
    outputs?: 'all' | string[] | Record<string, string>,
  ) => {
    const { id } = await desk.cases.addItem(awayId, { kind: 'human', name, actor: 'kim', ...(outputs && { outputs }) })
    await desk.cases.completeItem(id, { variables, actor: 'lee' })
    return id
  }

  test('what an item gives by its outputs is a variable of the step that is resumed, and is on record', async () => {
    const id = await begun(desk, model(user('A', 'camunda:assignee="tom"') + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    const itemId = await done(away.id, 'ask', { newAddress: 'Oak 1', note: 'by phone' }, { address: 'newAddress' })
    const preview = await desk.cases.previewReturn(away.id, { to: 'resume', actor: 'kim' })
    const results = [{ variable: 'address', itemId, result: 'newAddress' }]
    expect(preview).toMatchObject({ variables: { address: 'Oak 1' }, results, offered: [{ itemId, result: 'note' }] })
    expect(await variablesOf(id)).toEqual({})
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect((await desk.engine.tasks.find({ instanceId: id }))[0]).toMatchObject({ assignee: 'tom', variables: { address: 'Oak 1' } })
    expect((await deviationOf(desk, away)).returned).toMatchObject({ variables: { address: 'Oak 1' }, results })
  })

  test('they count as what a skipped step must give; what is given by hand goes before them', async () => {
    const needs = user('A').replace(
      '/>',
      `><bpmn:extensionElements><leeway:deviation xmlns:leeway="https://leeway.dev/schema/1.0" outputs="address city"/></bpmn:extensionElements></bpmn:userTask>`,
    )
    const id = await begun(desk, model(needs + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    await done(away.id, 'ask', { address: 'Oak 1' }, ['address'])
    expect((await refusal(desk.cases.return(away.id, { to: 'skip', actor: 'kim' }))).missing).toEqual(['city'])
    await done(away.id, 'ask again', { address: 'Elm 2', city: 'Ulm' }, 'all')
    const refused = await refusal(desk.cases.return(away.id, { to: 'skip', actor: 'kim' }))
    expect(refused).toMatchObject({
      code: 'VariableConflict',
      details: { conflicts: [{ name: 'address', mine: 'Elm 2', theirs: 'Oak 1' }] },
    })
    await desk.cases.return(away.id, { to: 'skip', variables: { address: 'Fir 3' }, actor: 'kim' })
    expect(await variablesOf(id)).toEqual({ address: 'Fir 3', city: 'Ulm' })
  })

  test('a return takes results that no item was to give, one by one; one that there is not is refused', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const item = await done(away.id, 'ask', { where: 'Oak 1' })
    const open = await desk.cases.addItem(away.id, { kind: 'human', name: 'open', actor: 'kim' })
    const take = (results: Record<string, { item: string; result?: string }>) =>
      desk.cases.return(away.id, { to: 'resume', results, actor: 'kim' })
    expect(await refusal(take({ where: { item, result: 'when' } }))).toMatchObject({ code: 'ResultMissing', missing: ['when'] })
    expect((await refusal(take({ where: { item: open.id } }))).code).toBe('ResultMissing')
    expect((await refusal(take({ where: { item: 'nobody' } }))).code).toBe('UnknownItem')
    await take({ address: { item, result: 'where' } })
    expect(await variablesOf(id)).toEqual({ address: 'Oak 1' })
  })

  test('they do not silently overwrite what others have written meanwhile', async () => {
    const fork = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
    const id = await begun(desk, model(fork + user('A') + user('B'), 'S>F F>A F>B A>J B>J J>E'), { address: 'old' })
    const away = await leaveAt(desk, id, 'A')
    await done(away.id, 'ask', { address: 'Oak 1' }, ['address'])
    await desk.engine.tasks.complete(await at(desk.engine, id, 'B'), { variables: { address: 'Elm 2' } })
    const refused = await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'VariableConflict', details: { conflicts: [{ mine: 'Oak 1', theirs: 'Elm 2' }] } })
    await desk.cases.return(away.id, { to: 'resume', overwrite: ['address'], actor: 'kim' })
    expect(await variablesOf(id)).toEqual({ address: 'Oak 1' })
  })

  test('an item pinned to a step gives it its inputs when it begins', async () => {
    const id = await begun(desk)
    const item = { kind: 'human', name: 'ask first', outputs: ['address'] } as const
    const pinned = await desk.cases.defer({ instanceId: id, before: 'B', item, actor: 'kim' })
    await desk.engine.tasks.complete(await at(desk.engine, id, 'A'))
    expect(await positions(desk.engine, id)).toEqual(['B:held'])
    await desk.cases.completeItem(pinned.id, { variables: { address: 'Oak 1' }, actor: 'lee' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
    expect(await variablesOf(id)).toEqual({ address: 'Oak 1' })
  })
})
