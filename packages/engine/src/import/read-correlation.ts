import type { Expression } from '../expressions/expression.ts'
import type { MessageCorrelation } from '../model/event-definitions.ts'
import { type Importing, resolve } from './importing.ts'
import { isKind } from './metamodel.ts'
import { expressionInBody, expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { childOf, childrenOf, titleOf } from './xml-access.ts'

/**
 * The correlation keys that a message yields, in the order of the file: those whose every property says how it is found in this message.
 * `element` is the event or task that sends or receives it; its process may bind a key to its own variables. BPMN 2.0.2 §8.4.2
 */
export function readCorrelation(importing: Importing, message: XmlElement, element: XmlElement): readonly MessageCorrelation[] {
  const keys: MessageCorrelation[] = []
  for (const key of correlationKeysOf(importing)) {
    const properties = propertiesOf(importing, key)
    const retrieval = properties.map((property) => retrievalOf(importing, property, message))
    if (properties.length === 0 || !retrieval.every(isThere)) continue
    const subscription = subscriptionTo(importing, key, element)
    const binding = subscription === null ? [] : properties.map((property) => bindingOf(importing, subscription, property))
    const isBound = subscription !== null && binding.every(isThere)
    keys.push({ keyId: key.attributes.id ?? '', retrieval, binding: isBound ? binding : null })
  }
  return keys
}

/** Why a correlation key or subscription cannot be used; null where it can. */
export function correlationProblem(importing: Importing, element: XmlElement): string | null {
  const title = titleOf(element)
  if (element.name === 'bpmn:correlationKey') {
    if (childrenOf(element, 'bpmn:correlationPropertyRef').length === 0) return `${title} names no correlation property`
    const properties = propertiesOf(importing, element)
    if (properties.length < childrenOf(element, 'bpmn:correlationPropertyRef').length) return `${title} names a property that is not there`
    return messagesOf(importing).some((message) => properties.every((one) => retrievalOf(importing, one, message) !== null))
      ? null
      : `no message yields all properties of ${title} by expressions that can be read`
  }
  const key = resolve(importing, element.attributes.correlationKeyRef)
  if (key?.name !== 'bpmn:correlationKey') return `${title} refers to no correlation key`
  const missing = propertiesOf(importing, key).find((property) => bindingOf(importing, element, property) === null)
  return missing === undefined
    ? null
    : `${title} binds ${titleOf(missing)} to no data path that can be read, so the first message sets the key`
}

function correlationKeysOf({ definitions }: Importing): readonly XmlElement[] {
  return definitions.children.flatMap((child) => (isKind(child.name, 'bpmn:Collaboration') ? childrenOf(child, 'bpmn:correlationKey') : []))
}

function messagesOf({ definitions }: Importing): readonly XmlElement[] {
  return childrenOf(definitions, 'bpmn:message')
}

function propertiesOf(importing: Importing, key: XmlElement): readonly XmlElement[] {
  return childrenOf(key, 'bpmn:correlationPropertyRef')
    .map((reference) => resolve(importing, reference.text))
    .filter((property): property is XmlElement => property?.name === 'bpmn:correlationProperty')
}

function retrievalOf(importing: Importing, property: XmlElement, message: XmlElement): Expression | null {
  const found = childrenOf(property, 'bpmn:correlationPropertyRetrievalExpression').find(
    (one) => resolve(importing, one.attributes.messageRef) === message,
  )
  return found === undefined ? null : pathIn(importing, childOf(found, 'bpmn:messagePath'))
}

function subscriptionTo(importing: Importing, key: XmlElement, element: XmlElement): XmlElement | null {
  let process: XmlElement | null = element
  while (process !== null && process.name !== 'bpmn:process') process = process.parent ?? null
  if (process === null) return null
  return (
    childrenOf(process, 'bpmn:correlationSubscription').find((one) => resolve(importing, one.attributes.correlationKeyRef) === key) ?? null
  )
}

function bindingOf(importing: Importing, subscription: XmlElement, property: XmlElement): Expression | null {
  const found = childrenOf(subscription, 'bpmn:correlationPropertyBinding').find(
    (one) => resolve(importing, one.attributes.correlationPropertyRef) === property,
  )
  return found === undefined ? null : pathIn(importing, childOf(found, 'bpmn:dataPath'))
}

/** A bare name is that of a variable. Another text without an expression (XPath, as the schema's default is) cannot be followed. */
function pathIn(importing: Importing, path: XmlElement | null): Expression | null {
  if (path === null) return null
  const source = path.text.trim()
  if (/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(source)) return expressionOfText(importing, path, source, 'feel')
  const expression = expressionInBody(importing, path)
  return expression?.language === 'literal' ? null : expression
}

function isThere(expression: Expression | null): expression is Expression {
  return expression !== null
}
