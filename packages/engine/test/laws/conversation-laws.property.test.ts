import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Definition } from '../../src/model/definition.ts'
import { correlationBy } from '../runtime/conversation-model.ts'
import { read } from './compile.ts'
import { faults } from './faults.ts'
import { emptyState, type Kernel, realKernel } from './kernel.ts'
import { parameters } from './runs.ts'
import { INSTANCE, START_AT } from './walk.ts'

/** Waits for several messages of one conversation at once: none has a key before the first comes. */
async function model(): Promise<Definition> {
  const names = ['one', 'two', 'three']
  const { correlation, root } = correlationBy(['orderId'], names)
  const waits = names.map(
    (name) => `<bpmn:receiveTask id="${name}Task" messageRef="${name}"/>
    <bpmn:sequenceFlow id="f-${name}" sourceRef="split" targetRef="${name}Task"/>`,
  )
  return read(`<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="talk" targetNamespace="http://example.org/talk">
    ${names.map((name) => `<bpmn:message id="${name}" name="${name}"/>`).join('')}${root}
    <bpmn:collaboration id="all"><bpmn:participant id="pool" processRef="p"/>${correlation}</bpmn:collaboration>
    <bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="split"/>
    <bpmn:parallelGateway id="split"/>${waits.join('')}</bpmn:process></bpmn:definitions>`)
}

const messages = fc.array(fc.record({ n: fc.integer({ min: 3, max: 5 }), orderId: fc.constantFrom('A', 'B') }), { maxLength: 8 })

/** Keys of the messages that were taken. */
function taken(
  kernel: Kernel,
  definition: Definition,
  sent: readonly { readonly n: number; readonly orderId: string }[],
): readonly string[] {
  const start = {
    type: 'startProcess',
    now: START_AT,
    instanceId: INSTANCE,
    definitionId: 'D',
    businessKey: null,
    variables: {},
    actor: null,
  } as const
  const started = kernel.step(definition, emptyState, start)
  let state = 'state' in started ? started.state : emptyState
  return sent.flatMap(({ n, orderId }) => {
    const target = state.scopes.get(INSTANCE)?.tokens[n]?.elementId ?? ''
    const command = { type: 'triggerWait', now: START_AT, scopeId: INSTANCE, n, for: target, kind: 'message', values: { orderId } } as const
    const outcome = kernel.step(definition, state, command)
    if ('rejected' in outcome) return []
    state = outcome.state
    return [orderId]
  })
}

test('all messages that a conversation takes have one key, whichever of its waits they come to', async () => {
  const definition = await model()
  expect(
    taken(realKernel, definition, [
      { n: 3, orderId: 'A' },
      { n: 4, orderId: 'B' },
      { n: 4, orderId: 'A' },
    ]),
  ).toEqual(['A', 'A'])
  fc.assert(
    fc.property(messages, (sent) => {
      expect(new Set(taken(realKernel, definition, sent)).size).toBeLessThanOrEqual(1)
    }),
    parameters(),
  )
})

test('the law finds a conversation that forgets its key', async () => {
  const definition = await model()
  const found = fc
    .sample(messages, parameters())
    .some((sent) => new Set(taken(faults.conversationsAreForgotten, definition, sent)).size > 1)
  expect(found).toBe(true)
})
