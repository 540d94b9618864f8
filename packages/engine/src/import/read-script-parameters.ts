import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import { assertNever } from '../model/assert-never.ts'
import type { JobSpec, MappingSource } from '../model/data.ts'
import { reveal } from '../model/variables.ts'
import { givenBy } from './given-by.ts'
import type { Importing } from './importing.ts'
import { expressionOfText } from './read-expression.ts'
import { readSource } from './read-io.ts'
import { NO_WORK } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { isComposed, isLaterInput, readScriptSource, scriptOf, scriptsWithin } from './script-source.ts'
import { attributeOf, childrenOf, extensionsOf } from './xml-access.ts'

/** A job that makes a parameter, or a part of one: the result of a script in a list or map, which only the whole is to see. */
export interface ParameterJob {
  readonly job: JobSpec
  readonly isPart?: true
}

/**
 * The inputs of `camunda:inputOutput` from the first on whose value is a script, or has one in it: a script engine takes its time, so each
 * is a job of its own, and what comes behind it and may see its result as well.
 */
export function readScriptInputs(importing: Importing, element: XmlElement): readonly ParameterJob[] {
  return parametersOf(element, 'camunda:inputParameter').flatMap((parameter) => {
    const made = jobsOf(importing, element, parameter)
    if (made.length > 0 || !isLaterInput(parameter)) return made
    if (isComposed(parameter)) return composed(importing, element, parameter, new Map())
    const expression = expressionOfText(importing, parameter, parameter.text.trim())
    return expression === null ? [] : jobOf(element, parameter, { type: 'expression', expression }).map((job) => ({ job }))
  })
}

/** The outputs whose value is a script, or has one in it. */
export function readScriptOutputs(importing: Importing, element: XmlElement): readonly ParameterJob[] {
  return parametersOf(element, 'camunda:outputParameter').flatMap((parameter) => jobsOf(importing, element, parameter))
}

/** The jobs of a parameter with scripts, in their order; none where it has none. */
function jobsOf(importing: Importing, element: XmlElement, parameter: XmlElement): readonly ParameterJob[] {
  const script = scriptOf(parameter)
  if (script !== null) return jobOf(element, parameter, { type: 'script', script }).map((job) => ({ job }))
  const within = scriptsWithin(parameter)
  if (within.length === 0) return []
  const names = new Map(within.map((one, k) => [one, `part ${k} of ${attributeOf(parameter, 'name') ?? ''}`]))
  const parts = [...names].flatMap(([one, resultVariable]): readonly ParameterJob[] => {
    const source = readScriptSource(one, false)
    return source === null ? [] : [{ job: { ...jobFor(element, { type: 'script', script: source }), resultVariable }, isPart: true }]
  })
  return [...parts, ...composed(importing, element, parameter, names)]
}

/** The job that puts a list or map together, from what its scripts gave. */
function composed(
  importing: Importing,
  element: XmlElement,
  parameter: XmlElement,
  names: ReadonlyMap<XmlElement, string>,
): readonly ParameterJob[] {
  const source = readSource(importing, parameter, (_importing, script) => {
    const name = names.get(script)
    return name === undefined ? null : givenBy(name)
  })
  if (source === null) return []
  return jobOf(element, parameter, { type: 'expression', expression: expressionOf(source) }).map((job) => ({ job }))
}

/** A list or map as one expression. */
function expressionOf(source: MappingSource): Expression {
  return {
    source: 'a list or map of scripts',
    language: 'juel',
    names: null,
    functions: [],
    evaluate: (context) => madeOf(source, context),
  }
}

function madeOf(source: MappingSource, context: EvaluationContext): unknown {
  switch (source.type) {
    case 'expression':
      return source.expression.evaluate(context) ?? null
    case 'variable':
      return context.variable(source.name) ?? null
    case 'value':
      return reveal(source.value)
    case 'list':
      return source.items.map((item) => madeOf(item, context))
    case 'map':
      return Object.fromEntries(Object.entries(source.entries).map(([key, entry]) => [key, madeOf(entry, context)]))
    default:
      return assertNever(source)
  }
}

function parametersOf(element: XmlElement, name: string): readonly XmlElement[] {
  return extensionsOf(element, 'camunda:inputOutput').flatMap((list) => childrenOf(list, name))
}

function jobOf(element: XmlElement, parameter: XmlElement, own: NonNullable<JobSpec['own']>): readonly JobSpec[] {
  const name = attributeOf(parameter, 'name')
  return name === null ? [] : [{ ...jobFor(element, own), resultVariable: name }]
}

function jobFor(element: XmlElement, own: NonNullable<JobSpec['own']>): JobSpec {
  return { ...NO_WORK, type: attributeOf(element, 'id') ?? 'script', origin: 'expression', aliases: [], own }
}
