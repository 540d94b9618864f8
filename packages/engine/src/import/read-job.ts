import type { Expression } from '../expressions/expression.ts'
import type { JobSpec } from '../model/data.ts'
import { type Importing, resolve } from './importing.ts'
import { expressionInAttribute, expressionInBody, expressionOfText, workInAttribute } from './read-expression.ts'
import { readMappings } from './read-io.ts'
import type { XmlElement } from './read-xml.ts'
import { scriptExpressionOf } from './script-expression.ts'
import { attributeOf, childOf, childrenOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/**
 * The job of an element. The first that is given names its type: `zeebe:taskDefinition`, then `topic`, `delegateExpression`, `class`,
 * `type` of the camunda family, a connector, BPMN's `implementation`, else the element's id. `carrier` holds the camunda attributes where
 * it is not the element itself (a message event's definition).
 */
export function readJob(importing: Importing, element: XmlElement, id: string, carrier: XmlElement = element): JobSpec {
  return (
    readNamedJob(importing, element, carrier) ?? {
      ...NO_WORK,
      ...readWork(importing, element, carrier),
      type: id,
      origin: 'id',
      aliases: [],
    }
  )
}

/** The job of an element, or null where nothing names a handler for it. */
export function readNamedJob(importing: Importing, element: XmlElement, carrier: XmlElement = element): JobSpec | null {
  const named = readType(importing, element, carrier)
  return named === null ? null : { ...NO_WORK, ...readWork(importing, element, carrier), ...named }
}

/** A job that says nothing but its type. */
export const NO_WORK: Omit<JobSpec, 'type' | 'origin' | 'aliases'> = {
  own: null,
  resultVariable: null,
  headers: {},
  fields: {},
  priority: null,
}

type NamedType = Pick<JobSpec, 'type' | 'origin' | 'aliases'> & { readonly own?: JobSpec['own'] }

function readType(importing: Importing, element: XmlElement, carrier: XmlElement): NamedType | null {
  const definition = extensionOf(element, 'zeebe:taskDefinition')
  const zeebeType = definition === null ? null : expressionInAttribute(importing, definition, 'type')
  if (zeebeType !== null)
    return { type: zeebeType.language === 'literal' ? zeebeType.source : zeebeType, origin: 'taskDefinition', aliases: [] }

  const topic = expressionInAttribute(importing, carrier, 'camunda:topic')
  if (topic !== null) return { type: topic.language === 'literal' ? topic.source : topic, origin: 'topic', aliases: [] }

  const delegate = attributeOf(carrier, 'camunda:delegateExpression')
  if (delegate !== null) return { type: beanOf(delegate), origin: 'delegateExpression', aliases: [] }

  const javaClass = attributeOf(carrier, 'camunda:class')
  if (javaClass !== null) {
    return { ...classNames(javaClass), origin: 'class' }
  }

  const expression = workInAttribute(importing, carrier, 'camunda:expression')
  if (expression !== null)
    return {
      type: carrier.attributes.id ?? element.attributes.id ?? expression.source,
      origin: 'expression',
      aliases: [],
      own: { type: 'expression', expression },
    }

  const type = attributeOf(carrier, 'camunda:type')
  if (type !== null) return { type, origin: 'type', aliases: [`type:${type}`] }

  const connector = extensionOf(carrier, 'camunda:connector')
  const connectorId = connector === null ? null : childOf(connector, 'camunda:connectorId')?.text.trim()
  if (connectorId) return { type: `connector:${connectorId}`, origin: 'connector', aliases: [connectorId] }

  const implementation = attributeOf(element, 'implementation')
  if (implementation === null || implementation.startsWith('##')) return null
  return { type: implementation, origin: 'implementation', aliases: [] }
}

/** A Java class goes by its full name, then by its simple one. */
export function classNames(javaClass: string): Pick<JobSpec, 'aliases'> & { readonly type: string } {
  const simple = javaClass.slice(Math.max(javaClass.lastIndexOf('.'), javaClass.lastIndexOf('$')) + 1)
  return { type: javaClass, aliases: simple === javaClass ? [] : [simple] }
}

/** `${chargeCard}` -> `chargeCard`; anything else stays as the model has it. */
export function beanOf(delegate: string): string {
  const text = delegate.trim()
  const inner = /^[$#]\{/.test(text) && text.endsWith('}') ? text.slice(2, -1).trim() : ''
  return inner === '' || /[{}]/.test(inner) ? text : inner
}

function readWork(importing: Importing, element: XmlElement, carrier: XmlElement): Omit<JobSpec, 'type' | 'origin' | 'aliases' | 'own'> {
  return {
    resultVariable: attributeOf(carrier, 'camunda:resultVariable') ?? attributeOf(carrier, 'camunda:resultVariableName'),
    ...(readBoolean(importing.findings, carrier, 'camunda:useLocalScopeForResultVariable') === true && { resultIsLocal: true as const }),
    headers: { ...extensionProperties(element), ...linkedResources(element), ...readHeaders(extensionsOf(element, 'zeebe:taskHeaders')) },
    fields: readFields(importing, extensionsOf(carrier, 'camunda:field')),
    priority: readPriority(importing, element, carrier),
    ...readRules(importing, carrier),
  }
}

function readPriority(importing: Importing, element: XmlElement, carrier: XmlElement): Expression | null {
  const zeebe = extensionOf(element, 'zeebe:jobPriorityDefinition')
  const isExternal = attributeOf(carrier, 'camunda:topic') !== null
  return (
    (zeebe === null ? null : numberInAttribute(importing, zeebe, 'priority')) ??
    numberInAttribute(importing, carrier, 'camunda:taskPriority') ??
    numberInAttribute(importing, element, 'camunda:jobPriority') ??
    (isExternal ? ofProcess(importing, element, 'camunda:taskPriority') : null) ??
    ofProcess(importing, element, 'camunda:jobPriority')
  )
}

/** A whole number, or an expression that is to give one; null with a finding for any other text. */
function numberInAttribute(importing: Importing, element: XmlElement, attribute: string): Expression | null {
  const expression = expressionInAttribute(importing, element, attribute)
  if (expression?.language !== 'literal' || /^-?\d{1,15}$/.test(expression.source.trim())) return expression
  const message = `The priority "${expression.source.slice(0, 80)}" of ${titleOf(element)} is no whole number; 0 is taken.`
  importing.findings.add('invalidValue', element, message, { attribute })
  return null
}

/** The priority of the jobs of an element's continuations: its own, else that of its process; null where neither says one. */
export function readJobPriority(importing: Importing, element: XmlElement): Expression | null {
  return numberInAttribute(importing, element, 'camunda:jobPriority') ?? ofProcess(importing, element, 'camunda:jobPriority')
}

function ofProcess(importing: Importing, element: XmlElement, attribute: string): Expression | null {
  for (let around = element.parent; around !== null; around = around.parent)
    if (around.name === 'bpmn:process') return numberInAttribute(importing, around, attribute)
  return null
}

/** What the model makes of the outcome of work. */
function readRules(importing: Importing, carrier: XmlElement): Pick<JobSpec, 'connector' | 'throws' | 'exceptions'> {
  const connector = extensionOf(carrier, 'camunda:connector')
  const io =
    connector === null ? null : readMappings(importing, childrenOf(connector, 'camunda:inputOutput'), undefined, scriptExpressionOf)
  const throws = extensionsOf(carrier, 'camunda:errorEventDefinition').flatMap((rule) => readThrow(importing, rule) ?? [])
  const exceptions = extensionsOf(carrier, 'camunda:mapException').map((rule) => ({
    name: rule.text.trim() === '' ? null : rule.text.trim(),
    code: attributeOf(rule, 'errorCode') ?? '',
  }))
  return {
    ...(io !== null && { connector: io }),
    ...(throws.length > 0 && { throws }),
    ...(exceptions.length > 0 && { exceptions }),
  }
}

function readThrow(importing: Importing, rule: XmlElement): NonNullable<JobSpec['throws']>[number] | null {
  const when = expressionInAttribute(importing, rule, 'expression', 'juel')
  const error = resolve(importing, attributeOf(rule, 'errorRef'))
  const code = error === null ? attributeOf(rule, 'errorRef') : (attributeOf(error, 'errorCode') ?? attributeOf(error, 'id'))
  if (when === null || code === null) return null
  return { code, message: error === null ? null : expressionInAttribute(importing, error, 'camunda:errorMessage'), when }
}

/** Camunda 7 gives the extension properties of an external task to its worker. */
function extensionProperties(element: XmlElement): Readonly<Record<string, string>> {
  const properties = extensionsOf(element, 'camunda:properties').flatMap((list) => childrenOf(list, 'camunda:property'))
  return Object.fromEntries(properties.map(({ attributes }) => [attributes.name ?? '', attributes.value ?? '']))
}

/**
 * The files that the work is to use, as Camunda 8 tells its workers: a header in JSON. Where they are is the worker's affair, so they are
 * told by their ids.
 */
function linkedResources(element: XmlElement): Readonly<Record<string, string>> {
  const linked = extensionsOf(element, 'zeebe:linkedResources').flatMap((list) => childrenOf(list, 'zeebe:linkedResource'))
  if (linked.length === 0) return {}
  return { linkedResources: JSON.stringify(linked.map(({ attributes }) => attributes)) }
}

/** Static keys and values for the worker. */
export function readHeaders(lists: readonly XmlElement[]): Readonly<Record<string, string>> {
  const headers = lists.flatMap((list) => list.children.filter((child) => child.name === 'zeebe:header'))
  return Object.fromEntries(headers.map((header) => [header.attributes.key ?? '', header.attributes.value ?? '']))
}

/** `camunda:field`: `stringValue` and `camunda:string` are texts, `expression` and `camunda:expression` are evaluated. */
export function readFields(importing: Importing, elements: readonly XmlElement[]): Readonly<Record<string, Expression>> {
  const fields: [string, Expression][] = []
  for (const field of elements) {
    const constant = field.attributes.stringValue ?? childOf(field, 'camunda:string')?.text
    const expression =
      constant === undefined
        ? (expressionInAttribute(importing, field, 'expression', 'juel') ??
          expressionInBody(importing, childOf(field, 'camunda:expression'), 'juel'))
        : expressionOfText(importing, field, constant)
    const name = attributeOf(field, 'name')
    if (name !== null && expression !== null) fields.push([name, expression])
  }
  return Object.fromEntries(fields)
}
