import { expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { emptyState, openDraft, type ScriptAnswer } from '../../src/kernel/draft.ts'
import { SCRIPTS_MAX } from '../../src/kernel/scripted.ts'
import { advance } from '../../src/kernel/step.ts'
import { environment } from '../laws/kernel.ts'
import { processModel } from './process-model.ts'

test('a command that has asked for too many scripts ends in an incident at the element that asks for one more', async () => {
  const decides = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression" language="javascript">x</bpmn:conditionExpression>'
  const model = processModel(
    'p',
    `<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e">${decides}</bpmn:sequenceFlow>`,
    '',
  )
  const { processes } = await importBpmn(model)
  const [definition] = processes
  if (definition === undefined) throw new Error('the model was not read')
  const start = { type: 'startProcess', instanceId: 'I', definitionId: 'd', businessKey: null, variables: {}, actor: null, now: 0 } as const
  const eventsAfter = (asked: number): unknown => {
    const answers = new Map<string, ScriptAnswer>(Array.from({ length: asked }, (_, k) => [`${k}`, { value: true }]))
    return advance(openDraft(emptyState, true, undefined, answers), definition, start, environment)
  }
  expect(eventsAfter(SCRIPTS_MAX - 1)).toMatchObject({ needs: [{ script: { script: { text: 'x' }, place: { elementId: 's' } } }] })
  expect(eventsAfter(SCRIPTS_MAX)).toMatchObject({
    events: expect.arrayContaining([expect.objectContaining({ type: 'incidentRaised', elementId: 's', code: 'tooManyScripts' })]),
  })
})
