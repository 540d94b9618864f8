import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { type Draft, openDraft } from '../../src/kernel/draft.ts'
import type { Scope } from '../../src/kernel/state.ts'
import { advance } from '../../src/kernel/step.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { Value } from '../../src/model/value.ts'
import { read } from './compile.ts'
import { emptyState, environment, realKernel } from './kernel.ts'
import { stepLazily } from './partial-state.ts'

const START = { type: 'startProcess', now: 0, instanceId: 'I', definitionId: 'D', businessKey: null, variables: {}, actor: null } as const

test('a chain of 100,000 synchronous steps runs in one command, with a fixed number of events a step', async () => {
  const definition = await read(circle)
  const steps = (rounds: number): number => {
    const outcome = realKernel.step(definition, emptyState, { ...START, variables: { i: 0, n: rounds } })
    if ('rejected' in outcome) throw new Error(outcome.rejected.message)
    expect(outcome.state.scopes.get('I')?.instance?.status).toBe('completed')
    return outcome.events.length
  }
  const one = steps(1_000) - steps(0)
  expect(steps(50_000) - steps(0)).toBe(50 * one)
})

test('a straight chain of 10,000 elements runs in one command', async () => {
  const ids = Array.from({ length: 10_000 }, (_, k) => `t${k}`)
  const definition = await read(
    process(
      [
        ...ids.map((id) => `<bpmn:task id="${id}"/>`),
        ...ids.slice(1).map((id, k) => `<bpmn:sequenceFlow id="f${k}" sourceRef="t${k}" targetRef="${id}"/>`),
      ].join('\n'),
    ),
  )
  const outcome = realKernel.step(definition, emptyState, START)
  expect('events' in outcome && outcome.events.length).toBe(2 + 2 * ids.length)
})

for (const sequential of [false, true]) {
  const kind = sequential ? 'sequential' : 'parallel'

  test(`a 10,000-fold ${kind} multi-instance of work costs the same for each iteration, however many there are`, async () => {
    const definition = await read(multiInstance(sequential))
    const few = runAll(definition, 1_000)
    const many = runAll(definition, 10_000)
    expect(many.status).toBe('completed')
    expect(many.outputs).toBe(10_000)
    expect(many.perCommand.events).toBe(few.perCommand.events)
    expect(many.perCommand.written).toBe(few.perCommand.written)
    // Longer numbers only.
    expect(many.perCommand.bytes).toBeLessThan(few.perCommand.bytes + 20)
    expect(many.perCommand.loaded).toBe(few.perCommand.loaded)
    expect(many.events / few.events).toBeCloseTo(10, 1)
  })

  test(`a 10,000-fold ${kind} multi-instance of steps without a wait runs in one command`, async () => {
    const definition = await read(multiInstance(sequential).replaceAll('serviceTask', 'task'))
    const events = (count: number): number => {
      const outcome = realKernel.step(definition, emptyState, {
        ...START,
        variables: { items: Array.from({ length: count }, (_, k) => k) },
      })
      return 'rejected' in outcome ? 0 : outcome.events.length
    }
    expect((events(10_000) - events(0)) / (events(1_000) - events(0))).toBeCloseTo(10, 1)
  })
}

test('the measure finds a body that keeps a list of its iterations', async () => {
  const definition = await read(multiInstance(false))
  const listing = (draft: Draft): void => {
    const body = draft.scopes.get('I.1')
    if (body) body.variables = { ...body.variables, done: Array.from({ length: body.rounds?.completed ?? 0 }, (_, k) => k) }
  }
  expect(runAll(definition, 500, listing).perCommand.bytes).toBeGreaterThan(runAll(definition, 100, listing).perCommand.bytes + 20)
})

test('suspending and resuming load nothing but the instance itself, however much is open in it', async () => {
  const definition = await read(multiInstance(false))
  const started = realKernel.step(definition, emptyState, { ...START, variables: { items: [1, 2, 3] } })
  if ('rejected' in started) throw new Error(started.rejected.message)
  const suspended = stepLazily(definition, started.state, { type: 'suspendProcess', now: 1, instanceId: 'I', reason: null })
  const resumed = stepLazily(definition, suspended.state, { type: 'resumeProcess', now: 2, instanceId: 'I' })
  expect([suspended.rounds, resumed.rounds]).toEqual([1, 1])
  expect(resumed.state.scopes.get('I')?.instance?.status).toBe('active')
})

test('an activity that can be compensated costs the same for each completion and each compensation, however many there are', async () => {
  const definition = await read(undoable)
  const few = runAll(definition, 50, undefined, true)
  const many = runAll(definition, 500, undefined, true)
  expect(many.status).toBe('completed')
  expect(many.perCommand.events).toBe(few.perCommand.events)
  expect(many.perCommand.written).toBe(few.perCommand.written)
  expect(many.perCommand.bytes).toBeLessThan(few.perCommand.bytes + 20)
  expect(many.perCommand.loaded).toBe(few.perCommand.loaded)
  expect(many.events / few.events).toBeCloseTo(10, 0)
})

interface Cost {
  readonly status: string | undefined
  readonly outputs: number
  readonly events: number
  /** The dearest command but the first and the last, which touch all iterations. */
  readonly perCommand: { events: number; written: number; bytes: number; loaded: number }
}

