import { describe, expect, test } from 'vitest'
import { DecisionError } from '../../src/decisions/decision-error.ts'
import { mapResult } from '../../src/decisions/map-result.ts'
import { importModel } from '../../src/import/import-model.ts'
import { decision, decisionsOf, dmn, input, literal, outcomesOf, output, resultOf, rule, table } from './dmn-models.ts'

const DISH = dmn(`
  ${decision(
    'dish',
    table({
      head: input('season') + input('guestCount') + output('dish', 'typeRef="string"'),
      rules:
        rule('r1', ['"Winter"', '<= 8'], ['"Roastbeef"']) +
        rule('r2', ['"Winter"', '> 8'], ['"Stew"']) +
        rule('r3', ['', '-'], ['"Salad"']),
      policy: 'hitPolicy="FIRST"',
    }),
    ['seasonOf', 'guests'],
  )}
  ${decision(
    'seasonOf',
    table({
      head: input('temperature', 'typeRef="integer"') + output('season', 'typeRef="string"'),
      rules: rule('s1', ['> 30'], ['"Summer"']) + rule('s2', ['< 10'], ['"Winter"']) + rule('s3', ['[10..30]'], ['"Spring"']),
    }),
  )}
  ${decision('guests', `<variable name="guestCount" typeRef="integer"/>${literal('if dayType = "Weekday" then 4 else 10')}`)}`)

describe('a graph of decisions', () => {
  test('required decisions are made first, and their results are seen by the names of their outputs', async () => {
    expect(await resultOf(DISH, 'dish', { temperature: 5, dayType: 'Weekday' })).toBe('Roastbeef')
    expect(await resultOf(DISH, 'dish', { temperature: 5, dayType: 'Holiday' })).toBe('Stew')
    expect(await resultOf(DISH, 'dish', { temperature: 35, dayType: 'Holiday' })).toBe('Salad')
  })
  test('a result stands before a variable of the same name', async () => {
    expect(await resultOf(DISH, 'dish', { temperature: 5, dayType: 'Weekday', season: 'Summer' })).toBe('Roastbeef')
  })
  test('a decision that several others require is made once', async () => {
    const diamond = dmn(
      decision('top', literal('left + right'), ['left', 'right']) +
        decision('left', literal('base + 1'), ['base']) +
        decision('right', literal('base + 2'), ['base']) +
        decision('base', literal('tick()')),
    )
    let ticks = 0
    const outcomes = outcomesOf(await decisionsOf(diamond), 'top', {}, { functions: { tick: () => ++ticks } })
    expect(outcomes.map((one) => [one.decision.id, one.value])).toEqual([
      ['base', 1],
      ['left', 2],
      ['right', 3],
      ['top', 5],
    ])
  })
  test('names of several words are one name, and an input is given by its name or its id', async () => {
    const source = dmn(
      '<inputData id="age" name="Age of customer"><variable name="Age of customer" typeRef="number"/></inputData>' +
        decision('adult', `<variable name="Is adult"/>${literal('Age of customer >= 18')}`, ['input:age']) +
        decision('offer', literal('if Is adult then "credit" else "savings"'), ['adult']),
    )
    expect(await resultOf(source, 'offer', { 'Age of customer': 17 })).toBe('savings')
    expect(await resultOf(source, 'offer', { age: '18' })).toBe('credit')
  })
  test('dates stay dates between decisions, and become text at the end', async () => {
    const source = dmn(
      decision('due', `<variable name="due" typeRef="date"/>${literal('date("2026-01-30") + duration("P2D")')}`) +
        decision('isLate', literal('due < date("2026-02-02")'), ['due']),
    )
    expect(await resultOf(source, 'due')).toBe('2026-02-01')
    expect(await resultOf(source, 'isLate')).toBe(true)
  })
})

