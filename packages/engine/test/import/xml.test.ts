import { describe, expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { file, findings, modelText } from './models.ts'

const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL'

describe('a file that is not well-formed is refused with its place', () => {
  const BAD: readonly (readonly [title: string, source: string, line: number, column: number])[] = [
    ['an unclosed tag', `<definitions xmlns="${BPMN}">\n<process id="p"`, 2, 16],
    ['an unclosed element', `<definitions xmlns="${BPMN}">\n<process id="p">`, 2, 17],
    ['a closing tag of another element', `<definitions xmlns="${BPMN}">\n<process id="p"></task>`, 2, 17],
    ['a closing tag too many', `<definitions xmlns="${BPMN}"/>\n</definitions>`, 2, 1],
    ['a second root', `<definitions xmlns="${BPMN}"/>\n<definitions xmlns="${BPMN}"/>`, 2, 1],
    ['text behind the root', `<definitions xmlns="${BPMN}"/>rest`, 1, 67],
    ['an attribute without quotes', `<definitions xmlns=${BPMN}/>`, 1, 13],
    ['an attribute twice', `<definitions id="a"\n id="b"/>`, 1, 20],
    ['a bare ampersand', `<definitions id="a&b"/>`, 1, 13],
    ['an unknown entity', '<definitions>&nbsp;</definitions>', 1, 14],
    ['a bare less-than sign', '<definitions>a < b</definitions>', 1, 16],
    ['a less-than sign in a value', '<definitions id="a<b"/>', 1, 13],
    ['an unclosed comment', '<definitions><!-- </definitions>', 1, 14],
    ['an unclosed CDATA section', '<definitions><![CDATA[ </definitions>', 1, 14],
    ['a control character', '<definitions>\u0001</definitions>', 1, 14],
    ['a reference to a character that does not exist', '<definitions>&#0;</definitions>', 1, 14],
    ['nothing at all', '', 1, 1],
    ['blanks', ' \n ', 1, 1],
    ['no XML', '{"process": true}', 1, 1],
  ]
  test.each(BAD)('%s', async (_, source, line, column) => {
    const { diagnostics, processes } = await importBpmn(source)
    expect(diagnostics).toMatchObject([{ code: 'notWellFormed', severity: 'error', line, column }])
    expect(processes).toEqual([])
  })
})

test.each([
  ['a document type', '<!DOCTYPE definitions>'],
  ['an internal subset', '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'],
  ['an external entity', '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
])('%s is refused', async (_, declaration) => {
  const result = await importBpmn(`<?xml version="1.0"?>\n${declaration}\n<definitions xmlns="${BPMN}">&b;</definitions>`)
  expect(result.diagnostics).toMatchObject([{ code: 'dtdRefused', severity: 'error', line: 2, column: 1 }])
})

test('what looks like a document type in a text is text', async () => {
  const { diagnostics } = await importBpmn(
    file('<task id="a"><documentation>&lt;!DOCTYPE x> <![CDATA[<!DOCTYPE y>]]></documentation></task><!-- <!DOCTYPE z> -->'),
  )
  expect(diagnostics).toEqual([])
})

test.each([
  ['another vocabulary', '<html/>'],
  ['BPMN without its namespace', '<definitions/>'],
  ['a process without definitions around it', `<process xmlns="${BPMN}" id="p"/>`],
  ['definitions of DMN', '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'],
  ['a prefix that is called bpmn but is not', '<bpmn:definitions xmlns:bpmn="http://example.org"/>'],
])('%s is not BPMN', async (_, source) => {
  const result = await importBpmn(source)
  expect(findings(result, 'notBpmn')).toMatchObject([{ severity: 'error', line: 1, column: 1 }])
})

describe('limits', () => {
  test('a file that is too large is not read', async () => {
    const result = await importBpmn(file(''), { limits: { sourceMax: 100 } })
    expect(result.diagnostics.map((one) => one.code)).toEqual(['sourceTooLarge'])
  })
  test('elements are counted, those of the diagram too', async () => {
    const result = await importBpmn(modelText('order-camunda-7.bpmn'), { limits: { elementsMax: 150 } })
    expect(result.diagnostics.map((one) => one.code)).toEqual(['tooManyElements'])
  })
  test('nesting is limited', async () => {
    const depth = 5_000
    const content = `${'<subProcess>'.repeat(depth)}${'</subProcess>'.repeat(depth)}`
    const result = await importBpmn(file(content))
    expect(result.diagnostics.map((one) => one.code)).toEqual(['tooDeep'])
  })
  test('an attribute is limited', async () => {
    const result = await importBpmn(file(`<task id="a" name="${'x'.repeat(101)}"/>`), { limits: { attributeMax: 100 } })
    expect(result.diagnostics.map((one) => one.code)).toEqual(['attributeTooLong'])
  })
  test('findings are limited, errors are not lost among infos, and the rest is counted', async () => {
    const content = `${'<task/>'.repeat(30)}<sequenceFlow id="f" sourceRef="nowhere" targetRef="nowhere"/>`
    const result = await importBpmn(file(content), { limits: { findingsMax: 10 } })
    expect(findings(result, 'missingId')).toHaveLength(10)
    expect(findings(result, 'danglingReference').length).toBeGreaterThan(0)
    expect(result.diagnostics.at(-1)?.code).toBe('tooManyFindings')
  })
})

test.each([
  ['bpmn', 'xmlns:bpmn'],
  ['semantic', 'xmlns:semantic'],
  ['camunda', 'xmlns:camunda'],
  ['bpmn20.x-y', 'xmlns:bpmn20.x-y'],
  ['größe', 'xmlns:größe'],
])('any prefix will do: %s', async (prefix, declaration) => {
  const text = `<${prefix}:definitions ${declaration}="${BPMN}" xmlns:c="http://operaton.org/schema/1.0/bpmn">
    <${prefix}:process id="p" isExecutable="true"><${prefix}:serviceTask id="a" c:topic = "work" ${prefix}:name='n'/></${prefix}:process></${prefix}:definitions>`
  const { outlines, diagnostics } = await importBpmn(text)
  expect(diagnostics).toEqual([])
  expect(outlines[0]).toMatchObject({ jobTypes: ['work'], elements: [{ id: 'a', type: 'serviceTask', name: 'n' }] })
})

test('namespaces may be declared and changed anywhere', async () => {
  const text = `<definitions xmlns="http://example.org" xmlns:b="${BPMN}"></definitions>`
    .replaceAll('definitions', 'b:definitions')
    .replace(
      '></',
      `><process xmlns="${BPMN}" id="p" isExecutable="true"><task id="a"><b:extensionElements><x xmlns="urn:x" id="y"/></b:extensionElements></task></process></`,
    )
  const { outlines, diagnostics } = await importBpmn(text)
  expect(diagnostics).toEqual([])
  expect(outlines[0]?.elements).toEqual([{ id: 'a', type: 'task', name: null }])
})

test('an import never throws, whatever it is given', async () => {
  const sources = [
    '\uD800',
    '<',
    '&',
    ']]>',
    '<a b=',
    '<?xml',
    '<!--',
    new Uint8Array([0xff]),
    new Uint8Array([0xfe, 0xff, 0]),
    new Uint8Array(),
  ]
  for (const source of sources) expect((await importBpmn(source)).diagnostics[0]?.severity).toBe('error')
})
