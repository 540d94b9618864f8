import { describe, expect, test } from 'vitest'
import { errorOf, expressionOf, problemOf, resultOf } from './evaluation.ts'

const SECONDS = 1000

describe('a text that is too large is a problem', () => {
  test.each([
    ['longer than 10,000 characters', `\${${'a'.repeat(10_000)}}`],
    ['brackets', `\${${'('.repeat(101)}1${')'.repeat(101)}}`],
    ['open brackets', `\${${'('.repeat(9_000)}`],
    ['signs', `\${${'-'.repeat(9_000)}1}`],
    ['conditionals', `\${${'a?'.repeat(4_000)}`],
    ['calls', `\${${'f('.repeat(4_000)}}`],
    ['brackets of FEEL', `=${'('.repeat(9_000)}`],
    ['lists of FEEL', `=${'['.repeat(9_000)}`],
    ['contexts of FEEL', `=${'{a:'.repeat(3_000)}`],
    ['loops of FEEL', `=${'some '.repeat(1_900)}`],
    ['faults of FEEL', `=${'!=<,'.repeat(2_400)}`],
    ['names of FEEL', `=${'a '.repeat(4_900)}`],
    ['conditionals of FEEL', `=${'if '.repeat(3_000)}`],
  ])(
    '%s',
    (_what, source) => {
      expect(problemOf(source).message).not.toBe('')
    },
    2 * SECONDS,
  )

  test('but long chains are not: they nest nothing', () => {
    expect(resultOf(`\${${'1+'.repeat(4_000)}1}`)).toBe(4_001)
    expect(resultOf(`\${${'a == 1 || '.repeat(900)}a == 2}`, { a: 2 })).toBe(true)
    expect(resultOf(`\${a${'.a'.repeat(4_000)}}`, { a: null })).toBeNull()
    expect(resultOf(`=${'1+'.repeat(300)}1`)).toBe(301)
  })
})

describe('an evaluation that takes too much is an error', () => {
  const list = Array.from({ length: 1_000 }, (_, index) => index)
  const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => [inner], 1)
  const text = 'x'.repeat(600_000)
  test.each([
    ['a range', '=for i in 1..1000000000 return i'],
    ['a range in brackets', '=count(for i in [1..1000000000] return i)'],
    ['a range from variables', '=for i in a..b return i'],
    ['a quantifier', '=some i in 1..1000000000 satisfies i < 0'],
    ['nested loops', '=for i in list, j in list return i * j'],
    ['loops in loops', '=for i in list return for j in list return j'],
    ['nested filters', '=list[count(list[item > 1]) > item]'],
    ['recursion', '={f: function(n) f(n), r: f(1)}.r'],
    ['branching recursion', '={f: function(n) if n > 60 then 1 else f(n + 1) + f(n + 1), r: f(0)}.r'],
    ['lists that double', `={a0: [1, 1], ${doubling((last) => `concatenate(${last}, ${last})`)}}.a40`],
    ['shared lists compared', `={a0: [1, 1], ${doubling((last) => `[${last}, ${last}]`)}, r: a40 = a40}.r`],
    ['shared lists written out', `={a0: [1, 1], ${doubling((last) => `[${last}, ${last}]`)}, r: string(a40)}.r`],
    ['shared lists flattened', `={a0: [1, 1], ${doubling((last) => `[${last}, ${last}]`)}, r: flatten(a40)}.r`],
    ['shared lists handed out', `={a0: [1, 1], ${doubling((last) => `[${last}, ${last}]`)}}.a40`],
    ['shared contexts', `={a0: {x: 1}, ${doubling((last) => `{x: ${last}, y: ${last}}`)}, r: a40 = a40}.r`],
    ['texts that double', `={a0: "ab", ${doubling((last) => `${last} + ${last}`)}}.a40`],
    ['lists that hold themselves', '=for i in 1..40 return [partial, partial]'],
    ['replacing by the text itself', '=replace(text, "x", text)'],
    ['a long sort', '=sort(for i in 1..50000 return modulo(i * 7919, 50000), function(a, b) a > b)'],
    ['deep values', '=deep'],
    ['deep values written out', '${deep}x'],
    ['deep values compared', '${deep == other}'],
    ['long texts', '${text.concat(text)}'],
    ['long texts joined', '${text}${text}'],
    ['long texts added', '${text + text}'],
    ['texts replaced', "${text.replace('x', 'yyy')}"],
    ['long texts of FEEL', '=text + text'],
  ])(
    '%s',
    (_what, source) => {
      const other = Array.from({ length: 10_000 }).reduce<unknown>((inner) => [inner], 2)
      expect(errorOf(source, { a: 0, b: 1e9, list, deep, other, text })).toBe('limit')
    },
    5 * SECONDS,
  )

  test('a range that never meets its end is an error', () => {
    expect(errorOf('=for i in 1..2.5 return i')).toBe('type')
    expect(errorOf('=for i in [0.5..3] return i')).toBe('type')
    expect(errorOf('=for i in 1..a return i', { a: Number.POSITIVE_INFINITY })).toBe('type')
  })

  test('a usual amount of work is not', () => {
    const orders = Array.from({ length: 5_000 }, (_, index) => ({ id: index, total: index % 7, tags: ['a', 'b'] }))
    expect(resultOf('=count(orders[total > 3])', { orders })).toBe(2_142)
    expect(resultOf('=sum(for o in orders return o.total)', { orders })).toBe(14_995)
    expect(resultOf('=count(for i in 1..90000 return i)', {})).toBe(90_000)
  })
})

describe('a pattern that may take too long is refused', () => {
  const text = `${'a'.repeat(2_000)}!`
  test.each([
    ['=matches(text, "(a+)+$")', 'notAllowed'],
    ['=matches(text, "(a|a)*$")', 'notAllowed'],
    ['=matches(text, "(a*){20}$")', 'notAllowed'],
    ['=matches(text, "((a?)){30}a{30}")', 'notAllowed'],
    ['=matches(text, "(a)\\\\1+$")', 'notAllowed'],
    ['=matches(text, "(?=a+)a")', 'notAllowed'],
    ['=matches(text, ".*a.*a.*a.*a.*b")', 'limit'],
    ['=replace(text, "a*a*a*a*b", "x")', 'limit'],
    ['=split(text, "a*a*a*a*b")', 'limit'],
    [`=matches(text, "${'a?'.repeat(40)}b")`, 'limit'],
  ])(
    '%s',
    (source, code) => {
      expect(errorOf(source, { text })).toBe(code)
    },
    SECONDS,
  )

  test.each([
    ['=matches("ann@example.org", "^[\\\\w.]+@\\\\w+\\\\.\\\\w{2,}$")', true],
    ['=matches("2026-01-01", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")', true],
    ['=matches("abab", "^(?:ab)+$")', true],
    ['=replace("a1b22", "[0-9]+", "#")', 'a#b#'],
    ['=split("a, b", ",\\\\s*")', ['a', 'b']],
  ])('but not the usual ones: %s', (source, expected) => {
    expect(expressionOf(source).evaluate({ variable: () => undefined, now: 0, timeZone: 'UTC', functions: {}, beans: {} })).toEqual(
      expected,
    )
  })
})

function doubling(next: (last: string) => string): string {
  return Array.from({ length: 40 }, (_, index) => `a${index + 1}: ${next(`a${index}`)}`).join(', ')
}
