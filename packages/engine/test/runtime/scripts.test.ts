import { quickjs } from '@leeway/engine/quickjs'
import { describe, expect, test } from 'vitest'
import {
  createEngine,
  type Engine,
  type EngineOptions,
  inspectModel,
  type ModelError,
  manualClock,
  type ScriptEngine,
} from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'
import { stores } from './stores.ts'

const script = (text: string, attributes = 'scriptFormat="javascript"'): string =>
  chain('p', [
    { id: 'calc', xml: `<bpmn:scriptTask id="calc" ${attributes}><bpmn:script>${text}</bpmn:script></bpmn:scriptTask>` },
    user('look'),
  ])

const open = (options: EngineOptions = {}): Promise<Engine> =>
  createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), scripts: quickjs(), ...options })

async function variablesAfter(engine: Engine, model: string, variables: Readonly<Record<string, unknown>>): Promise<unknown> {
  await engine.deploy(model)
  const { id } = await engine.start('p', { variables })
  await engine.drain()
  return engine.instances.variables(id)
}

const findingsOf = async (engine: Engine, model: string): Promise<unknown> =>
  engine.deploy(model).then(
    ({ diagnostics }) => diagnostics,
    (error: ModelError) => error.diagnostics,
  )

for (const { name, open: storage } of stores) {
  test(`a script in JavaScript is the work of its task, on ${name}`, async () => {
    const engine = await open({ storage: storage() })
    const model = script('execution.setVariable("b", a + 1); a * 2', 'scriptFormat="JavaScript" camunda:resultVariable="c"')
    expect(await variablesAfter(engine, model, { a: 5 })).toEqual({ a: 5, b: 6, c: 10 })
    await engine.close()
  })
}

describe('scripts in expression languages need no engine', () => {
  test.each([
    ['scriptFormat="feel" camunda:resultVariable="c"', 'sum(list) + 1'],
    ['scriptFormat="juel" camunda:resultVariable="c"', '${list[0] + list[1] + 1}'],
  ])('%s', async (attributes, text) => {
    const engine = await createEngine()
    expect(await variablesAfter(engine, script(text, attributes), { list: [1, 2] })).toEqual({ list: [1, 2], c: 4 })
    await engine.close()
  })
})

test('with durability "wait" a command goes on through scripts', async () => {
  const engine = await open({ durability: 'wait', worker: { inlineMs: Number.POSITIVE_INFINITY } })
  await engine.deploy(script('a + 1', 'scriptFormat="js" camunda:resultVariable="b"'))
  const { id } = await engine.start('p', { variables: { a: 1 } })
  expect(await engine.instances.variables(id)).toEqual({ a: 1, b: 2 })
  await engine.close()
})

test('a parameter in JavaScript is mapped in its turn: inputs before the listeners, outputs after them', async () => {
  const parameter = (kind: string, name: string, value: string): string =>
    `<camunda:${kind}Parameter name="${name}">${value}</camunda:${kind}Parameter>`
  const js = (text: string): string => `<camunda:script scriptFormat="javascript">${text}</camunda:script>`
  const model = chain('p', [
    {
      id: 'calc',
      xml: `<bpmn:serviceTask id="calc" camunda:topic="calc"><bpmn:extensionElements><camunda:inputOutput>
        ${parameter('input', 'a', `\${1 + x}`)}${parameter('input', 'b', js('a * 10'))}${parameter('input', 'c', `\${b + 1}`)}
        ${parameter('output', 'b', js('b + found'))}</camunda:inputOutput></bpmn:extensionElements></bpmn:serviceTask>`,
    },
    user('look'),
  ])
  const engine = await open({ handlers: { calc: ({ variables }) => ({ found: variables.c }) } })
  expect(await variablesAfter(engine, model, { x: 1 })).toEqual({ x: 1, found: 21, b: 41 })
  await engine.close()
})

test('a list or map with scripts in it is put together from what they give', async () => {
  const js = (text: string): string => `<camunda:script scriptFormat="javascript">${text}</camunda:script>`
  const io = `<bpmn:extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="prices"><camunda:list>${js('a * 2')}<camunda:value>${'${a}'}</camunda:value>${js('a * 3')}</camunda:list></camunda:inputParameter>
    <camunda:inputParameter name="later"><camunda:list><camunda:value>${'${prices[2]}'}</camunda:value></camunda:list></camunda:inputParameter>
    <camunda:outputParameter name="told"><camunda:map><camunda:entry key="first">${js('prices[0]')}</camunda:entry><camunda:entry key="all">${'${prices}'}</camunda:entry><camunda:entry
      key="later">${'${later}'}</camunda:entry></camunda:map></camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>`
  const xml = `<bpmn:serviceTask id="calc" camunda:class="x.Y">${io}</bpmn:serviceTask>`
  const engine = await open({ handlers: { Y: () => undefined } })
  expect(await variablesAfter(engine, chain('p', [{ id: 'calc', xml }]), { a: 4 })).toEqual({
    a: 4,
    told: { first: 8, all: [8, 4, 12], later: [12] },
  })
  await engine.close()
})

