import { type FeelNode, part, spelledName } from './feel-tree.ts'

/** What a FEEL expression speaks of: variables of its surroundings, and functions that it calls by name. */
export interface FeelNames {
  readonly variables: readonly string[]
  readonly functions: readonly string[]
}

/** Collects the names that are not bound inside the expression. Keys of filtered elements may be among them: the text cannot tell. */
export function namesOf(root: FeelNode, text: string): FeelNames {
  const found: Found = { text, variables: new Set(), functions: new Set() }
  visit(root, new Set(), found)
  return { variables: [...found.variables], functions: [...found.functions] }
}

interface Found {
  readonly text: string
  readonly variables: Set<string>
  readonly functions: Set<string>
}

type Locals = ReadonlySet<string>

function visit(node: FeelNode, locals: Locals, found: Found): void {
  switch (node.name) {
    case 'VariableName': {
      const name = spelledName(node, found.text)
      if (!locals.has(name)) found.variables.add(name)
      return
    }
    case 'FunctionInvocation':
      return visitCall(node, locals, found)
    case 'ForExpression':
      return visitScope(node, new Set([...locals, 'partial']), found)
    case 'QuantifiedExpression':
      return visitScope(node, locals, found)
    case 'FilterExpression':
      return visitFilter(node, locals, found)
    case 'Context':
      return visitContext(node, locals, found)
    case 'FunctionDefinition':
      return visitFunction(node, locals, found)
    case 'Type':
      return
    default:
      for (const child of node.children) visit(child, locals, found)
  }
}

function visitCall(node: FeelNode, locals: Locals, found: Found): void {
  const [target, ...rest] = node.children
  if (target?.name === 'VariableName') {
    const name = spelledName(target, found.text)
    if (!locals.has(name)) found.functions.add(name)
  } else if (target !== undefined) visit(target, locals, found)
  for (const child of rest) visit(child, locals, found)
}

/** Each name of an iteration is bound for the iterations behind it and for the body. */
function visitScope(node: FeelNode, outer: Locals, found: Found): void {
  const locals = new Set(outer)
  for (const child of node.children) {
    if (child.name !== 'InExpressions') {
      visit(child, locals, found)
      continue
    }
    for (const binding of child.children) {
      const name = part(binding, 'Name')
      for (const inner of binding.children) if (inner !== name) visit(inner, locals, found)
      if (name !== undefined) locals.add(spelledName(name, found.text))
    }
  }
}

function visitFilter(node: FeelNode, locals: Locals, found: Found): void {
  const [target, ...rest] = node.children
  if (target !== undefined) visit(target, locals, found)
  const inside = new Set([...locals, 'item'])
  for (const child of rest) visit(child, inside, found)
}

function visitContext(node: FeelNode, outer: Locals, found: Found): void {
  const locals = new Set(outer)
  for (const entry of node.children) {
    const key = part(entry, 'Key')
    for (const child of entry.children) if (child !== key) visit(child, locals, found)
    if (key !== undefined) locals.add(spelledName(key.children[0] ?? key, found.text))
  }
}

function visitFunction(node: FeelNode, outer: Locals, found: Found): void {
  const locals = new Set(outer)
  for (const parameter of part(node, 'FormalParameters')?.children ?? []) {
    const name = part(parameter, 'ParameterName')
    if (name !== undefined) locals.add(spelledName(part(name, 'Name') ?? name, found.text))
  }
  const body = part(node, 'FunctionBody')
  if (body !== undefined) visit(body, locals, found)
}
