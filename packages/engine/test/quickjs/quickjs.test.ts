import { BpmnError, type EngineError, NoRetry, type ScriptOutcome, type ScriptRun, type Variables } from '@leeway/engine'
import { quickjs } from '@leeway/engine/quickjs'
import { describe, expect, test } from 'vitest'
import { concealVariables } from '../../src/model/variables.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const engine = quickjs({ timeMs: 300, memoryBytes: 8_000_000 })

interface Rest {
  readonly storesGlobals?: boolean
  readonly seed?: string
}

function scriptOf(source: string, variables: Variables = {}, { storesGlobals = false, seed = 'key' }: Rest = {}): ScriptRun {
  const facts = { id: 'A.1', elementId: 'calc', instanceId: 'A', definitionId: 'p:1', businessKey: 'B-7', tenantId: null }
  return { language: 'javascript', source, name: 'calc', values: concealVariables(variables), now: NOW, seed, storesGlobals, facts }
}

const run = (source: string, variables: Variables = {}, rest: Rest = {}): Promise<ScriptOutcome> =>
  Promise.resolve(engine.run(scriptOf(source, variables, rest)))

const valueOfScript = async (source: string, variables?: Variables): Promise<unknown> => (await run(source, variables)).value
const failure = (source: string): Promise<unknown> =>
  run(source).then(
    () => null,
    (error: unknown) => error,
  )

describe('what a script sees and gives', () => {
  test('the value of its last statement is its result', async () => {
    expect(await valueOfScript('var x = 1; if (x) { x + 41 }')).toBe(42)
    expect(await valueOfScript('({ a: [1, "b", null, undefined, true] })')).toEqual({ a: [1, 'b', null, null, true] })
    expect(await valueOfScript('')).toBe(null)
  })
  test('variables are there by name and by execution.getVariable', async () => {
    expect(
      await valueOfScript('amount * 2 + execution.getVariable("amount") + order.lines[0].n', { amount: 3, order: { lines: [{ n: 1 }] } }),
    ).toBe(10)
    expect(
      await valueOfScript('[execution.getVariable("none"), execution.hasVariable("a"), execution.hasVariable("b")]', { a: 0 }),
    ).toEqual([null, true, false])
  })
  test('what it sets is given back, and seen by what follows; a bare assignment sets nothing', async () => {
    expect(
      await run('execution.setVariable("a", { x: 1 }); b = 5; execution.setVariable("c", a.x + b + execution.getVariable("a").x)', {
        b: 2,
      }),
    ).toEqual({
      value: null,
      set: { a: { x: 1 }, c: 7 },
    })
  })
  test('global variables become variables where the model asks for it', async () => {
    const { set } = await run('var sum = a + 1; a = 9; function f() {} ; let hidden = 1', { a: 1, untouched: 5 }, { storesGlobals: true })
    expect(set).toEqual({ sum: 2, a: 9 })
  })
  test('dates, bigints and bytes pass through', async () => {
    const variables = { at: new Date(Date.UTC(2026, 5, 1)), big: 12345678901234567890n, bytes: Uint8Array.of(1, 2, 3) }
    const { value, set } = await run(
      'execution.setVariable("next", new Date(at.getTime() + 1000)); execution.setVariable("same", bytes); big + 1n',
      variables,
    )
    expect(value).toBe(12345678901234567891n)
    expect(set).toEqual({ next: new Date(Date.UTC(2026, 5, 1, 0, 0, 1)), same: variables.bytes })
  })
  test('it knows where it runs', async () => {
    expect(
      await valueOfScript(
        '[execution.processInstanceId, execution.getProcessBusinessKey(), execution.currentActivityId, execution.getId()]',
      ),
    ).toEqual(['A', 'B-7', 'calc', 'A.1'])
  })
  test('the clock stands still, and chance follows from the key of the activity', async () => {
    expect(await valueOfScript('[Date.now(), new Date().getTime(), typeof Date(), new Date(0) instanceof Date]')).toEqual([
      NOW,
      NOW,
      'string',
      true,
    ])
    const drawn = async (seed: string): Promise<unknown> => (await run('[Math.random(), Math.random()]', {}, { seed })).value
    expect(await drawn('one')).toEqual(await drawn('one'))
    expect(await drawn('one')).not.toEqual(await drawn('other'))
  })
  test('print and the console say nothing and do no harm', async () => {
    expect(await valueOfScript('print("a"); console.log("b"); 1')).toBe(1)
  })
})

