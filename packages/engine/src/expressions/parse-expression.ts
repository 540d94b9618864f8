import type { Expression } from './expression.ts'
import { parseFeel } from './feel.ts'
import { parseJuelText } from './juel.ts'
import { SOURCE_LENGTH_MAX } from './limits.ts'

/** How the language of an expression is decided where its text does not tell. */
export interface ParseExpressionOptions {
  /** The `language` attribute of the expression itself. FEEL and JUEL count; any other (XPath, Java) is boilerplate of drawing tools. */
  readonly language?: string | null
  /** The language of a text without any sign of one. Default 'literal': the text is its own value. */
  readonly fallback?: 'juel' | 'feel' | 'literal'
}

/**
 * Parses an expression of a model: FEEL or JUEL by its own `language`, else FEEL behind a leading `=`, else JUEL where it contains
 * `${` or `#{`, else the fallback. Never throws: a text that is not of its language gives a problem; `offset` counts from the start.
 */
export function parseExpression(source: string, options: ParseExpressionOptions = {}): ParsedExpression {
  if (source.length > SOURCE_LENGTH_MAX) {
    return { problem: { message: `The expression is longer than ${SOURCE_LENGTH_MAX} characters.`, offset: SOURCE_LENGTH_MAX } }
  }
  try {
    const language = languageOf(source, options)
    if (language === 'feel') return parseFeel(source, feelOffset(source))
    return language === 'juel' ? parseJuelText(source) : { expression: literal(source) }
  } catch {
    return { problem: { message: 'The expression cannot be read.', offset: 0 } }
  }
}

/** A parsed expression, or what is wrong with the text: `offset` in UTF-16 code units from its start. */
export type ParsedExpression =
  | { readonly expression: Expression }
  | { readonly problem: { readonly message: string; readonly offset: number } }

function languageOf(source: string, options: ParseExpressionOptions): Expression['language'] {
  const own = namedLanguage(options.language ?? '')
  if (own === 'feel') return 'feel'
  const marked = source.includes('${') || source.includes('#{')
  if (own === 'juel') return marked ? 'juel' : 'literal'
  if (source.trimStart().startsWith('=')) return 'feel'
  if (marked) return 'juel'
  // Without a mark, a text of JUEL is a text.
  return options.fallback === 'feel' ? 'feel' : 'literal'
}

function namedLanguage(language: string): 'feel' | 'juel' | null {
  const name = language.trim().toLowerCase()
  if (name === 'feel' || name.startsWith('feel:') || (name.includes('/dmn/') && name.includes('feel'))) return 'feel'
  return name === 'juel' || name === 'el' || name.endsWith('/juel') ? 'juel' : null
}

function feelOffset(source: string): number {
  const at = source.length - source.trimStart().length
  return source.charAt(at) === '=' ? at + 1 : 0
}

function literal(source: string): Expression {
  return { source, language: 'literal', names: [], functions: [], evaluate: () => source }
}
