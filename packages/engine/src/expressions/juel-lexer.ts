/** One symbol of a unified EL expression. `offset` and `end` count from the start of the whole text. */
export interface JuelToken {
  readonly type: 'number' | 'string' | 'name' | 'symbol' | 'end'
  /** A symbol's or name's text, a string's content without quotes and escapes. Word operators come as their symbols. */
  readonly text: string
  /** The word that a symbol is written as. */
  readonly word?: string
  readonly offset: number
  readonly end: number
}

/** What is wrong with a text, and where. */
export interface JuelProblem {
  readonly message: string
  readonly offset: number
}

/** Reads the symbols from `offset` up to and including the closing brace, which comes as type `end`. */
export function lexJuel(source: string, offset: number): { readonly tokens: readonly JuelToken[] } | { readonly problem: JuelProblem } {
  const tokens: JuelToken[] = []
  let at = offset
  while (at < source.length) {
    const code = source.charCodeAt(at)
    if (isSpace(code)) {
      at++
      continue
    }
    if (code === BRACE_CLOSE) {
      tokens.push({ type: 'end', text: '}', offset: at, end: at + 1 })
      return { tokens }
    }
    const token = isDigit(code) || (code === DOT && isDigit(source.charCodeAt(at + 1))) ? lexNumber(source, at) : lexOther(source, at, code)
    if ('message' in token) return { problem: token }
    tokens.push(token)
    at = token.end
  }
  return { problem: { message: 'The expression is not closed: a "}" is missing.', offset: source.length } }
}

function lexOther(source: string, at: number, code: number): JuelToken | JuelProblem {
  if (code === QUOTE || code === DOUBLE_QUOTE) return lexString(source, at, code)
  if (isNameStart(code)) return lexName(source, at)
  const two = source.slice(at, at + 2)
  if (TWO_SYMBOLS.has(two)) return { type: 'symbol', text: CANONICAL.get(two) ?? two, offset: at, end: at + 2 }
  const one = source.charAt(at)
  if (ONE_SYMBOLS.has(one)) return { type: 'symbol', text: CANONICAL.get(one) ?? one, offset: at, end: at + 1 }
  if (one === '=') return { message: 'An expression has no assignment: compare with "==".', offset: at }
  return { message: `"${one}" is no part of an expression.`, offset: at }
}

function lexNumber(source: string, at: number): JuelToken | JuelProblem {
  let end = at
  const digits = (): void => {
    while (isDigit(source.charCodeAt(end))) end++
  }
  digits()
  if (source.charCodeAt(end) === DOT && isDigit(source.charCodeAt(end + 1))) {
    end++
    digits()
  }
  const exponent = source.charAt(end)
  if (exponent === 'e' || exponent === 'E') {
    const sign = source.charAt(end + 1)
    const first = sign === '+' || sign === '-' ? end + 2 : end + 1
    if (isDigit(source.charCodeAt(first))) {
      end = first
      digits()
    }
  }
  if (isNamePart(source.charCodeAt(end))) return { message: 'A number runs into a name.', offset: end }
  return { type: 'number', text: source.slice(at, end), offset: at, end }
}

function lexString(source: string, at: number, quote: number): JuelToken | JuelProblem {
  let text = ''
  let from = at + 1
  for (let end = from; end < source.length; end++) {
    const code = source.charCodeAt(end)
    if (code === BACKSLASH && end + 1 < source.length) {
      text += source.slice(from, end)
      from = end + 1
      end++
    } else if (code === quote) {
      return { type: 'string', text: text + source.slice(from, end), offset: at, end: end + 1 }
    }
  }
  return { message: 'A string is not closed.', offset: at }
}

function lexName(source: string, at: number): JuelToken {
  let end = at + 1
  while (isNamePart(source.charCodeAt(end))) end++
  const text = source.slice(at, end)
  const symbol = WORDS.get(text)
  return symbol === undefined ? { type: 'name', text, offset: at, end } : { type: 'symbol', text: symbol, word: text, offset: at, end }
}

const DOT = 46
const BACKSLASH = 92
const QUOTE = 39
const DOUBLE_QUOTE = 34
const BRACE_CLOSE = 125

const TWO_SYMBOLS: ReadonlySet<string> = new Set(['==', '!=', '<=', '>=', '&&', '||', '+='])
const ONE_SYMBOLS: ReadonlySet<string> = new Set(['<', '>', '+', '-', '*', '/', '%', '!', '?', ':', '.', ',', '(', ')', '[', ']'])
const CANONICAL: ReadonlyMap<string, string> = new Map([['!', 'not']])
const WORDS: ReadonlyMap<string, string> = new Map([
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
  ['and', '&&'],
  ['or', '||'],
  ['div', '/'],
  ['mod', '%'],
  ['not', 'not'],
  ['empty', 'empty'],
  ['instanceof', 'instanceof'],
])

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isNameStart(code: number): boolean {
  return (
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code === 36 ||
    (code > 127 && code !== 0xa0 && code !== 0xfeff)
  )
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code)
}
