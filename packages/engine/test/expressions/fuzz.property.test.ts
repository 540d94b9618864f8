import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExpressionError } from '../../src/expressions/expression-error.ts'
import { parseExpression } from '../../src/expressions/parse-expression.ts'
import { contextOf } from './evaluation.ts'

const TOKENS = [
  'a',
  'b',
  'text',
  'list',
  'map',
  '__proto__',
  'constructor',
  '1',
  '2.5',
  '1e9',
  '"x"',
  "'y'",
  '"',
  "'",
  '\\',
  '.',
  '..',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '${',
  '#{',
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '=',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '&&',
  '||',
  '!',
  '?',
  ':',
  'and',
  'or',
  'not',
  'empty',
  'div',
  'mod',
  'eq',
  'lt',
  'null',
  'true',
  'false',
  'if',
  'then',
  'else',
  'for',
  'in',
  'return',
  'some',
  'every',
  'satisfies',
  'between',
  'function',
  'instance of',
  'list<number>',
  'item',
  'partial',
  'count(',
  'string(',
  'matches(',
  'replace(',
  'date(',
  'now()',
  '@"2026-01-01"',
  'fn(',
  'bean.run(',
  '.size()',
  '.length',
  '.get(',
  '//',
  '/*',
  '*/',
  '\n',
  '`',
  '?',
  '😀',
]

const soups = fc.array(fc.constantFrom(...TOKENS), { maxLength: 30 })
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  soups.map((tokens) => tokens.join(' ')),
  soups.map((tokens) => tokens.join('')),
)
const sources = fc.oneof(
  texts,
  texts.map((text) => `=${text}`),
  texts.map((text) => `\${${text}}`),
  fc.tuple(texts, texts).map(([before, inside]) => `${before}\${${inside}}`),
)
const context = contextOf(
  { a: 1, b: null, text: 'abc', list: [1, 'x', null, [2]], map: { a: 1, item: 2 } },
  { functions: { fn: (x: unknown) => x }, beans: { bean: { run: () => 1 } } },
)

test('any text parses or is a problem inside the text, soon, and what parses has a value or an ExpressionError', () => {
  let evaluated = 0
  let slowest = 0
  fc.assert(
    fc.property(sources, fc.constantFrom('juel', 'feel', 'literal'), (source, fallback) => {
      const start = performance.now()
      const parsed = parseExpression(source, { fallback })
      if ('problem' in parsed) {
        expect(parsed.problem.offset).toBeGreaterThanOrEqual(0)
        expect(parsed.problem.offset).toBeLessThanOrEqual(source.length)
        return
      }
      try {
        parsed.expression.evaluate(context)
        evaluated++
      } catch (thrown) {
        if (!(thrown instanceof ExpressionError)) throw thrown
        expect(thrown.details.source).toBe(source)
      }
      slowest = Math.max(slowest, performance.now() - start)
    }),
    { numRuns: 3_000 },
  )
  expect(evaluated).toBeGreaterThan(250)
  expect(slowest).toBeLessThan(2_000)
})

test('long repetitions of any few symbols end soon', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('=', '${'),
      fc.boolean(),
      (tokens, mark, spaced) => {
        const unit = tokens.join(spaced ? ' ' : '') + (spaced ? ' ' : '')
        const source = mark + unit.repeat(Math.floor(9_900 / unit.length))
        const start = performance.now()
        const parsed = parseExpression(source)
        if ('expression' in parsed) {
          try {
            parsed.expression.evaluate(context)
          } catch (thrown) {
            if (!(thrown instanceof ExpressionError)) throw thrown
          }
        }
        expect(performance.now() - start).toBeLessThan(5_000)
      },
    ),
    { numRuns: 30 },
  )
})
