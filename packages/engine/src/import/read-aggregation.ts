import type { EvaluationContext, Expression, HostFunction } from '../expressions/expression.ts'
import { describeThrown, ExpressionError, unknownFunction } from '../expressions/expression-error.ts'
import type { Mapping } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
import { beanOf, classNames } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionsOf, localName, readBoolean, titleOf } from './xml-access.ts'

/**
 * What a multi-instance gathers: what each round gives to the list `target`, and what is made of that list where it is not the result
 * itself.
 */
export interface Aggregation {
  readonly target: string
  readonly element: Expression | null
  readonly given: { readonly name: string; readonly mappings: readonly Mapping[] } | null
}

/**
 * Variables of each round, gathered as a list of objects (`flowable:variableAggregation`); null where there is none, or with a finding
 * where it says more. Several are gathered as one list and taken apart at the end; a class or bean is a function of the host, which is
 * given the list.
 */
export function readAggregation(importing: Importing, activity: XmlElement, multi: XmlElement): Aggregation | null {
  const found = extensionsOf(multi, 'camunda:variableAggregation')
  const parts = found.map((one) => readPart(importing, activity, multi, one))
  const read = parts.filter((one) => one !== null)
  const [first] = read
  if (first === undefined || read.length < parts.length) return null
  if (read.length === 1 && first.makers.length === 0) return { target: first.target, element: objectOf(first.entries), given: null }
  const mappings = read.map(
    (part, k): Mapping => ({ target: [part.target], source: { type: 'expression', expression: partOf(k, part.makers) } }),
  )
  const element = objectOf(read.map((part, k) => ({ target: String(k), source: objectOf(part.entries) })))
  return { target: GATHERED, element, given: { name: GATHERED, mappings } }
}

/** The list in which several parts wait to be taken apart: no name that a model knows. */
const GATHERED = 'aggregated variables'

const OVERVIEW = [
  'asks for an overview (createOverviewVariable): a variable that shows while the rounds are at work what each of them holds; here it is made when they are over',
  'Leave createOverviewVariable out: the same variable is there after the last round; until then engine.instances.variables reads each round by its scope.',
] as const

const INCOMPLETE = [
  'is not executed in this form',
  'Give it a target, and each variable a source and a target, names or expressions.',
] as const

interface Part {
  readonly target: string
  readonly entries: readonly Entry[]
  /** Names of the function that makes the result; none: the list is the result. */
  readonly makers: readonly string[]
}

function readPart(importing: Importing, activity: XmlElement, multi: XmlElement, element: XmlElement): Part | null {
  const { findings, options } = importing
  const target = attributeOf(element, 'target')
  const variables = element.children.filter(({ name }) => localName(name) === 'variable') // Flowable writes them without its prefix
  const entries = variables.map((one) => readEntry(importing, one))
  const known = entries.filter((entry) => entry !== null)
  const overview = readBoolean(findings, element, 'createOverviewVariable') === true
  if (target === null || overview || known.length === 0 || known.length < entries.length) {
    const [what, hint] = overview ? OVERVIEW : INCOMPLETE
    const message = `The extension variableAggregation of ${titleOf(activity)} ${what}.`
    findings.add('unsupportedExtension', multi, message, { offset: element.offset, hint: `variableAggregation: ${hint}` })
    return null
  }
  const makers = makersOf(element)
  const [name] = makers
  if (name !== undefined && options.hasFunction !== undefined && !makers.some((one) => options.hasFunction?.(one) === true)) {
    const message = `The variables of the rounds of ${titleOf(activity)} are aggregated by "${name}", for which there is no function.`
    findings.add('variableMappingUnknown', activity, message, { offset: element.offset })
  }
  return { target, entries: known, makers }
}

function makersOf(element: XmlElement): readonly string[] {
  const implementation = attributeOf(element, 'implementation')
  const isBean = attributeOf(element, 'implementationType') === 'delegateExpression'
  const bean = attributeOf(element, 'delegateExpression') ?? (isBean ? implementation : null)
  if (bean !== null) return [beanOf(bean)]
  const javaClass = attributeOf(element, 'class') ?? implementation
  if (javaClass === null) return []
  const { type, aliases } = classNames(javaClass)
  return [type, ...aliases]
}

interface Entry {
  readonly target: string | Expression
  readonly source: string | Expression
}

/** One variable of an aggregation; null where it has no source. */
function readEntry(importing: Importing, variable: XmlElement): Entry | null {
  const source = expressionInAttribute(importing, variable, 'sourceExpression', 'juel') ?? attributeOf(variable, 'source')
  const target = expressionInAttribute(importing, variable, 'targetExpression', 'juel') ?? attributeOf(variable, 'target') ?? source
  return source === null || target === null || (typeof target !== 'string' && target === source) ? null : { source, target }
}

/** An object of these variables as they are at the end of a round; null where there is none of a name. */
function objectOf(entries: readonly Entry[]): Expression {
  const named = entries.flatMap(({ source }) => (typeof source === 'string' ? [source] : (source.names ?? [])))
  return {
    source: `{ ${entries.map(({ target, source }) => `${textOf(target)}: ${textOf(source)}`).join(', ')} }`,
    language: 'juel',
    names: entries.every(({ source }) => typeof source === 'string' || source.names !== null) ? named : null,
    functions: [],
    evaluate: (context) =>
      Object.fromEntries(
        entries.map(({ target, source }) => [
          typeof target === 'string' ? target : String(target.evaluate(context)),
          typeof source === 'string' ? (context.variable(source) ?? null) : source.evaluate(context),
        ]),
      ),
  }
}

function textOf(part: string | Expression): string {
  return typeof part === 'string' ? part : part.source
}

/** One part of what was gathered, as a list, or as a function of the host makes it of the list. */
function partOf(k: number, makers: readonly string[]): Expression {
  return {
    source: makers[0] ?? GATHERED,
    language: 'juel',
    names: null,
    functions: [],
    evaluate(context) {
      const rounds = context.variable(GATHERED) as readonly (Readonly<Record<string, unknown>> | null)[] // made by objectOf; null of a round that gave none
      const list = rounds.map((round) => round?.[k] ?? null)
      return makers.length === 0 ? list : made(context, makers, list)
    },
  }
}

function made({ functions }: EvaluationContext, makers: readonly string[], list: readonly unknown[]): unknown {
  const [name = ''] = makers
  const known = makers.find((one) => Object.hasOwn(functions, one))
  const make: HostFunction | undefined = known === undefined ? undefined : functions[known]
  if (make === undefined) throw unknownFunction(name)
  try {
    return Reflect.apply(make, undefined, [list])
  } catch (thrown) {
    throw new ExpressionError('function', `"${name}" failed: ${describeThrown(thrown)}`, { function: name }, { cause: thrown })
  }
}
