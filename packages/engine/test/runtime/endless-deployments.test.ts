import { expect, test } from 'vitest'
import { createEngine, type Deployment, manualClock } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'

const calls = (key: string, called: string): string =>
  chain(key, [{ id: `to_${called}`, xml: `<bpmn:callActivity id="to_${called}" calledElement="${called}"/>` }])

const circlesIn = ({ diagnostics }: Deployment): unknown => diagnostics.filter(({ code }) => code === 'endlessCalls')

test('a deployment that closes a circle of calls with what is in the store is warned of it', async () => {
  const engine = await createEngine({ clock: manualClock() })
  expect(circlesIn(await engine.deploy(calls('a', 'b')))).toEqual([])
  expect(circlesIn(await engine.deploy(calls('b', 'c')))).toEqual([])
  const closing = await engine.deploy([{ name: 'c.bpmn', content: calls('c', 'a') }])
  expect(circlesIn(closing)).toMatchObject([{ severity: 'warning', elementId: 'to_a', related: ['a', 'b'], file: 'c.bpmn' }])
  await engine.close()
})

test('so it is among the files of one deployment; where one of them has another way nothing is said', async () => {
  const engine = await createEngine({ clock: manualClock() })
  const both = [calls('a', 'b'), calls('b', 'a')].map((content, k) => ({ name: `${k}.bpmn`, content }))
  expect(circlesIn(await engine.deploy(both))).toHaveLength(2)
  const { id: _id, xml } = user('ask')
  const asks = processModel(
    'b',
    `<bpmn:startEvent id="s"/>${xml}<bpmn:exclusiveGateway id="g"/><bpmn:callActivity id="to_a" calledElement="a"/><bpmn:endEvent id="e"/>`,
    's -> ask; ask -> g; g -> to_a [${again}]; g -> e [${!again}]',
  )
  expect(circlesIn(await engine.deploy(asks))).toEqual([])
  await engine.close()
})

test('a process that calls itself is named once', async () => {
  const engine = await createEngine({ clock: manualClock() })
  expect(circlesIn(await engine.deploy(calls('a', 'a')))).toHaveLength(1)
  await engine.close()
})
