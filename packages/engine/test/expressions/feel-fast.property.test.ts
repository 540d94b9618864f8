import fc from 'fast-check'
import { evaluate, parseExpression } from 'feelin'
import { expect, test } from 'vitest'
import { compileFast, SLOW } from '../../src/expressions/feel-fast.ts'
import { guarded, guardText, newBudget } from '../../src/expressions/feel-guard.ts'
import { parseFeelTree } from '../../src/expressions/feel-tree.ts'
import { fromFeelValue, toFeelValue } from '../../src/expressions/feel-values.ts'
import { contextOf } from './evaluation.ts'

const NAMES = ['a', 'b', 'c', 'd_1']

const literals = fc.oneof(
  fc.integer({ min: -3, max: 20 }).map(String),
  fc.constantFrom('0', '1.5', '0.1', '.5', '1000000000000', 'true', 'false', 'null', '""', '"a"', '"b c"', '"Ä"', '"10"', '"a\\"b"'),
)
const paths = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(fc.constantFrom('x', 'y', 'missing', 'length'), { maxLength: 2 }))
  .map(([name, entries]) => [name, ...entries].join('.'))

const { simple } = fc.letrec<{ simple: string }>((tie) => ({
  simple: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    literals,
    paths,
    fc.tuple(tie('simple'), fc.constantFrom('=', '!=', '<', '>', '<=', '>='), tie('simple')).map(([l, o, r]) => `${l} ${o} ${r}`),
    fc.tuple(tie('simple'), fc.constantFrom('+', '-', '*', '/', '**'), tie('simple')).map(([l, o, r]) => `${l} ${o} ${r}`),
    fc.tuple(tie('simple'), fc.constantFrom('+', '-'), tie('simple')).map(([l, o, r]) => `${l}${o}${r}`),
    fc.tuple(tie('simple'), fc.constantFrom('and', 'or'), tie('simple')).map(([l, o, r]) => `${l} ${o} ${r}`),
    tie('simple').map((inner) => `(${inner})`),
    tie('simple').map((inner) => `not(${inner})`),
    tie('simple').map((inner) => `-${inner}`),
  ),
}))

