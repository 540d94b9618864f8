import { NESTING_MAX } from './limits.ts'

/** A fault that is plain without parsing, with its place. */
export interface FeelFault {
  readonly message: string
  readonly offset: number
}

/** A place between two symbols. A fault of the text up to `end` that stands before `certainBefore` is one of the whole text. */
export interface FeelCut {
  readonly end: number
  readonly certainBefore: number
}

/** `f([1..3[)`: the closing bracket meets one that stays open, so that with both of them three do not match. */
const UNMATCHED_OF_RANGE = 3

/** How far apart cuts stand, and how many symbols before a cut may still change their meaning by what follows. */
const CUT_LENGTH = 1_000
const SYMBOLS_OPEN = 10

/**
 * Looks through a text before feelin's parser sees it: that one recovers from any fault, and takes time that grows with the square of
 * the length and more where brackets do not match, strings do not close or loops open without end. The ends of ranges may mix brackets,
 * `(1..3]` and `]1..3[`, so that each `..` allows for some that do not match. Where nothing is wrong so far it gives the places to cut at.
 */
export function scanFeel(text: string): FeelFault | { readonly cuts: readonly FeelCut[] } {
  const open: string[] = []
  const cuts: FeelCut[] = []
  const starts: number[] = []
  let spare = UNMATCHED_OF_RANGE * occurrences(text, '..')
  if (spare > UNMATCHED_OF_RANGE * NESTING_MAX) return { message: `The expression has more than ${NESTING_MAX} ranges.`, offset: 0 }
  let loops = 0
  let words = 0
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at)
    if (char === ' ' || char === '\n' || char === '\r' || char === '\t') {
      at++
      continue
    }
    const skipped = skip(text, at)
    if (typeof skipped !== 'number') return skipped
    if (skipped > at) {
      const word = text.slice(at, skipped)
      words = KEYWORDS.has(word) ? 0 : words + 1
      if (words > NAME_WORDS_MAX) return { message: `A name has more than ${NAME_WORDS_MAX} words.`, offset: at }
      if (LOOPS.has(word) && ++loops > NESTING_MAX) {
        return { message: `The expression has more than ${NESTING_MAX} loops and conditions.`, offset: at }
      }
      if (char !== '/') starts.push(at)
      at = skipped
      continue
    }
    const closing = CLOSING.get(char)
    if (closing !== undefined) {
      open.push(closing)
      if (open.length > NESTING_MAX) return { message: `The expression nests deeper than ${NESTING_MAX} levels.`, offset: at }
    } else if (CLOSERS.has(char) && open.pop() !== char && --spare < 0) {
      return { message: `FEEL does not allow "${char}" here.`, offset: at }
    }
    if (char < '0' || char > '9') words = 0
    starts.push(at)
    at++
    if (at >= (cuts.at(-1)?.end ?? 0) + CUT_LENGTH) cuts.push({ end: at, certainBefore: starts.at(-SYMBOLS_OPEN) ?? 0 })
  }
  return open.length > spare ? { message: `A "${open.at(-1)}" is missing.`, offset: text.length } : { cuts }
}

/** The offset behind the string, comment or word that begins here; the same offset where none does. */
function skip(text: string, at: number): number | FeelFault {
  const char = text.charAt(at)
  if (char === '"') return textEnd(text, at) ?? { message: 'A string is not closed.', offset: at }
  if (text.startsWith('//', at)) return endOfLine(text, at)
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2)
    return end < 0 ? { message: 'A comment is not closed.', offset: at } : end + 2
  }
  return wordEnd(text, at)
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])

/** Names are of several words, and the parser looks at all of them for each one more. */
const NAME_WORDS_MAX = 50

const KEYWORDS: ReadonlySet<string> = new Set(
  'and or if then else for in return some every satisfies between instance of function external true false null'.split(' '),
)

const LOOPS: ReadonlySet<string> = new Set(['for', 'some', 'every', 'function', 'if'])

const CLOSERS: ReadonlySet<string> = new Set(CLOSING.values())

function occurrences(text: string, sought: string): number {
  return text.split(sought).length - 1
}

/** The offset behind a string that begins here; null where it is not closed. */
function textEnd(text: string, opening: number): number | null {
  for (let at = opening + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === '"') return at + 1
  }
  return null
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function wordEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && isLetter(text.charAt(at))) at++
  return at
}

function isLetter(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_' || char > '\u007f'
}
