import { describe, expect, test } from 'vitest'
import { at, begun, deviationOf, leaveAt, model, positions, refusal, useDesk, user } from '../desk.ts'

/** `P` is entered twice: once for A, once for B. */
const TWICE = model(
  `<bpmn:parallelGateway id="F"/>${user('A')}<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${user('U')}${user('V')}<bpmn:endEvent id="e"/>
  <bpmn:sequenceFlow id="i0" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i1" sourceRef="U" targetRef="V"/><bpmn:sequenceFlow id="i2" sourceRef="V" targetRef="e"/></bpmn:subProcess>`,
  'S>F F>A F>P F>P A>P P>E',
)

describe('where a jump leads', () => {
  const desk = useDesk({}, { policies: { soundness: 'weak' } })

  test('R5: where a sub-process is open more than once, a jump into it names the one that is meant', async () => {
    const id = await begun(desk, TWICE)
    const { activeElements = [] } = (await desk.engine.instances.get(id)) ?? {}
    const [first, second] = activeElements.filter(({ elementId }) => elementId === 'P').map((one) => one.elementInstanceId)
    const away = await leaveAt(desk, id, 'A')
    const jump = (within?: string) =>
      desk.cases.return(away.id, { to: { jump: 'V', ...(within !== undefined && { within }) }, actor: 'kim' })
    const refused = await refusal(jump())
    expect(refused.code).toBe('TargetAmbiguous')
    expect(refused.details).toMatchObject({
      elementInstanceIds: [first, second],
      repairs: [{ to: { within: first } }, { to: { within: second } }],
    })
    expect((await refusal(jump(`${id}.99`))).code).toBe('UnknownScope')
    await jump(second)
    expect(await positions(desk.engine, id)).toEqual(['P:active', 'P:active', 'U:waiting', 'U:waiting', 'V:waiting'])
    expect((await at(desk.engine, id, 'V')).startsWith(`${second}.`)).toBe(true)
  })
})

describe('who may stay off the path to the end', () => {
  const desk = useDesk(
    {},
    {
      people: {
        persons: [
          { id: 'kim', roles: ['associate'] },
          { id: 'lee', roles: ['associate'] },
          { id: 'ann', substituteFor: ['kim'] },
          { id: 'tom', roles: ['worker'] },
          { id: 'max', roles: ['manager'] },
        ],
        grants: { '*': ['leave'], associate: ['endorse'], manager: ['return.stayOff', 'review'] },
      },
    },
  )
  const stayOff = (away: { readonly id: string }, actor: string, ...approvedBy: readonly string[]) =>
    desk.cases.return(away.id, { to: 'stayOff', actor, approvedBy })

  test('R9: a manager decides it alone', async () => {
    const id = await begun(desk)
    await stayOff(await leaveAt(desk, id, 'A'), 'max')
    expect((await desk.engine.instances.get(id))?.status).toBe('superseded')
  })

  test('R9: two associates decide it together, and it is looked at afterwards', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(stayOff(away, 'kim'))
    expect(refused).toMatchObject({ code: 'NotAllowed', missing: ['return.stayOff'], holders: ['max'] })
    expect(refused.details.associates).toEqual({ needed: 2, given: ['kim'], holders: ['kim', 'lee', 'ann'] })
    for (const by of ['ann', 'tom', 'kim']) expect((await refusal(stayOff(away, 'kim', by))).code).toBe('NotAllowed')
    expect((await refusal(stayOff(away, 'tom', 'kim', 'lee'))).code).toBe('NotAllowed')
    await stayOff(away, 'kim', 'lee')
    expect((await desk.engine.instances.get(id))?.status).toBe('superseded')
    expect(await deviationOf(desk, away)).toMatchObject({ returned: { approvedBy: ['lee'] }, review: { because: ['twoAssociates'] } })
  })
})
