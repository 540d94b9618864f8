import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { engineWith } from './order-engine.ts'
import { chain, processModel, service } from './process-model.ts'

describe('a handler', () => {
  test('is given the whole job, and what it sets with result goes where it says', async () => {
    const seen: unknown[] = []
    const engine = await engineWith(chain('p', [{ id: 'pack', xml: '<bpmn:serviceTask id="pack" camunda:class="org.acme.PackIt"/>' }]), {
      handlers: {
        PackIt(job) {
          const {
            id,
            type,
            idempotencyKey,
            attempt,
            retriesLeft,
            instanceId,
            definitionId,
            processKey,
            businessKey,
            elementId,
            elementInstanceId,
            tenantId,
            variables,
            fields,
            headers,
            signal,
          } = job
          seen.push({
            id,
            type,
            idempotencyKey,
            attempt,
            retriesLeft,
            instanceId,
            definitionId,
            processKey,
            businessKey,
            elementId,
            elementInstanceId,
            tenantId,
            variables,
            fields,
            headers,
            aborted: signal.aborted,
          })
          expect(Object.isFrozen(variables)).toBe(true)
          return job.result({ set: { box: 'B' } })
        },
      },
    })
    const { id } = await engine.start('p', { businessKey: 'A-17', variables: { size: 3 } })
    await engine.drain()
    expect(seen).toMatchObject([
      {
        type: 'org.acme.PackIt',
        idempotencyKey: `${id}/pack:1`,
        attempt: 1,
        retriesLeft: 2,
        instanceId: id,
        processKey: 'p',
        businessKey: 'A-17',
        elementId: 'pack',
        tenantId: null,
        variables: { size: 3 },
        fields: {},
        headers: {},
        aborted: false,
      },
    ])
    expect((await engine.instances.get(id))?.variables).toEqual({ size: 3, box: 'B' })
    await engine.close()
  })

  test('that answers pending leaves its activity waiting, beyond a restart, for throwError too', async () => {
    const storage = memoryStorage()
    const model = processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="a"/><bpmn:boundaryEvent id="no" attachedToRef="a"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:userTask id="after"/><bpmn:endEvent id="end"/>',
      'start -> a\na -> end\nno -> after\nafter -> end',
      '<bpmn:error id="e" errorCode="NO"/>',
    )
    let runs = 0
    const handlers: EngineOptions['handlers'] = {
      a(job) {
        runs++
        return job.pending()
      },
    }
    const engine = await engineWith(model, { storage, handlers })
    const { id } = await engine.start('p')
    await engine.drain()
    await engine.close()
    const later = await createEngine({ storage, clock: manualClock('2026-02-01T00:00:00Z'), handlers })
    await later.drain()
    expect(runs).toBe(1)
    await later.throwError((await later.instances.get(id))?.activeElements[0]?.elementInstanceId ?? '', 'NO')
    expect(await later.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'after' }] })
    await later.close()
  })

  test('of an element goes before the type’s, the process’s own element before an element of any process, and the default comes last', async () => {
    const runs: string[] = []
    const note = (name: string) => () => void runs.push(name)
    const engine = await engineWith(chain('p', [service('a', 'x'), service('b', 'x'), service('c', 'x'), service('d', 'unknown')]), {
      handlers: { x: note('type') },
      elementHandlers: { a: note('element'), 'p/b': note('own element'), b: note('any b') },
      defaultHandler: note('default'),
    })
    await engine.start('p')
    await engine.drain()
    expect(runs).toEqual(['element', 'own element', 'type', 'default'])
    await engine.close()
  })

  test('runs at most as often at once as its concurrency says', async () => {
    let now = 0
    let most = 0
    const engine = await engineWith(chain('p', [service('a', 'a')]), {
      handlers: {
        a: {
          async run() {
            most = Math.max(most, ++now)
            await new Promise((resolve) => setImmediate(resolve))
            now--
          },
          concurrency: 2,
        },
      },
    })
    await Promise.all(Array.from({ length: 12 }, () => engine.start('p')))
    await engine.drain()
    expect(await engine.instances.count({ status: 'completed' })).toBe(12)
    expect(most).toBe(2)
    await engine.close()
  })
})
