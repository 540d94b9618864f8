import type { AdHocRules } from '../model/data.ts'
import type { Activity, FlowNode, FlowScope, SequenceFlow, StartEvent } from '../model/elements.ts'
import type { Importing } from './importing.ts'
import { readAdHoc } from './read-ad-hoc.ts'
import { readAssignment, readTaskVariables, readTitle } from './read-assignment.ts'
import { readCall } from './read-call.ts'
import { withData } from './read-data-io.ts'
import { readDecisionJob, readServiceJob } from './read-decision-call.ts'
import { readEventDefinitions, readMessage } from './read-event-definitions.ts'
import { awaitedEvent, sendsEvent } from './read-event-registry.ts'
import { expressionInAttribute } from './read-expression.ts'
import { readForm } from './read-form.ts'
import { readIo } from './read-io.ts'
import { readJobPriority, readNamedJob } from './read-job.ts'
import { laneOf } from './read-lanes.ts'
import { readLeavePolicy } from './read-leave-policy.ts'
import { readListeners } from './read-listeners.ts'
import { readCondition, readRepetition } from './read-repetition.ts'
import { readRetry } from './read-retry.ts'
import { readRoundEvents } from './read-round-events.ts'
import { readScript, readScriptJob } from './read-script.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childOf, childrenOf, extensionOf, extensionsOf, readBoolean } from './xml-access.ts'

/** What the reader of one element is given besides the element. */
export interface Reading extends Importing {
  readonly scope: FlowScope
  /** Reads the content of a sub-process; with `adHoc` that of an ad hoc one. */
  readonly readContent: (element: XmlElement, adHoc?: AdHocRules) => FlowScope
  /** The activity that a boundary event is attached to; null where there is none. */
  readonly attachedTo: (event: XmlElement) => Activity | null
}

/**
 * Reads a flow node; null where its kind is not executed, or where it cannot stand as it is. Flows and boundary events are linked later.
 */
export function readFlowNode(reading: Reading, element: XmlElement, id: string): FlowNode | null {
  const type = sendsEvent(element) ? 'sendTask' : element.name.slice('bpmn:'.length)
  return isFlowNodeType(type) ? READERS[type](reading, element, id) : null
}

function isFlowNodeType(type: string): type is FlowNode['type'] {
  return Object.hasOwn(READERS, type)
}

type Readers = {
  readonly [Type in FlowNode['type']]: (reading: Reading, element: XmlElement, id: string) => Extract<FlowNode, { type: Type }> | null
}

