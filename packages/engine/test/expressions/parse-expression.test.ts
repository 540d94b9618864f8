import { describe, expect, test } from 'vitest'
import { expressionOf, problemOf, resultOf } from './evaluation.ts'

describe('the language of an expression', () => {
  test.each([
    ['${a}', undefined, 'juel'],
    ['#{a}', undefined, 'juel'],
    ['Hi ${a}!', undefined, 'juel'],
    ['= a', undefined, 'feel'],
    ['  =a', undefined, 'feel'],
    ['="${a}"', undefined, 'feel'],
    ['plain text', undefined, 'literal'],
    ['', undefined, 'literal'],
    ['a > 1', 'feel', 'feel'],
    ['a > 1', 'http://www.omg.org/spec/DMN/20191111/FEEL/', 'feel'],
    ['a > 1', 'https://www.omg.org/spec/DMN/20230324/FEEL/', 'feel'],
    ['${a}', 'http://www.w3.org/1999/XPath', 'juel'],
    ['= a', 'http://www.java.com/javaTypes', 'feel'],
    ['a', 'http://www.w3.org/1999/XPath', 'literal'],
    ['${a}', 'juel', 'juel'],
    ['=a', 'juel', 'literal'],
  ])('%s with the language %s is %s', (source, language, expected) => {
    expect(expressionOf(source, { language: language ?? null }).language).toBe(expected)
  })

  test('is the fallback where nothing tells', () => {
    expect(expressionOf('a + 1', { fallback: 'feel' }).language).toBe('feel')
    expect(expressionOf('a + 1', { fallback: 'juel' }).language).toBe('literal')
    expect(expressionOf('${a}', { fallback: 'feel' }).language).toBe('juel')
  })
})

test('a text without an expression is its own value, white space and all', () => {
  expect(resultOf(' six pm ')).toBe(' six pm ')
})

describe('a text that is not of its language is a problem with its place', () => {
  test.each([
    ['${a +}', 5],
    ['${a', 3],
    ['Hi ${1 2}', 7],
    ['${a = 1}', 4],
    ["${'abc}", 2],
    ['${}', 2],
    ['${a.}', 4],
    ['${a ? b}', 7],
    ['${12abc}', 4],
    ['${a; b}', 3],
    ['= a +', 5],
    ['=', 1],
    ['=a ) b', 3],
    ['=if a then', 10],
  ])('%s at %i', (source, offset) => {
    expect(problemOf(source)).toEqual({ message: expect.stringMatching(/\S+/), offset })
  })
})

describe('names the variables that an expression reads', () => {
  test.each([
    ['${a + b.c[d] > f(e) ? g : h.m(i)}', ['a', 'b', 'd', 'e', 'g', 'h', 'i']],
    ['${execution.getVariable("x")} ${y}', ['x', 'y']],
    ['=for x in xs, y in x.ys return x + y + z', ['xs', 'z']],
    ['=some x in x satisfies x > limit', ['x', 'limit']],
    ['={a: 1, b: a, c: d}', ['d']],
    ['=function(a, b) a + b + c', ['c']],
    ['=sum(list) + count(list)', ['list']],
    ['=count > 3', ['count']],
    ['=orders[item.total > limit]', ['orders', 'limit']],
    ['=customer name = "Ann"', ['customer name']],
    ['=a instance of number', ['a']],
    ['plain', []],
  ])('%s', (source, names) => {
    expect([...(expressionOf(source).names ?? [])].sort()).toEqual([...names].sort())
  })

  test('and says so where a name is only known when it runs', () => {
    expect(expressionOf('${execution.getVariable(name)}').names).toBeNull()
  })
})
