import type { Expression } from '../expressions/expression.ts'
import { SOURCE_LENGTH_MAX } from '../expressions/limits.ts'
import { type ParsedExpression, parseExpression } from '../expressions/parse-expression.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, titleOf } from './xml-access.ts'

/** The language of a text that shows no sign of one. */
type Fallback = 'juel' | 'feel' | 'literal'

/** The expression in an attribute; null where there is none, or where it cannot be read (then with a finding). */
export function expressionInAttribute(
  importing: Importing,
  element: XmlElement,
  attribute: string,
  fallback: Fallback = 'literal',
): Expression | null {
  const source = attributeOf(element, attribute)
  if (source === null) return null
  return read(importing, element, source, { fallback, place: { attribute, offset: 0 } })
}

/** An attribute's expression that is work of its own: it may set variables (`execution.setVariable`). */
export function workInAttribute(importing: Importing, element: XmlElement, attribute: string): Expression | null {
  const source = attributeOf(element, attribute)
  return source === null ? null : read(importing, element, source, { fallback: 'juel', isWork: true, place: { attribute, offset: 0 } })
}

/** The same in a text. */
export function workInText(importing: Importing, element: XmlElement, source: string, fallback: Fallback): Expression | null {
  return read(importing, element, source, { fallback, isWork: true, place: { offset: element.textOffset } })
}

/** The expression that an element's text is, with the element's own `language`. Space around it is not part of it. */
export function expressionInBody(importing: Importing, element: XmlElement | null, fallback: Fallback = 'literal'): Expression | null {
  if (element === null) return null
  const source = element.text.trim()
  if (source === '') return null
  const language = attributeOf(element, 'language') ?? attributeOf(element, 'expressionLanguage')
  if (language !== null && SCRIPT_LANGUAGE.test(language.trim())) {
    importing.findings.add(
      'unsupportedLanguage',
      element,
      `An expression of ${titleOf(element.parent ?? element)} is written in "${language}".`,
    )
    return null
  }
  return read(importing, element, source, { fallback, language, place: { offset: element.textOffset } })
}

/** Languages of scripts, which are no expressions. Others are boilerplate of drawing tools (XPath, Java) and mean nothing. */
export const SCRIPT_LANGUAGE: RegExp =
  /^(?:(?:text|application)\/)?(?:x-)?(?:java-?script|ecma-?script|js|groovy|python|jython|ruby|jruby|mvel|spin|php)$/i

/** An expression that the import itself writes, such as `${orders}` for a bare name of a collection. */
export function expressionOfVariable(importing: Importing, element: XmlElement, name: string): Expression | null {
  return read(importing, element, `\${${name}}`, { fallback: 'juel', place: { offset: element.offset } })
}

/** A text of the model as an expression, where it stands in neither an attribute nor a body of its own. */
export function expressionOfText(
  importing: Importing,
  element: XmlElement,
  source: string,
  fallback: Fallback = 'literal',
): Expression | null {
  return read(importing, element, source, { fallback, place: { offset: element.textOffset } })
}

interface Reading {
  readonly fallback: Fallback
  readonly language?: string | null
  /** It may change variables. */
  readonly isWork?: true
  readonly place: { readonly attribute?: string; readonly offset: number }
}

function read(importing: Importing, element: XmlElement, source: string, reading: Reading): Expression | null {
  const parsed = parseOnce(importing, source, reading)
  if ('expression' in parsed) {
    checkFunctions(importing, element, parsed.expression, reading)
    return parsed.expression
  }
  const { message, offset } = parsed.problem
  importing.findings.add('invalidExpression', element, `The expression "${source.slice(0, 200)}" cannot be read: ${message}`, {
    ...reading.place,
    offset: reading.place.offset + Math.max(offset, 0),
  })
  return null
}

/** A host that said what it has is told what is missing: else it would be an incident of each instance that comes there. */
function checkFunctions(
  { findings, options }: Importing,
  element: XmlElement,
  { functions, source }: Expression,
  { place, isWork }: Reading,
): void {
  for (const name of functions) {
    if (name === 'XML' && options.hasFunction?.(name) !== true) {
      findings.add('spinXml', element, `The expression "${source.slice(0, 200)}" reads XML by Camunda Spin, which is not executed.`, place)
      continue
    }
    if (isWork && CHANGES.test(name)) continue
    const dot = name.indexOf('.')
    const isKnown = dot === -1 ? options.hasFunction?.(name) : options.hasBean?.(name.slice(0, dot))
    if (isKnown !== false) continue
    const message = `The expression "${source.slice(0, 200)}" calls "${name}", which neither its language nor the host has.`
    const hint = dot === -1 ? {} : { hint: `Give an object "${name.slice(0, dot)}" to the engine under beans, or correct the name.` }
    findings.add('unknownFunction', element, message, { ...place, ...hint })
  }
}

const CHANGES = /^execution\.(?:(?:set|remove)Variable(?:Local)?|createVariableLocal)$/

/** Long texts are refused without being read: they are not worth a key. */
function parseOnce({ expressions }: Importing, source: string, { fallback, language = null }: Reading): ParsedExpression {
  if (source.length > SOURCE_LENGTH_MAX) return parseExpression(source)
  const key = `${fallback} ${language ?? ''} ${source}`
  const parsed = expressions.get(key) ?? parseExpression(source, { fallback, language })
  expressions.set(key, parsed)
  return parsed
}
