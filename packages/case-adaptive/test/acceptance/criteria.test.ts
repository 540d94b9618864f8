import { describe, expect, test } from 'vitest'
import type { Step } from '../../src/index.ts'
import { AB, begun, boundary, caseOf, caught, deviationOf, leaveAt, model, positions, refusal, timer, useDesk, user } from '../desk.ts'

const FORK = model(
  `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}`,
  'S>F F>A F>B A>J B>J J>C C>E',
)
const ABC = model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E')
const ROUND_FOR_EVER = model(`${user('A')}<bpmn:exclusiveGateway id="X"/>${user('B')}${user('C')}`, 'S>A A>E X>B B>C C>X')

describe('criteria that a return is held against, and how sure its end is', () => {
  const desk = useDesk()
  const preview = (id: string, to: Parameters<typeof desk.cases.previewReturn>[1]['to'], more = {}) =>
    desk.cases.previewReturn(id, { to, actor: 'kim', ...more })
  const complete = async (id: string, elementId: string): Promise<void> => {
    const [task] = await desk.engine.tasks.find({ instanceId: id, elementId })
    await desk.engine.tasks.complete(task!.id, { actor: 'tom' })
  }
  const codes = ({ refusals }: Awaited<ReturnType<typeof preview>>): readonly string[] => refusals.map(({ code }) => code)
  const check = ({ verdict }: Awaited<ReturnType<typeof preview>>, code: string) => verdict?.checks.find((one) => one.code === code)

  const override = { by: 'ann', reason: 'storm' }
  /** Elements that act in the trace of what speaks against it. */
  const acted = ({ refusals }: Awaited<ReturnType<typeof preview>>): readonly string[] =>
    ((refusals[0]?.trace ?? []) as readonly Step[]).filter(({ does }) => does === 'acts').map(({ elementId }) => elementId)

  test('C1: no join waits for ever', async () => {
    const away = await leaveAt(desk, await begun(desk, FORK), 'A')
    const looked = await preview(away.id, { jump: 'C' })
    expect(codes(looked)).toContain('WouldDeadlock')
    expect(check(looked, 'C1')).toMatchObject({ holds: false })
    expect(check(looked, 'C2')).toBeDefined()
  })

  test('C2: nothing fires twice; what is done all the same does what the trace says', async () => {
    const id = await begun(desk, ABC)
    const away = await leaveAt(desk, id, 'A')
    const to = { jump: 'B', also: ['C'] }
    const looked = await preview(away.id, to)
    expect(codes(looked)).toEqual(['WouldDoubleFire'])
    expect(check(looked, 'C2')).toMatchObject({ holds: false })
    await desk.cases.return(away.id, { to, override, actor: 'kim' })
    for (const elementId of acted(looked)) await complete(id, elementId)
    expect(await positions(desk.engine, id)).toEqual(['C:waiting', 'C:waiting'])
  })

  test('C3: every loop can be left; what is done all the same goes round as the trace says', async () => {
    const id = await begun(desk, ROUND_FOR_EVER)
    const away = await leaveAt(desk, id, 'A')
    const looked = await preview(away.id, { jump: 'B' })
    expect(codes(looked)).toContain('WouldNeverEnd')
    expect(check(looked, 'C3')).toMatchObject({ holds: false })
    await desk.cases.return(away.id, { to: { jump: 'B' }, override, actor: 'kim' })
    for (const elementId of [...acted(looked), 'B', 'C', 'B', 'C']) if (elementId !== 'X') await complete(id, elementId)
    expect((await desk.engine.instances.get(id))?.status).toBe('active')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('C4: work is pinned to what is still ahead, a round of a loop too; what has begun, or is passed, is refused by its name', async () => {
    const item = { kind: 'human', name: 'first', actor: 'kim' } as const
    const defer = (instanceId: string, before: string) => desk.cases.defer({ instanceId, before, item, actor: 'kim' })
    const id = await begun(desk, AB)
    for (const passed of ['S', 'A']) expect((await refusal(defer(id, passed))).code).toBe('StepPassed')
    await complete(id, 'A')
    const refused = await refusal(defer(id, 'B'))
    expect([refused.code, refused.details.alternatives]).toEqual(['StepPassed', ['leave', 'addItem']])
    expect((await desk.cases.find({ instanceId: id })).length).toBe(0)
    const parallel = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
    const forked = await begun(desk, model(`${parallel}${user('A')}${user('B')}${user('C')}`, 'S>F F>A F>B A>J B>J J>C C>E'))
    await complete(forked, 'A')
    expect((await refusal(defer(forked, 'A'))).code).toBe('StepPassed')
    await defer(forked, 'C')
    const choice = '<bpmn:exclusiveGateway id="X" default="f3"/><bpmn:exclusiveGateway id="M"/>'
    const looped = await begun(desk, model(`${choice}${user('A')}${user('B')}`, 'S>M M>A A>X X>B X>M B>E'))
    const again = await defer(looped, 'A')
    await complete(looped, 'A')
    expect(await positions(desk.engine, looped)).toEqual(['A:held'])
    await desk.cases.completeItem(again.id, { actor: 'lee' })
    expect(await positions(desk.engine, looped)).toEqual(['A:waiting'])
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${user('U')}<bpmn:endEvent id="e"/><bpmn:sequenceFlow id="i0" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i1" sourceRef="U" targetRef="e"/></bpmn:subProcess>`
    const nested = await begun(desk, model(`${user('A')}${inner}${user('B')}`, 'S>A A>P P>B B>E'))
    await defer(nested, 'U')
    await complete(nested, 'A')
    expect((await refusal(defer(nested, 'P'))).code).toBe('StepPassed')
    await defer(nested, 'B')
  })

  test('C7: what a withdrawn step had given is not taken over', async () => {
    const id = await begun(
      desk,
      model(`<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>${user('B')}`, 'S>A A>B B>E'),
    )
    const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1M', max: 1 })
    const away = await leaveAt(desk, id, 'A')
    await desk.engine.jobs.complete(job!.id, { token: job!.token, variables: { label: 'L1' } })
    await desk.cases.return(away.id, { to: { jump: 'B' }, actor: 'kim' })
    expect((await desk.engine.instances.get(id))?.variables).toEqual({})
    expect((await deviationOf(desk, away)).latches).toMatchObject([{ kind: 'work', became: 'unused' }])
  })

  test('C8: nothing of a step that was left for good is still live', async () => {
    const id = await begun(desk, ABC)
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'i', candidateGroups: ['desk'], actor: 'kim' })
    await desk.cases.return(away.id, { to: { jump: 'C' }, actor: 'kim' })
    expect((await desk.engine.tasks.find({ held: 'include' })).map(({ elementId }) => elementId)).toEqual(['C'])
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ id: item.id, state: 'terminated' }])
  })

  test('C9: what is done once more is named before', async () => {
    const work = '<bpmn:serviceTask id="A" camunda:type="external" camunda:topic="pack"/>'
    const id = await begun(desk, model(work + user('B'), 'S>A A>B B>E'))
    const [job] = await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1M', max: 1 })
    await desk.engine.jobs.complete(job!.id, { token: job!.token })
    const away = await leaveAt(desk, id, 'B')
    expect((await preview(away.id, { jump: 'A' })).verdict).toMatchObject({ repeated: ['A'] })
  })

  test('C12: a return warns where what is known to be to come is due after the closure goal, and is not refused for it', async () => {
    await desk.reopen({}, { templates: [{ key: 'quick', severities: { normal: { resolution: 'PT8H' } } }] })
    const id = await begun(desk, model(caught('T', timer('PT6H')) + user('A'), 'S>T T>A A>E'))
    const away = await leaveAt(desk, id, 'T', { timers: { T: 'pause' } })
    expect(check(await preview(away.id, 'resume'), 'C12')).toMatchObject({ holds: true })
    await desk.engine.advance('PT3H')
    expect(check(await preview(away.id, 'resume'), 'C12')).toMatchObject({ holds: false, about: ['T'] })
    expect(check(await preview(away.id, 'skip'), 'C12')).toMatchObject({ holds: true })
    await desk.cases.addItem(away.id, { kind: 'human', name: 'visit', required: true, dueAt: '2026-03-02T18:00:00Z', actor: 'kim' })
    expect(check(await preview(away.id, 'skip'), 'C12')).toMatchObject({ holds: false, about: ['visit'] })
    await desk.engine.advance('PT6H')
    const late = await preview(away.id, 'stayOff')
    expect(check(late, 'C12')).toMatchObject({ holds: false, message: expect.stringContaining('past') })
    expect(codes(late)).not.toContain('C12')
    expect(late.allowed).toBe(true)
  })

  test('C13: what was passed over is not undone; what was done is, once', async () => {
    const undone = (id: string, by: string): string =>
      `${user(id)}${boundary(`${id}c`, id, '<bpmn:compensateEventDefinition/>')}<bpmn:userTask id="${by}" isForCompensation="true"/><bpmn:association id="${id}a" sourceRef="${id}c" targetRef="${by}" associationDirection="One"/>`
    const throws = '<bpmn:intermediateThrowEvent id="T"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'
    const id = await begun(desk, model(undone('A', 'H') + undone('B', 'K') + throws, 'S>A A>B B>T T>E'))
    await desk.cases.return((await leaveAt(desk, id, 'A')).id, { to: 'redo', actor: 'kim' })
    await complete(id, 'A')
    await desk.cases.return((await leaveAt(desk, id, 'B')).id, { to: 'skip', actor: 'kim' })
    expect((await desk.engine.tasks.find({ instanceId: id })).map(({ elementId }) => elementId)).toEqual(['H'])
    await complete(id, 'H')
    expect((await desk.engine.instances.get(id))?.status).toBe('completed')
  })

  test('C15: the definition and other instances are as they were', async () => {
    const id = await begun(desk, ABC)
    const { id: other } = await desk.engine.start('p')
    const before = await desk.engine.processes.find({ key: 'p' })
    await desk.cases.return((await leaveAt(desk, id, 'A')).id, { to: { jump: 'C' }, actor: 'kim' })
    expect(await desk.engine.processes.find({ key: 'p' })).toEqual(before)
    expect(await desk.engine.processes.xml(before[0]!.id)).toBe(ABC)
    expect(await positions(desk.engine, other)).toEqual(['A:waiting'])
  })

  test('G0, G1, G2: the tokens stand as they stood; they stand where the model leads; a search found nothing against it', async () => {
    const away = await leaveAt(desk, await begun(desk, ABC), 'A')
    for (const to of ['resume', 'redo'] as const) expect(await preview(away.id, to)).toMatchObject({ allowed: true, guarantee: 'G0' })
    for (const to of ['skip', 'endScope', 'stayOff', { jump: 'B' }] as const)
      expect(await preview(away.id, to)).toMatchObject({ allowed: true, guarantee: 'G1' })
    expect(await preview(away.id, { jump: 'C' })).toMatchObject({ allowed: true, guarantee: 'G2' })
  })

  test('G3: what is not proven goes on by two people, is marked so, and is to be looked at', async () => {
    const id = await begun(desk, FORK)
    const away = await leaveAt(desk, id, 'A')
    expect((await refusal(desk.cases.return(away.id, { to: { jump: 'C' }, actor: 'kim' }))).code).toBe('WouldDeadlock')
    await desk.cases.return(away.id, { to: { jump: 'C' }, override, actor: 'kim' })
    const deviation = await deviationOf(desk, away)
    expect(deviation.returned?.verdict).toMatchObject({ class: 'G3', ends: 'unknown' })
    expect(deviation.review?.because.length).toBeGreaterThan(0)
    expect((await caseOf(desk, away.caseId)).path).toMatchObject([{ instanceId: id, unproven: true }])
  })
})
