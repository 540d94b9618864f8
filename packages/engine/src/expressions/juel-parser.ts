import { type JuelProblem, type JuelToken, lexJuel } from './juel-lexer.ts'
import { NESTING_MAX } from './limits.ts'

/** The operators that take two operands; the word forms read as these. */
export type JuelOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '+=' | '*' | '/' | '%'

/** A parsed expression. Chains of operators of one rank, and of steps behind a value, are flat, so that long ones nest nothing. */
export type JuelNode =
  | { readonly type: 'literal'; readonly value: null | boolean | number | string | bigint }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly parameters: readonly JuelNode[] }
  | { readonly type: 'path'; readonly base: JuelNode; readonly steps: readonly JuelStep[] }
  | { readonly type: 'negative' | 'not' | 'empty'; readonly operand: JuelNode }
  | { readonly type: 'and' | 'or'; readonly operands: readonly JuelNode[] }
  | { readonly type: 'binary'; readonly first: JuelNode; readonly rest: readonly JuelOperation[] }
  | { readonly type: 'choice'; readonly condition: JuelNode; readonly yes: JuelNode; readonly no: JuelNode }

/** The next operator of a chain and what stands to its right. */
export interface JuelOperation {
  readonly operator: JuelOperator
  readonly right: JuelNode
}

/** One step from a value: to a property, an element or the result of a method. */
export type JuelStep =
  | { readonly type: 'property'; readonly name: string }
  | { readonly type: 'index'; readonly index: JuelNode }
  | { readonly type: 'method'; readonly name: string; readonly parameters: readonly JuelNode[] }

/** Parses the expression that begins at `offset`, behind its opening brace; `end` is the offset behind the closing one. */
export function parseJuel(
  source: string,
  offset: number,
): { readonly node: JuelNode; readonly end: number } | { readonly problem: JuelProblem } {
  const lexed = lexJuel(source, offset)
  if ('problem' in lexed) return lexed
  const cursor: Cursor = { tokens: lexed.tokens, at: 0, depth: 0 }
  try {
    const node = choice(cursor)
    const last = peek(cursor)
    if (last.type !== 'end') throw unexpected(last)
    return { node, end: last.end }
  } catch (thrown) {
    if (thrown instanceof Fault) return { problem: thrown.problem }
    throw thrown
  }
}

interface Cursor {
  readonly tokens: readonly JuelToken[]
  at: number
  depth: number
}

class Fault extends Error {
  readonly problem: JuelProblem

  constructor(message: string, offset: number) {
    super(message)
    this.problem = { message, offset }
  }
}

function choice(cursor: Cursor): JuelNode {
  return deeper(cursor, () => {
    const condition = logical(cursor, '||', 'or', () => logical(cursor, '&&', 'and', () => ranked(cursor, 0)))
    if (!accept(cursor, '?')) return condition
    const yes = choice(cursor)
    expect(cursor, ':')
    return { type: 'choice', condition, yes, no: choice(cursor) }
  })
}

function logical(cursor: Cursor, symbol: string, type: 'and' | 'or', operand: () => JuelNode): JuelNode {
  const first = operand()
  if (!at(cursor, symbol)) return first
  const operands = [first]
  while (accept(cursor, symbol)) operands.push(operand())
  return { type, operands }
}