const READERS: Readers = {
  task: (reading, element, id) => ({ type: 'task', ...readActivity(reading, element, id) }),
  manualTask: (reading, element, id) => ({ type: 'manualTask', ...readActivity(reading, element, id) }),
  userTask: (reading, element, id) => {
    const title = readTitle(reading, element)
    return {
      type: 'userTask',
      ...readActivity(reading, element, id),
      assignment: readAssignment(reading, element),
      lane: laneOf(reading, element),
      form: readForm(reading, element),
      ...(title !== null && { title }),
      ...readTaskVariables(reading, element),
    }
  },
  serviceTask: (reading, element, id) => ({
    type: 'serviceTask',
    ...readActivity(reading, element, id),
    job: readServiceJob(reading, element, id),
    isTriggerable: readBoolean(reading.findings, element, 'camunda:triggerable') === true,
  }),
  sendTask: (reading, element, id) => {
    const job = sendsEvent(element) ? null : readNamedJob(reading, element)
    const awaits = awaitedEvent(reading, element)
    return {
      type: 'sendTask',
      ...readActivity(reading, element, id),
      job,
      message: readMessage(reading, element, element, job !== null),
      ...(awaits !== null && { awaits }),
    }
  },
  scriptTask: (reading, element, id) => ({
    type: 'scriptTask',
    ...readActivity(reading, element, id),
    job: readScriptJob(reading, element, id),
    script: readScript(element),
  }),
  businessRuleTask: (reading, element, id) => ({
    type: 'businessRuleTask',
    ...readActivity(reading, element, id),
    job: readDecisionJob(reading, element, id),
  }),
  receiveTask: (reading, element, id) => ({
    type: 'receiveTask',
    ...readActivity(reading, element, id),
    message: readMessage(reading, element, element),
    instantiate: booleanOf(reading.findings, element, 'instantiate'),
  }),
  subProcess: (reading, element, id) => ({
    type: 'subProcess',
    ...readActivity(reading, element, id),
    content: reading.readContent(element),
    triggeredByEvent: booleanOf(reading.findings, element, 'triggeredByEvent'),
  }),
  transaction: (reading, element, id) => ({
    type: 'transaction',
    ...readActivity(reading, element, id),
    content: reading.readContent(element),
  }),
  callActivity: (reading, element, id) => {
    const call = readCall(reading, element)
    return call === null ? null : { type: 'callActivity', ...readActivity(reading, element, id), call }
  },
  adHocSubProcess: (reading, element, id) => {
    const job = extensionOf(element, 'zeebe:taskDefinition') === null ? null : readNamedJob(reading, element)
    const adHoc = readAdHoc(reading, element, job !== null)
    return { type: 'adHocSubProcess', ...readActivity(reading, element, id), content: reading.readContent(element, adHoc), adHoc, job }
  },
  exclusiveGateway: (reading, element, id) => ({ type: 'exclusiveGateway', ...readNode(reading, element, id), defaultFlow: null }),
  parallelGateway: (reading, element, id) => ({ type: 'parallelGateway', ...readNode(reading, element, id) }),
  inclusiveGateway: (reading, element, id) => ({ type: 'inclusiveGateway', ...readNode(reading, element, id), defaultFlow: null }),
  eventBasedGateway: (reading, element, id) => ({
    type: 'eventBasedGateway',
    ...readNode(reading, element, id),
    instantiate: booleanOf(reading.findings, element, 'instantiate'),
    eventGatewayType: element.attributes.eventGatewayType === 'Parallel' ? 'Parallel' : 'Exclusive',
  }),
  complexGateway: (reading, element, id) => ({
    type: 'complexGateway',
    ...readNode(reading, element, id),
    defaultFlow: null,
    activationCondition: readCondition(reading, childOf(element, 'bpmn:activationCondition')),
  }),
  startEvent: (reading, element, id) => {
    const event = readEvent(reading, element, id)
    return {
      type: 'startEvent',
      ...event,
      isInterrupting: catchesError(event) || booleanOf(reading.findings, element, 'isInterrupting'),
      parallelMultiple: booleanOf(reading.findings, element, 'parallelMultiple'),
      initiator: attributeOf(element, 'camunda:initiator'),
      form: readForm(reading, element),
    }
  },
  endEvent: (reading, element, id) => ({ type: 'endEvent', ...readEvent(reading, element, id) }),
  intermediateThrowEvent: (reading, element, id) => ({ type: 'intermediateThrowEvent', ...readEvent(reading, element, id) }),
  intermediateCatchEvent: (reading, element, id) => ({
    type: 'intermediateCatchEvent',
    ...readEvent(reading, element, id),
    parallelMultiple: booleanOf(reading.findings, element, 'parallelMultiple'),
  }),
  boundaryEvent: (reading, element, id) => {
    const attachedTo = reading.attachedTo(element)
    if (attachedTo === null) return null
    const event = readEvent(reading, element, id)
    const alwaysInterrupts = catchesError(event) || event.eventDefinitions.some(({ type }) => type === 'cancel')
    return {
      type: 'boundaryEvent',
      ...event,
      attachedTo,
      cancelActivity: alwaysInterrupts || booleanOf(reading.findings, element, 'cancelActivity'),
      parallelMultiple: booleanOf(reading.findings, element, 'parallelMultiple'),
    }
  },
}

