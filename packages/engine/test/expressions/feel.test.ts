import { describe, expect, test } from 'vitest'
import { contextOf, errorOf, expressionOf, resultOf } from './evaluation.ts'

const order = {
  total: 150,
  lines: [
    { sku: 'a', price: 1 },
    { sku: 'b', price: 20 },
  ],
  customer: { name: 'Ann' },
}
const variables = {
  n: 150,
  name: 'Ann',
  ok: true,
  order,
  list: [1, 2, 3],
  due: new Date('2026-01-01T10:00:00Z'),
  big: 12n,
  'customer name': 'Bob',
}

describe('FEEL', () => {
  test.each([
    ['=n >= 100', true],
    ['=order.customer.name', 'Ann'],
    ['=order', order],
    ['=order.lines[1].sku', 'a'],
    ['=order.lines[price > 5].sku', ['b']],
    ['=sum(order.lines.price)', 21],
    ['=if ok then "yes" else "no"', 'yes'],
    ['=for x in list return x * n', [150, 300, 450]],
    ['=for x in 3..1 return x', [3, 2, 1]],
    ['=for x in [1..2], y in list return x * y', [1, 2, 3, 2, 4, 6]],
    ['=for i in 0..3 return if i = 0 then 1 else i * partial[-1]', [1, 1, 2, 6]],
    ['=some x in list satisfies x > 2', true],
    ['=every x in list satisfies x > 2', false],
    ['={a: 1, b: a + 1}', { a: 1, b: 2 }],
    ['={double: function(x) x * 2, four: double(2)}.four', 4],
    ['={f: function(x) if x < 1 then 0 else x + f(x - 1), r: f(10)}.r', 55],
    ['=sort(list, function(a, b) a > b)', [3, 2, 1]],
    ['=string join(["a", "b"], "-")', 'a-b'],
    ['=substring(string: name, start position: 2)', 'nn'],
    ['=not(n > 100)', false],
    ['=n in [100..200]', true],
    ['=n between 1 and 2', false],
    ['=list contains(list, 2)', true],
    ['=customer name = "Bob"', true],
    ['=big + 1', 13],
    ['=matches(name, "^A.n$")', true],
    ['=replace(name, "n+", "m")', 'Am'],
    ['=split("a;b", ";")', ['a', 'b']],
    ['=day of week(date("2026-03-02"))', 'Monday'],
    ['=1 // one', 1],
  ])('evaluates %s', (source, expected) => {
    expect(resultOf(source, variables)).toEqual(expected)
  })

  test.each(['=missing', '=missing > 3', '=order.missing.deeper', '=n + name', '=n / 0', '=number("x")', '=count()'])(
    'gives null for %s',
    (source) => {
      expect(resultOf(source, variables)).toBeNull()
    },
  )

  test.each([
    ['=due', new Date('2026-01-01T10:00:00Z')],
    ['=due + duration("P1D")', new Date('2026-01-02T10:00:00Z')],
    ['=due > date and time("2025-12-31T00:00:00Z")', true],
    ['=date and time("2026-01-01T10:00:00+02:00")', new Date('2026-01-01T08:00:00Z')],
    ['=[due]', [new Date('2026-01-01T10:00:00Z')]],
    ['=date("2026-01-01")', '2026-01-01'],
    ['=time("10:00:00")', '10:00:00'],
    ['=duration("PT90M")', 'PT1H30M'],
  ])('gives times as plain values: %s', (source, expected) => {
    expect(resultOf(source, variables)).toEqual(expected)
  })

  test('reads a date and time without a zone in the zone of the context', () => {
    expect(resultOf('=date and time("2026-01-01T10:00:00")', {}, { timeZone: 'Europe/Berlin' })).toEqual(new Date('2026-01-01T09:00:00Z'))
  })

  test('has no clock but the context', () => {
    const now = Date.UTC(2026, 2, 1, 23, 30)
    expect(resultOf('=now()')).toEqual(new Date(now))
    expect(resultOf('=today()', {}, { timeZone: 'UTC' })).toBe('2026-03-01')
    expect(resultOf('=today()', {}, { timeZone: 'Asia/Tokyo' })).toBe('2026-03-02')
    expect(resultOf('=now() < due', { due: new Date(now + 1) })).toBe(true)
    expect(resultOf('=for f in [now] return f()')).toEqual([new Date(now)])
  })

  test.each([
    ['=[1..3]', 'type'],
    ['=function(a) a', 'type'],
    ['=missing(1)', 'function'],
    ['=n(1)', 'function'],
    ['=n < ok', 'type'],
  ])('refuses %s with code %s', (source, code) => {
    expect(errorOf(source, variables)).toBe(code)
  })

  test('does not mind a call that is not reached', () => {
    expect(resultOf('=if ok then 1 else missing(1)', variables)).toBe(1)
  })
})

describe('a host function in FEEL', () => {
  const functions = {
    double: (x: number) => x * 2,
    after: (at: Date) => new Date(at.getTime() + 1),
    count: () => 'mine',
    broken: () => JSON.parse('{'),
    later: async () => 1,
  }

  test('takes and gives plain values', () => {
    expect(resultOf('=double(n) + 1', variables, { functions })).toBe(301)
    expect(resultOf('=after(due)', variables, { functions })).toEqual(new Date('2026-01-01T10:00:00.001Z'))
    expect(resultOf('=for x in list return double(x)', variables, { functions })).toEqual([2, 4, 6])
  })

  test('goes before one of FEEL, and before a variable', () => {
    expect(resultOf('=count(list)', variables, { functions })).toBe('mine')
    expect(resultOf('=double(1)', { double: 5 }, { functions })).toBe(2)
  })

  test('that fails or is not synchronous is an error', () => {
    expect(errorOf('=broken()', {}, { functions })).toBe('function')
    expect(errorOf('=later()', {}, { functions })).toBe('function')
  })
})

test('an evaluation changes no variable', () => {
  const frozen = Object.freeze({ list: Object.freeze([3, 1, 2]) })
  const context = contextOf({ frozen })
  expressionOf('=sort(frozen.list, function(a, b) a < b)').evaluate(context)
  expressionOf('=append(frozen.list, 4)').evaluate(context)
  expect(frozen.list).toEqual([3, 1, 2])
})

describe('cycle, as zeebe writes repeating timers', () => {
  test.each([
    ['=cycle(3, duration("PT1H"))', 'R3/PT1H'],
    ['=cycle(duration("P1D"))', 'R/P1D'],
    ['=cycle(n, duration("PT" + string(n) + "M"))', 'R2/PT2M'],
    ['=cycle(repetitions: 4, interval: duration("PT1H"))', 'R4/PT1H'],
    ['=cycle(interval: duration("PT1H"))', 'R/PT1H'],
    ['=cycle(null, duration("PT1H"))', 'R/PT1H'],
    ['=cycle(1.5, duration("PT1H"))', null],
    ['=cycle(3, "PT1H")', null],
    ['=cycle(3)', null],
  ])('%s is %s', (source, expected) => {
    expect(resultOf(source, { n: 2 })).toBe(expected)
  })
  test("a host's own function of this name comes first", () => {
    expect(resultOf('=cycle(1)', {}, { functions: { cycle: () => 'mine' } })).toBe('mine')
  })
})
