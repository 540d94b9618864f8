import { expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { findings, modelText } from './models.ts'

const TEXT = modelText('invoice-signavio.bpmn')
const NAME = 'Beträge prüfen – 5 €'

function declaring(encoding: string): string {
  return TEXT.replace('encoding="UTF-8"', `encoding="${encoding}"`)
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at), littleEndian)
  return new Uint8Array(view.buffer)
}

const WINDOWS_1252: Readonly<Record<string, number>> = { '€': 0x80, '–': 0x96 }

function windows1252(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => WINDOWS_1252[character] ?? character.charCodeAt(0))
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const FILES: readonly (readonly [title: string, source: string | Uint8Array])[] = [
  ['a text', TEXT],
  ['a text with a byte order mark', `\uFEFF${TEXT}`],
  ['a text that declares another encoding than it has as bytes', declaring('UTF-16')],
  ['UTF-8', utf8(TEXT)],
  ['UTF-8 with a byte order mark', utf8(`\uFEFF${TEXT}`)],
  ['UTF-8 without a declaration', utf8(TEXT.slice(TEXT.indexOf('<definitions')))],
  ['UTF-16 with a mark, little-endian', utf16(`\uFEFF${declaring('UTF-16')}`, true)],
  ['UTF-16 with a mark, big-endian', utf16(`\uFEFF${declaring('UTF-16')}`, false)],
  ['UTF-16 without a mark, little-endian', utf16(declaring('UTF-16'), true)],
  ['UTF-16 without a mark, big-endian', utf16(declaring('utf-16'), false)],
  ['windows-1252', windows1252(declaring('windows-1252'))],
  ['windows-1252 declared in single quotes', windows1252(TEXT.replace('encoding="UTF-8"', "encoding='Windows-1252'"))],
]

test.each(FILES)('a file is read the same as %s', async (_, source) => {
  const { outlines, diagnostics } = await importBpmn(source)
  expect(outlines[0]?.name).toBe('Rechnungsprüfung')
  expect(outlines[0]?.elements.find((element) => element.id === 'sid-task-1')?.name).toBe(NAME)
  expect(diagnostics.filter((one) => one.severity !== 'info')).toEqual([])
})

test('ISO-8859-1 is read as declared', async () => {
  const text = declaring('ISO-8859-1').replace(NAME, 'Beträge prüfen')
  const { outlines, diagnostics } = await importBpmn(Uint8Array.from(text, (character) => character.charCodeAt(0)))
  expect(outlines[0]?.elements.find((element) => element.id === 'sid-task-1')?.name).toBe('Beträge prüfen')
  expect(diagnostics.filter((one) => one.severity !== 'info')).toEqual([])
})

test.each(['UTF-16', 'unicode', 'ISO-10646-UCS-2'])('bytes of UTF-8 that declare %s are read as UTF-8', async (encoding) => {
  const result = await importBpmn(utf8(declaring(encoding)))
  expect(findings(result, 'encodingMismatch')).toMatchObject([{ severity: 'warning' }])
  expect(result.outlines[0]?.name).toBe('Rechnungsprüfung')
})

test('an encoding that nobody knows is an error, and the rest of the findings comes along', async () => {
  const result = await importBpmn(utf8(declaring('klingon')))
  expect(findings(result, 'unknownEncoding')).toMatchObject([{ severity: 'error', line: 1, column: 1 }])
  expect(findings(result, 'drawing')).toHaveLength(2)
})

test('bytes that the encoding does not have are an error at their place', async () => {
  const column = (TEXT.split('\n')[12] ?? '').indexOf('ü') + 1
  const bytes = windows1252(TEXT.replace(/[–€]/g, '?'))
  const result = await importBpmn(bytes)
  expect(findings(result, 'invalidBytes')).toMatchObject([{ severity: 'error', line: 13, column }])
})

test('a file that is written in UTF-8 but declares UTF-16 is read, with a warning', async () => {
  const result = await importBpmn(utf8(declaring('UTF-16')))
  expect(findings(result, 'encodingMismatch')).toMatchObject([{ severity: 'warning' }])
  expect(result.outlines[0]?.name).toBe('Rechnungsprüfung')
})

test('strings are taken as they are: entities resolved, line ends and spaces kept', async () => {
  const { outlines } = await importBpmn(TEXT.replace('name="erledigt"', 'name="&#x1F4E6; &amp;&lt; e&#x301; &#10;"'))
  expect(outlines[0]?.elements.find((element) => element.id === 'sid-end-1')?.name).toBe('\u{1F4E6} &< e\u0301 \n')
  expect(outlines[0]?.elements.find((element) => element.id === 'sid-start-1')?.name).toBe('Rechnung\neingegangen')
})
