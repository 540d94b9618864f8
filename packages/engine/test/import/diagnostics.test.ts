import { describe, expect, test } from 'vitest'
import { decodeSource } from '../../src/import/decode.ts'
import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../../src/import/diagnostic-codes.ts'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { importModel } from '../../src/import/import-model.ts'
import { EXAMPLES } from './diagnostic-examples.ts'
import { file, findings, modelText } from './models.ts'

// Sound: the keys of a table whose type lists them.
const CODES = Object.keys(EXAMPLES) as DiagnosticCode[]
const CASES = CODES.flatMap((code) => EXAMPLES[code].map((example, index) => ({ code, example, index })))

test.each(CASES)('$code is found, example $index', async ({ code, example }) => {
  const found = findings(await importModel(example.source, example.options), code)
  const match = found.find((one) => example.elementId === undefined || one.elementId === example.elementId)
  expect(match).toMatchObject({ code, severity: example.severity ?? DIAGNOSTIC_CODES[code].severity })
  if (DIAGNOSTIC_CODES[code].hint !== null) expect(match?.hint).toBeTruthy()
  if (example.at === undefined) return
  const lines = decodeSource(example.source).text.split('\n')
  const line = lines[(match?.line ?? 0) - 1] ?? ''
  expect(line.slice((match?.column ?? 0) - 1)).toSatisfy((rest: string) => rest.startsWith(example.at ?? ''))
})

test('every code of a model but that of a failure has an example', () => {
  expect(CODES.filter((code) => EXAMPLES[code].length === 0)).toEqual(['importFailed', 'invalidForm'])
})

describe('a model with many mistakes', async () => {
  const result = await importBpmn(modelText('faulty.bpmn'))

  test('gets all its findings at once, in order of place', () => {
    expect(result.diagnostics.map((one) => [one.severity, one.code, one.elementId, `${one.line}:${one.column}`])).toEqual([
      ['warning', 'unknownAttribute', 'decide', '6:5'],
      ['error', 'danglingReference', 'decide', '6:44'],
      ['error', 'invalidExpression', 'large', '8:39'],
      ['warning', 'missingCondition', 'small', '10:5'],
      ['error', 'danglingReference', 'lost', '11:59'],
      ['error', 'unsupportedExtension', 'pay', '12:80'],
      ['error', 'invalidTimer', 'tooLate', '15:23'],
      ['error', 'flowIntoStart', 'again', '19:5'],
      ['error', 'flowOutOfEnd', 'again', '19:5'],
      ['error', 'unsupportedElement', 'archive', '21:5'],
      ['error', 'duplicateId', 'archive', '22:5'],
      ['error', 'linkWithoutCatch', 'away', '23:5'],
      ['warning', 'unknownElement', 'typo', '26:5'],
    ])
  })
  test('is not compiled, but its outline lists what stands in it', () => {
    expect(result.processes).toEqual([])
    expect(result.outlines[0]?.elements.map((element) => element.id)).toEqual([
      'begin',
      'decide',
      'pay',
      'tooLate',
      'finish',
      'archive',
      'archive',
      'away',
    ])
  })
})

test('a finding of a shared definition is told once, however many refer to it', async () => {
  const result = await importBpmn(
    file('<receiveTask id="a" messageRef="m"/><receiveTask id="b" messageRef="m"/>', '<message id="m" name="${"/>'),
  )
  expect(findings(result, 'invalidExpression')).toHaveLength(1)
})

test('a host that says what it handles is asked for types, aliases and elements', async () => {
  const source = file('<serviceTask id="a" camunda:class="x.Y"/><serviceTask id="b" camunda:topic="t"/><scriptTask id="c"/>')
  const result = await importBpmn(source, {
    hasHandler: (type) => type === 'Y',
    hasElementHandler: (process, element) => process === 'p' && (element === 'b' || element === 'c'),
  })
  expect(result.diagnostics).toEqual([])
})
