import { expect, test } from 'vitest'
import { findingsIn } from './models.ts'

const flow = (source: string, target: string, content = ''): string =>
  `<sequenceFlow id="${source}_${target}" sourceRef="${source}" targetRef="${target}">${content}</sequenceFlow>`
const asked = '<conditionExpression>${x}</conditionExpression>'
const through = (middle: string, from: string, to: string = from): string =>
  `<startEvent id="s"/>${middle}<endEvent id="e"/>${flow('s', from)}${flow(to, 'e')}`
const again = (attributes = '', content = ''): string =>
  `<callActivity id="again" calledElement="p" ${attributes}>${content}</callActivity>`
const found = async (content: string, more = ''): Promise<readonly (string | null)[]> =>
  (await findingsIn('endlessCalls', content, more)).map(({ elementId }) => elementId ?? null)

test('a process that calls itself on every way never ends', async () => {
  expect(await found(through(again(), 'again'))).toEqual(['again'])
  expect(await found(through(`<subProcess id="sub"><startEvent id="t"/>${again()}${flow('t', 'again')}</subProcess>`, 'sub'))).toEqual([
    'again',
  ])
})

test('so it is on one of several parallel ways', async () => {
  const split = `<parallelGateway id="g"/><task id="a"/>${again()}${flow('g', 'a')}${flow('g', 'again')}`
  expect(await found(through(split, 'g', 'a'))).toEqual(['again'])
})

test('processes that call each other are named, each with the others', async () => {
  const other =
    '<process id="q" isExecutable="true"><startEvent id="qs"/><callActivity id="back" calledElement="p"/><sequenceFlow id="qf" sourceRef="qs" targetRef="back"/></process>'
  const findings = await findingsIn('endlessCalls', through('<callActivity id="there" calledElement="q"/>', 'there'), other)
  expect(findings).toMatchObject([
    { severity: 'warning', elementId: 'back', related: ['p'] },
    { severity: 'warning', elementId: 'there', related: ['q'] },
  ])
})

test.each([
  ['a condition', through(`<exclusiveGateway id="g"/>${again()}${flow('g', 'again', asked)}${flow('g', 'e', asked)}`, 'g', 'again')],
  [
    'rounds, which may be none',
    through(
      again('', '<multiInstanceLoopCharacteristics><loopCardinality>${n}</loopCardinality></multiInstanceLoopCharacteristics>'),
      'again',
    ),
  ],
  [
    'an event that interrupts the call',
    through(
      `${again()}<boundaryEvent id="b" attachedToRef="again"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>${flow('b', 'e')}`,
      'again',
    ),
  ],
  [
    'an end of all on another way',
    `<startEvent id="s"/><parallelGateway id="g"/>${again()}<endEvent id="e"><terminateEventDefinition/></endEvent>${flow('s', 'g')}${flow('g', 'again')}${flow('g', 'e')}`,
  ],
  ['an expression that says what is called', through('<callActivity id="again" calledElement="${next}"/>', 'again')],
])('%s is a way out', async (_what, content) => {
  expect(await found(content)).toEqual([])
})
