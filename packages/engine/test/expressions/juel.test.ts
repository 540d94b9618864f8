import { describe, expect, test } from 'vitest'
import { errorOf, expressionOf, resultOf } from './evaluation.ts'

const order = {
  total: 150,
  lines: [
    { sku: 'a', price: 1 },
    { sku: 'b', price: 20 },
  ],
  customer: { name: 'Ann' },
  'the key': 7,
  none: null,
}
const variables = {
  n: 150,
  name: 'Ann',
  ok: true,
  off: false,
  nothing: null,
  order,
  list: [1, 2, 3],
  due: new Date('2026-01-01T00:00:00Z'),
  big: 2n ** 60n,
  text: '42',
  blank: '',
}

describe('a value', () => {
  test.each([
    ['${n}', 150],
    ["${'it\\'s'}", "it's"],
    ['${"a\\\\b"}', 'a\\b'],
    ['${1.5e3}', 1500],
    ['${.5}', 0.5],
    ['${9007199254740993}', 9007199254740993n],
    ['${true}', true],
    ['${null}', null],
    ['${order.customer.name}', 'Ann'],
    ["${order['the key']}", 7],
    ['${order.lines[1].sku}', 'b'],
    ['${order.missing}', null],
    ['${order.none.deeper}', null],
    ['${list[7]}', null],
    ['${list.size()}', 3],
    ['${list.length}', 3],
    ['${order}', order],
    ['  ${n}\n', 150],
  ])('%s', (source, expected) => {
    expect(resultOf(source, variables)).toEqual(expected)
  })
})

describe('a text with expressions in it', () => {
  test.each([
    ['Hi ${name}!', 'Hi Ann!'],
    ['${name}-${n}', 'Ann-150'],
    ['#{name}${nothing}', 'Ann'],
    ['due ${due}', 'due 2026-01-01T00:00:00.000Z'],
    ['x ${list}', 'x [1,2,3]'],
    ['\\${name} costs $5', '${name} costs $5'],
    ["a ${'}'} b", 'a } b'],
  ])('%s', (source, expected) => {
    expect(resultOf(source, variables)).toBe(expected)
  })
})

describe('an operator', () => {
  test.each([
    ['${n >= 100}', true],
    ['${n ge 100 and n lt 200}', true],
    ['${n eq 150 && name ne "Bob"}', true],
    ['${n gt 150 or n le 150}', true],
    ['${!ok || not off}', true],
    ['${1 + 2 * 3 - 4 / 2}', 5],
    ['${(1 + 2) * 3}', 9],
    ['${7 mod 4 + 7 % 4}', 6],
    ['${7 div 2}', 3.5],
    ['${-n + 1}', -149],
    ['${10 - 3 - 2}', 5],
    ['${text + 1}', 43],
    ['${nothing + 1}', 1],
    ["${name + '-' + n}", 'Ann-150'],
    ["${'1' += 2}", '12'],
    ['${big + 1}', 2n ** 60n + 1n],
    ['${big * 2 > big}', true],
    ['${ok ? "a" : "b"}', 'a'],
    ['${off ? 1 : ok ? 2 : 3}', 2],
    ['${text == 42}', true],
    ['${name == 1}', false],
    ['${name < "Bob"}', true],
    ["${ok == 'true'}", true],
    ['${nothing == null}', true],
    ['${nothing < 1}', false],
    ['${nothing <= null}', true],
    ['${empty list}', false],
    ['${empty blank and empty nothing and not empty name}', true],
    ["${due < '2026-01-02'}", true],
    ["${due == '2026-01-01T01:00:00+01:00'}", true],
    ['${due.before(now())}', true],
    ['${due.plusMonths(1).plusDays(30).minusHours(1).toDate()}', new Date('2026-03-02T23:00:00Z')],
    ['${due.plusDays(30).plusMonths(1)}', new Date('2026-02-28T00:00:00Z')],
    ['${due.plusYears(1).minusWeeks(1).plusMinutes(1).plusSeconds(1).getMillis()}', Date.UTC(2026, 11, 25, 0, 1, 1)],
    ['${dateTime().plusDays(0).toDate().getTime() == now().getTime()}', true],
    ['${order.lines[0] == order.lines[0]}', true],
    ['${list == list and list != order}', true],
  ])('%s', (source, expected) => {
    expect(resultOf(source, variables)).toEqual(expected)
  })

  test.each([
    ['${name * 2}', 'type'],
    ['${name and ok}', 'type'],
    ['${n / 0}', 'type'],
    ['${order < 1}', 'type'],
    ['${due > 5}', 'type'],
    ['${n ? 1 : 2}', 'type'],
    ['${list.name}', 'type'],
  ])('%s is an error of code %s', (source, code) => {
    expect(errorOf(source, variables)).toBe(code)
  })
})