describe('what a script may not', () => {
  test.each([
    'process',
    'require',
    'fetch',
    'setTimeout',
    'globalThis.constructor.constructor("return process")().pid',
    'std',
    'os',
    'import("fs")',
  ])('reach the host by %s', async (source) => {
    expect(await failure(source)).toBeInstanceOf(NoRetry)
  })
  test('run without end: it is stopped, and may be tried again', async () => {
    const error = await failure('try { for (;;) {} } catch (e) { 1 }')
    expect(error).toMatchObject({ code: 'scriptTimeout', message: expect.stringMatching(/"calc" took longer than 300 ms/) })
    expect(error).not.toBeInstanceOf(NoRetry)
  })
  test('hang in a pattern', async () => {
    expect(await failure('/^(a+)+$/.test("a".repeat(40) + "b")')).toMatchObject({ code: 'scriptTimeout' })
  })
  test('do so much between two looks at the clock that it overruns: its thread is ended, and the host goes on meanwhile', async () => {
    const began = Date.now()
    let turns = 0
    const turning = setInterval(() => {
      turns += 1
    }, 10)
    const slow = failure('for (;;) x = new Array(1e6).join("abc")')
    const beside = valueOfScript('1 + 1')
    expect(await slow).toMatchObject({ code: 'scriptTimeout' })
    clearInterval(turning)
    expect(Date.now() - began).toBeLessThan(5_000)
    expect(turns).toBeGreaterThan(10)
    expect(await beside).toBe(2)
    expect(await valueOfScript('2 + 2')).toBe(4)
  })
  test('wait for ever where more of them overrun than there are threads: each has its turn', async () => {
    const one = quickjs({ timeMs: 50, threadsMax: 1 })
    const all = await Promise.allSettled(
      ['for (;;) x = new Array(1e6).join("abc")', '1', 'for (;;) ;', '2'].map((source) => Promise.resolve(one.run(scriptOf(source)))),
    )
    expect(all).toMatchObject([
      { reason: { code: 'scriptTimeout' } },
      { value: { value: 1 } },
      { reason: { code: 'scriptTimeout' } },
      { value: { value: 2 } },
    ])
  })
  test('eat memory or the stack', async () => {
    expect(await failure('var a = []; for (;;) a.push(new Array(1000).fill(1))')).toBeInstanceOf(Error)
    expect(await failure('(function f() { return f() + 1 })()')).toBeInstanceOf(NoRetry)
    expect(await valueOfScript('1 + 1')).toBe(2)
  })
  test('leave anything to the next script', async () => {
    await run('globalThis.left = 1; Object.prototype.spoiled = 1; JSON.stringify = () => "{}"; Array.prototype.map = null')
    expect(await valueOfScript('[typeof left, ({}).spoiled === undefined]')).toEqual(['undefined', true])
  })
  test.each([
    ['a function', '(function () {})', /The result is a function/],
    ['a promise', 'Promise.resolve(1)', /promise/],
    ['no number', '0 / 0', /NaN/],
    ['an instance of a class', 'new (class A {})()', /instance of a class/],
    ['a cycle', 'var a = {}; a.a = a; a', /deeper/],
  ])('give %s', async (_what, source, message) => {
    expect(await failure(source)).toMatchObject({ message: expect.stringMatching(message) })
    expect(await failure(source)).toBeInstanceOf(NoRetry)
  })
})

describe('what a script throws', () => {
  test('a BPMN error is one, by its short name and by that of Camunda', async () => {
    expect(await failure('throw new BpmnError("LATE", "too late")')).toMatchObject({ code: 'LATE', message: 'too late' })
    expect(await failure('throw new org.camunda.bpm.engine.delegate.BpmnError("LATE")')).toBeInstanceOf(BpmnError)
  })
  test('any other names the element and the line', async () => {
    expect(await failure('var a = 1\n\nmissing.thing')).toMatchObject({
      message: expect.stringMatching(/"calc" failed in line 3: ReferenceError.*missing/),
    })
    expect(await failure('var a = ;')).toMatchObject({ message: expect.stringMatching(/"calc" failed.*SyntaxError/) })
    expect(await failure('throw "text"')).toMatchObject({ message: expect.stringMatching(/text/) })
  })
})

test.each(['timeMs', 'memoryBytes', 'threadsMax'])('a %s that is none is refused', (name) => {
  const refused = (() => {
    try {
      return quickjs({ [name]: 0 })
    } catch (error) {
      return error as EngineError
    }
  })()
  expect(refused).toMatchObject({ code: 'invalidOption', message: expect.stringContaining(name) })
})

test("Camunda Spin's JSON is read and changed by S, and kept as data", async () => {
  const source = `const order = S(json)
    order.prop('seen', true)
    execution.setVariable('sku', order.prop('lines').elements().get(1).prop('sku').value())
    execution.setVariable('order', order)
    order.prop('lines').elements().size() + (order.hasProp('none') ? 1 : 0)`
  const json = '{"lines":[{"sku":"x"},{"sku":"y"}]}'
  expect(await run(source, { json })).toEqual({
    value: 2,
    set: { sku: 'y', order: { lines: [{ sku: 'x' }, { sku: 'y' }], seen: true } },
  })
})
