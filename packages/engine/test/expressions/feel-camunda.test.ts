import { describe, expect, test } from 'vitest'
import { errorOf, expressionOf, resultOf } from './evaluation.ts'

const variables = { n: 5, nothing: null, order: { id: 'A-17' }, list: [1, 2, 3, 4, 5], blank: ' \n', text: ' modem ' }

describe('functions that models of Camunda 8 call, beyond those of DMN', () => {
  test.each([
    ['=is defined(n)', true],
    ['=is defined(missing)', false],
    ['=is defined(nothing)', false],
    ['=is defined(order.id)', true],
    ['=is defined(order.total)', false],
    ['=is defined(value: n)', true],
    ['=if is defined(missing.member) then 1 else 2', 2],
    ['=get or else(n, 1)', 5],
    ['=get or else(missing, 1)', 1],
    ['=get or else(order.total, order.id) + "!"', 'A-17!'],
    ['=get or else(get or else(missing, nothing), list)[1]', 1],
    ['=get  or else (value: missing, default: 2)', 2],
    ['={limit: get or else(missing, 3), above: n > limit}.above', true],
    ['=for one in [n, missing] return get or else(one, 0)', [5, 0]],
    ['=assert(n, n > 1)', 5],
    ['=is blank(blank)', true],
    ['=is blank("")', true],
    ['=is blank(text)', false],
    ['=is blank(n)', null],
    ['=is empty([])', true],
    ['=is empty(list)', false],
    ['=is empty(n)', null],
    ['=trim(text)', 'modem'],
    ['=trim(n)', null],
    ['=to base64("Grüße")', 'R3LDvMOfZQ=='],
    ['=to base64(n)', null],
    ['=partition(list, 2)', [[1, 2], [3, 4], [5]]],
    ['=partition(list, 0)', null],
    ['=partition(list, 1.5)', null],
  ])('%s', (source, value) => {
    expect(resultOf(source, variables)).toEqual(value)
    expect(expressionOf(source).functions).toEqual([])
  })

  test('an assertion that does not hold is an error, with its cause', () => {
    expect(errorOf('=assert(n, n > 9)', variables)).toBe('function')
    expect(() => resultOf('=assert(n, n > 9, "too few")', variables)).toThrow('too few')
    expect(errorOf('=assert(n, missing)', variables)).toBe('function')
  })

  test('a function of the host by the same name goes before, and so does a variable', () => {
    expect(resultOf('=trim(text)', variables, { functions: { trim: () => 'mine' } })).toBe('mine')
    expect(resultOf('=trim + 1', { trim: 1 })).toBe(2)
  })

  test('a variable of such a name that does not exist is nothing', () => {
    expect(resultOf('=trim = null')).toBe(true)
    expect(resultOf('=partition')).toBe(null)
  })

  test('what they make counts against the bounds of an evaluation', () => {
    expect(errorOf('=for i in 1..100000 return partition(for k in 1..1000 return k, 1)')).toBe('limit')
  })
})
