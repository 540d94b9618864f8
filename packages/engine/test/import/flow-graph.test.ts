import { expect, test } from 'vitest'
import { compile, file } from './models.ts'

const flow = (source: string, target: string): string =>
  `<sequenceFlow id="${source}-${target}" sourceRef="${source}" targetRef="${target}"/>`

async function repeatableIn(content: string): Promise<readonly string[]> {
  const definition = await compile(file(content))
  return [...definition.nodes.values()].filter((node) => node.repeatable).map((node) => node.id)
}

test('a process begins at all its none start events', async () => {
  const { root } = await compile(
    file(`<startEvent id="a"/><startEvent id="b"/><startEvent id="c"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent>
      <task id="t"/>${flow('a', 't')}${flow('b', 't')}${flow('c', 't')}`),
  )
  expect(root.initial.map((node) => node.id)).toEqual(['a', 'b'])
  expect(root.startEvents.map((node) => node.id)).toEqual(['a', 'b', 'c'])
})

test('a process without start event begins at the nodes without incoming flow that nothing else starts', async () => {
  const { root } = await compile(
    file(`<task id="a"/><task id="b"/><task id="c"/>${flow('a', 'c')}
      <boundaryEvent id="late" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
      <intermediateThrowEvent id="jump"><linkEventDefinition name="l"/></intermediateThrowEvent>${flow('b', 'jump')}
      <intermediateCatchEvent id="land"><linkEventDefinition name="l"/></intermediateCatchEvent>`),
  )
  expect(root.initial.map((node) => node.id)).toEqual(['a', 'b'])
})

test('a straight path and exclusive alternatives are walked once', async () => {
  expect(await repeatableIn(`<startEvent id="s"/><task id="a"/><task id="b"/>${flow('s', 'a')}${flow('s', 'b')}`)).toEqual([])
})

test('what stands behind a merge may be activated again', async () => {
  expect(
    await repeatableIn(`<startEvent id="s"/><task id="a"/><task id="b"/><task id="m"/><endEvent id="e"/>
      ${flow('s', 'a')}${flow('s', 'b')}${flow('a', 'm')}${flow('b', 'm')}${flow('m', 'e')}`),
  ).toEqual(['m', 'e'])
})

test('what stands in a loop may be activated again, and what follows it', async () => {
  expect(
    await repeatableIn(`<startEvent id="s"/><task id="a"/><exclusiveGateway id="g" default="g-e"/><endEvent id="e"/>
      ${flow('s', 'a')}${flow('a', 'g')}${flow('g', 'e')}<sequenceFlow id="back" sourceRef="g" targetRef="a"><conditionExpression>\${x}</conditionExpression></sequenceFlow>`),
  ).toEqual(['a', 'g', 'e'])
})

test('a non-interrupting boundary event may fire often, an interrupting one once', async () => {
  const timer = '<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>'
  expect(
    await repeatableIn(`<startEvent id="s"/><userTask id="a"/>${flow('s', 'a')}
      <boundaryEvent id="once" attachedToRef="a">${timer}</boundaryEvent><endEvent id="e1"/>${flow('once', 'e1')}
      <boundaryEvent id="often" attachedToRef="a" cancelActivity="false">${timer}</boundaryEvent><endEvent id="e2"/>${flow('often', 'e2')}`),
  ).toEqual(['often', 'e2'])
})

test('boundary events of what is activated again are so too', async () => {
  const timer = '<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>'
  expect(
    await repeatableIn(`<startEvent id="s"/><startEvent id="t"/><userTask id="a"/>${flow('s', 'a')}${flow('t', 'a')}
      <boundaryEvent id="b" attachedToRef="a">${timer}</boundaryEvent><endEvent id="e"/>${flow('b', 'e')}`),
  ).toEqual(['a', 'b', 'e'])
})

test('each instance of a sub-process is judged by itself', async () => {
  expect(
    await repeatableIn(`<startEvent id="s"/><startEvent id="t"/>${flow('s', 'sub')}${flow('t', 'sub')}
      <subProcess id="sub"><startEvent id="in"/><task id="a"/>${flow('in', 'a')}</subProcess>`),
  ).toEqual(['sub'])
})

test('several throws of one link are a merge', async () => {
  const link = '<linkEventDefinition name="l"/>'
  expect(
    await repeatableIn(`<startEvent id="s"/><intermediateThrowEvent id="a">${link}</intermediateThrowEvent><intermediateThrowEvent id="b">${link}</intermediateThrowEvent>
      <intermediateCatchEvent id="c">${link}</intermediateCatchEvent>${flow('s', 'a')}${flow('s', 'b')}`),
  ).toEqual(['c'])
})
