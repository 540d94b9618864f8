import { describe, expect, test } from 'vitest'
import { ExpressionError } from '../../src/expressions/expression-error.ts'
import { contextOf, errorOf, expressionOf, resultOf } from './evaluation.ts'

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'call',
  'apply',
  'bind',
]

class Bean {
  readonly secret = { key: 'k' }
  greet(): string {
    return 'hello'
  }
  get computed(): string {
    throw new Error('an accessor ran')
  }
}

const beans = { bean: new Bean(), plain: { greet: () => 'hello' } }
const variables = { map: { a: 1 }, list: [1], text: 'x', number: 1, due: new Date(0), flag: true }

describe.each(NAMES)('the name %s', (name) => {
  test.each(['map', 'list', 'text', 'number', 'due', 'flag'])('reaches nothing on %s', (variable) => {
    for (const source of [`\${${variable}.${name}}`, `\${${variable}['${name}']}`, `=${variable}.${name}`]) {
      const found = outcome(() => resultOf(source, variables))
      expect([null, 'ExpressionError', '[null]']).toContain(found)
    }
    // A text and an instant have a text of their own; nothing else answers.
    if (name !== 'toString') expect(errorOf(`\${${variable}.${name}()}`, variables)).not.toBe('none')
  })

  test('is no variable, function or object unless it is given', () => {
    expect(errorOf(`\${${name}}`)).toBe('unknownVariable')
    expect(errorOf(`\${${name}()}`)).toBe('function')
    expect(errorOf(`\${${name}.x()}`)).toBe('unknownVariable')
    expect(resultOf(`=${name}`)).toBeNull()
    expect(errorOf(`=${name}()`)).toBe('function')
  })

  test('is no method of a host object', () => {
    for (const owner of ['bean', 'plain']) {
      expect(errorOf(`\${${owner}.${name}()}`, {}, { beans })).toBe('function')
      expect(errorOf(`\${${owner}['${name}']('x')}`, {}, { beans })).toBe('function')
      expect(errorOf(`\${${owner}.${name}}`, {}, { beans })).toBe('notAllowed')
      expect(errorOf(`\${${owner}['${name}'].x}`, {}, { beans })).toBe('notAllowed')
    }
  })
})

describe('a host object', () => {
  test('answers by its own methods and those of its class', () => {
    expect(resultOf('${bean.greet()} ${plain.greet()}', {}, { beans })).toBe('hello hello')
  })

  test('does not run its accessors', () => {
    expect(errorOf('${bean.computed}', {}, { beans })).toBe('notAllowed')
    expect(errorOf('${bean.computed()}', {}, { beans })).toBe('function')
    expect(errorOf('${bean.getComputed()}', {}, { beans })).toBe('function')
  })

  test('cannot be taken out, nor its functions', () => {
    expect(errorOf('${bean}', {}, { beans })).toBe('notAllowed')
    expect(errorOf('${plain.greet}', {}, { beans })).toBe('notAllowed')
    expect(errorOf('Hi ${bean}', {}, { beans })).toBe('notAllowed')
  })

  test('is not reachable from FEEL', () => {
    expect(resultOf('=bean', {}, { beans })).toBeNull()
    expect(errorOf('=bean.greet()', {}, { beans })).toBe('function')
  })
})

describe('a variable of the name __proto__', () => {
  const polluting: unknown = JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": {"polluted": true}}}')
  const named = Object.defineProperty({}, '__proto__', { value: { polluted: true }, enumerable: true }) as Record<string, unknown>

  test('changes no prototype', () => {
    for (const source of [
      '=__proto__',
      '=__proto__.polluted',
      '=data',
      '=data.a',
      '=context merge([data, data])',
      '=for x in [data] return x.a',
      '=[data][a != null]',
      '=context put({}, ["__proto__", "polluted"], true)',
      '=context put({}, "__proto__", {polluted: true})',
      '=context([{key: "__proto__", value: {polluted: true}}])',
      '={__proto__: {polluted: true}}.polluted',
      '={"__proto__": {polluted: true}}',
      '=for __proto__ in [data] return __proto__',
      '=(function(__proto__) __proto__)(data)',
      '${__proto__.polluted}',
      '${data.__proto__}',
      '${data} text',
      '${data == data}',
    ]) {
      const value = outcome(() => expressionOf(source).evaluate(contextOf({ ...named, data: polluting })))
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
      if (typeof value === 'object' && value !== null)
        expect([null, Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value))
    }
  })
})

describe('a value that runs code', () => {
  const ran: string[] = []
  const hostile = {
    getter: Object.defineProperty({}, 'a', { get: () => ran.push('getter'), enumerable: true }),
    text: { toString: () => ran.push('toString'), valueOf: () => ran.push('valueOf'), toJSON: () => ran.push('toJSON') },
    symbol: {
      [Symbol.toPrimitive]: () => ran.push('toPrimitive'),
      [Symbol.iterator]: () => ran.push('iterator'),
      get [Symbol.toStringTag]() {
        return String(ran.push('tag'))
      },
    },
    fn: () => ran.push('function'),
    bag: { fn: () => ran.push('nested function') },
    ofClass: new (class {
      a = 1
      toString(): string {
        return String(ran.push('class'))
      }
    })(),
  }

  test.each(Object.keys(hostile))('does not run it: %s', (name) => {
    const sources = [
      `\${${name}}x`,
      `\${${name}.a}`,
      `\${${name}.fn}`,
      `\${${name} == 1}`,
      `\${${name} < 1}`,
      `\${${name} + 1}`,
      `\${'' += ${name}}`,
      `\${empty ${name}}`,
      `\${${name}()}`,
      `\${${name}.fn()}`,
    ]
    const feel = [
      `=${name}`,
      `=${name}.a`,
      `=${name} = 1`,
      `=${name} < 1`,
      `=${name} + 1`,
      `=string(${name})`,
      `=[${name}]`,
      `=${name}()`,
      `=${name}.fn()`,
    ]
    for (const source of [...sources, ...feel]) outcome(() => expressionOf(source).evaluate(contextOf({ ...hostile })))
    expect(ran).toEqual([])
  })

  test('that throws in a trap is an ExpressionError', () => {
    const trapped = new Proxy({}, { getOwnPropertyDescriptor: fail, getPrototypeOf: fail, ownKeys: fail, get: fail, has: fail })
    for (const source of ['${p.a}', '${p}x', '${p == p.a}', '=p', '=p.a', '=p = 1', '=string(p)']) {
      const found = outcome(() => expressionOf(source).evaluate(contextOf({ p: trapped })))
      expect(['ExpressionError', true]).toContain(found)
    }
  })

  test('that is revoked is an ExpressionError', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const source of ['${p.a}', '=p.a'])
      expect(outcome(() => expressionOf(source).evaluate(contextOf({ p: proxy })))).toBe('ExpressionError')
  })
})

test('an error that a host function throws cannot disguise itself', () => {
  const hostile = {
    get message(): string {
      throw new Error('an accessor ran')
    },
  }
  const functions = {
    f: () => {
      throw hostile
    },
  }
  expect(errorOf('${f()}', {}, { functions })).toBe('function')
  expect(errorOf('=f()', {}, { functions })).toBe('function')
})

function fail(): never {
  throw new Error('trapped')
}

/** What a run gives: its value, or 'ExpressionError'; any other exception passes on. */
function outcome(run: () => unknown): unknown {
  try {
    const value = run()
    return Array.isArray(value) && value.length === 1 && value[0] === null ? '[null]' : value
  } catch (thrown) {
    if (thrown instanceof ExpressionError) return 'ExpressionError'
    throw thrown
  }
}
