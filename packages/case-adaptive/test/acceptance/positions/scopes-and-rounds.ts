import { expect } from 'vitest'
import { at, boundary, type Desk, deviationOf, leaveAt, model, positions, refusal, timer, user } from '../../desk.ts'
import { comeBack, complete, expectAt, inside, leave, type Place, type Position } from './position.ts'

const all = { alongside: 'ok', detour: 'ok', withdraw: 'ok' } as const
const scope = { alongside: 'ok', takeOver: 'ok' } as const
const atJoin = { alongside: 'ok', detour: 'ok', withdraw: { refused: 'NotWithdrawable', instead: /End its branch, or jump/ } } as const
const fork = (kind: 'parallel' | 'inclusive'): string =>
  model(`<bpmn:${kind}Gateway id="F"/><bpmn:${kind}Gateway id="J"/>${user('A')}${user('B')}${user('C')}`, 'S>F F>A F>B A>J B>J J>C C>E')
const rounds = (more = ''): string =>
  `<bpmn:multiInstanceLoopCharacteristics ${more}><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>`
const repeated = (loop: string): string => model(`<bpmn:userTask id="A">${loop}</bpmn:userTask>${user('B')}`, 'S>A A>B B>E')
/** Each round gives its answer to a collection. */
const GATHERING = model(
  `<bpmn:userTask id="A"><bpmn:extensionElements><zeebe:userTask xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"/></bpmn:extensionElements>
  <bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" inputCollection="=list" outputCollection="answers" outputElement="=answer"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>${user('B')}`,
  'S>A A>B B>E',
)
const INNER = inside('P', user('U') + user('V'), 's>U U>V V>e')
const CALLED = `<bpmn:process id="q" isExecutable="true" camunda:historyTimeToLive="P1D"><bpmn:startEvent id="qs"/>${user('Q')}<bpmn:endEvent id="qe"/>
  <bpmn:sequenceFlow id="q1" sourceRef="qs" targetRef="Q"/><bpmn:sequenceFlow id="q2" sourceRef="Q" targetRef="qe"/></bpmn:process>`
const CALLING = model(
  `<bpmn:callActivity id="A" calledElement="q"><bpmn:extensionElements><camunda:out variables="all"/></bpmn:extensionElements></bpmn:callActivity>${user('B')}`,
  'S>A A>B B>E',
).replace('</bpmn:definitions>', `${CALLED}</bpmn:definitions>`)

async function tasksAt({ desk, id }: Place, elementId: string) {
  return desk.engine.tasks.find({ instanceId: id, elementId, orderBy: 'id' })
}

async function calledBy({ desk, id }: Place): Promise<string> {
  const [child] = await desk.engine.instances.find({ processKey: 'q', status: ['active', 'completed', 'terminated'] })
  expect(child?.id).not.toBe(id)
  return child!.id
}

async function completeCalled(desk: Desk, childId: string, variables = {}): Promise<void> {
  await desk.engine.tasks.complete(await at(desk.engine, childId, 'Q'), { variables })
  await desk.engine.drain()
}