describe('types', () => {
  const typed = (type: string, test: string): string =>
    dmn(
      decision(
        'd',
        table({
          head: input('x', `typeRef="${type}"`) + output('o'),
          rules: rule('yes', [test], ['true']) + rule('no', ['-'], ['false']),
          policy: 'hitPolicy="FIRST"',
        }),
      ),
    )
  test.each([
    ['number', '> 4', '5', true],
    ['integer', '5', ' 5 ', true],
    ['string', '"5"', 5, true],
    ['boolean', 'true', 'true', true],
    ['date', '< date("2026-02-01")', '2026-01-31', true],
    ['dateTime', '< date and time("2026-02-01T00:00:00Z")', new Date(Date.UTC(2026, 0, 31)), true],
    ['time', '> time("08:00:00")', '09:30:00', true],
    ['dayTimeDuration', '> duration("PT1H")', 'PT90M', true],
    ['feel:number', '1', '1', true],
    ['number', '> 4', null, false],
    ['number', '> 4', [5], true],
    ['number', 'count(?) = 2', [5, 6], true],
    ['string', '?.name = "kim"', { name: 'kim' }, true],
  ])('an input of type %s is converted: %s is asked of %j', async (type, cell, value, wanted) => {
    expect(await resultOf(typed(type, cell), 'd', { x: value })).toBe(wanted)
  })
  test('a value that is none of the type is refused with the name of the input', async () => {
    const decisions = await decisionsOf(typed('number', '-'))
    expect(() => outcomesOf(decisions, 'd', { x: 'many' })).toThrow(/the input "x": the text "many" is no number/)
    expect(() => outcomesOf(decisions, 'd', { x: { many: 5 } })).toThrow(/Decision "d" \(d\): the input "x": an object is no number/)
  })
  test('what is none of the type that input data names is refused with its name', async () => {
    const source = dmn(
      `<inputData id="age" name="Age"><variable name="Age" typeRef="number"/></inputData>${decision('adult', literal('Age >= 18'), ['input:age'])}`,
    )
    await expect(resultOf(source, 'adult', { Age: { years: 17 } })).rejects.toThrow(/the input "Age": an object is no number/)
  })
  test("a date of Camunda 7 may have a time of day, and a type of the file's own is what it stands for", async () => {
    const source = dmn(
      `<itemDefinition name="tDay"><typeRef>date</typeRef></itemDefinition>${decision(
        'd',
        table({
          head: input('x', 'typeRef="tDay"') + output('o'),
          rules: rule('r', ['>= date and time("2026-01-01T00:00:00")'], ['true']),
        }),
      )}`,
      'http://www.omg.org/spec/DMN/20151101/dmn.xsd',
      'xmlns:camunda="http://camunda.org/schema/1.0/dmn"',
    )
    expect(await resultOf(source, 'd', { x: '2026-01-01T08:00:00' })).toBe(true)
  })
})

describe('other languages', () => {
  test('cells, inputs and outputs may be JUEL, with or without its marks', async () => {
    const juel = 'expressionLanguage="juel"'
    const source = dmn(
      decision(
        'd',
        table({
          head: input('sum * 2', juel) + input('customer', 'expressionLanguage="juel"', 'camunda:inputVariable="who"') + output('o'),
          rules: rule('r1', ['cellInput > 10', '${who.name == "kim"}'], ['${sum + 1}'], juel) + rule('r2', ['', ''], ['"none"']),
          policy: 'hitPolicy="FIRST"',
        }),
      ),
      undefined,
      'xmlns:camunda="http://camunda.org/schema/1.0/dmn"',
    )
    expect(await resultOf(source, 'd', { sum: 6, customer: { name: 'kim' } })).toBe(7)
    expect(await resultOf(source, 'd', { sum: 5, customer: { name: 'kim' } })).toBe('none')
  })
  test('a script in JavaScript is a finding at its place', async () => {
    const { diagnostics } = await importModel(dmn(decision('d', literal('1 + 1', 'expressionLanguage="javascript"'))))
    expect(diagnostics).toEqual([expect.objectContaining({ code: 'unsupportedLanguage', severity: 'error', elementId: 'd', line: 3 })])
  })
})

describe('boxed expressions', () => {
  test('entries of a context see those before them, and one without a name is the result', async () => {
    const entry = (name: string | null, text: string): string =>
      `<contextEntry>${name === null ? '' : `<variable name="${name}"/>`}${literal(text)}</contextEntry>`
    const source = dmn(
      decision('d', `<context>${entry('a', 'x + 1')}${entry('b', 'a * 2')}</context>`) +
        decision('e', `<context>${entry('a', 'x + 1')}${entry(null, 'a * 10')}</context>`),
    )
    expect(await resultOf(source, 'd', { x: 2 })).toEqual({ a: 3, b: 6 })
    expect(await resultOf(source, 'e', { x: 2 })).toBe(30)
  })
  test('business knowledge is called by name, by position and by an invocation', async () => {
    const source = dmn(
      `<businessKnowledgeModel id="k" name="fee of"><encapsulatedLogic><formalParameter name="amount" typeRef="number"/><formalParameter name="rate"/>
         ${literal('amount * rate')}</encapsulatedLogic></businessKnowledgeModel>
       ${decision('byCall', literal('fee of(200, 0.1) + fee of(rate: 1, amount: 3)'), ['knowledge:k'])}
       ${decision(
         'byInvocation',
         `<invocation>${literal('fee of')}<binding><parameter name="amount"/>${literal('x')}</binding><binding><parameter name="rate"/>${literal('2')}</binding></invocation>`,
         ['knowledge:k'],
       )}`,
    )
    expect(await resultOf(source, 'byCall')).toBe(23)
    expect(await resultOf(source, 'byInvocation', { x: '4' })).toBe(8)
  })
  test('a relation is a list of contexts, a list a list, a function a function', async () => {
    const source = dmn(
      decision('people', `<relation><column name="name"/><column name="age"/><row>${literal('"kim"')}${literal('x')}</row></relation>`) +
        decision('list', `<list>${literal('1')}${literal('x')}</list>`) +
        decision('double', `<functionDefinition><formalParameter name="n"/>${literal('n * 2')}</functionDefinition>`) +
        decision('four', literal('double(x)'), ['double']),
    )
    expect(await resultOf(source, 'people', { x: 30 })).toEqual([{ name: 'kim', age: 30 }])
    expect(await resultOf(source, 'list', { x: 2 })).toEqual([1, 2])
    expect(await resultOf(source, 'four', { x: 2 })).toBe(4)
  })
})

