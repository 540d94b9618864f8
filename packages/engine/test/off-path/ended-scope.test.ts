import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { read } from '../laws/compile.ts'
import { emptyState, environment, kernelIn, realKernel } from '../laws/kernel.ts'
import { INSTANCE, START_AT, startCommand } from '../laws/walk.ts'

const MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="ended">
<process id="ended" isExecutable="true"><startEvent id="start"/>
<subProcess id="claim"><extensionElements><camunda:executionListener event="end" class="Archive"/></extensionElements><userTask id="assess"/></subProcess>
<sequenceFlow id="f1" sourceRef="start" targetRef="claim"/></process></definitions>`

test('a sub-process that ends while its listener works is not ended again: the listener has one job', async () => {
  const definition = await read(MODEL)
  const end: Command = { type: 'endScope', now: START_AT, scopeId: `${INSTANCE}.2`, reason: 'enough' }
  const started = realKernel.step(definition, emptyState, startCommand(START_AT))
  const ended = 'state' in started ? realKernel.step(definition, started.state, end) : started
  const again = 'state' in ended ? realKernel.step(definition, ended.state, end) : ended
  expect('events' in ended && ended.events.filter((event) => event.type === 'elementWaits').map((event) => event.job?.key)).toHaveLength(1)
  expect(again).toEqual({ rejected: { code: 'notDivertible', message: '"claim" ends already: the listeners of its end are being heard' } })
})

const ROUNDS = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="rounds"><message id="enough" name="enough"/>
<process id="rounds" isExecutable="true"><startEvent id="start"/>
<userTask id="assess"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>
<boundaryEvent id="stop" attachedToRef="assess"><messageEventDefinition messageRef="enough"/></boundaryEvent><userTask id="tell"/>
<sequenceFlow id="f1" sourceRef="start" targetRef="assess"/><sequenceFlow id="f2" sourceRef="stop" targetRef="tell"/></process></definitions>`

test('what was done beside the path in a round goes with the round', async () => {
  const definition = await read(ROUNDS)
  const body = `${INSTANCE}.2`
  const commands: readonly Command[] = [
    startCommand(START_AT),
    { type: 'keepBeside', now: START_AT, scopeId: `${body}.1`, key: 'called the customer' },
    { type: 'triggerWait', now: START_AT, scopeId: INSTANCE, n: 2, for: 'stop', kind: 'message', values: {} },
  ]
  let state = emptyState
  for (const command of commands) {
    const outcome = realKernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(outcome.rejected.message)
    state = outcome.state
  }
  expect([...state.scopes.keys()]).toEqual([INSTANCE])
})

const LINKED = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="linked">
<process id="linked" isExecutable="true"><startEvent id="start"/><intermediateThrowEvent id="to"><linkEventDefinition name="far"/></intermediateThrowEvent>
<intermediateCatchEvent id="from"><linkEventDefinition name="far"/></intermediateCatchEvent><userTask id="arrive"/>
<sequenceFlow id="f1" sourceRef="start" targetRef="to"/><sequenceFlow id="f2" sourceRef="from" targetRef="arrive"/></process></definitions>`

test('a link that is passed over leads on to its other end', async () => {
  const definition = await read(LINKED)
  const limited = kernelIn({ ...environment, operationsMax: 3 }) // it is stuck at the link
  const place = { scopeId: INSTANCE, n: 2 }
  const commands: readonly Command[] = [
    startCommand(START_AT),
    { type: 'hold', now: START_AT, ...place, by: 'somebody', timers: {} },
    { type: 'divert', now: START_AT, ...place, by: 'somebody', to: { type: 'skip', values: {} } },
  ]
  let state = emptyState
  for (const command of commands) {
    const outcome = limited.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(outcome.rejected.message)
    state = outcome.state
  }
  expect(Object.values(state.scopes.get(INSTANCE)?.tokens ?? {}).map((token) => token.elementId)).toEqual(['arrive'])
})
