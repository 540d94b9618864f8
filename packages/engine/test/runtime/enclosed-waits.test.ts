import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'

const ROOT = '<bpmn:message id="m" name="paid"/><bpmn:signal id="s" name="alarm"/>'
const caught = (event: string): string => `<bpmn:intermediateCatchEvent id="a">${event}</bpmn:intermediateCatchEvent>`
const work = (attributes: string): string => `<bpmn:serviceTask id="a" camunda:type="external" camunda:topic="pack" ${attributes}/>`

/** What a token waits for, and what comes. `before`: how the instance is migrated. */
type Row = [what: string, element: string, comes: (engine: Engine, id: string) => Promise<unknown>, before: 'suspended' | null]
const WAITS: readonly Row[] = (
  [
    ['a message', caught('<bpmn:messageEventDefinition messageRef="m"/>'), (engine) => engine.messages.publish({ name: 'paid' })],
    ['a signal', caught('<bpmn:signalEventDefinition signalRef="s"/>'), (engine) => engine.signals.broadcast({ name: 'alarm' })],
    [
      'a timer',
      caught(
        '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>',
      ),
      (engine) => engine.advance('PT1H'),
    ],
    [
      'a condition',
      caught(
        '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">${ready == true}</bpmn:condition></bpmn:conditionalEventDefinition>',
      ),
      (engine, id) => engine.instances.setVariables(id, { ready: true }),
    ],
    ['a hand', '<bpmn:receiveTask id="a"/>', async (engine, id) => engine.trigger((await leafOf(engine, id))?.elementInstanceId ?? '')],
    ['its hand under the id that it had', '<bpmn:receiveTask id="a"/>', (engine, id) => engine.trigger(`${id}.2`)],
    [
      'a called instance',
      '<bpmn:callActivity id="a" calledElement="q"/>',
      async (engine) => engine.tasks.complete((await engine.tasks.find({ elementId: 'inner' }))[0]?.id ?? ''),
    ],
    ['its turn, and is suspended', work('camunda:asyncBefore="true"'), (engine, id) => engine.instances.resume(id), 'suspended'],
    [
      'a message, and is suspended',
      caught('<bpmn:messageEventDefinition messageRef="m"/>'),
      async (engine, id) => {
        await engine.messages.publish({ name: 'paid' })
        await engine.instances.resume(id)
      },
      'suspended',
    ],
    [
      'somebody to look at what is stuck',
      work(''),
      async (engine, id) => {
        const [incident] = await engine.incidents.find({ instanceId: id })
        expect((await engine.instances.get(id))?.incidents).toMatchObject([{ id: incident?.id }])
        await engine.incidents.resolve(incident?.id ?? '')
      },
    ],
  ] as readonly (readonly [Row[0], Row[1], Row[2], 'suspended'?])[]
).map(([what, element, comes, before = null]) => [what, element, comes, before])

async function leafOf(engine: Engine, id: string) {
  return (await engine.instances.get(id))?.activeElements.find(({ kind }) => kind === 'leaf')
}

describe.each(['wait', 'activity'] as const)(
  'with durability %s, a token that a migration puts into a new sub-process and that waits for',
  (durability) => {
    test.each(WAITS)('%s goes on when that comes', async (what, element, comes, before) => {
      let calls = 0
      const engine = await createEngine({
        clock: manualClock('2026-01-01T09:00:00Z'),
        durability,
        handlers: {
          pack() {
            calls++
            if (what.startsWith('somebody') && calls === 1) throw new Error('no tape')
          },
        },
        retries: { attempts: 1 },
      })
      await engine.deploy(chain('q', [user('inner')]))
      await engine.deploy(chain('p', [{ id: 'a', xml: element }, user('b')], ROOT))
      const { id } = await engine.start('p')
      if (what.startsWith('somebody')) await engine.drain()
      if (before === 'suspended') await engine.instances.suspend(id)
      const inner = `<bpmn:startEvent id="in"/>${element}<bpmn:endEvent id="out"/><bpmn:sequenceFlow id="i" sourceRef="in" targetRef="a"/><bpmn:sequenceFlow id="o" sourceRef="a" targetRef="out"/>`
      const wrapped = processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:subProcess id="sub">${inner}</bpmn:subProcess>${user('b').xml}<bpmn:endEvent id="end"/>`,
        'start -> sub; sub -> b; b -> end',
        ROOT,
      )
      const to = (await engine.deploy(wrapped)).processes[0]?.id ?? ''
      const { batchId } = await engine.instances.migrate({ instances: [id], to })
      // What is due at once is not due before it is migrated: the batch comes first.
      await engine.drain()
      expect(await engine.batches.get(batchId)).toMatchObject({ done: 1 })
      await comes(engine, id)
      await engine.drain()
      expect((await engine.instances.get(id))?.activeElements.map(({ elementId }) => elementId)).toEqual(['b'])
      expect(
        (await engine.jobs.find({ instanceId: id })).length + (await engine.incidents.find({ instanceId: id })).length,
        'rows left',
      ).toBe(0)
      expect(calls).toBe(what.startsWith('somebody') ? 2 : what.startsWith('its turn') ? 1 : 0)
      await engine.close()
    })
  },
)