describe('a variable that does not exist', () => {
  test('is an error that names it', () => {
    expect(errorOf('${missing}')).toBe('unknownVariable')
    expect(errorOf('${missing > 3}')).toBe('unknownVariable')
    expect(errorOf('${missing.size()}')).toBe('unknownVariable')
    expect(() => resultOf('Hi ${missing}')).toThrow(/"missing"/)
  })

  test('is null under empty and beside null', () => {
    expect(resultOf('${empty missing}')).toBe(true)
    expect(resultOf('${empty missing.list}')).toBe(true)
    expect(resultOf('${missing == null}')).toBe(true)
    expect(resultOf('${null != missing}')).toBe(false)
    expect(resultOf('${missing != null && missing > 3}')).toBe(false)
  })
})

describe('a method of a value', () => {
  test.each([
    ["${name.equals('Ann')}", true],
    ['${n.equals("150")}', false],
    ["${name.contains('n')}", true],
    ["${name.startsWith('A') and name.endsWith('n')}", true],
    ['${name.length()}', 3],
    ['${name.toUpperCase().toLowerCase()}', 'ann'],
    ['${name.substring(1)}${name.substring(0, 1)}', 'nnA'],
    ["${' a '.trim()}", 'a'],
    ["${name.indexOf('n')}", 1],
    ["${name.replace('n', 'm')}", 'Amm'],
    ['${blank.isEmpty()}', true],
    ["${name.equalsIgnoreCase('ANN')}", true],
    ["${name.concat('!')}", 'Ann!'],
    ["${'a,b'.split(',')}", ['a', 'b']],
    ['${n.toString()}', '150'],
    ['${list.contains(2)}', true],
    ['${list.get(0)}', 1],
    ['${list.indexOf(3)}', 2],
    ['${list.isEmpty()}', false],
    ["${order.get('total')}", 150],
    ["${order.containsKey('total')}", true],
    ['${order.size()}', 5],
    ['${order.getTotal()}', 150],
    ['${order.customer.getName().length()}', 3],
  ])('%s', (source, expected) => {
    expect(resultOf(source, variables)).toEqual(expected)
  })

  test.each([
    ['${name.matches("a")}', 'notAllowed'],
    ['${list.push(4)}', 'notAllowed'],
    ['${list.get(9)}', 'type'],
    ['${nothing.length()}', 'type'],
  ])('%s is an error of code %s', (source, code) => {
    expect(errorOf(source, variables)).toBe(code)
  })
})

describe('the host', () => {
  class Pricing {
    readonly rate = 2
    total(sold: { readonly total: number }): number {
      return sold.total * this.rate
    }
  }
  const functions = {
    double: (x: number) => x * 2,
    'shop:tax': (x: number) => x / 10,
    broken: () => JSON.parse('{'),
    later: async () => 1,
    maker: () => () => 1,
  }
  const beans = { pricing: new Pricing(), execution: { processInstanceId: 'p1', businessKey: 'b1' } }

  test.each([
    ['${double(n)}', 300],
    ['${shop:tax(double(5))}', 1],
    ['${ok ? shop:tax(10) : 0}', 1],
    ['${pricing.total(order)}', 300],
    ['${double(pricing.total(order)) + 1}', 601],
    ['${pricing.rate}', 2],
    ['${execution.processInstanceId}', 'p1'],
    ['${execution.getBusinessKey()}', 'b1'],
    ["${execution.getVariable('n')}", 150],
    ["${execution.getVariable('missing')}", null],
    ["${execution.hasVariable('n') and not execution.hasVariable('missing')}", true],
  ])('gives %s', (source, expected) => {
    expect(resultOf(source, variables, { functions, beans })).toEqual(expected)
  })

  test.each([
    ['${missing(1)}', 'function'],
    ['${broken()}', 'function'],
    ['${later()}', 'function'],
    ['${maker()}', 'function'],
    ['${pricing.missing()}', 'function'],
    ['${pricing}', 'notAllowed'],
    ["${execution.setVariable('n', 1)}", 'notAllowed'],
    ["${execution.removeVariable('n')}", 'notAllowed'],
  ])('refuses %s with code %s', (source, code) => {
    expect(errorOf(source, variables, { functions, beans })).toBe(code)
  })

  test('is hidden by a variable of the same name, except for execution', () => {
    expect(resultOf('${pricing}', { pricing: 5 }, { beans })).toBe(5)
    expect(resultOf('${execution.processInstanceId}', { execution: { processInstanceId: 'mine' } }, { beans })).toBe('p1')
  })
})

