import type { EvaluationContext, Expression } from './expression.ts'
import { toExpressionError } from './expression-error.ts'
import { collectCalls } from './juel-calls.ts'
import { compileJuel, type Evaluate } from './juel-compile.ts'
import type { JuelProblem } from './juel-lexer.ts'
import { type JuelNode, parseJuel } from './juel-parser.ts'
import { withoutSpin } from './juel-spin.ts'
import { boundedText, text } from './juel-values.ts'
import { variableFunction, variableNameIn } from './juel-variable-functions.ts'

/**
 * Parses a text of the unified expression language. A single `${…}` or `#{…}` gives its value in its own type,
 * a text around it or several of them a string. `\${` stands for itself.
 */
export function parseJuelText(source: string): { readonly expression: Expression } | { readonly problem: JuelProblem } {
  const parts = readParts(source)
  if ('problem' in parts) return parts
  const names = new Set<string>()
  const functions = new Set<string>()
  for (const part of parts.found) if (typeof part !== 'string') collectCalls(part, functions)
  const known = parts.found.every((part) => typeof part === 'string' || collectNames(part, names))
  const run = compileParts(parts.found)
  const evaluate = (context: EvaluationContext): unknown => {
    try {
      return withoutSpin(run(context))
    } catch (thrown) {
      throw toExpressionError(thrown, source)
    }
  }
  return { expression: { source, language: 'juel', names: known ? [...names] : null, functions: [...functions], evaluate } }
}

type Part = string | JuelNode

function readParts(source: string): { readonly found: readonly Part[] } | { readonly problem: JuelProblem } {
  const found: Part[] = []
  let literal = ''
  let at = 0
  while (at < source.length) {
    const next = source.slice(at, at + 2)
    if (next === '\\$' || next === '\\#') {
      literal += source.charAt(at + 1)
      at += 2
      if (source.charAt(at) === '{') {
        literal += '{'
        at++
      }
    } else if (next === '${' || next === '#{') {
      const parsed = parseJuel(source, at + 2)
      if ('problem' in parsed) return parsed
      if (literal !== '') found.push(literal)
      literal = ''
      found.push(parsed.node)
      at = parsed.end
    } else {
      literal += source.charAt(at)
      at++
    }
  }
  if (literal !== '') found.push(literal)
  return { found: withoutMargins(found) }
}

/** White space around a lone expression is layout of the file. */
function withoutMargins(parts: readonly Part[]): readonly Part[] {
  const expressions = parts.filter((part) => typeof part !== 'string')
  const margins = parts.every((part) => typeof part !== 'string' || part.trim() === '')
  return expressions.length === 1 && margins ? expressions : parts
}

function compileParts(parts: readonly Part[]): Evaluate {
  const [only] = parts
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') return compileJuel(only)
  const compiled = parts.map((part): Evaluate => (typeof part === 'string' ? () => part : compileJuel(part)))
  return (context) => {
    let made = ''
    for (const part of compiled) made = boundedText(made + text(withoutSpin(part(context))))
    return made
  }
}

/** Adds the variables that a node reads; false where a name is only known at run time. */
function collectNames(node: JuelNode, names: Set<string>): boolean {
  switch (node.type) {
    case 'literal':
      return true
    case 'variable':
      if (node.name !== 'execution') names.add(node.name)
      return true
    case 'call':
      return collectCallNames(node, names)
    case 'negative':
    case 'not':
    case 'empty':
      return collectNames(node.operand, names)
    case 'and':
    case 'or':
      return all(node.operands, names)
    case 'binary':
      return all([node.first, ...node.rest.map(({ right }) => right)], names)
    case 'choice':
      return all([node.condition, node.yes, node.no], names)
    case 'path':
      return collectPathNames(node, names)
  }
}

function collectCallNames({ name, parameters }: Extract<JuelNode, { type: 'call' }>, names: Set<string>): boolean {
  if (variableFunction(name) === null) return all(parameters, names)
  const about = variableNameIn(parameters[0])
  if (about !== undefined) names.add(about)
  return all(parameters.slice(1), names) && about !== undefined
}

function collectPathNames(node: Extract<JuelNode, { type: 'path' }>, names: Set<string>): boolean {
  let known = collectNames(node.base, names)
  const [head] = node.steps
  const ofExecution = node.base.type === 'variable' && node.base.name === 'execution'
  if (ofExecution && head?.type === 'method') {
    const [name] = head.parameters
    if (name?.type === 'literal') names.add(String(name.value))
    else if (name !== undefined) known = false
  }
  for (const step of node.steps) {
    if (step.type === 'index') known = collectNames(step.index, names) && known
    if (step.type === 'method') known = all(step.parameters, names) && known
  }
  return known
}

function all(nodes: readonly JuelNode[], names: Set<string>): boolean {
  let known = true
  for (const node of nodes) known = collectNames(node, names) && known
  return known
}