/** An error always interrupts. BPMN 2.0.2 §10.5.6. */
function catchesError({ eventDefinitions }: Pick<StartEvent, 'eventDefinitions'>): boolean {
  return eventDefinitions.some((definition) => definition.type === 'error')
}

/** The flows stay empty until all nodes of the process are read; `linkFlows` fills the same arrays. */
function readNode(reading: Reading, element: XmlElement, id: string) {
  // Flowable's rounds are asynchronous one by one (read-repetition.ts).
  const isOfRounds = reading.dialect === 'flowable' && childOf(element, 'bpmn:multiInstanceLoopCharacteristics') !== null
  const jobPriority = readJobPriority(reading, element)
  return {
    id,
    name: attributeOf(element, 'name'),
    scope: reading.scope,
    incoming: [] as readonly SequenceFlow[],
    outgoing: [] as readonly SequenceFlow[],
    repeatable: false,
    properties: readProperties(element),
    asyncBefore: !isOfRounds && isAsync(reading, element),
    asyncAfter:
      readBoolean(reading.findings, element, 'camunda:asyncAfter') === true ||
      readBoolean(reading.findings, element, 'camunda:asyncLeave') === true,
    retry: readRetry(reading, element),
    ...(jobPriority !== null && { jobPriority }),
    listeners: readListeners(reading, element),
    leaving: readLeavePolicy(reading, element),
  }
}

function isAsync({ findings }: Importing, element: XmlElement): boolean {
  const isOld = readBoolean(findings, element, 'camunda:async') === true
  return readBoolean(findings, element, 'camunda:asyncBefore') === true || isOld
}

function readActivity(reading: Reading, element: XmlElement, id: string) {
  const roundEvents = readRoundEvents(reading, element)
  return {
    ...readNode(reading, element, id),
    repetition: readRepetition(reading, element),
    boundaryEvents: [],
    defaultFlow: null,
    io: withData(reading, element, readIo(reading, element)),
    skip: expressionInAttribute(reading, element, 'camunda:skipExpression', 'juel'),
    isForCompensation: booleanOf(reading.findings, element, 'isForCompensation'),
    compensation: null,
    startQuantity: readQuantity(reading, element, 'startQuantity'),
    completionQuantity: readQuantity(reading, element, 'completionQuantity'),
    ...(roundEvents.length > 0 && { roundEvents }),
  }
}

/** BPMN 2.0.2 Table 10.3: a whole number from 1. */
function readQuantity({ findings }: Reading, element: XmlElement, name: string): number {
  const text = attributeOf(element, name)?.trim() ?? '1'
  const quantity = Number(text)
  if (Number.isSafeInteger(quantity) && quantity >= 1 && quantity <= QUANTITY_MAX) return quantity
  const message = `${name}="${text.slice(0, 80)}" is no whole number from 1 to ${QUANTITY_MAX}.`
  findings.add('invalidValue', element, message, { attribute: name, severity: 'error' }) // one would be another process than is drawn
  return 1
}

const QUANTITY_MAX = 1_000

function readEvent(reading: Reading, element: XmlElement, id: string) {
  return {
    ...readNode(reading, element, id),
    eventDefinitions: readEventDefinitions(reading, element),
    io: withData(reading, element, readIo(reading, element)),
  }
}

function readProperties(element: XmlElement): Readonly<Record<string, string>> {
  const lists = [...extensionsOf(element, 'camunda:properties'), ...extensionsOf(element, 'zeebe:properties')]
  const properties = lists.flatMap((list) => list.children.filter((child) => child.name.endsWith(':property')))
  return Object.fromEntries(properties.map(({ attributes }) => [attributes.name ?? attributes.id ?? '', attributes.value ?? '']))
}

/** The sequence flows that stand directly in a process or sub-process. */
export function sequenceFlowsOf(container: XmlElement): readonly XmlElement[] {
  return childrenOf(container, 'bpmn:sequenceFlow')
}