test('global variables of a script are kept where the model says so', async () => {
  const engine = await open()
  const model = script('var sum = a + 1', 'scriptFormat="javascript" flowable:autoStoreVariables="true"')
  const flowable = model.replace('xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', 'xmlns:flowable="http://flowable.org/bpmn"')
  expect(await variablesAfter(engine, flowable, { a: 1 })).toEqual({ a: 1, sum: 2 })
  await engine.close()
})

test('a BPMN error that a script throws is caught by the model', async () => {
  const engine = await open()
  const model = processModel(
    'p',
    `<bpmn:startEvent id="start"/><bpmn:scriptTask id="calc" scriptFormat="ecmascript"><bpmn:script>throw new BpmnError("LATE")</bpmn:script></bpmn:scriptTask>
     <bpmn:boundaryEvent id="late" attachedToRef="calc"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
     <bpmn:userTask id="help"/><bpmn:endEvent id="end"/>`,
    'start -> calc\ncalc -> end\nlate -> help',
    '<bpmn:error id="e" errorCode="LATE"/>',
  )
  await engine.deploy(model)
  await engine.start('p')
  await engine.drain()
  expect(await engine.tasks.find()).toMatchObject([{ elementId: 'help' }])
  await engine.close()
})

test('a script that fails is an incident at once; one that was too slow is tried again', async () => {
  const engine = await open({ scripts: quickjs({ timeMs: 30 }), retries: { attempts: 2, backoff: 'PT1S' } })
  await engine.deploy(script('nothing.here'))
  const failed = await engine.start('p')
  await engine.drain()
  expect(await engine.incidents.find({ instanceId: failed.id })).toMatchObject([
    { elementId: 'calc', code: 'noRetry', message: expect.stringMatching(/"calc" failed in line 1.*nothing/) },
  ])
  await engine.deploy(script('for (;;) {}'))
  const slow = await engine.start('p')
  await engine.drain()
  expect(await engine.incidents.find({ instanceId: slow.id })).toEqual([])
  await engine.advance('PT2S')
  expect(await engine.incidents.find({ instanceId: slow.id })).toMatchObject([{ message: expect.stringMatching(/longer than 30 ms/) }])
  await engine.close()
})

test('a node without an engine for scripts leaves them to one that has it', async () => {
  const [store] = stores
  const storage = store?.open()
  if (storage === undefined) throw new Error('There is no store')
  const clock = manualClock('2026-01-01T00:00:00Z')
  const able = await createEngine({ storage, clock, scripts: quickjs() })
  const unable = await createEngine({ storage, clock })
  await able.deploy(script('a + 1', 'scriptFormat="js" camunda:resultVariable="b"'))
  const { id } = await unable.start('p', { variables: { a: 1 } })
  await unable.drain()
  expect(await unable.incidents.find()).toEqual([])
  expect(await unable.instances.variables(id)).toEqual({ a: 1 })
  await able.drain()
  expect(await able.instances.variables(id)).toEqual({ a: 1, b: 2 })
  await able.close()
  await unable.close()
})

describe('without an engine for scripts', () => {
  test('a script in JavaScript is an error at deployment, and names the way out', async () => {
    const engine = await createEngine()
    expect(await findingsOf(engine, script('1'))).toMatchObject([
      { code: 'scriptNeedsHandler', severity: 'error', elementId: 'calc', hint: expect.stringMatching(/quickjs/) },
    ])
    expect((await inspectModel(script('1'))).diagnostics).toMatchObject([{ code: 'scriptNeedsHandler', severity: 'warning' }])
    await engine.close()
  })
  test('a handler for the element stands for it', async () => {
    const engine = await createEngine({ elementHandlers: { calc: () => ({ b: 'by hand' }) } })
    expect(await variablesAfter(engine, script('1'), {})).toEqual({ b: 'by hand' })
    await engine.close()
  })
})

