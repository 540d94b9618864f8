import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../src/import/diagnostics.ts'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { file, findingsIn } from './models.ts'

async function refusal(source: string): Promise<Diagnostic | undefined> {
  return (await importBpmn(source)).diagnostics.find((one) => one.code === 'notBpmn')
}

describe('a file that is not BPMN is told what it is', () => {
  test('a wrong namespace is named as the file has it', async () => {
    const found = await refusal('<bpmn:definitions xmlns:bpmn="http://example.org/other"/>')
    expect(found?.message).toContain('<bpmn:definitions> of the namespace "http://example.org/other"')
    expect(found?.message).not.toContain('other-')
    expect(found?.hint).toContain('http://www.omg.org/spec/BPMN/20100524/MODEL')
  })
  test('a default namespace is named as well', async () => {
    expect((await refusal('<definitions xmlns="http://example.org/x"/>'))?.message).toContain(
      '<definitions> of the namespace "http://example.org/x"',
    )
  })
  test('a file without any namespace is told so', async () => {
    expect((await refusal('<definitions/>'))?.message).toContain('<definitions> without a namespace')
    expect((await refusal('<a:definitions/>'))?.message).toContain('<a:definitions> without a namespace')
  })
  test.each([
    ['DMN', 'https://www.omg.org/spec/DMN/20191111/MODEL/'],
    ['DMN', 'http://www.omg.org/spec/DMN/20151101/dmn.xsd'],
    ['CMMN', 'http://www.omg.org/spec/CMMN/20151109/MODEL'],
  ])('a %s file gets a hint of its own (%s)', async (kind, namespace) => {
    const found = await refusal(`<definitions xmlns="${namespace}"/>`)
    expect(found?.hint).toContain(kind)
  })
})

test('an element outside of what a parameter can hold is named without the prefix of this package', async () => {
  const content = '<camunda:inputOutput><camunda:inputParameter name="x"><camunda:nope/></camunda:inputParameter></camunda:inputOutput>'
  const [found] = await findingsIn('unknownExtension', `<task id="a"><extensionElements>${content}</extensionElements></task>`)
  expect(found?.message).toContain('"nope"')
})

test.each(['', '<laneSet id="l"/>'])('an empty process comes with a hint (%s)', async (content) => {
  const { diagnostics } = await importBpmn(file(content))
  expect(diagnostics.find((one) => one.code === 'emptyProcess')?.hint).toBeTruthy()
})

test.each([
  ['<userTask id="a" camunda:asignee="kim"/>', 'Is assignee meant?'],
  ['<serviceTask id="a" camunda:asyncbefore="true"/>', 'Is asyncBefore meant?'],
  ['<task id="a"><extensionElements><camunda:executionListner/></extensionElements></task>', 'Is executionListener meant?'],
  ['<userTask id="a" camunda:somethingElse="kim"/>', 'Check its spelling.'],
])('a misspelt extension comes with the name that is nearest (%s)', async (content, hint) => {
  expect((await findingsIn('unknownExtension', content))[0]?.hint).toBe(hint)
})

test.each([
  ['timeDuration', '500ms', 'write it as PT0.5S'],
  ['timeDuration', '1d 2h', 'write it as P1DT2H'],
  ['timeCycle', '500ms###10s', 'write it as R/PT10S'],
])('a timer in the shorthand of other engines is told as ISO 8601 has it (%s "%s")', async (kind, text, hint) => {
  const timer = `<intermediateCatchEvent id="a"><timerEventDefinition><${kind}>${text}</${kind}></timerEventDefinition></intermediateCatchEvent>`
  expect((await findingsIn('invalidTimer', timer))[0]?.message).toContain(hint)
})

test('a condition in a language that is not evaluated is told its language', async () => {
  const condition = '<completionCondition language="http://www.java.com/java">return done;</completionCondition>'
  const loop = `<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>${condition}</multiInstanceLoopCharacteristics>`
  expect((await findingsIn('conditionNotExpression', `<task id="a">${loop}</task>`))[0]?.message).toContain('http://www.java.com/java')
})

test('a call of a case is said to be that, not a call of nothing', async () => {
  const { diagnostics } = await importBpmn(file('<callActivity id="a" camunda:caseRef="review"/>'))
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['unsupportedExtension'])
})
