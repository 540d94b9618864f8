import type { Expression } from '../expressions/expression.ts'
import type { IoMapping, Mapping } from '../model/data.ts'
import type { MessageDefinition } from '../model/event-definitions.ts'
import { elementsWithin } from './elements-within.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute, expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

// Flowable's event registry: an event that comes through a channel is a message here, of the event type's name; its parameters are the
// message's
// variables. What reads a channel publishes the message, what writes to one is a handler of the sending element.

/** The type of the event of Flowable's registry that an element waits for or sends; null where it has none. */
export function eventTypeOf(element: XmlElement): string | null {
  const text = extensionOf(element, 'camunda:eventType')?.text.trim() ?? ''
  return text === '' ? null : text
}

/** True for a service task that sends an event of the registry. */
export function sendsEvent(element: XmlElement): boolean {
  return element.name === 'bpmn:serviceTask' && attributeOf(element, 'camunda:type') === 'send-event' && eventTypeOf(element) !== null
}

/**
 * What a task that sends an event and is triggerable waits for afterwards: an event of another type, or, where it names none, a trigger of
 * the host; null where it goes on. Its own type it does not wait for: it would hear itself.
 */
export function awaitedEvent(importing: Importing, element: XmlElement): MessageDefinition | 'trigger' | null {
  if (!sendsEvent(element) || readBoolean(importing.findings, element, 'camunda:triggerable') !== true) return null
  const type = extensionOf(element, 'camunda:triggerEventType')?.text.trim() ?? ''
  const name = type === '' ? null : expressionOfText(importing, element, type)
  return name === null ? 'trigger' : messageOf(importing, element, type, name, 'camunda:triggerEventCorrelationParameter')
}

function messageOf(importing: Importing, element: XmlElement, type: string, name: Expression, tag: string): MessageDefinition {
  const parameters = extensionsOf(element, tag).map((one) => ({
    retrieval: expressionOfText(importing, one, attributeOf(one, 'name') ?? '', 'feel'),
    binding: expressionInAttribute(importing, one, 'value'),
  }))
  const retrieval = parameters.flatMap((one) => one.retrieval ?? [])
  const binding = parameters.flatMap((one) => one.binding ?? [])
  const isKeyed = parameters.length > 0 && retrieval.length === parameters.length && binding.length === parameters.length
  return { id: type, name, correlationKey: null, ...(isKeyed && { correlation: [{ keyId: `event:${type}`, retrieval, binding }] }) }
}

/**
 * The message of an element's event type; null where it has none. Its correlation parameters are a key that the process's
 * variables are bound to; those of an event that starts the process say which events do.
 */
export function registeredMessage(importing: Importing, element: XmlElement): MessageDefinition | null {
  const type = eventTypeOf(element)
  const name = type === null ? null : expressionOfText(importing, element, type)
  if (type === null || name === null) return null
  const parameters = extensionsOf(element, 'camunda:eventCorrelationParameter').map((one) => ({
    retrieval: expressionOfText(importing, one, attributeOf(one, 'name') ?? '', 'feel'),
    binding: expressionInAttribute(importing, one, 'value'),
  }))
  const retrieval = parameters.flatMap((one) => one.retrieval ?? [])
  const binding = parameters.flatMap((one) => one.binding ?? [])
  const once = readOnce(importing, element, type)
  if (parameters.length === 0 || retrieval.length < parameters.length || binding.length < parameters.length)
    return { id: type, name, correlationKey: null, ...once }
  if (element.name === 'bpmn:startEvent' && element.parent?.name === 'bpmn:process') {
    const names = extensionsOf(element, 'camunda:eventCorrelationParameter').map((one) => attributeOf(one, 'name') ?? '')
    return { id: type, name, correlationKey: null, startsBy: binding.map((value, k) => ({ name: names[k] ?? '', value })), ...once }
  }
  return { id: type, name, correlationKey: null, correlation: [{ keyId: `event:${type}`, retrieval, binding }] }
}

const START_HINT = 'Let it be startNewInstance, or storeAsUniqueReferenceId with an eventCorrelationParameter.'

const MANUAL_HINT =
  'Let it be startNewInstance, and the host publish only the events that are to start it; where the keys are known beforehand, an eventCorrelationParameter of the start event tells them.'

/** What tells apart the instances of which one at a time is started: all that elements of the file correlate events of this type by. */
function readOnce(importing: Importing, element: XmlElement, type: string): Pick<MessageDefinition, 'startsOnceBy'> {
  const asked = extensionOf(element, 'camunda:startEventCorrelationConfiguration')
  const kind = asked?.text.trim() ?? ''
  if (asked === null || kind === '' || kind === 'startNewInstance') return {}
  const names = elementsWithin(importing.definitions)
    .filter((one) => eventTypeOf(one) === type)
    .flatMap((one) => extensionsOf(one, 'camunda:eventCorrelationParameter').flatMap((parameter) => attributeOf(parameter, 'name') ?? []))
  if (kind === 'storeAsUniqueReferenceId' && names.length > 0) return { startsOnceBy: [...new Set(names)].sort() }
  const what = `The extension startEventCorrelationConfiguration of ${titleOf(element)}`
  const [message, hint] =
    kind === 'storeAsUniqueReferenceId'
      ? [`${what} asks for one instance for each key, and no element correlates events of type "${type}" by anything.`, START_HINT]
      : kind === 'manualSubscription'
        ? [
            `${what} is "${kind}": events start it only for the keys that a program registers while it runs, and here none can be registered.`,
            MANUAL_HINT,
          ]
        : [`${what} is "${kind.slice(0, 80)}", which is not executed.`, START_HINT]
  importing.findings.add('unsupportedExtension', element, message, { offset: asked.offset, hint })
  return {}
}

/** What passes between an event of the registry and the process; null where the element has none. */
export function readEventParameters(importing: Importing, element: XmlElement): IoMapping | null {
  const type = eventTypeOf(element)
  if (type === null) return null
  const inputs = extensionsOf(element, 'camunda:eventInParameter').flatMap((one) => inputOf(importing, one))
  const outputs = extensionsOf(element, 'camunda:eventOutParameter').flatMap((one): readonly Mapping[] => {
    const source = attributeOf(one, 'source')
    const target = attributeOf(one, 'target') ?? source
    return source === null || target === null ? [] : [{ target: [target], source: { type: 'variable', name: source } }]
  })
  return inputs.length + outputs.length === 0 ? null : { inputs, outputs, propagation: 'mapped' }
}

function inputOf(importing: Importing, parameter: XmlElement): readonly Mapping[] {
  const target = attributeOf(parameter, 'target')
  const source = expressionInAttribute(importing, parameter, attributeOf(parameter, 'source') === null ? 'sourceExpression' : 'source')
  return target === null || source === null ? [] : [{ target: [target], source: { type: 'expression', expression: source } }]
}
