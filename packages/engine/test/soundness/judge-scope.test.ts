import { expect, test } from 'vitest'
import { judgeScope } from '../../src/soundness/judge-scope.ts'
import { compile, file, findingsIn } from '../import/models.ts'

const flow = (id: string, source: string, target: string, content: string = ''): string =>
  `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}">${content}</sequenceFlow>`
const asked = '<conditionExpression>${x}</conditionExpression>'

/** Start, split, two tasks, join, end. */
const twoWays = (split: string, join: string): string => `<startEvent id="s"/>${flow('1', 's', 'split')}
<${split} id="split" name="split it"/>${flow('2', 'split', 'a', split === 'parallelGateway' ? '' : asked)}${flow('3', 'split', 'b', split === 'parallelGateway' ? '' : asked)}
<task id="a"/><task id="b"/>${flow('4', 'a', 'join')}${flow('5', 'b', 'join')}
<${join} id="join"/>${flow('6', 'join', 'e')}<endEvent id="e"/>`

async function kinds(content: string): Promise<readonly string[]> {
  return judgeScope((await compile(file(content))).root).map(
    (finding) => `${finding.kind}${'node' in finding ? ` ${finding.node.id}` : ''}`,
  )
}

test('a parallel join behind an exclusive split never fires, and what is behind it is never activated', async () => {
  expect(await kinds(twoWays('exclusiveGateway', 'parallelGateway'))).toEqual([
    'joinNeverFires join',
    'neverActivated join',
    'neverActivated e',
  ])
  const [finding] = await findingsIn('joinNeverFires', twoWays('exclusiveGateway', 'parallelGateway'))
  expect(finding).toMatchObject({ severity: 'warning', elementId: 'join', related: ['5'], trace: ['s', 'split', 'a'] })
  expect(finding?.message).toContain('after s → split it → a')
})

test('a parallel join behind an inclusive split may get stuck, with the way that leads there', async () => {
  expect(await kinds(twoWays('inclusiveGateway', 'parallelGateway'))).toEqual(['mayGetStuck join'])
})

test('a parallel join behind an instantiating gateway fires where all of its events must occur, and never where one will do', async () => {
  const both = (attributes: string): string => `<eventBasedGateway id="g" instantiate="true" ${attributes}/><parallelGateway id="join"/>
${flow('1', 'g', 'a')}${flow('2', 'g', 'b')}${flow('3', 'a', 'join')}${flow('4', 'b', 'join')}<receiveTask id="a"/><receiveTask id="b"/>`
  expect(await kinds(both('eventGatewayType="Parallel"'))).toEqual([])
  expect(await kinds(both(''))).toContain('joinNeverFires join')
})

test('an exclusive merge behind a parallel split lets two tokens go on', async () => {
  expect(await kinds(twoWays('parallelGateway', 'exclusiveGateway'))).toEqual(['severalTokens join'])
})

test.each([
  ['exclusiveGateway', 'exclusiveGateway'],
  ['parallelGateway', 'parallelGateway'],
  ['inclusiveGateway', 'inclusiveGateway'],
  ['exclusiveGateway', 'inclusiveGateway'],
  ['parallelGateway', 'inclusiveGateway'],
])('nothing is said of a %s that a %s closes', async (split, join) => {
  expect(await kinds(twoWays(split, join))).toEqual([])
})

test('a second token that comes to a join before it fires is told', async () => {
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${flow('2', 'split', 'm')}${flow('3', 'split', 'm')}
${flow('4', 'split', 'later')}<userTask id="later"/>${flow('7', 'later', 'join')}<exclusiveGateway id="m"/>${flow('5', 'm', 'join')}<parallelGateway id="join"/>${flow('6', 'join', 'e')}<endEvent id="e"/>`
  expect(await kinds(content)).toContain('severalTokens join')
  expect(await kinds(content)).toContain('mayGetStuck join')
})

test('a join that can act acts at once: what comes after it is not told to have come before', async () => {
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${flow('2', 'split', 'a')}${flow('3', 'split', 'b')}
${flow('4', 'split', 'join')}<userTask id="a"/>${flow('5', 'a', 'm')}<userTask id="b"/>${flow('6', 'b', 'm')}<exclusiveGateway id="m"/>
${flow('7', 'm', 'join')}<parallelGateway id="join"/>${flow('8', 'join', 'e')}<endEvent id="e"/>`
  expect(await kinds(content)).toEqual(['mayGetStuck join', 'severalTokens m'])
})

test('a circle without a way out never ends', async () => {
  const content = `<startEvent id="s"/>${flow('1', 's', 'm')}<exclusiveGateway id="m"/>${flow('2', 'm', 'a')}<userTask id="a"/>${flow('3', 'a', 'm')}`
  expect(await kinds(content)).toEqual(['neverEnds s'])
})

