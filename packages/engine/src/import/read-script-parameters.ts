import type { JobSpec } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { expressionOfText } from './read-expression.ts'
import { connectorInput, NO_WORK } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { isLaterInput, scriptOf } from './script-source.ts'
import { attributeOf, childrenOf, extensionsOf } from './xml-access.ts'

/**
 * The inputs of `camunda:inputOutput` from the first on whose value is a script in JavaScript: a script engine takes its time, so each is a
 * job of its own, and what comes behind it and may see its result as well.
 */
export function readScriptInputs(importing: Importing, element: XmlElement): readonly JobSpec[] {
  return parametersOf(element, 'camunda:inputParameter').flatMap((parameter) => {
    const script = scriptOf(parameter)
    if (script !== null) return jobOf(element, parameter, { type: 'script', script })
    if (!isLaterInput(parameter)) return []
    const expression = expressionOfText(importing, parameter, parameter.text.trim())
    return expression === null ? [] : jobOf(element, parameter, { type: 'expression', expression })
  })
}

/** The outputs whose value is a script in JavaScript. */
export function readScriptOutputs(element: XmlElement): readonly JobSpec[] {
  return parametersOf(element, 'camunda:outputParameter').flatMap((parameter) => {
    const script = scriptOf(parameter)
    return script === null ? [] : jobOf(element, parameter, { type: 'script', script })
  })
}

function parametersOf(element: XmlElement, name: string): readonly XmlElement[] {
  return extensionsOf(element, 'camunda:inputOutput').flatMap((list) => childrenOf(list, name))
}

function jobOf(element: XmlElement, parameter: XmlElement, own: NonNullable<JobSpec['own']>): JobSpec | readonly JobSpec[] {
  const name = attributeOf(parameter, 'name')
  if (name === null) return []
  return { ...jobFor(element, own), resultVariable: name }
}

function jobFor(element: XmlElement, own: NonNullable<JobSpec['own']>): JobSpec {
  return { ...NO_WORK, type: attributeOf(element, 'id') ?? 'script', origin: 'expression', aliases: [], own }
}

/** The inputs of an element's connector whose value is a script in JavaScript. */
export function readConnectorInputs(element: XmlElement): readonly JobSpec[] {
  return connectorParametersOf(element, 'camunda:inputParameter').flatMap((parameter) => {
    const name = attributeOf(parameter, 'name')
    const script = scriptOf(parameter)
    return name === null || script === null ? [] : { ...jobFor(element, { type: 'script', script }), resultVariable: connectorInput(name) }
  })
}

/** The outputs of it: they see what the connector gave. */
export function readConnectorOutputs(element: XmlElement): readonly JobSpec[] {
  return connectorParametersOf(element, 'camunda:outputParameter').flatMap((parameter) => {
    const script = scriptOf(parameter)
    return script === null ? [] : jobOf(element, parameter, { type: 'script', script })
  })
}

/** The connector of a throwing message event stands in its definition. */
function connectorParametersOf(element: XmlElement, name: string): readonly XmlElement[] {
  const carriers = [element, ...childrenOf(element, 'bpmn:messageEventDefinition')]
  const lists = carriers
    .flatMap((carrier) => extensionsOf(carrier, 'camunda:connector'))
    .flatMap((one) => childrenOf(one, 'camunda:inputOutput'))
  return lists.flatMap((list) => childrenOf(list, name))
}
