import { parseExpression as parseTree } from 'feelin'
import { NESTING_MAX } from './limits.ts'

/** A node of a FEEL expression: the grammar's name for it, its place in the text, and its parts without white space and comments. */
export interface FeelNode {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly children: readonly FeelNode[]
}

/** Parses FEEL without knowing any variable. `offset` counts from the start of the text given. */
export function parseFeelTree(
  text: string,
): { readonly root: FeelNode } | { readonly problem: { readonly message: string; readonly offset: number } } {
  const tooDeep = deepestOffset(text)
  if (tooDeep !== null) return { problem: { message: `The expression nests deeper than ${NESTING_MAX} levels.`, offset: tooDeep } }
  const top: Growing = { name: '', from: 0, to: text.length, children: [] }
  const open: Growing[] = [top]
  let fault: number | null = null
  parseTree(text, {}, undefined).iterate({
    enter({ type, from, to }) {
      if (type.isError) fault ??= from
      if (type.isSkipped) return false
      const node: Growing = { name: type.name, from, to, children: [] }
      open.at(-1)?.children.push(node)
      open.push(node)
      return true
    },
    leave({ type }) {
      if (!type.isSkipped) open.pop()
    },
  })
  const [root] = top.children
  if (fault !== null || root === undefined || root.children.length === 0) return { problem: syntaxProblem(text, fault ?? text.length) }
  return { root }
}

interface Growing extends FeelNode {
  readonly children: Growing[]
}

function syntaxProblem(text: string, offset: number): { readonly message: string; readonly offset: number } {
  if (text.trim() === '') return { message: 'The expression is empty.', offset }
  const rest = text.slice(offset).trim()
  if (rest === '') return { message: 'The expression ends too early.', offset }
  return { message: `FEEL does not allow "${rest.slice(0, 20)}" here.`, offset }
}

/** Where brackets nest too deep, before a parser sees them; null where they do not. Brackets in strings and comments do not count. */
function deepestOffset(text: string): number | null {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') at = closingQuote(text, at)
    else if (char === '(' || char === '[' || char === '{') {
      if (++depth > NESTING_MAX) return at
    } else if (char === ')' || char === ']' || char === '}') depth--
  }
  return null
}

function closingQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === '"') return at
  }
  // Not closed: what follows counts as brackets again, which is on the safe side.
  return opening
}

/** The name that a node spells, its parts joined as FEEL joins them. */
export function spelledName(node: FeelNode, text: string): string {
  if (node.children.length === 0) return text.slice(node.from, node.to).replaceAll(/\s+/g, ' ')
  return node.children.map((part) => text.slice(part.from, part.to).replaceAll('`', '')).join(' ')
}

/** The first part of this name, or undefined. */
export function part(node: FeelNode, name: string): FeelNode | undefined {
  return node.children.find((child) => child.name === name)
}
