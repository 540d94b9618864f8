import type { Formula, Test } from '../../decisions/decision.ts'
import { ANY_VALUE, feelFormula, feelTest, juelFormula, juelTest } from '../../decisions/formula.ts'
import { parseFeel } from '../../expressions/feel.ts'
import { parseUnaryTests } from '../../expressions/feel-unary.ts'
import { parseJuelText } from '../../expressions/juel.ts'
import { SOURCE_LENGTH_MAX } from '../../expressions/limits.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, titleOf } from '../xml-access.ts'
import type { DmnReading } from './reading.ts'

/** The expression that an element holds in its `text`; null where that is empty, or, with a finding, where it cannot be read. */
export function readFormula(reading: DmnReading, element: XmlElement): Formula | null {
  const found = textOf(reading, element)
  if (found === null || found.text === '') return null
  if (found.language === 'juel') {
    const parsed = parseJuelText(marked(found.text))
    return 'expression' in parsed ? juelFormula(called(reading, found, parsed.expression)) : refuse(reading, found, parsed.problem)
  }
  const parsed = parseFeel(found.text, 0)
  return 'expression' in parsed ? feelFormula(called(reading, found, parsed.expression)) : refuse(reading, found, parsed.problem)
}

/**
 * The cell of a table: unary tests in FEEL, or a condition in JUEL. Empty, any value passes. Null, with a finding, where it cannot be read.
 */
export function readTest(reading: DmnReading, element: XmlElement): Test | null {
  const found = textOf(reading, element)
  if (found === null) return null
  if (found.text === '' || found.text === '-') return ANY_VALUE
  if (found.language === 'juel') {
    const parsed = parseJuelText(marked(found.text))
    return 'expression' in parsed ? juelTest(called(reading, found, parsed.expression)) : refuse(reading, found, parsed.problem)
  }
  const parsed = parseUnaryTests(found.text)
  return 'tests' in parsed ? feelTest(called(reading, found, parsed.tests)) : refuse(reading, found, parsed.problem)
}

/** The values that a clause allows, each by itself, in the order given. */
export function readValues(reading: DmnReading, element: XmlElement | null): readonly Test[] {
  if (element === null) return []
  const found = textOf(reading, element)
  if (found === null || found.text === '' || found.text === '-') return []
  const parsed = parseUnaryTests(found.text)
  if ('problem' in parsed) {
    refuse(reading, found, parsed.problem)
    return []
  }
  return parsed.tests.parts.flatMap((part) => {
    const single = parseUnaryTests(part)
    return 'tests' in single ? [feelTest(single.tests)] : []
  })
}

interface Found {
  readonly element: XmlElement
  readonly text: string
  readonly offset: number
  readonly language: 'feel' | 'juel'
}

function textOf(reading: DmnReading, element: XmlElement): Found | null {
  const holder = childOf(element, 'dmn:text')
  const text = holder?.text.trim() ?? ''
  const offset = holder?.textOffset ?? element.offset
  const named = attributeOf(element, 'expressionLanguage') ?? attributeOf(reading.definitions, 'expressionLanguage')
  const language = text === '' ? 'feel' : languageOf(named, text)
  if (language === null) {
    reading.findings.add('unsupportedLanguage', element, `An expression of ${titleOf(ownerOf(element))} is written in "${named}".`, {
      hint: 'Write it in FEEL, or in JUEL (${…}).',
    })
    return null
  }
  if (text.length > SOURCE_LENGTH_MAX) {
    refuse(reading, { element, text, offset, language }, { message: `It is longer than ${SOURCE_LENGTH_MAX} characters.`, offset: 0 })
    return null
  }
  return { element, text, offset, language }
}

/** FEEL, where nothing else is said; text with `${` is JUEL unless it is said to be FEEL. Null for languages that are not evaluated. */
function languageOf(named: string | null, text: string): 'feel' | 'juel' | null {
  const language = named?.trim().toLowerCase() ?? ''
  if (language.includes('feel') || language === 'friendly enough expression language') return 'feel'
  if (language === 'juel' || language === 'el') return 'juel'
  return language !== '' ? null : /[$#]\{/.test(text) ? 'juel' : 'feel'
}

/** JUEL in decision tables may stand without its marks. */
function marked(text: string): string {
  return /[$#]\{/.test(text) ? text : `\${${text}}`
}

function called<Parsed extends { readonly functions: readonly string[] }>(reading: DmnReading, found: Found, parsed: Parsed): Parsed {
  const { hasFunction, hasBean } = reading.options
  for (const name of parsed.functions) {
    if (reading.ownFunctions.has(name)) continue
    const dot = name.indexOf('.')
    if ((dot === -1 ? hasFunction?.(name) : hasBean?.(name.slice(0, dot))) !== false) continue
    const message = `The expression "${found.text.slice(0, 200)}" calls "${name}", which neither its language nor the file nor the host has.`
    reading.findings.add('unknownFunction', found.element, message, { offset: found.offset })
  }
  return parsed
}

function refuse(reading: DmnReading, found: Found, problem: { readonly message: string; readonly offset: number }): null {
  const { element, text, offset } = found
  const message = `The expression "${text.slice(0, 200)}" cannot be read: ${problem.message}`
  reading.findings.add('invalidExpression', element, message, {
    offset: offset + Math.max(0, problem.offset),
    hint:
      found.language === 'feel' ? 'Correct it at this place: the cells and formulas of a decision are FEEL.' : 'Correct it at this place.',
  })
  return null
}

/** The nearest element around that a person would name. */
function ownerOf(element: XmlElement): XmlElement {
  for (let at = element; ; at = at.parent) {
    if (at.name === 'dmn:decision' || at.name === 'dmn:businessKnowledgeModel' || at.parent === null) return at
  }
}
