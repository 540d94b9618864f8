import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import type { InstanceState, Token } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { read } from './compile.ts'
import { emptyState, realKernel } from './kernel.ts'
import { unowned } from './ownership.ts'
import { tokensOf } from './placed.ts'

const START = { type: 'startProcess', now: 0, instanceId: 'I', definitionId: 'D', businessKey: null, variables: {}, actor: null } as const

test('a condition of a complex gateway that cannot be evaluated is an incident at an arrived token; resolving asks it again', async () => {
  const definition = await read(
    file(`<bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/><bpmn:userTask id="a"/><bpmn:complexGateway id="join">
<bpmn:activationCondition>\${ready.yes}</bpmn:activationCondition></bpmn:complexGateway><bpmn:endEvent id="end"/>
${flows('start->split', 'split->a', 'split->join', 'a->join', 'join->end')}`),
  )
  const stuck = run(definition, START)
  expect(at(stuck, 'join')).toMatchObject({ phase: 'incident', incident: { retry: 'join' } })
  expect(unowned(definition, stuck)).toEqual([])
  const set = run(definition, { type: 'setVariables', now: 0, scopeId: 'I', values: { ready: { yes: true } } }, stuck)
  const fired = run(definition, { type: 'resolveIncident', now: 0, scopeId: 'I', n: numberAt(set, 'join') }, set)
  expect(tokensOf(fired).map(({ token }) => token.elementId)).toEqual(['a'])
  expect(statusOf(run(definition, completed(fired, 'a'), fired))).toBe('completed')
})

test('a number of retries that cannot be evaluated is an incident at the element, also where its job is a continuation', async () => {
  const retries = '<bpmn:extensionElements><zeebe:taskDefinition type="work" retries="=missing.attempts"/></bpmn:extensionElements>'
  const definition = await read(
    file(
      `<bpmn:startEvent id="start"/><bpmn:serviceTask id="work" camunda:asyncBefore="true">${retries}</bpmn:serviceTask>${flows('start->work')}`,
    ),
  )
  expect(at(run(definition, START), 'work')).toMatchObject({ phase: 'incident', incident: { code: 'invalidValue', retry: 'enter' } })
})

test('an error code that cannot be evaluated catches nothing', async () => {
  const definition = await read(
    file(`<bpmn:startEvent id="start"/><bpmn:serviceTask id="work"/><bpmn:boundaryEvent id="catch" attachedToRef="work"><bpmn:errorEventDefinition errorRef="odd"/></bpmn:boundaryEvent>
<bpmn:endEvent id="end"/>${flows('start->work', 'work->end', 'catch->end')}`),
  )
  const waiting = run(definition, START)
  const result = { type: 'error', code: 'E1', message: '', values: {} } as const
  const stuck = run(definition, { type: 'finishWork', now: 0, scopeId: 'I', n: numberAt(waiting, 'work'), result }, waiting)
  expect(at(stuck, 'work')).toMatchObject({ phase: 'incident', incident: { code: 'uncaughtError' } })
})

test('an error that an end event throws and nobody catches is thrown again when its incident is resolved', async () => {
  const definition = await read(
    file(
      `<bpmn:startEvent id="start"/><bpmn:endEvent id="end"><bpmn:errorEventDefinition errorRef="error"/></bpmn:endEvent>${flows('start->end')}`,
    ),
  )
  const stuck = run(definition, START)
  expect(at(stuck, 'end')).toMatchObject({ phase: 'incident', incident: { code: 'uncaughtError', retry: 'enter' } })
  const again = run(definition, { type: 'resolveIncident', now: 0, scopeId: 'I', n: numberAt(stuck, 'end') }, stuck)
  expect(at(again, 'end')).toMatchObject({ phase: 'incident', incident: { code: 'uncaughtError' } })
})

test('work whose error nobody catches is not done: its job waits for the incident to be resolved', async () => {
  const definition = await read(
    file(`<bpmn:startEvent id="start"/><bpmn:serviceTask id="work"/><bpmn:endEvent id="end"/>${flows('start->work', 'work->end')}`),
  )
  const waiting = run(definition, START)
  const n = numberAt(waiting, 'work')
  const stuck = run(
    definition,
    { type: 'finishWork', now: 0, scopeId: 'I', n, result: { type: 'error', code: 'E1', message: '', values: {} } },
    waiting,
  )
  expect(at(stuck, 'work')).toMatchObject({ phase: 'incident', waits: [{ type: 'job' }] })
  const again = run(definition, { type: 'resolveIncident', now: 0, scopeId: 'I', n }, stuck)
  expect(at(again, 'work')).toMatchObject({ phase: 'waiting', waits: [{ type: 'job' }] })
})

test('where no flow can be taken the outputs are not mapped again', async () => {
  const count =
    '<bpmn:extensionElements><camunda:inputOutput><camunda:outputParameter name="count">${count + 1}</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>'
  const definition = await read(
    file(`<bpmn:startEvent id="start"/><bpmn:task id="once">${count}</bpmn:task><bpmn:endEvent id="end"/>${flows('start->once')}
<bpmn:sequenceFlow id="out" sourceRef="once" targetRef="end"><bpmn:conditionExpression>\${go}</bpmn:conditionExpression></bpmn:sequenceFlow>`),
  )
  const stuck = run(definition, { ...START, variables: { count: 0, go: false } })
  const set = run(definition, { type: 'setVariables', now: 0, scopeId: 'I', values: { go: true } }, stuck)
  const done = run(definition, { type: 'resolveIncident', now: 0, scopeId: 'I', n: numberAt(set, 'once') }, set)
  expect(statusOf(done)).toBe('completed')
  expect(done.scopes.get('I')?.variables.count).toBe(1)
})

test('a terminate end event also takes tokens that are on a sequence flow', async () => {
  const definition = await read(
    file(`<bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/><bpmn:task id="a"/><bpmn:task id="b"/><bpmn:userTask id="late"/>
<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>${flows('start->split', 'split->a', 'split->stop', 'a->b', 'b->late')}`),
  )
  const ended = run(definition, START)
  expect(statusOf(ended)).toBe('completed')
  expect(unowned(definition, ended)).toEqual([])
})

function run(definition: Definition, command: Command, state: InstanceState = emptyState): InstanceState {
  const outcome = realKernel.step(definition, state, command)
  if ('rejected' in outcome) throw new Error(outcome.rejected.message)
  return outcome.state
}

function at(state: InstanceState, elementId: string): Token | undefined {
  return tokensOf(state).find(({ token }) => token.elementId === elementId && token.phase !== 'arrived')?.token
}

function numberAt(state: InstanceState, elementId: string): number {
  return tokensOf(state).find(({ token }) => token.elementId === elementId && token.phase !== 'arrived')?.n ?? 0
}

function completed(state: InstanceState, elementId: string): Command {
  return { type: 'completeTask', now: 0, scopeId: 'I', n: numberAt(state, elementId), values: {}, actor: null }
}

function statusOf(state: InstanceState): string | undefined {
  return state.scopes.get('I')?.instance?.status
}

function flows(...arrows: readonly string[]): string {
  return arrows
    .map((arrow, k) => `<bpmn:sequenceFlow id="flow${k}" sourceRef="${arrow.split('->')[0]}" targetRef="${arrow.split('->')[1]}"/>`)
    .join('\n')
}

function file(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="stuck" targetNamespace="stuck">
<bpmn:error id="error" errorCode="E9"/>
<bpmn:error id="odd" errorCode="\${missing.code}"/>
<bpmn:process id="stuck-process" isExecutable="true">
${content}
</bpmn:process>
</bpmn:definitions>
`
}
