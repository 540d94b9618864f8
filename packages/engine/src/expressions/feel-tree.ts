import { parseExpression, parseUnaryTests } from 'feelin'
import { NAMES_OF_WORDS } from './feel-camunda.ts'
import { type FeelFault, scanFeel } from './feel-scan.ts'

/** A node of a FEEL expression: the grammar's name for it, its place in the text, and its parts without white space and comments. */
export interface FeelNode {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly children: readonly FeelNode[]
}

/** What a text of FEEL is: a whole expression, or the unary tests of a decision table (DMN 1.3 §10.3.1.2, rule 15). */
export type FeelGoal = 'expression' | 'unaryTests'

/** Parses FEEL without knowing any variable. `offset` counts from the start of the text given. */
export function parseFeelTree(text: string, goal: FeelGoal = 'expression'): { readonly root: FeelNode } | { readonly problem: FeelFault } {
  const scanned = scanFeel(text)
  if ('message' in scanned) return { problem: scanned }
  // Recovering from many faults takes the parser long: the first is looked for in a growing beginning of the text.
  for (const { end, certainBefore } of scanned.cuts) {
    const { fault } = readTree(text.slice(0, end), goal)
    if (fault !== null && fault < certainBefore) return { problem: syntaxProblem(text, fault) }
  }
  const { root, fault } = readTree(text, goal)
  if (fault !== null || root === undefined || root.children.length === 0) return { problem: syntaxProblem(text, fault ?? text.length) }
  return { root }
}

function readTree(text: string, goal: FeelGoal): { readonly root: FeelNode | undefined; readonly fault: number | null } {
  const top: Growing = { name: '', from: 0, to: text.length, children: [] }
  const open: Growing[] = [top]
  let fault: number | null = null
  const tree = goal === 'expression' ? parseExpression(text, NAMES_OF_WORDS, undefined) : parseUnaryTests(text, NAMES_OF_WORDS, undefined)
  tree.iterate({
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
  return { root: top.children[0], fault }
}

interface Growing extends FeelNode {
  readonly children: Growing[]
}

function syntaxProblem(text: string, offset: number): FeelFault {
  if (text.trim() === '') return { message: 'The expression is empty.', offset }
  const rest = text.slice(offset).trim()
  if (rest === '') return { message: 'The expression ends too early.', offset }
  return { message: `FEEL does not allow "${rest.slice(0, 20)}" here.`, offset }
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