/** Runs a multi-instance to its end on a store of which each command gets the scopes that it asks for. */
function runAll(definition: Definition, count: number, spoil: (draft: Draft) => void = () => undefined, undoes = false): Cost {
  const scopes = new Map<string, Scope>()
  const chunks = new Map<string, readonly Value[]>()
  const perCommand = { events: 0, written: 0, bytes: 0, loaded: 0 }
  let events = 0
  let outputs = 0
  const run = (command: Command, isMeasured: boolean): void => {
    const { draft, made, loaded } = stepOnStore(definition, scopes, chunks, command)
    spoil(draft)
    events += made.length
    let bytes = 0
    for (const [id, scope] of draft.scopes) {
      if (isMeasured && scope) bytes += JSON.stringify(scope).length
      if (scope) scopes.set(id, scope)
      else scopes.delete(id)
    }
    for (const [id, chunk] of draft.chunks) {
      if (chunk) chunks.set(id, chunk)
      else chunks.delete(id)
    }
    if (!isMeasured) return
    perCommand.events = Math.max(perCommand.events, made.length)
    perCommand.written = Math.max(perCommand.written, draft.scopes.size)
    perCommand.bytes = Math.max(perCommand.bytes, bytes)
    perCommand.loaded = Math.max(perCommand.loaded, loaded)
  }
  const items = undoes ? count : Array.from({ length: count }, (_, k) => k)
  run({ ...START, variables: { items } }, false)
  for (let k = 1; k <= count; k++) {
    const command: Command = { type: 'finishWork', now: 0, scopeId: `I.1.${k}`, n: 1, result: { type: 'completed', set: {}, local: {} } }
    run(command, k < count)
  }
  // The handler of each iteration stands beside what it undoes.
  for (let k = count; undoes && k >= 1; k--) {
    const command: Command = { type: 'finishWork', now: 0, scopeId: `I.1.${k}`, n: 2, result: { type: 'completed', set: {}, local: {} } }
    run(command, k < count && k > 1)
  }
  const root = scopes.get('I')
  const list = root?.variables.results
  outputs = Array.isArray(list) ? list.length : 0
  return { status: root?.instance?.status, outputs, events, perCommand }
}

function stepOnStore(
  definition: Definition,
  store: ReadonlyMap<string, Scope>,
  storedChunks: ReadonlyMap<string, readonly Value[]>,
  command: Command,
) {
  const scopes = new Map<string, Scope>()
  const chunks = new Map<string, readonly Value[]>()
  const known = new Set<string>()
  for (;;) {
    const draft = openDraft({ scopes, chunks }, command.type === 'startProcess', known)
    const result = advance(draft, definition, command, environment)
    if ('events' in result) return { draft, made: result.events, loaded: scopes.size + chunks.size }
    if ('rejected' in result) throw new Error(result.rejected.message)
    for (const need of result.needs) {
      if ('scope' in need) {
        const scope = store.get(need.scope)
        if (scope) scopes.set(need.scope, scope)
        else known.add(need.scope)
      } else if ('chunks' in need) for (const id of need.chunks) chunks.set(id, storedChunks.get(id) ?? [])
      else if ('childrenOf' in need) {
        for (const [id, scope] of store) if (id.startsWith(`${need.childrenOf}.`)) scopes.set(id, scope)
        known.add(need.childrenOf)
      }
    }
  }
}

function process(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="cost" targetNamespace="cost">
<bpmn:process id="cost-process" isExecutable="true">
${content}
</bpmn:process>
</bpmn:definitions>
`
}

/** Two steps a round, and no wait. */
const circle = process(`<bpmn:startEvent id="start"/>
<bpmn:exclusiveGateway id="decision" default="out"/>
<bpmn:task id="count"><bpmn:extensionElements><camunda:inputOutput><camunda:outputParameter name="i">\${i + 1}</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:task>
<bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="in" sourceRef="start" targetRef="decision"/>
<bpmn:sequenceFlow id="again" sourceRef="decision" targetRef="count"><bpmn:conditionExpression>\${i &lt; n}</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="back" sourceRef="count" targetRef="decision"/>
<bpmn:sequenceFlow id="out" sourceRef="decision" targetRef="end"/>`)

/** Work in a multi-instance, all of which is undone by work at the end. */
const undoable =
  process(`<bpmn:serviceTask id="work"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>\${items}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>
<bpmn:boundaryEvent id="worked" attachedToRef="work"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
<bpmn:serviceTask id="undo" isForCompensation="true"/>
<bpmn:association id="association" sourceRef="worked" targetRef="undo"/>
<bpmn:endEvent id="end"><bpmn:compensateEventDefinition/></bpmn:endEvent>
<bpmn:sequenceFlow id="out" sourceRef="work" targetRef="end"/>`)

function multiInstance(sequential: boolean): string {
  return process(`<bpmn:serviceTask id="work"><bpmn:multiInstanceLoopCharacteristics isSequential="${sequential}" camunda:collection="items" camunda:elementVariable="item">
<bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef><bpmn:outputDataItem id="result" name="item"/>
</bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>
<bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="out" sourceRef="work" targetRef="end"/>`)
}
