import type { XmlElement } from '../../src/import/read-xml.ts'
import { childOf, childrenOf, localName } from '../../src/import/xml-access.ts'

/** What the page of elements tells of a file's elements beyond their types: for each row, where a file has it. BPMN 2.0.2 §8.4, §10. */
export const DETAILS: Readonly<Record<string, Readonly<Record<string, Finder>>>> = {
  'Flows and calls': {
    'several outgoing flows without a gateway': (element) => isActivity(element) && flowsOf(element, 'sourceRef') > 1,
    'several incoming flows without a gateway': (element) => isActivity(element) && flowsOf(element, 'targetRef') > 1,
    'default flow from an activity': (element) => isActivity(element) && has(element, 'default'),
    'default flow from a gateway': (element) => element.name.endsWith('Gateway') && has(element, 'default'),
    'parallelGateway that joins and splits': mixed('parallelGateway'),
    'inclusiveGateway that joins and splits': mixed('inclusiveGateway'),
    'exclusiveGateway that joins and splits': mixed('exclusiveGateway'),
    ...Object.fromEntries(
      ['globalTask', 'globalUserTask', 'globalManualTask', 'globalScriptTask', 'globalBusinessRuleTask'].map((tag) => [
        `callActivity of a ${tag}`,
        (element: XmlElement) => element.name === 'bpmn:callActivity' && rootElement(element, element.attributes.calledElement) === tag,
      ]),
    ),
  },
  Repetition: {
    'standard loop, tested before': ({ name, attributes }) =>
      name === 'bpmn:standardLoopCharacteristics' && attributes.testBefore === 'true',
    'standard loop, tested after': ({ name, attributes }) =>
      name === 'bpmn:standardLoopCharacteristics' && attributes.testBefore !== 'true',
    'standard loop with loopMaximum': (element) => element.name === 'bpmn:standardLoopCharacteristics' && has(element, 'loopMaximum'),
    ...Object.fromEntries(
      ['subProcess', 'callActivity', 'receiveTask', 'transaction', 'userTask', 'serviceTask'].map((tag) => [
        `multi-instance ${tag}`,
        (element: XmlElement) => element.name === `bpmn:${tag}` && multiOf(element) !== null,
      ]),
    ),
    ...Object.fromEntries(
      ['loopCardinality', 'loopDataInputRef', 'inputDataItem', 'loopDataOutputRef', 'outputDataItem', 'completionCondition'].map((tag) => [
        `multi-instance with ${tag}`,
        (element: XmlElement) => localName(element.name) === tag && element.parent?.name === 'bpmn:multiInstanceLoopCharacteristics',
      ]),
    ),
    ...Object.fromEntries(
      ['None', 'One', 'Complex'].map((behavior) => [
        `multi-instance with behavior ${behavior}`,
        ({ attributes }: XmlElement) => attributes.behavior === behavior,
      ]),
    ),
  },
  'Ad hoc sub-processes and compensation': {
    'adHocSubProcess, ordering Sequential': ({ attributes }) => attributes.ordering === 'Sequential',
    'adHocSubProcess, ordering Parallel': ({ name, attributes }) => name === 'bpmn:adHocSubProcess' && attributes.ordering !== 'Sequential',
    'adHocSubProcess with completionCondition': ({ name, parent }) =>
      name === 'bpmn:completionCondition' && parent?.name === 'bpmn:adHocSubProcess',
    'adHocSubProcess that does not cancel remaining instances': ({ attributes }) => attributes.cancelRemainingInstances === 'false',
    'compensation of one activity': (element) => element.name === 'bpmn:compensateEventDefinition' && has(element, 'activityRef'),
    'compensation of all': (element) =>
      element.name === 'bpmn:compensateEventDefinition' && isThrown(element) && !has(element, 'activityRef'),
    'compensation that is not waited for': ({ attributes }) => attributes.waitForCompletion === 'false',
  },
  'Event definitions': {
    ...Object.fromEntries(
      ['startEvent', 'intermediateCatchEvent', 'intermediateThrowEvent', 'boundaryEvent', 'endEvent'].map((tag) => [
        `eventDefinitionRef of ${/^[aeiou]/.test(tag) ? 'an' : 'a'} ${tag}`,
        ({ name, parent }: XmlElement) => name === 'bpmn:eventDefinitionRef' && parent?.name === `bpmn:${tag}`,
      ]),
    ),
    ...Object.fromEntries(
      ['timeDate', 'timeDuration', 'timeCycle'].map((tag) => [`timer: ${tag}`, ({ name }: XmlElement) => name === `bpmn:${tag}`]),
    ),
  },
  'Data and conversations': {
    ...Object.fromEntries(
      ['property', 'dataObject', 'dataObjectReference', 'dataStoreReference'].map((tag) => [
        tag,
        ({ name }: XmlElement) => name === `bpmn:${tag}`,
      ]),
    ),
    'ioSpecification of an activity': ({ name, parent }) => name === 'bpmn:ioSpecification' && parent !== null && isActivity(parent),
    'data association of an activity': (element) => isAssociation(element) && element.parent !== null && isActivity(element.parent),
    'data association of an event': (element) => isAssociation(element) && element.parent?.name.endsWith('Event') === true,
    'data association with assignment': (element) => isAssociation(element) && childOf(element, 'bpmn:assignment') !== null,
    'data association with transformation': (element) => isAssociation(element) && childOf(element, 'bpmn:transformation') !== null,
    ...Object.fromEntries(
      ['messageFlow', 'correlationKey', 'correlationSubscription'].map((tag) => [tag, ({ name }: XmlElement) => name === `bpmn:${tag}`]),
    ),
  },
  'Scripts, rounds that go on by jobs, starts': {
    ...Object.fromEntries(
      ['conditionExpression', 'condition', 'loopCondition', 'loopCardinality', 'completionCondition'].map((tag) => [
        `${tag} in JavaScript`,
        ({ name, attributes }: XmlElement) => name === `bpmn:${tag}` && attributes.language === 'javascript',
      ]),
    ),
    'parameter of a connector in JavaScript': ({ name, parent }) =>
      localName(name) === 'script' && parent?.parent?.parent !== undefined && localName(parent.parent.parent?.name ?? '') === 'connector',
    'multi-instance with a job before each round': (element) => isContinued(element, 'asyncBefore') || isContinued(element, 'async'),
    'multi-instance with a job after each round': (element) => isContinued(element, 'asyncAfter'),
    'start event that keeps one instance for each key': ({ name, text }) =>
      localName(name) === 'startEventCorrelationConfiguration' && text.trim() === 'storeAsUniqueReferenceId',
  },
}