describe('a script in a file of the deployment', () => {
  const model = chain('p', [
    {
      id: 'calc',
      xml: '<bpmn:scriptTask id="calc" scriptFormat="javascript" camunda:resource="deployment://calc.js" camunda:resultVariable="b"/>',
    },
    {
      id: 'look',
      xml: `<bpmn:userTask id="look"><bpmn:extensionElements><camunda:executionListener event="start">
        <camunda:script scriptFormat="javascript" resource="deployment://note.js"/></camunda:executionListener></bpmn:extensionElements></bpmn:userTask>`,
    },
  ])
  const files = (calc: string | Uint8Array) => [
    { name: 'p.bpmn', content: model },
    { name: 'calc.js', content: calc },
    { name: 'note.js', content: 'execution.setVariable("noted", b)' },
  ]

  test('is run, in the version that was deployed with its process, beyond a restart', async () => {
    const [store] = stores
    const storage = store?.open()
    if (storage === undefined) throw new Error('There is no store')
    const first = await open({ storage })
    await first.deploy(files('a + 1'))
    const { id } = await first.start('p', { variables: { a: 1 } })
    await first.deploy(files(new TextEncoder().encode('a + 10')))
    await first.close()
    const engine = await open({ storage })
    await engine.drain()
    expect(await engine.instances.variables(id)).toEqual({ a: 1, b: 2, noted: 2 })
    const later = await engine.start('p', { variables: { a: 1 } })
    await engine.drain()
    expect(await engine.instances.variables(later.id)).toEqual({ a: 1, b: 11, noted: 11 })
    await engine.close()
  })

  test('is an error where the file is not deployed with it', async () => {
    const engine = await open()
    await expect(engine.deploy(files('1').slice(0, 2))).rejects.toMatchObject({
      diagnostics: [{ code: 'scriptNeedsHandler', elementId: 'look', hint: expect.stringContaining('note.js') }],
    })
    await engine.close()
  })
})

test('scripts in other languages, and those in files, need handlers, or an engine for their language', async () => {
  const engine = await open()
  for (const [attributes, message] of [
    ['scriptFormat="groovy"', /a script in groovy/],
    ['scriptFormat="python"', /a script in python/],
    ['', /a script without a format/],
  ] as const) {
    expect(await findingsOf(engine, script('x', attributes))).toMatchObject([
      { code: 'scriptNeedsHandler', severity: 'error', message: expect.stringMatching(message) },
    ])
  }
  const external = chain('p', [
    { id: 'calc', xml: '<bpmn:scriptTask id="calc" scriptFormat="javascript" camunda:resource="deployment://calc.js"/>' },
  ])
  expect(await findingsOf(engine, external)).toMatchObject([
    { code: 'scriptNeedsHandler', severity: 'error', message: expect.stringMatching(/deployment:\/\/calc\.js/) },
  ])
  await engine.close()
})

test('an engine for scripts of the host runs those of its language: of tasks, listeners, parameters and conditions', async () => {
  const shout: ScriptEngine = {
    languages: ['shout'],
    run: ({ source, values, facts }) => ({ value: `${source} ${values.who}!`, set: facts.eventName === 'start' ? { heard: source } : {} }),
  }
  const extension = `<bpmn:extensionElements><camunda:executionListener event="start"><camunda:script scriptFormat="Shout">hear</camunda:script></camunda:executionListener>
    <camunda:inputOutput><camunda:outputParameter name="told"><camunda:script scriptFormat="shout">tell</camunda:script></camunda:outputParameter></camunda:inputOutput></bpmn:extensionElements>`
  const xml = `<bpmn:scriptTask id="calc" scriptFormat="shout" camunda:resultVariable="said">${extension}<bpmn:script>hello</bpmn:script></bpmn:scriptTask>`
  const engine = await createEngine({ clock: manualClock(), scripts: shout })
  await engine.deploy(chain('p', [{ id: 'calc', xml }]))
  const { id } = await engine.start('p', { variables: { who: 'kim' } })
  await engine.drain()
  expect(await engine.instances.variables(id)).toEqual({ who: 'kim', said: 'hello kim!', told: 'tell kim!', heard: 'hear' })
  await engine.close()
})

test('what is no engine for scripts is refused', async () => {
  await expect(createEngine({ scripts: {} as never })).rejects.toMatchObject({ code: 'invalidOption' })
  await expect(createEngine({ scripts: { languages: 'js', run: () => undefined } as never })).rejects.toMatchObject({
    code: 'invalidOption',
  })
})
