import { ExpressionError } from './expression-error.ts'

/**
 * An upper bound on the steps that a backtracking matcher needs for a pattern on a text of this length. Patterns for which there is no
 * useful bound (a repeated group that itself repeats or branches, references back, looking around) are refused.
 */
export function patternSteps(pattern: string, length: number): number {
  if (pattern.length > PATTERN_LENGTH_MAX) throw refused(pattern, `it is longer than ${PATTERN_LENGTH_MAX} characters`)
  const groups: Group[] = [{ variable: false, alternatives: 1 }]
  let steps = length + 1
  let last: Group | null = null
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    const quantifier = quantifierAt(pattern, at, length)
    if (quantifier !== null) {
      if (last?.variable === true && quantifier.most > 1) throw refused(pattern, 'a repeated group repeats or branches inside')
      steps *= quantifier.choices
      const inner = groups.at(-1)
      if (inner !== undefined && quantifier.choices > 1) inner.variable = true
      at = quantifier.end - 1
      last = null
    } else if (char === '(') {
      if (pattern.charAt(at + 1) === '?' && pattern.charAt(at + 2) !== ':') throw refused(pattern, 'it looks around or names a group')
      if (pattern.charAt(at + 1) === '?') at += 2
      groups.push({ variable: false, alternatives: 1 })
      last = null
    } else if (char === ')') {
      last = groups.length > 1 ? (groups.pop() ?? null) : null
      const outer = groups.at(-1)
      if (outer !== undefined && last?.variable === true) outer.variable = true
    } else if (char === '|') {
      const group = groups.at(-1)
      if (group !== undefined) {
        group.variable = true
        group.alternatives++
        steps *= group.alternatives / (group.alternatives - 1)
      }
      last = null
    } else {
      if (char === '\\') {
        if (/[1-9k]/.test(pattern.charAt(at + 1))) throw refused(pattern, 'it refers back to a group')
        at++
      } else if (char === '[') at = classEnd(pattern, at)
      last = null
    }
  }
  return steps * pattern.length
}

const PATTERN_LENGTH_MAX = 1_000

interface Group {
  /** Whether it can match in more than one way. */
  variable: boolean
  alternatives: number
}

/** The quantifier that begins here: its end, the most repetitions, and how many counts of them there are to choose from. */
function quantifierAt(pattern: string, at: number, length: number): { end: number; most: number; choices: number } | null {
  const char = pattern.charAt(at)
  if (char === '*' || char === '+') return { end: lazyEnd(pattern, at + 1), most: Number.POSITIVE_INFINITY, choices: length + 1 }
  if (char === '?') return { end: lazyEnd(pattern, at + 1), most: 1, choices: 2 }
  if (char !== '{') return null
  const bounds = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(pattern.slice(at, at + 16))
  if (bounds === null) return null
  const least = Number(bounds[1])
  const most = bounds[2] === '' ? least : bounds[3] === '' ? Number.POSITIVE_INFINITY : Number(bounds[3])
  const choices = Math.min(Math.max(most - least, 0), length) + 1
  return { end: lazyEnd(pattern, at + bounds[0].length), most, choices }
}

function lazyEnd(pattern: string, at: number): number {
  return pattern.charAt(at) === '?' ? at + 1 : at
}

function classEnd(pattern: string, opening: number): number {
  for (let at = opening + 1; at < pattern.length; at++) {
    if (pattern.charAt(at) === '\\') at++
    else if (pattern.charAt(at) === ']') return at
  }
  return pattern.length
}

function refused(pattern: string, reason: string): ExpressionError {
  return new ExpressionError('notAllowed', `The pattern "${pattern.slice(0, 60)}" is refused: ${reason}`, { pattern })
}