type Finder = (element: XmlElement) => boolean

/** The rows that a file is an example of, each with the flow node that must have done its work; null where no node has it. */
export function detailsOf(root: XmlElement): readonly (readonly [row: string, nodeId: string | null])[] {
  const own = Object.values(DETAILS).flatMap((rows) =>
    Object.entries(rows).flatMap(([row, fits]) => (fits(root) ? [[row, nodeOf(root)] as const] : [])),
  )
  return [...own, ...root.children.flatMap(detailsOf)]
}

/** The innermost flow node around an element, or the one that a message flow leads to. */
function nodeOf(element: XmlElement): string | null {
  if (element.name === 'bpmn:messageFlow') return element.attributes.targetRef ?? null
  for (let at: XmlElement | null = element; at !== null; at = at.parent)
    if (isActivity(at) || /(?:Event|Gateway)$/.test(at.name)) return at.attributes.id ?? null
  return null
}

function isActivity({ name }: XmlElement): boolean {
  return /^bpmn:(?:task|\w+Task|callActivity|subProcess|transaction|adHocSubProcess)$/.test(name) && !name.startsWith('bpmn:global')
}

function isAssociation({ name }: XmlElement): boolean {
  return name === 'bpmn:dataInputAssociation' || name === 'bpmn:dataOutputAssociation'
}

function isThrown({ parent }: XmlElement): boolean {
  return parent?.name === 'bpmn:intermediateThrowEvent' || parent?.name === 'bpmn:endEvent'
}

function has({ attributes }: XmlElement, name: string): boolean {
  return attributes[name] !== undefined
}

function multiOf(element: XmlElement): XmlElement | null {
  return childOf(element, 'bpmn:multiInstanceLoopCharacteristics')
}

function flowsOf({ parent, attributes }: XmlElement, end: 'sourceRef' | 'targetRef'): number {
  return parent === null ? 0 : childrenOf(parent, 'bpmn:sequenceFlow').filter((flow) => flow.attributes[end] === attributes.id).length
}

/** The mark stands on the multi-instance itself, or, as Flowable has it, on its activity. */
function isContinued({ name, attributes, parent }: XmlElement, mark: string): boolean {
  if (name !== 'bpmn:multiInstanceLoopCharacteristics') return false
  return Object.entries({ ...attributes, ...(mark === 'async' && parent?.attributes) }).some(
    ([attribute, value]) => localName(attribute) === mark && value === 'true',
  )
}

function mixed(tag: string): Finder {
  return (element) => element.name === `bpmn:${tag}` && flowsOf(element, 'sourceRef') > 1 && flowsOf(element, 'targetRef') > 1
}

/** The tag of what stands at the top of the file under this id. */
function rootElement(element: XmlElement, id: string | undefined): string | null {
  let root = element
  while (root.parent !== null) root = root.parent
  const found = root.children.find((child) => child.attributes.id === id)
  return found === undefined ? null : localName(found.name)
}
