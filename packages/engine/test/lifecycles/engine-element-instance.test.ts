import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEngine, EngineError, type EngineEvent, manualClock, Refused } from '../../src/index.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { elementInstanceLifecycle } from '../../src/lifecycles/element-instance.ts'
import { compile } from '../laws/compile.ts'
import { realKernel } from '../laws/kernel.ts'
import { LAW_SEED, walks } from '../laws/runs.ts'
import { eventsOf, walk } from '../laws/walk.ts'
import { processModel } from '../runtime/process-model.ts'
import { holderOf } from './holding.ts'
import { isInChart, type PhaseChange, phaseChanges } from './observed-phases.ts'

const name = ({ from, to }: PhaseChange): string => `${from ?? ''} -> ${to}`

/** Changes of phase that so many random ways cannot fail to make; the rarer ones are asked for by themselves below. */
const COMMON = [
  ' -> active',
  ' -> arrived',
  'active -> completed',
  'active -> waiting',
  'held -> waiting',
  'incident -> waiting',
  'waiting -> active',
  'waiting -> held',
  'waiting -> incident',
  'waiting -> terminated',
]

describe('the phases of element instances', () => {
  test('change only as the chart says, on random walks over random models', async () => {
    const seen = new Set<string>()
    const law = fc.asyncProperty(walks(), async ([shape, choices]) => {
      const { definition } = await compile(shape)
      for (const change of phaseChanges(eventsOf(walk(realKernel, definition, choices)))) {
        if (!isInChart(change)) throw new Error(`${name(change)} by ${change.by} is not in the chart`)
        seen.add(name(change))
      }
    })
    await fc.assert(law, { numRuns: 100, seed: LAW_SEED })
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(['active -> waiting', 'waiting -> held', 'held -> waiting', 'arrived -> completed', 'waiting -> terminated']),
    )
  })

  const model = processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work"/><bpmn:userTask id="ask"/>
     <bpmn:subProcess id="sub"><bpmn:startEvent id="s"/><bpmn:receiveTask id="hear" messageRef="m"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="x1" sourceRef="s" targetRef="hear"/><bpmn:sequenceFlow id="x2" sourceRef="hear" targetRef="e"/></bpmn:subProcess>
     <bpmn:boundaryEvent id="late" attachedToRef="ask"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
     <bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/><bpmn:endEvent id="gone"/>`,
    'start -> fork\nfork -> work\nfork -> ask\nfork -> sub\nwork -> join\nask -> join\nsub -> join\njoin -> end\nlate -> gone',
    '<bpmn:message id="m" name="told"/>',
  )

  test('as an engine tells and shows them follow the chart, whatever is asked of it from outside; what is refused is refused with a typed error and changes nothing', async () => {
    const asks = fc.constantFrom('trigger', 'throwError', 'hold', 'release', 'resolve', 'publish', 'complete', 'advance', 'cancel')
    const seen = new Set<string>()
    const law = fc.asyncProperty(
      fc.array(fc.tuple(asks, fc.nat({ max: 5 })), { minLength: 8, maxLength: 20, size: 'max' }),
      async (chosen) => {
        const clock = manualClock()
        const engine = await createEngine({ clock })
        const holder = await holderOf(engine)
        const told: EngineEvent[] = []
        engine.on('any', (event) => told.push(event))
        await engine.deploy(model)
        const { id } = await engine.start('p')
        const calls: Readonly<Record<(typeof chosen)[number][0], (token: string) => Promise<unknown>>> = {
          trigger: (token) => engine.trigger(token),
          throwError: (token) => engine.throwError(token, 'UNCAUGHT'),
          hold: (token) => holder.hold(token),
          release: (token) => holder.release(token),
          resolve: (token) => engine.incidents.resolve(`${token}:incident`),
          publish: () => engine.messages.publish({ name: 'told', instanceId: id }),
          complete: (token) => engine.tasks.complete(token),
          advance: () => engine.advance('PT25M'),
          cancel: () => (chosen.length > 12 ? engine.instances.cancel(id) : Promise.resolve()),
        }
        for (const [ask, index] of chosen) {
          const before = await engine.instances.get(id)
          const places = before?.activeElements ?? []
          const place = places[index % Math.max(1, places.length)]
          const fault = await calls[ask](place?.elementInstanceId ?? `${id}.2`).then(
            () => null,
            (error: unknown) => error,
          )
          if (fault === null) continue
          if (!(fault instanceof EngineError || fault instanceof Refused)) throw fault
          expect(await engine.instances.get(id), ask).toEqual(before)
        }
        const events = told.filter((event) => event.instanceId === id && 'scopeId' in event) as unknown as readonly KernelEvent[] // kernel events keep their members
        for (const change of phaseChanges(events)) {
          if (!isInChart(change)) throw new Error(`${name(change)} by ${change.by} is not in the chart`)
          seen.add(name(change))
        }
        const states: readonly string[] = elementInstanceLifecycle.states
        for (const { phase } of (await engine.instances.get(id))?.activeElements ?? []) expect(states).toContain(phase)
      },
    )
    await fc.assert(law, { numRuns: 80, seed: LAW_SEED })
    expect(COMMON.filter((change) => !seen.has(change))).toEqual([])
  })

  test('are those that instances.get shows', async () => {
    const engine = await createEngine({ clock: manualClock() })
    const holder = await holderOf(engine)
    await engine.deploy(model)
    const { id } = await engine.start('p')
    const phases = async (): Promise<Readonly<Record<string, string>>> =>
      Object.fromEntries(
        ((await engine.instances.get(id))?.activeElements ?? []).map(({ elementId, kind, phase }) => [elementId, `${kind} ${phase}`]),
      )
    const tokenOf = async (elementId: string): Promise<string> =>
      (await engine.instances.get(id))?.activeElements.find((element) => element.elementId === elementId)?.elementInstanceId ?? ''
    expect(await phases()).toEqual({ work: 'leaf waiting', ask: 'leaf waiting', sub: 'scope active', hear: 'leaf waiting' })
    await engine.tasks.complete(await tokenOf('ask'))
    await holder.hold(await tokenOf('hear'))
    await engine.throwError(await tokenOf('work'), 'UNCAUGHT')
    expect(await phases()).toEqual({ work: 'leaf incident', join: 'leaf arrived', sub: 'scope active', hear: 'leaf held' })
    await holder.hold(await tokenOf('join'))
    await holder.hold(await tokenOf('work'))
    expect(await phases()).toEqual({ work: 'leaf held', join: 'leaf held', sub: 'scope active', hear: 'leaf held' })
    for (const elementId of ['join', 'work', 'hear']) await holder.release(await tokenOf(elementId))
    expect(await phases()).toEqual({ work: 'leaf incident', join: 'leaf arrived', sub: 'scope active', hear: 'leaf waiting' })
    await engine.incidents.resolve(`${await tokenOf('work')}:incident`)
    expect(await phases()).toEqual({ work: 'leaf waiting', join: 'leaf arrived', sub: 'scope active', hear: 'leaf waiting' })
  })
})