const RANKS: readonly ReadonlySet<string>[] = [
  new Set(['==', '!=']),
  new Set(['<', '<=', '>', '>=']),
  new Set(['+=']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
]

function ranked(cursor: Cursor, rank: number): JuelNode {
  const operators = RANKS[rank]
  if (operators === undefined) return unary(cursor)
  const first = ranked(cursor, rank + 1)
  const rest: JuelOperation[] = []
  for (let token = peek(cursor); token.type === 'symbol' && operators.has(token.text); token = peek(cursor)) {
    cursor.at++
    // Sound: every text in RANKS is an operator.
    rest.push({ operator: token.text as JuelOperator, right: ranked(cursor, rank + 1) })
  }
  return rest.length === 0 ? first : { type: 'binary', first, rest }
}

function unary(cursor: Cursor): JuelNode {
  if (accept(cursor, '-')) return { type: 'negative', operand: deeper(cursor, () => unary(cursor)) }
  if (accept(cursor, 'not')) return { type: 'not', operand: deeper(cursor, () => unary(cursor)) }
  if (accept(cursor, 'empty')) return { type: 'empty', operand: deeper(cursor, () => unary(cursor)) }
  return path(cursor)
}

function path(cursor: Cursor): JuelNode {
  const base = primary(cursor)
  const steps: JuelStep[] = []
  for (;;) {
    if (accept(cursor, '.')) {
      const name = memberName(cursor)
      steps.push(accept(cursor, '(') ? { type: 'method', name, parameters: parameters(cursor) } : { type: 'property', name })
    } else if (accept(cursor, '[')) {
      const index = choice(cursor)
      expect(cursor, ']')
      const called = index.type === 'literal' && typeof index.value === 'string' && accept(cursor, '(')
      steps.push(called ? { type: 'method', name: String(index.value), parameters: parameters(cursor) } : { type: 'index', index })
    } else {
      return steps.length === 0 ? base : { type: 'path', base, steps }
    }
  }
}

function primary(cursor: Cursor): JuelNode {
  const token = peek(cursor)
  cursor.at++
  if (token.type === 'string') return { type: 'literal', value: token.text }
  if (token.type === 'number') return { type: 'literal', value: numberOf(token) }
  if (token.type === 'symbol' && token.text === '(') {
    const inner = choice(cursor)
    expect(cursor, ')')
    return inner
  }
  if (token.type !== 'name') throw unexpected(token)
  if (token.text === 'true' || token.text === 'false') return { type: 'literal', value: token.text === 'true' }
  if (token.text === 'null') return { type: 'literal', value: null }
  if (accept(cursor, '(')) return { type: 'call', name: token.text, parameters: parameters(cursor) }
  return namespaced(cursor, token) ?? { type: 'variable', name: token.text }
}

/** A call with a prefix, `ns:name(…)`; a colon without a call behind it belongs to a conditional. */
function namespaced(cursor: Cursor, prefix: JuelToken): JuelNode | null {
  const name = cursor.tokens[cursor.at + 1]
  const word = wordOf(name)
  if (!at(cursor, ':') || name === undefined || word === undefined || cursor.tokens[cursor.at + 2]?.text !== '(') return null
  const adjoining = peek(cursor).offset === prefix.end && name.offset === peek(cursor).end
  if (!adjoining) return null
  cursor.at += 3
  return { type: 'call', name: `${prefix.text}:${word}`, parameters: parameters(cursor) }
}

function parameters(cursor: Cursor): readonly JuelNode[] {
  const found: JuelNode[] = []
  if (accept(cursor, ')')) return found
  do found.push(choice(cursor))
  while (accept(cursor, ','))
  expect(cursor, ')')
  return found
}

/** A property may be called by any word, so also by one that is an operator elsewhere. */
function memberName(cursor: Cursor): string {
  const token = peek(cursor)
  cursor.at++
  const word = wordOf(token)
  if (word === undefined) throw unexpected(token)
  return word
}

function wordOf(token: JuelToken | undefined): string | undefined {
  return token?.type === 'name' ? token.text : token?.word
}

function numberOf(token: JuelToken): number | bigint {
  const value = Number(token.text)
  const whole = !/[.eE]/.test(token.text)
  return whole && !Number.isSafeInteger(value) ? BigInt(token.text) : value
}

function deeper(cursor: Cursor, read: () => JuelNode): JuelNode {
  if (++cursor.depth > NESTING_MAX) throw new Fault(`The expression nests deeper than ${NESTING_MAX} levels.`, peek(cursor).offset)
  const node = read()
  cursor.depth--
  return node
}

function peek(cursor: Cursor): JuelToken {
  const token = cursor.tokens[cursor.at] ?? cursor.tokens.at(-1)
  if (token === undefined) throw new Fault('The expression is empty.', 0)
  return token
}

function at(cursor: Cursor, symbol: string): boolean {
  const token = peek(cursor)
  return token.type === 'symbol' && token.text === symbol
}

function accept(cursor: Cursor, symbol: string): boolean {
  if (!at(cursor, symbol)) return false
  cursor.at++
  return true
}

function expect(cursor: Cursor, symbol: string): void {
  if (!accept(cursor, symbol)) throw new Fault(`A "${symbol}" is missing here.`, peek(cursor).offset)
}

function unexpected(token: JuelToken): Fault {
  if (token.type === 'end') return new Fault('The expression ends too early.', token.offset)
  return new Fault(`"${token.text}" does not belong here.`, token.offset)
}
