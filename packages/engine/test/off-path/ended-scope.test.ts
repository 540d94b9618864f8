import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { read } from '../laws/compile.ts'
import { emptyState, environment, type Kernel, kernelIn, realKernel } from '../laws/kernel.ts'
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

test('a sub-process that ended, and is kept to be undone while a job leads on from it, is not ended again', async () => {
  const undone = `<userTask id="assess"/><boundaryEvent id="assessed" attachedToRef="assess"><compensateEventDefinition/></boundaryEvent>
<task id="forget" isForCompensation="true"/><association id="a" sourceRef="assessed" targetRef="forget"/>`
  const inside = `<subProcess id="claim" camunda:asyncAfter="true">${undone}</subProcess>`
  const definition = await read(MODEL.replace(/<subProcess.*<\/subProcess>/, inside))
  const completed = after(realKernel, definition, emptyState, [
    startCommand(START_AT),
    { type: 'completeTask', now: START_AT, scopeId: `${INSTANCE}.2`, n: 1, values: {}, actor: null },
  ])
  const end: Command = { type: 'endScope', now: START_AT, scopeId: `${INSTANCE}.2`, reason: 'enough' }
  expect(realKernel.step(definition, completed, end)).toMatchObject({ rejected: { code: 'notDivertible' } })
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

const COLLECTED = ROUNDS.replace(
  '</multiInstanceLoopCharacteristics>',
  '<loopDataOutputRef>answers</loopDataOutputRef><outputDataItem id="answer" name="answer"/></multiInstanceLoopCharacteristics>',
)

test('nothing more is kept beside the path in a round that completed and stays for its output', async () => {
  const definition = await read(COLLECTED)
  const round = `${INSTANCE}.2.1`
  const started = realKernel.step(definition, emptyState, startCommand(START_AT))
  const done: Command = { type: 'completeTask', now: START_AT, scopeId: round, n: 1, values: { answer: 'yes' }, actor: null }
  const first = 'state' in started ? realKernel.step(definition, started.state, done) : started
  const late: Command = { type: 'keepBeside', now: START_AT, scopeId: round, key: 'called the customer' }
  const kept = 'state' in first ? realKernel.step(definition, first.state, late) : first
  expect(kept).toMatchObject({ rejected: { code: 'unknownToken' } })
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

const UNDONE = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="undone">
<process id="undone" isExecutable="true"><startEvent id="start"/>
<userTask id="book"/><boundaryEvent id="booked" attachedToRef="book"><compensateEventDefinition/></boundaryEvent>
<userTask id="unbook" isForCompensation="true"/><association id="a" sourceRef="booked" targetRef="unbook"/>
<adHocSubProcess id="prepare"><userTask id="pack"/></adHocSubProcess>
<sequenceFlow id="f1" sourceRef="start" targetRef="book"/><sequenceFlow id="f2" sourceRef="book" targetRef="prepare"/></process></definitions>`

/** At the ad hoc sub-process somebody is off the path, and has what was booked undone; `kernel` begins that. */
async function undoing(kernel: Kernel): Promise<{ readonly definition: Definition; readonly state: InstanceState; readonly at: Place }> {
  const definition = await read(UNDONE)
  const at = { scopeId: INSTANCE, n: 3 }
  const sources = [{ scopeId: INSTANCE, elementIds: null }]
  const started = after(realKernel, definition, emptyState, [
    startCommand(START_AT),
    { type: 'completeTask', now: START_AT, scopeId: INSTANCE, n: 2, values: {}, actor: null },
    { type: 'hold', now: START_AT, ...at, by: 'kim', timers: {}, whole: true },
  ])
  const undo: Command = { type: 'divert', now: START_AT, ...at, by: 'kim', to: { type: 'compensate', sources, alone: false } }
  return { definition, state: after(kernel, definition, started, [undo]), at }
}

test('in an ad hoc sub-process that was taken back nothing is started, and it does not end, while something is undone', async () => {
  const { definition, state, at } = await undoing(realKernel)
  const refused = { rejected: { code: 'onHold', message: '"prepare" is off the path, held by kim' } }
  expect(realKernel.step(definition, state, { type: 'completeAdHoc', now: START_AT, ...at })).toEqual(refused)
  expect(realKernel.step(definition, state, { type: 'startAdHoc', now: START_AT, ...at, activityId: 'pack', values: {} })).toEqual(refused)
})

test('an undoing for who is off the path that was stuck goes on when that is resolved, and nobody returns before it is done', async () => {
  const { definition, state, at } = await undoing(kernelIn({ ...environment, operationsMax: 0 }))
  const resolved = after(realKernel, definition, state, [{ type: 'resolveIncident', now: START_AT, ...at }])
  const redo: Command = { type: 'divert', now: START_AT, ...at, by: 'kim', to: { type: 'redo' } }
  expect(realKernel.step(definition, resolved, redo)).toMatchObject({ rejected: { code: 'notHeld' } })
  const [, unbook] = Object.keys(resolved.scopes.get(INSTANCE)?.tokens ?? {})
  const done: Command = { type: 'completeTask', now: START_AT, scopeId: INSTANCE, n: Number(unbook), values: {}, actor: null }
  const tokens = after(realKernel, definition, resolved, [done, redo]).scopes.get(INSTANCE)?.tokens
  expect(Object.values(tokens ?? {}).map(({ elementId, phase }) => `${elementId} ${phase}`)).toEqual(['prepare active'])
})

const CANCELLED = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="cancelled">
<process id="cancelled" isExecutable="true"><startEvent id="start"/>
<transaction id="book"><userTask id="ask"/><endEvent id="no"><cancelEventDefinition/></endEvent><sequenceFlow id="f3" sourceRef="ask" targetRef="no"/></transaction>
<boundaryEvent id="refused" attachedToRef="book"><cancelEventDefinition/></boundaryEvent><userTask id="tell"/>
<sequenceFlow id="f1" sourceRef="start" targetRef="book"/><sequenceFlow id="f2" sourceRef="refused" targetRef="tell"/></process></definitions>`

test('a transaction that is cancelled while it is taken over with the whole is left by its cancel boundary, and nobody is to come back to it', async () => {
  const definition = await read(CANCELLED)
  const state = after(realKernel, definition, emptyState, [
    startCommand(START_AT),
    { type: 'holdProcess', now: START_AT, instanceId: INSTANCE, by: 'kim', timers: {} },
    { type: 'divert', now: START_AT, scopeId: `${INSTANCE}.2`, n: 1, by: 'kim', to: { type: 'skip', values: {} } },
    { type: 'releaseProcess', now: START_AT, instanceId: INSTANCE, by: 'kim' },
  ])
  const tokens = Object.values(state.scopes.get(INSTANCE)?.tokens ?? {})
  expect(tokens.map(({ elementId, phase }) => `${elementId} ${phase}`)).toEqual(['tell waiting'])
})

interface Place {
  readonly scopeId: string
  readonly n: number
}

function after(kernel: Kernel, definition: Definition, before: InstanceState, commands: readonly Command[]): InstanceState {
  return commands.reduce((state, command) => {
    const outcome = kernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(outcome.rejected.message)
    return outcome.state
  }, before)
}
