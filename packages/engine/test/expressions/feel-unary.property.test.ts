import fc from 'fast-check'
import { unaryTest } from 'feelin'
import { expect, test } from 'vitest'
import { parseUnaryTests } from '../../src/expressions/feel-unary.ts'
import { toFeelValue } from '../../src/expressions/feel-values.ts'
import { contextOf } from './evaluation.ts'

const literals = fc.oneof(
  fc.integer({ min: -3, max: 9 }).map(String),
  fc.constantFrom('1.5', 'true', 'false', 'null', '""', '"a"', '"b c"', 'x', 'y', 'x.k', '@"2026-01-02"', 'date("2026-01-02")'),
)
const single = fc.oneof(
  literals,
  fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '=', '!='), literals).map(([operator, operand]) => `${operator} ${operand}`),
  fc
    .tuple(fc.constantFrom('[', '(', ']'), fc.integer({ min: -3, max: 5 }), fc.integer({ min: 0, max: 4 }), fc.constantFrom(']', ')', '['))
    .map(([open, from, length, close]) => `${open}${from}..${from + length}${close}`),
  fc.tuple(fc.constantFrom('<', '>', '='), literals).map(([operator, operand]) => `? ${operator} ${operand}`),
  fc.constantFrom('? > 2 and ? < 6', '? = "a" or ? = 3', 'not(?)', 'x > 2', '["a", 3]', 'count(?) = 2', 'contains(?, "a")', '2 + 1'),
)
const tests = fc
  .tuple(fc.array(single, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([list, negated]) => (negated ? `not(${list.join(', ')})` : list.join(', ')))
const values = fc.oneof(
  fc.integer({ min: -4, max: 10 }),
  fc.constantFrom(null, true, false, 1.5, '', 'a', 'b c', 'abc', new Date(Date.UTC(2026, 0, 2))),
  fc.constantFrom(['a', 'b'], [3], { k: 3 }),
)

test('unary tests pass where feelin says so, by a compiled way or by feelin itself', () => {
  let passed = 0
  let runs = 0
  fc.assert(
    fc.property(tests, values, values, values, (source, value, x, y) => {
      const input = toFeelValue(value)
      let wanted: unknown
      try {
        wanted = unaryTest(source, { '?': input, x: toFeelValue(x), y: toFeelValue(y) }).value
      } catch {
        return // not of its grammar
      }
      const parsed = parseUnaryTests(source)
      if ('problem' in parsed) throw new Error(`${source}: ${parsed.problem.message}`)
      runs++
      if (wanted === true) passed++
      expect(parsed.tests.passes(input, contextOf({ x, y })), source).toBe(wanted === true)
    }),
    { numRuns: 700 },
  )
  expect(passed).toBeGreaterThan(runs * 0.1)
  expect(passed).toBeLessThan(runs * 0.9)
})

function passes(source: string, value: unknown, variables: Readonly<Record<string, unknown>> = {}): boolean {
  const parsed = parseUnaryTests(source)
  if ('problem' in parsed) throw new Error(parsed.problem.message)
  return parsed.tests.passes(toFeelValue(value), contextOf(variables))
}

test.each([
  ['-', null, true],
  ['- 5', -5, true],
  ['< - 5', -6, true],
  ['[- 2.. - 1]', -1, true],
  ['(1..3)', 3, false],
  ['not("a", "b")', 'c', true],
  ['"a"', ['a'], true],
  ['some i in ? satisfies i > 2', [1, 3], true],
])('the tests %j of the input %j pass: %j', (source, value, wanted) => {
  expect(passes(source, value)).toBe(wanted)
})

test('a name of several words is one name', () => {
  expect(passes('> credit limit', 5, { 'credit limit': 4 })).toBe(true)
})

test('tests that loop are bounded', () => {
  expect(() => passes('count(for i in 1..1000, j in 1..1000 return i) = ?', 1)).toThrow(/rounds/)
})

test('the tests between the commas are known one by one, those of a negation are not', () => {
  const partsOf = (source: string): unknown => {
    const parsed = parseUnaryTests(source)
    return 'tests' in parsed ? parsed.tests.parts : null
  }
  expect(partsOf('"High", > 5, "a, b"')).toEqual(['"High"', '> 5', '"a, b"'])
  expect(partsOf('not("High")')).toEqual([])
})
