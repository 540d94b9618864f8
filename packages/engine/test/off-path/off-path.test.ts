import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type CommandBody, type Extension, extend, splitTokenId } from '../../src/extension/index.ts'
import { EngineError, Refused } from '../../src/index.ts'
import { openWalk } from '../../src/testing/index.ts'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/** Puts the kernel's commands, as what lives with an instance would. */
const leaving: Extension<CommandBody> = {
  name: 'leaving',
  collections: [],
  decide: (_before, { occurrence }) => (occurrence.type === 'command' ? { commands: [occurrence.command] } : {}),
}

const by = 'somebody'

function commandFor(verb: string, id: string, name: string, more: string): CommandBody | null {
  const place = splitTokenId(id) ?? { scopeId: id, n: 0 }
  const divert = { type: 'divert' as const, ...place, by }
  const [instanceId = ''] = id.split('.')
  switch (verb) {
    case 'hold':
      return { type: 'hold', ...place, by, timers: {} }
    case 'withdraw':
      return { type: 'hold', ...place, by, timers: {}, withdraw: true }
    case 'takeOver':
      return { type: 'hold', ...place, by, timers: {}, whole: true }
    case 'release':
      return { type: 'release', ...place, by }
    case 'redo':
      return { ...divert, to: { type: 'redo' } }
    case 'skip':
      return { ...divert, to: { type: 'skip', values: {} } }
    case 'event':
      return { ...divert, to: { type: 'event', for: more, values: {} } }
    case 'stop':
      return { type: 'setStops', instanceId, stops: { [name]: by } }
    case 'end':
      return { type: 'endScope', scopeId: id, reason: 'enough' }
    default:
      return null
  }
}

test('off-path.scenario goes as it is written', async () => {
  const text = read('off-path.scenario')
  const walk = await openWalk()
  const port = await extend(walk.engine, leaving)
  const lines: string[] = []
  let instanceId = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('  ')) continue
    lines.push(line)
    if (line.startsWith('process ')) await walk.deploy(read(line.slice(8)))
    if (!line.startsWith('> ')) continue
    const [verb = '', name = '', more = ''] = line.slice(2).split(' ')
    const elements = instanceId === '' ? [] : ((await walk.engine.instances.get(instanceId))?.activeElements ?? [])
    const id = elements.find(({ elementId }) => elementId === name)?.elementInstanceId ?? instanceId
    const command = commandFor(verb, id, name, more)
    if (verb === 'complete') {
      const [task] = await walk.engine.tasks.find({ instanceId, elementId: name })
      await walk.engine.tasks.complete(task?.id ?? name)
    }
    let refused: string | null = null
    try {
      if (command !== null) await port.submit(instanceId, command)
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof Refused)) throw error
      refused = error.code
    }
    const news = await walk.perform(verb === 'start' ? 'start' : 'advance PT0S')
    if (verb === 'start') instanceId = (await walk.engine.instances.find({ processKey: 'claim', limit: 100 })).at(-1)?.id ?? ''
    lines.push(...news.map((one) => `  ${one}`), ...(refused !== null ? [`  refused: ${refused}`] : []))
  }
  await walk.close()
  expect(lines.join('\n')).toBe(text)
})

test('a step that is passed over before it began gives what its outputs make of its inputs', async () => {
  const walk = await openWalk()
  const port = await extend(walk.engine, leaving)
  const io = `<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="net">\${gross - 10}</camunda:inputParameter>
    <camunda:inputParameter name="odd">\${nowhere}</camunda:inputParameter>
    <camunda:outputParameter name="price">\${net}</camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>`
  await walk.deploy(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="priced">
<bpmn:process id="priced" isExecutable="true" camunda:historyTimeToLive="P1D"><bpmn:startEvent id="S"/><bpmn:userTask id="A"/><bpmn:userTask id="B">${io}</bpmn:userTask><bpmn:userTask id="C"/>
<bpmn:sequenceFlow id="f1" sourceRef="S" targetRef="A"/><bpmn:sequenceFlow id="f2" sourceRef="A" targetRef="B"/><bpmn:sequenceFlow id="f3" sourceRef="B" targetRef="C"/>
</bpmn:process></bpmn:definitions>`)
  const { engine } = walk
  const { id } = await engine.start('priced', { variables: { gross: 30 } })
  await port.submit(id, { type: 'setStops', instanceId: id, stops: { B: by } })
  const [task] = await engine.tasks.find({ instanceId: id })
  await engine.tasks.complete(task?.id ?? '')
  const [held] = (await engine.instances.get(id))?.activeElements ?? []
  expect(held).toMatchObject({ elementId: 'B', phase: 'held' })
  await port.submit(id, {
    type: 'divert',
    ...splitTokenId(held?.elementInstanceId ?? ''),
    by,
    to: { type: 'skip', values: {} },
  } as CommandBody)
  const view = await engine.instances.get(id)
  expect(view?.activeElements).toMatchObject([{ elementId: 'C', phase: 'waiting' }])
  expect(view?.variables).toEqual({ gross: 30, price: 20 })
  await walk.close()
})
