import { createEngine, type DataStore, type DataStoreRequest, type Engine, inspectModel, manualClock } from '@leeway/engine'
import { expect, test } from 'vitest'

const model = (content: string): string => `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  targetNamespace="http://leeway.example"><dataStore id="ds" name="stock"/>
  <process id="p" isExecutable="true"><dataStoreReference id="ref" name="Shelf" dataStoreRef="ds"/>
  <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="t"/>${content}
  <sequenceFlow id="f2" sourceRef="t" targetRef="e"/><endEvent id="e"/></process></definitions>`
const reads = (more = ''): string =>
  `<dataInputAssociation id="in"><sourceRef>ref</sourceRef><targetRef>i</targetRef>${more}</dataInputAssociation>`
const writes = (more = ''): string =>
  `<dataOutputAssociation id="out"><sourceRef>o</sourceRef><targetRef>ref</targetRef>${more}</dataOutputAssociation>`
const io = '<ioSpecification><dataInput id="i" name="inStock"/><dataOutput id="o" name="left"/><inputSet/><outputSet/></ioSpecification>'

async function start(source: string, stock: DataStore): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), dataStores: { stock } })
  await engine.deploy(source)
  await engine.start('p', { variables: { sku: 'ink' } })
  await engine.drain()
  return engine
}

test('an element reads a data store into its data input before it begins, and writes one when it is done', async () => {
  const requests: Partial<DataStoreRequest>[] = []
  const written: unknown[] = []
  const engine = await start(model(`<userTask id="t">${io}${reads()}${writes()}</userTask>`), {
    async read(request) {
      requests.push(request)
      return { ink: 7 }
    },
    write: (value, { path, elementId }) => void written.push([value, path, elementId]),
  })
  const [task] = await engine.tasks.find({})
  expect(task?.variables).toMatchObject({ inStock: { ink: 7 } })
  expect(requests).toMatchObject([{ elementId: 't', processKey: 'p', variables: { sku: 'ink' } }])
  await engine.tasks.complete(task?.id ?? '', { variables: { left: 5 } })
  await engine.drain()
  expect(written).toEqual([[5, null, 't']])
  const [instance] = await engine.instances.find({})
  expect(instance?.status).toBe('completed')
  expect(await engine.instances.variables(instance?.id ?? '')).toEqual({ sku: 'ink', left: 5 })
  await engine.close()
})

test('what is read is transformed, and an assignment writes a member, as seen from the element', async () => {
  const written: unknown[] = []
  const input = reads('<transformation>${Shelf.ink * 2}</transformation>')
  const output = writes('<assignment><from>${inStock - 1}</from><to>ref.ink</to></assignment>')
  const engine = await start(model(`<task id="t">${io}${input}${output}</task>`), {
    read: () => ({ ink: 3 }),
    write: (value, { path }) => void written.push([value, path]),
  })
  expect(written).toEqual([[5, 'ink']])
  await engine.close()
})

test('a store that fails is tried again, and then stands as an incident that can be resolved', async () => {
  let isDown = true
  const engine = await start(
    model(`<subProcess id="t">${io}${writes('<transformation>${sku}</transformation>')}<task id="x"/></subProcess>`),
    {
      write() {
        if (isDown) throw new Error('down')
      },
    },
  )
  await engine.advance('PT1H')
  const [incident] = await engine.incidents.find({})
  expect(incident).toMatchObject({ elementId: 't', message: 'down' })
  isDown = false
  await engine.incidents.resolve(incident?.id ?? '')
  await engine.drain()
  expect((await engine.instances.find({}))[0]?.status).toBe('completed')
  await engine.close()
})

test('what the host does not offer is not executed, and named when it is deployed', async () => {
  const source = model(`<task id="t">${io}${reads()}${writes()}</task>`)
  const engine = await createEngine({ dataStores: { stock: { read: () => 1 } } })
  const { diagnostics } = await engine.deploy(source)
  const told = diagnostics.filter(({ code }) => code === 'dataStoreNotExecuted')
  expect(told).toMatchObject([{ severity: 'info', elementId: 'ref', message: expect.stringContaining('not written') }])
  await engine.close()
  const inspected = (await inspectModel(source)).diagnostics.filter(({ code }) => code === 'dataStoreNotExecuted')
  expect(inspected).toHaveLength(2)
  await expect(createEngine({ dataStores: { stock: {} } })).rejects.toMatchObject({ code: 'invalidOption' })
})