/** Joins, rounds, scopes and calls: P11 to P19. */
export const scopesAndRounds: readonly Position[] = [
  {
    id: 'P11',
    sentence: 'a token that arrived at a parallel join stays arrived; the join does not fire while it is held, though the last one comes',
    xml: fork('parallel'),
    at: 'J',
    reach: (place) => complete(place, 'B'),
    modes: atJoin,
    also: [
      async (place) => {
        const away = await leave(place)
        await complete(place, 'A')
        await expectAt(place, 'J:arrived', 'J:held')
        for (const to of ['redo', 'skip'] as const) expect((await refusal(comeBack(place, away, { to }))).code).toBe('NotDivertible')
        await comeBack(place, away)
        await expectAt(place, 'C:waiting')
      },
    ],
  },
  {
    id: 'P12',
    sentence: 'so it is at an inclusive join; a token that is held upstream may still arrive, so the join waits for it',
    xml: fork('inclusive'),
    at: 'J',
    reach: (place) => complete(place, 'B'),
    modes: atJoin,
    also: [
      async (place) => {
        const upstream = await leave({ ...place, element: 'A' })
        await expectAt(place, 'A:held', 'J:arrived')
        await comeBack(place, upstream)
        await complete(place, 'A')
        await expectAt(place, 'C:waiting')
      },
    ],
  },
  {
    id: 'P13',
    sentence:
      'of a parallel multi-instance one round is left; the body does not complete over it, unless its completion condition comes true; what is passed over gives its result to the collection, or says that there is none',
    xml: repeated(
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:completionCondition>${enough == true}</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>',
    ),
    variables: { enough: false },
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const { desk, id } = place
        const [one, two, three] = await tasksAt(place, 'A')
        const away = await leave(place, 'detour', { elementInstanceId: two!.id })
        for (const task of [one, three]) await desk.engine.tasks.complete(task!.id)
        expect((await positions(desk.engine, id)).filter((where) => where === 'A:held')).toHaveLength(1)
        await comeBack(place, away, { to: 'skip' })
        await expectAt(place, 'B:waiting')
      },
      async (place) => {
        const { desk } = place
        await desk.engine.deploy(GATHERING)
        const { id } = await desk.engine.start('p', { variables: { list: [1, 2, 3] } })
        const rounds = await tasksAt({ ...place, id }, 'A')
        const [first, second, third] = rounds
        const leaveRound = (n: number, mode: 'detour' | 'withdraw') =>
          leaveAt(desk, id, 'A', { elementInstanceId: rounds[n]!.elementInstanceId, mode })
        await desk.engine.tasks.complete(first!.id, { variables: { answer: 'a' } })
        const given = await leaveRound(1, 'withdraw')
        expect((await refusal(comeBack(place, given, { to: { jump: 'B' } }))).code).toBe('TargetOutsideRound')
        const refused = await refusal(comeBack(place, given, { to: 'skip' }))
        expect([refused.code, refused.missing]).toEqual(['MissingData', ['answer']])
        await comeBack(place, given, { to: 'skip', variables: { answer: 'b' } })
        await comeBack(place, await leaveRound(2, 'detour'), { to: 'skip', resultAbsent: true })
        expect((await desk.engine.instances.get(id))?.variables.answers).toEqual(['a', 'b', null])
        expect([second, third].map((task) => task?.elementId)).toEqual(['A', 'A'])
      },
      async (place) => {
        const { desk } = place
        const [one, two] = await tasksAt(place, 'A')
        const away = await leave(place, 'detour', { elementInstanceId: two!.id })
        await desk.engine.tasks.complete(one!.id, { variables: { enough: true } })
        await expectAt(place, 'B:waiting')
        expect((await deviationOf(desk, away)).state).toBe('preempted')
        expect((await refusal(comeBack(place, away))).code).toBe('AnchorGone')
      },
    ],
  },
  {
    id: 'P14',
    sentence: 'of a sequential multi-instance the next round does not begin while one is left, and no jump leads into it',
    xml: repeated(rounds('isSequential="true"')),
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const { desk } = place
        const away = await leave(place)
        expect(await tasksAt(place, 'A')).toHaveLength(0)
        await comeBack(place, away)
        for (let round = 0; round < 3; round++) {
          const [task, other] = await tasksAt(place, 'A')
          expect(other).toBeUndefined()
          await desk.engine.tasks.complete(task!.id)
        }
        await expectAt(place, 'B:waiting')
        const behind = await leave({ ...place, element: 'B' })
        await comeBack(place, behind, { to: { jump: 'A' } })
        expect(await tasksAt(place, 'A')).toHaveLength(1)
      },
    ],
  },
  {
    id: 'P15',
    sentence: 'a multi-instance body is taken over as a whole: all its rounds are held, of the collection as it was when it began',
    xml: repeated(
      '<bpmn:multiInstanceLoopCharacteristics camunda:collection="list" camunda:elementVariable="one"></bpmn:multiInstanceLoopCharacteristics>',
    ),
    variables: { list: ['a', 'b'] },
    at: 'A',
    modes: scope,
    also: [
      async (place) => {
        const { desk, id } = place
        const away = await leave(place, 'takeOver')
        expect(await tasksAt(place, 'A')).toEqual([])
        await desk.engine.instances.setVariables(id, { list: ['a', 'b', 'c'] })
        await comeBack(place, away)
        expect(await tasksAt(place, 'A')).toHaveLength(2)
      },
    ],
  },
  {
    id: 'P16',
    sentence: 'inside a sub-process one token is left, its scope stays open; a jump out of it is refused while others are inside',
    xml: model(inside('P', `<bpmn:parallelGateway id="F"/>${user('U')}${user('V')}`, 's>F F>U F>V U>e V>e') + user('B'), 'S>P P>B B>E'),
    at: 'U',
    modes: all,
    also: [
      async (place) => {
        const away = await leave(place)
        const refused = await refusal(comeBack(place, away, { to: { jump: 'B' } }))
        expect(refused.code).toBe('ScopeHasTokens')
        await complete(place, 'V')
        await comeBack(place, away, { to: { jump: 'B' } })
        await expectAt(place, 'B:waiting')
      },
    ],
  },
  {
    id: 'P17',
    sentence: 'a sub-process is taken over as a whole with all that is in it; who left inside before stays away, and comes back after it',
    xml: model(INNER + boundary('T', 'P', timer('PT2H')) + user('L'), 'S>P P>E T>L L>E'),
    at: 'P',
    modes: scope,
    also: [
      async (place) => {
        const inner = await leave({ ...place, element: 'U' })
        const away = await leave(place, 'takeOver')
        expect((await refusal(comeBack(place, inner))).code).toBe('AlreadyAway')
        await place.desk.engine.advance('P1D')
        await comeBack(place, away)
        expect(await positions(place.desk.engine, place.id)).toContain('U:held')
        await comeBack(place, inner)
        expect(await positions(place.desk.engine, place.id)).toContain('U:waiting')
      },
    ],
  },
  {
    id: 'P18',
    sentence: 'a call is left: the called instance runs on, and its end is kept; withdrawn, the called instance ends with it',
    xml: CALLING,
    at: 'A',
    modes: all,
    also: [
      async (place) => {
        const child = await calledBy(place)
        const away = await leave(place, 'detour', { cascade: false })
        await completeCalled(place.desk, child, { answer: 42 })
        await expectAt(place, 'A:held')
        expect((await deviationOf(place.desk, away)).latches).toMatchObject([{ kind: 'call', became: 'kept' }])
        await comeBack(place, away)
        await expectAt(place, 'B:waiting')
        expect((await place.desk.engine.instances.get(place.id))?.variables).toEqual({ answer: 42 })
      },
      async (place) => {
        const child = await calledBy(place)
        await leave(place, 'withdraw')
        await place.desk.engine.drain()
        expect((await place.desk.engine.instances.get(child))?.status).toBe('terminated')
      },
    ],
  },
  {
    id: 'P19',
    sentence:
      'inside a called process the caller sees no change; no jump leads to the caller, which is passed over with the outputs instead',
    xml: CALLING,
    at: 'A',
    also: [
      async (place) => {
        const { desk } = place
        const child = await calledBy(place)
        const before = await positions(desk.engine, place.id)
        const away = await leaveAt(desk, child, 'Q')
        expect(await positions(desk.engine, place.id)).toEqual(before)
        expect((await refusal(desk.cases.return(away.id, { to: { jump: 'B' }, actor: 'kim' }))).code).toBe('UnknownTarget')
        const atCaller = await leave(place)
        await comeBack(place, atCaller, { to: 'skip', variables: { answer: 1 } })
        await expectAt(place, 'B:waiting')
        expect((await desk.engine.instances.get(child))?.status).toBe('terminated')
        expect((await deviationOf(desk, away)).state).toBe('preempted')
      },
    ],
  },
]
