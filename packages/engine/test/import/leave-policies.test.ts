import { describe, expect, test } from 'vitest'
import { inspectModel } from '../../src/import/inspect-model.ts'
import { file } from './models.ts'

const NAMESPACE = 'https://leeway.dev/schema/1.0'
const policy = (attributes: string, content = ''): string =>
  `<leeway:deviation xmlns:leeway="${NAMESPACE}" ${attributes}>${content}</leeway:deviation>`

/** A task whose extensions begin in line 8. */
const task = (extensions: string): string =>
  file(`<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
<userTask id="a"><extensionElements>
${extensions}
</extensionElements></userTask><sequenceFlow id="g" sourceRef="a" targetRef="e"/><endEvent id="e"/>`)

const found = async (source: string) =>
  (await inspectModel(source)).diagnostics.map(({ code, severity, line, elementId, message, hint }) => ({
    code,
    severity,
    line,
    elementId,
    message,
    hint,
  }))

describe('what a model says of leaving the path and cannot be followed is a warning at its line, with what to do', () => {
  test.each([
    ['a second policy', 'extensionWithoutEffect', `${policy('modes="detour"')}\n${policy('mandatory="true"')}`, 10],
    ['a policy written as content', 'unknownExtension', policy('', `<leeway:mode>detour</leeway:mode>`), 9],
    ['a policy written as text', 'unknownExtension', policy('', 'detour'), 9],
    ['a timer that is none', 'extensionWithoutEffect', policy('unpausable="true"'), 9],
    ['a return to what is not there', 'danglingReference', policy('returnTargets="s nowhere"'), 9],
    ['a return to a flow', 'wrongReference', policy('returnTargets="g"'), 9],
    ['an attribute that is none', 'unknownExtension', policy('mode="detour"'), 9],
    ['a mode that is none', 'invalidValue', policy('modes="detour sideways"'), 9],
  ])('%s', async (_, code, extensions, line) => {
    const all = await found(task(extensions))
    expect(all).toMatchObject([{ code, severity: 'warning', elementId: 'a', line }])
  })

  test.each(['http://leeway.dev/schema/1.0', 'https://leeway.dev/schema/1.0/', 'https://leeway.dev/schema/1.1', 'https://LEEWAY.dev'])(
    'the namespace %s',
    async (namespace) => {
      const all = await found(task(policy('mandatory="true"').replace(NAMESPACE, namespace)))
      expect(all).toMatchObject([{ code: 'unknownExtension', severity: 'warning', hint: `Write ${NAMESPACE}.` }])
      expect(all[0]?.message).toContain(namespace)
    },
  )
})

test('a policy that can be followed is no finding, on a task, a gateway, an event, and of a timer', async () => {
  const timer = `<boundaryEvent id="b" attachedToRef="a"><extensionElements>${policy('unpausable="true"')}</extensionElements>
    <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <endEvent id="x"/><sequenceFlow id="h" sourceRef="b" targetRef="x"/></process>`
  const source = task(policy('modes="detour" mandatory="true" approvals="2" roles="agent" returnTargets="a e" outputs="x"')).replace(
    '</process>',
    timer,
  )
  expect(await found(source)).toEqual([])
})