test('of several branches the one that never ends is named', async () => {
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${flow('2', 'split', 'a')}<userTask id="a"/>${flow('3', 'a', 'e')}
<endEvent id="e"/>${flow('4', 'split', 'x')}<exclusiveGateway id="x" default="5"/>${flow('5', 'x', 'b')}<userTask id="b"/>${flow('6', 'x', 'c', asked)}<userTask id="c"/>${flow('7', 'c', 'c')}`
  expect(await kinds(content)).toEqual(['neverEnds c'])
})

test('an interrupting boundary event takes the token away from a join; a terminate end event saves the rest', async () => {
  const branch = (end: string): string => `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>
${flow('2', 'split', 'a')}${flow('3', 'split', 'b')}<userTask id="a"/><userTask id="b"/>${flow('4', 'a', 'join')}${flow('5', 'b', 'join')}
<parallelGateway id="join"/>${flow('6', 'join', 'e')}<endEvent id="e"/>
<boundaryEvent id="late" attachedToRef="a"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
${flow('7', 'late', 'over')}<endEvent id="over">${end}</endEvent>`
  expect(await kinds(branch(''))).toEqual(['mayGetStuck join'])
  expect(await kinds(branch('<terminateEventDefinition/>'))).toEqual([])
})

test('a compensation handler takes no token away from a join', async () => {
  const content = `${twoWays('parallelGateway', 'parallelGateway')}<task id="undo" isForCompensation="true"/>
<boundaryEvent id="undone" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
<association id="l" sourceRef="undone" targetRef="undo" associationDirection="One"/>`
  expect(await kinds(content)).toEqual([])
})

test('a search that would take too long says so', async () => {
  const ways = Array.from(
    { length: 14 },
    (_, k) => `${flow(`i${k}`, 'split', `a${k}`)}<userTask id="a${k}"/>${flow(`x${k}`, `a${k}`, `b${k}`)}
<exclusiveGateway id="b${k}"/>${flow(`y${k}`, `b${k}`, 'join', asked)}${flow(`z${k}`, `b${k}`, 'join', asked)}`,
  )
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${ways.join('')}
<inclusiveGateway id="join"/>${flow('6', 'join', 'e')}<endEvent id="e"/>`
  const scope = (await compile(file(content))).root
  const [finding] = judgeScope(scope, { statesMax: 100, reducedMax: 500 })
  expect(finding).toEqual({ kind: 'inconclusive', because: 'more than 500 situations can come about' })
})

test('many parallel ways are judged without trying their orders', async () => {
  const ways = Array.from(
    { length: 20 },
    (_, k) => `${flow(`i${k}`, 'split', `a${k}`)}<userTask id="a${k}"/>${flow(`x${k}`, `a${k}`, 'join')}`,
  )
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${ways.join('')}
<parallelGateway id="join"/>${flow('6', 'join', 'e')}<endEvent id="e"/>`
  expect(await kinds(content)).toEqual([])
})

test.each([
  ['a join', 'join'],
  ['an end that they share', 'e'],
])('three thousand parallel tasks up to %s are sound, and are judged as one', async (_what, target) => {
  const tasks = Array.from(
    { length: 3_000 },
    (_, k) => `<task id="t${k}"/>${flow(`in${k}`, 'split', `t${k}`)}${flow(`out${k}`, `t${k}`, target)}`,
  )
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${tasks.join('')}
${target === 'join' ? `<parallelGateway id="join"/>${flow('2', 'join', 'e')}` : ''}<endEvent id="e"/>`
  expect(await kinds(content)).toEqual([])
})

test('of many branches that a join waits for, each that nothing comes by is told', async () => {
  const tasks = ['a', 'b', 'c', 'd', 'f'].map((id) => `<task id="${id}"/>${flow(`in_${id}`, 'split', id)}${flow(`out_${id}`, id, 'join')}`)
  const content = `<startEvent id="s"/>${flow('1', 's', 'x')}<exclusiveGateway id="x"/>${flow('2', 'x', 'split', asked)}${flow('3', 'x', 'join', asked)}
<parallelGateway id="split"/>${tasks.join('')}<parallelGateway id="join"/>${flow('4', 'join', 'e')}<endEvent id="e"/>`
  const [finding] = await findingsIn('joinNeverFires', content)
  expect(finding).toMatchObject({ elementId: 'join' })
  expect([...(finding?.related ?? [])].sort()).toEqual(['out_a', 'out_b', 'out_c', 'out_d', 'out_f'])
})

test('more tokens than are followed are said to be many, not endless', async () => {
  const tasks = Array.from(
    { length: 300 },
    (
      _,
      k,
    ) => `<userTask id="t${k}"/><boundaryEvent id="b${k}" attachedToRef="t${k}"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
${flow(`in${k}`, 'split', `t${k}`)}${flow(`out${k}`, `t${k}`, 'e')}${flow(`late${k}`, `b${k}`, 'e')}`,
  )
  const content = `<startEvent id="s"/>${flow('1', 's', 'split')}<parallelGateway id="split"/>${tasks.join('')}<endEvent id="e"/>`
  expect(judgeScope((await compile(file(content))).root)).toEqual([
    { kind: 'inconclusive', because: 'more than 200 tokens may be there at once' },
  ])
})

test('in an ad hoc sub-process each activity is started for itself: what two of them begin is joined inclusively, and by no parallel gateway', async () => {
  const meeting = (join: string): string =>
    `<adHocSubProcess id="open"><task id="a"/><task id="b"/>${flow('1', 'a', 'join')}${flow('2', 'b', 'join')}<${join} id="join"/></adHocSubProcess>`
  const [finding] = await findingsIn('joinNeverFires', meeting('parallelGateway'))
  expect(finding?.message).toContain('joined for itself')
  expect(await findingsIn('joinNeverFires', meeting('inclusiveGateway'))).toEqual([])
  expect(await findingsIn('severalTokens', meeting('inclusiveGateway'))).toEqual([])
})
