import { describe, expect, test } from 'vitest'
import { createEngine, inspectModel, ModelError } from '../../src/index.ts'
import { order } from './order-engine.ts'
import { chain, service, user } from './process-model.ts'

describe('models', () => {
  test('inspectModel tells processes and elements in document order, and never throws', async () => {
    const report = await inspectModel(chain('p', [user('ask'), service('pack', 'pack')]))
    expect(report.processes).toMatchObject([
      {
        key: 'p',
        name: 'p',
        executable: true,
        versionTag: null,
        jobTypes: ['pack'],
        messages: [],
        signals: [],
        forms: [],
        elements: [
          { id: 'start', type: 'startEvent' },
          { id: 'ask', type: 'userTask', name: 'Do ask' },
          { id: 'pack', type: 'serviceTask' },
          { id: 'end', type: 'endEvent' },
        ],
      },
    ])
    const bad = await inspectModel('<nothing')
    expect(bad.diagnostics[0]).toMatchObject({ code: expect.any(String), severity: 'error', message: expect.any(String) })
  })

  test('a deployment answers its processes and is idempotent by content; another content is the next version', async () => {
    const engine = await createEngine()
    const first = await engine.deploy(order, { actor: 'kim' })
    expect(first.processes).toMatchObject([{ id: expect.any(String), key: 'order', version: 1, name: 'order', versionTag: null }])
    expect(first.diagnostics.every((diagnostic) => diagnostic.severity !== 'error')).toBe(true)
    expect(await engine.deploy(order)).toEqual(first)
    const second = await engine.deploy(order.replace('Do ship', 'Ship it'))
    expect(second.processes).toMatchObject([{ key: 'order', version: 2 }])
    expect((await engine.processes.list()).map(({ key, version }) => `${key} ${version}`)).toEqual(['order 2', 'order 1'])
    expect(await engine.processes.find({ key: 'order', latest: true })).toMatchObject([{ version: 2 }])
    expect(await engine.processes.xml(first.processes[0]?.id ?? '')).toBe(order)
    await expect(engine.processes.xml('nothing')).rejects.toMatchObject({ code: 'unknownDefinition' })
    await engine.close()
  })

  test('a deployment of several files is atomic: one bad file and none is deployed, and the error tells every finding', async () => {
    const engine = await createEngine()
    const files = [
      { name: 'order.bpmn', content: order },
      { name: 'bad.bpmn', content: chain('bad', [user('ask')]).replace('targetRef="end"', 'targetRef="nowhere"') },
    ]
    const error = await engine.deploy(files).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(ModelError)
    expect((error as ModelError).diagnostics).toEqual(
      expect.arrayContaining([expect.objectContaining({ severity: 'error', code: expect.any(String), file: 'bad.bpmn' })]),
    )
    expect(await engine.processes.list()).toEqual([])
    expect((await engine.deploy(files.slice(0, 1))).processes).toHaveLength(1)
    await engine.close()
  })

  test('bytes deploy as text does', async () => {
    const engine = await createEngine()
    expect((await engine.deploy(new TextEncoder().encode(order))).processes).toMatchObject([{ key: 'order', version: 1 }])
    await engine.close()
  })
})