/** Two operands and an operator: where single values decide. */
const flat = fc
  .tuple(
    paths,
    fc.constantFrom('=', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/', '**', 'and', 'or'),
    fc.oneof(paths, literals),
    fc.boolean(),
  )
  .map(([left, operator, right, tight]) => (tight && operator.length === 1 ? `${left}${operator}${right}` : `${left} ${operator} ${right}`))

const scalars = fc.oneof(
  fc.constantFrom(null, undefined, true, false, 0, -0, 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '', 'a', 'b c', '10', new Date(0), 3n),
  fc.integer({ min: -3, max: 20 }),
)
const contexts = fc.dictionary(
  fc.constantFrom('x', 'y', 'x-b', 'x + b', 'length', 'x and b'),
  fc.oneof(scalars, fc.dictionary(fc.constantFrom('x', 'y'), scalars, { noNullPrototype: true })),
  {
    noNullPrototype: true,
  },
)
const values = fc.oneof(
  { arbitrary: scalars, weight: 4 },
  { arbitrary: contexts, weight: 2 },
  fc.array(fc.oneof(scalars, contexts), { maxLength: 2 }),
)
const variableSets = fc.record({ a: values, b: values, c: values, d_1: values }, { requiredKeys: [], noNullPrototype: true })

/** What chance rarely puts together: numbers that are none, and keys that read like operations. */
const CORNERS: [string, Readonly<Record<string, unknown>>][] = [
  ['a >= 3', { a: Number.NaN }],
  ['a <= 3', { a: Number.NaN }],
  ['3 > a', { a: Number.NaN }],
  ['a = a', { a: Number.NaN }],
  ['a != a', { a: Number.NaN }],
  ['1 / b = null', { b: 0 }],
  ['1 / a', { a: Number.NaN }],
  ['a.x + b', { a: { x: 1, 'x + b': 2 }, b: 3 }],
  ['a.x-b', { a: { x: 1, 'x-b': 2 }, b: 3 }],
  ['a.x and b', { a: { x: true, 'x and b': 2 }, b: true }],
  ['a.x', { a: { ' x ': 2 } }],
  ['a.x', { a: [{ x: 1 }, { x: 2 }] }],
  ['-a', { a: -0 }],
]

test('a compiled expression gives what feelin gives, and compiles and runs for most', () => {
  let compiledCount = 0
  let answered = 0
  let runs = 0
  fc.assert(
    fc.property(fc.oneof(simple, flat), variableSets, (text, variables) => {
      runs++
      const parsed = parseFeelTree(text)
      if ('problem' in parsed) return
      const fast = compileFast(parsed.root, text)
      if (fast === null) return
      compiledCount++
      const found = fast(contextOf(variables))
      if (found === SLOW) return
      answered++
      expect(fromFeelValue(found, 'UTC')).toStrictEqual(byFeelin(text, variables))
    }),
    { numRuns: 5_000, examples: CORNERS },
  )
  expect(compiledCount).toBeGreaterThan(runs * 0.5)
  expect(answered).toBeGreaterThan(runs * 0.25)
})

const { looping } = fc.letrec<{ looping: string }>((tie) => ({
  looping: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    literals,
    paths,
    fc.constantFrom('item', 'i', 'f'),
    fc
      .tuple(tie('looping'), fc.constantFrom('=', '!=', '<', '+', '-', 'and', 'or', 'in'), tie('looping'))
      .map(([l, o, r]) => `(${l}) ${o} (${r})`),
    fc.tuple(tie('looping'), tie('looping')).map(([list, body]) => `for i in ${list} return ${body}`),
    fc.tuple(tie('looping'), tie('looping'), tie('looping')).map(([list, other, body]) => `for i in ${list}, j in ${other} return ${body}`),
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), tie('looping'))
      .map(([from, to, body]) => `for i in ${from}..${to} return ${body}`),
    fc
      .tuple(fc.constantFrom('some', 'every'), tie('looping'), tie('looping'))
      .map(([word, list, body]) => `${word} i in ${list} satisfies ${body}`),
    fc.tuple(tie('looping'), tie('looping')).map(([list, filter]) => `(${list})[${filter}]`),
    fc.tuple(fc.constantFrom(...NAMES), tie('looping')).map(([list, filter]) => `${list}[${filter}]`),
    fc.array(tie('looping'), { maxLength: 3 }).map((elements) => `[${elements.join(', ')}]`),
    fc.tuple(tie('looping'), tie('looping')).map(([x, y]) => `{x: ${x}, "y": ${y}}`),
    fc.tuple(tie('looping'), tie('looping')).map(([body, given]) => `{f: function(i) ${body}, x: f(${given})}.x`),
    fc.tuple(tie('looping'), tie('looping'), tie('looping')).map(([c, x, y]) => `if ${c} then ${x} else ${y}`),
    fc
      .tuple(fc.constantFrom('count', 'sum', 'flatten', 'string', 'not', 'reverse'), tie('looping'))
      .map(([name, given]) => `${name}(${given})`),
    tie('looping').map((inner) => `(${inner}).x`),
    tie('looping').map((inner) => `${inner} /* note */`),
    tie('looping').map((inner) => `(${inner}) instance of list<number>`),
  ),
}))

test('a guarded expression gives what feelin gives without guards', () => {
  let rewritten = 0
  let answered = 0
  fc.assert(
    fc.property(looping, variableSets, (text, variables) => {
      const parsed = parseFeelTree(text)
      if ('problem' in parsed) return
      const guard = guardText(parsed.root, text)
      if (guard.prefix === null) return
      rewritten++
      const plain = attempt(() => byFeelin(text, variables))
      if (!('error' in plain)) answered++
      expect(attempt(() => byFeelin(guard.text, variables, guarded(guard.prefix ?? '', newBudget())))).toStrictEqual(plain)
    }),
    { numRuns: 1_500 },
  )
  expect(rewritten).toBeGreaterThan(250)
  expect(answered).toBeGreaterThan(250)
})

function attempt(run: () => unknown): { readonly value: unknown } | { readonly error: true } {
  try {
    return { value: run() }
  } catch {
    return { error: true }
  }
}

function byFeelin(text: string, variables: Readonly<Record<string, unknown>>, guards: Readonly<Record<string, unknown>> = {}): unknown {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined)
  const seen = Object.fromEntries(given.map(([name, value]) => [name, toFeelValue(value)]))
  return fromFeelValue(evaluate(text, { ...seen, ...guards }).value, 'UTC')
}

test('a long expression parses where all of it does, and is a problem where it does not', () => {
  fc.assert(
    fc.property(fc.array(looping, { minLength: 20, maxLength: 40 }), fc.constantFrom(', ', ' = , ', ' in in '), (parts, glue) => {
      const valid = `[${parts.map((each) => `(${each})`).join(', ')}]`.slice(0, 2_500)
      const text = valid.endsWith(']') ? valid.replaceAll('), (', `)${glue}(`) : `${valid}x`
      let faulty = false
      parseExpression(text, {}, undefined).iterate({
        enter({ type }) {
          if (type.isError) faulty = true
        },
      })
      expect('problem' in parseFeelTree(text)).toBe(faulty)
    }),
    { numRuns: 30 },
  )
})