describe("Flowable's functions of a variable", () => {
  test.each([
    ['${vars:get(n)}', 150],
    ["${variables:get('n')}", 150],
    ['${var:get("name")}', 'Ann'],
    ['${vars:get(missing)}', null],
    ['${vars:getOrDefault(missing, n)}', 150],
    ["${vars:getOrDefault(name, 'Bob')}", 'Ann'],
    ['${vars:exists(n)}', true],
    ['${vars:exists(missing) || vars:exists(nothing)}', false],
    ['${vars:isEmpty(blank) && vars:empty(missing) && !vars:isEmpty(n)}', true],
    ['${vars:isNotEmpty(list) && vars:notEmpty(order)}', true],
    ["${vars:eq(name, 'Ann') && vars:equals(n, 150)}", true],
    ['${vars:eq(text, 42)}', false],
    ['${vars:eq(missing, null)}', true],
    ["${vars:ne(name, 'Bob') && vars:notEquals(missing, 1)}", true],
    ['${vars:contains(list, 1, 3)}', true],
    ['${vars:contains(list, 1, 4)}', false],
    ["${vars:contains(name, 'A', 'nn')}", true],
    ['${vars:contains(missing, 1)}', false],
    ['${vars:containsAny(list, 9, 3)}', true],
    ["${vars:containsAny(name, 'x', 'y')}", false],
    ['${vars:lt(n, 151) && vars:lessThan(n, 151) && vars:lowerThan(n, 151)}', true],
    ['${vars:lte(n, 150) && vars:lessThanOrEquals(n, 150) && vars:lowerThanOrEquals(n, 150)}', true],
    ['${vars:gt(n, 149) && vars:greaterThan(n, 149)}', true],
    ['${vars:gte(n, 150) && vars:greaterThanOrEquals(n, 150)}', true],
    ['${vars:lt(missing, 1) || vars:gt(missing, 1) || vars:lte(missing, 1) || vars:gte(missing, 1)}', false],
    ['${vars:base64(name)}', 'QW5u'],
    ['${n > 100 ? vars:get(name) : null}', 'Ann'],
  ])('%s', (source, expected) => expect(resultOf(source, variables)).toEqual(expected))

  test('the bytes of a text are those of UTF-8', () => expect(resultOf('${vars:base64(s)}', { s: 'ä€' })).toBe('w6Tigqw='))
  test('without a name it is an error', () => expect(errorOf('${vars:get()}')).toBe('function'))
  test('what they read is told', () => {
    expect(expressionOf("${vars:get(a) + vars:getOrDefault('b', c)}").names).toEqual(['a', 'b', 'c'])
    expect(expressionOf('${vars:get(x.y)}').names).toBeNull()
  })
})

describe("Camunda Spin's JSON", () => {
  const spin = { json: '{"name":"Ann","age":42,"vip":true,"none":null,"tags":["a","b"],"lines":[{"sku":"x"},{"sku":"y"}]}', order }
  test.each([
    ["${S(json).prop('name').stringValue()}", 'Ann'],
    ["${JSON(json).prop('age').numberValue() + 1}", 43],
    ["${S(json, 'application/json').prop('vip').boolValue()}", true],
    ["${S(json).prop('name').value() == 'Ann'}", true],
    ["${S(order).prop('customer').prop('name').value()}", 'Ann'],
    ["${S(json).prop('lines').elements().get(1).prop('sku').value()}", 'y'],
    ["${S(json).prop('lines').elements().size()}", 2],
    ["${S(json).prop('tags').contains('b')}", true],
    ["${S(json).prop('tags').indexOf('b')}", 1],
    ["${S(json).hasProp('age') && !S(json).hasProp('toString')}", true],
    ["${S(json).prop('none').isNull()}", true],
    ["${S(json).prop('tags').isArray() && S(json).isObject() && S(json).prop('age').isNumber()}", true],
    ["${S(json).jsonPath('$.lines[0].sku').stringValue()}", 'x'],
    ["${S(json).jsonPath(\"$['lines'][1]\").element().prop('sku').value()}", 'y'],
    ["${S(json).prop('lines')}", [{ sku: 'x' }, { sku: 'y' }]],
    ["${S(json).prop('tags').elements()}", ['a', 'b']],
    ["tags ${S(json).prop('tags').toString()}", 'tags ["a","b"]'],
    ["${S('7').numberValue()}", 7],
  ])('%s', (source, expected) => expect(resultOf(source, spin)).toEqual(expected))

  test.each([
    ["${S(json).prop('missing')}", 'type'],
    ["${S(json).prop('__proto__')}", 'type'],
    ["${S(json).prop('name').numberValue()}", 'type'],
    ["${S(json).prop('name', 'Bob')}", 'notAllowed'],
    ['${S(json).append(1)}', 'notAllowed'],
    ['${S(json).constructor()}', 'notAllowed'],
    ["${S(json).jsonPath('$..sku')}", 'notAllowed'],
    ["${S('<a/>')}", 'notAllowed'],
    ["${S('{')}", 'type'],
  ])('%s is an error', (source, code) => expect(errorOf(source, spin)).toBe(code))

  test('what the host calls S goes before', () => expect(resultOf('${S(1)}', {}, { functions: { S: () => 'own' } })).toBe('own'))
})
