import { toExpressionError } from './expression-error.ts'
import { parseFeel } from './feel.ts'
import { type FeelNode, parseFeelTree, part, spelledName } from './feel-tree.ts'
import { FROM_AI_PARAMETERS } from './from-ai-parameters.ts'

/** A value of a tool that whoever calls it is to give: `fromAi(toolCall.city, "Where", "string")` in an input of the tool. */
export interface FromAi {
  /** The whole reference: `toolCall.city`. */
  readonly name: string
  readonly description: unknown
  readonly type: unknown
  readonly schema: unknown
  readonly options: unknown
}

/**
 * The calls of `fromAi` in a text of FEEL, in order. All but the reference are constants; what is none, as an expression that reads
 * variables, is null.
 */
export function fromAiCalls(text: string): readonly FromAi[] {
  if (!text.includes('fromAi')) return []
  const parsed = parseFeelTree(text)
  if ('problem' in parsed) return []
  const found: FromAi[] = []
  const open: FeelNode[] = [parsed.root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...[...node.children].reverse())
    const given = node.name === 'FunctionInvocation' ? argumentsOf(node, text) : null
    const value = given?.get('value')
    if (given === null || value === undefined) continue
    const constant = (name: string): unknown => constantOf(given.get(name), text)
    found.push({
      name: textOf(value, text),
      description: constant('description'),
      type: constant('type'),
      schema: constant('schema'),
      options: constant('options'),
    })
  }
  return found
}

/** The arguments of a call of `fromAi` by name; null of another call. */
function argumentsOf(call: FeelNode, text: string): ReadonlyMap<string, FeelNode> | null {
  const [target] = call.children
  if (target?.name !== 'VariableName' || spelledName(target, text) !== 'fromAi') return null
  const positional = part(call, 'PositionalParameters')?.children.map((node, k) => [FROM_AI_PARAMETERS[k] ?? '', node] as const)
  const named = part(call, 'NamedParameters')?.children.map((one) => [nameOf(one, text), one.children.at(-1) ?? one] as const)
  return new Map(positional ?? named ?? [])
}

function nameOf(parameter: FeelNode, text: string): string {
  const name = part(parameter, 'ParameterName')
  return name === undefined ? '' : textOf(name, text).trim()
}

function constantOf(node: FeelNode | undefined, text: string): unknown {
  if (node === undefined) return null
  const parsed = parseFeel(textOf(node, text), 0)
  if ('problem' in parsed || parsed.expression.names?.length !== 0 || parsed.expression.functions.length > 0) return null
  try {
    return parsed.expression.evaluate({ variable: () => undefined, now: 0, timeZone: 'UTC', functions: {}, beans: {} })
  } catch (thrown) {
    toExpressionError(thrown, text) // anything but a fault of the expression is thrown on
    return null
  }
}

function textOf({ from, to }: FeelNode, text: string): string {
  return text.slice(from, to)
}