describe('what goes wrong', () => {
  test('an expression that cannot be evaluated names its decision', async () => {
    const decisions = await decisionsOf(dmn(decision('d', literal('missing()'))))
    expect(() => outcomesOf(decisions, 'd')).toThrow(DecisionError)
    expect(() => outcomesOf(decisions, 'd')).toThrow(/Decision "d" \(d\).*missing/)
  })
  test('work without end is cut off', async () => {
    const source = dmn(
      `<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="n"/>${literal(
        'count(for i in 1..10000 return n)',
      )}</encapsulatedLogic></businessKnowledgeModel>${decision('d', literal('sum(for i in 1..10000 return k(i))'), ['knowledge:k'])}`,
    )
    const decisions = await decisionsOf(source)
    expect(() => outcomesOf(decisions, 'd')).toThrow(expect.objectContaining({ code: 'limit' }))
  })
  test('sums of what are no numbers are refused', async () => {
    const head = input('1') + output('o')
    const source = dmn(decision('d', table({ policy: 'hitPolicy="COLLECT" aggregation="SUM"', head, rules: rule('r', ['-'], ['"a"']) })))
    await expect(resultOf(source, 'd')).rejects.toThrow(/SUM is asked of outputs that are not all numbers/)
  })
  test('a decision without logic cannot be made', async () => {
    await expect(resultOf(dmn(decision('d', '')), 'd')).rejects.toThrow(expect.objectContaining({ code: 'noLogic' }))
  })
  test('references to other files, to what is not there and to other kinds are findings', async () => {
    const source = dmn(`<inputData id="i" name="i"/>${decision('d', literal('1'), ['i', 'nowhere', 'http://x'])}`)
    const { diagnostics } = await importModel(source)
    expect(diagnostics.map(({ code, elementId, line }) => [code, elementId, line])).toEqual([
      ['wrongReference', 'd', 3],
      ['danglingReference', 'd', 3],
      ['danglingReference', 'd', 3],
    ])
  })
})

describe('results as Camunda 7 maps them', async () => {
  const head = input('x') + output('a') + output('b')
  const decisions = await decisionsOf(
    dmn(
      decision(
        'two',
        table({ policy: 'hitPolicy="COLLECT"', head, rules: rule('r', ['> 1'], ['1', '2']) + rule('s', ['> 2'], ['3', '']) }),
      ) + decision('one', table({ head: input('x') + output('a'), rules: rule('r', ['> 1'], ['x']) })),
    ),
  )
  const mapped = (id: string, x: number, mapping: Parameters<typeof mapResult>[1]): unknown => {
    const outcome = outcomesOf(decisions, id, { x }).at(-1)
    return outcome === undefined ? undefined : mapResult(outcome, mapping, 'UTC')
  }
  test('a list of results has the outputs of each by name', () => {
    expect(mapped('two', 3, 'resultList')).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: null },
    ])
    expect(mapped('one', 1, 'resultList')).toEqual([])
  })
  test('a single result is one object, a single entry one value, entries are collected', () => {
    expect(mapped('two', 2, 'singleResult')).toEqual({ a: 1, b: 2 })
    expect(mapped('one', 5, 'singleEntry')).toBe(5)
    expect(mapped('one', 1, 'singleEntry')).toBe(null)
    expect(mapped('one', 5, 'collectEntries')).toEqual([5])
  })
  test('one of several results or outputs is not chosen', () => {
    expect(() => mapped('two', 3, 'singleResult')).toThrow(/several results/)
    expect(() => mapped('two', 2, 'singleEntry')).toThrow(/several outputs/)
    expect(() => mapped('two', 2, 'collectEntries')).toThrow(/several outputs/)
  })
})
