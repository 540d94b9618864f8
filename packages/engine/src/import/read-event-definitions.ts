import type { Expression } from '../expressions/expression.ts'
import type {
  ConditionalEventDefinition,
  ErrorEventDefinition,
  EscalationEventDefinition,
  EventDefinition,
  MessageDefinition,
  SignalDefinition,
  TimerEventDefinition,
  VariableChange,
} from '../model/event-definitions.ts'
import { parseSchedule } from '../model/schedule.ts'
import { isSignalName } from './check-references.ts'
import { type Importing, resolve } from './importing.ts'
import { messageOfFlow } from './message-flows.ts'
import { isKind } from './metamodel.ts'
import { readPassing } from './read-call.ts'
import { readCorrelation } from './read-correlation.ts'
import { eventTypeOf, registeredMessage } from './read-event-registry.ts'
import { expressionInAttribute, expressionInBody, expressionOfText } from './read-expression.ts'
import { readNamedJob } from './read-job.ts'
import { readCondition } from './read-repetition.ts'
import { readVariableListener, variableListenerOf } from './read-variable-listener.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/** The definitions of an event that are executed, in document order; those at the root that it refers to count as its own. */
export function readEventDefinitions(importing: Importing, event: XmlElement): readonly EventDefinition[] {
  return eventDefinitionElements(importing, event).flatMap((definition) => {
    const read = READERS[definition.name]?.(importing, definition, event)
    return read === null || read === undefined ? [] : [read]
  })
}

/** The elements of an event's definitions, `eventDefinitionRef` resolved. */
export function eventDefinitionElements(importing: Importing, event: XmlElement): readonly XmlElement[] {
  return [...ownDefinitions(importing, event), ...definitionsOfExtensions(event)]
}

/** What Flowable writes as an extension where BPMN has a definition: its events and its listeners of variables. */
function definitionsOfExtensions(event: XmlElement): readonly XmlElement[] {
  if (!isKind(event.name, 'bpmn:Event')) return []
  const listener = variableListenerOf(event)
  const as = (name: string): XmlElement => ({ ...event, name, attributes: {}, children: [], parent: event })
  return [
    ...(eventTypeOf(event) === null ? [] : [as('bpmn:messageEventDefinition')]),
    ...(listener === null ? [] : [as('bpmn:conditionalEventDefinition')]),
  ]
}

function ownDefinitions(importing: Importing, event: XmlElement): readonly XmlElement[] {
  return event.children.flatMap((child) => {
    if (child.name !== 'bpmn:eventDefinitionRef')
      return child.name.endsWith('EventDefinition') && child.name.startsWith('bpmn:') ? [child] : []
    const definition = resolve(importing, child.text)
    return definition?.name.endsWith('EventDefinition') ? [definition] : []
  })
}

/** A definition that an activity throws by itself, outside of any event of the drawing. */
export function readThrown(importing: Importing, activity: XmlElement, definition: XmlElement): EventDefinition | null {
  const thrown: XmlElement = { ...activity, name: 'bpmn:intermediateThrowEvent' }
  return READERS[definition.name]?.(importing, definition, thrown) ?? null
}

type Reader = (importing: Importing, definition: XmlElement, event: XmlElement) => EventDefinition | null

/** Those without an entry are findings of check-support.ts. */
const READERS: Readonly<Record<string, Reader | undefined>> = {
  'bpmn:messageEventDefinition': (importing, definition, event) => {
    const job = isThrowing(event) ? readNamedJob(importing, event, definition) : null
    return { type: 'message', message: readMessage(importing, definition, event, job !== null), job }
  },
  'bpmn:timerEventDefinition': readTimer,
  'bpmn:signalEventDefinition': (importing, definition, event) => ({ type: 'signal', signal: readSignal(importing, definition, event) }),
  'bpmn:errorEventDefinition': readError,
  'bpmn:escalationEventDefinition': readEscalation,
  'bpmn:conditionalEventDefinition': readConditional,
  'bpmn:linkEventDefinition': (_, definition, event) => ({
    type: 'link',
    name: attributeOf(definition, 'name') ?? attributeOf(event, 'name') ?? '',
  }),
  'bpmn:terminateEventDefinition': ({ findings }, definition) => ({
    type: 'terminate',
    ends: readBoolean(findings, definition, 'camunda:terminateAll')
      ? 'all'
      : readBoolean(findings, definition, 'camunda:terminateMultiInstance')
        ? 'rounds'
        : 'scope',
  }),
  'bpmn:cancelEventDefinition': () => ({ type: 'cancel' }),
  'bpmn:compensateEventDefinition': (importing, definition) => ({
    type: 'compensate',
    activityId: resolve(importing, definition.attributes.activityRef)?.attributes.id ?? attributeOf(definition, 'activityRef'),
    waitForCompletion: booleanOf(importing.findings, definition, 'waitForCompletion'),
  }),
}

function isThrowing(event: XmlElement): boolean {
  return event.name === 'bpmn:endEvent' || event.name === 'bpmn:intermediateThrowEvent'
}

/**
 * The message that a task or an event definition refers to; null where it refers to none: then with a finding, unless a handler sends it.
 */
export function readMessage(
  importing: Importing,
  holder: XmlElement,
  element: XmlElement,
  isHandled: boolean = false,
): MessageDefinition | null {
  const registered = registeredMessage(importing, element)
  if (registered !== null) return registered
  const expression = expressionInAttribute(importing, holder, 'camunda:messageExpression')
  if (expression !== null) return { id: expression.source, name: expression, correlationKey: null }
  const found = resolve(importing, holder.attributes.messageRef) ?? messageOfOperation(importing, holder)
  const refers = attributeOf(holder, 'messageRef') !== null
  const drawn = found !== null || refers || isHandled ? null : messageOfFlow(importing, element)
  if (drawn !== null && 'flowId' in drawn) {
    const name = expressionOfText(importing, element, drawn.flowId)
    return name === null ? null : { id: drawn.flowId, name, correlationKey: null }
  }
  const message = found?.name === 'bpmn:message' ? found : (drawn?.message ?? null)
  if (message === null) {
    if (!refers && !isHandled) {
      // A receive task without a message is how a process waits for its host.
      const severity = element.name === 'bpmn:receiveTask' ? ({ severity: 'info' } as const) : {}
      importing.findings.add('missingMessage', element, `${titleOf(element)} refers to no message.`, severity)
    }
    return null
  }
  const id = message.attributes.id ?? ''
  const name = isNameMissing(importing, message, element) ? null : readName(importing, message)
  if (name === null) return null
  const subscription = extensionOf(message, 'zeebe:subscription')
  const correlationKey = subscription === null ? null : expressionInAttribute(importing, subscription, 'correlationKey', 'feel')
  const correlation = readCorrelation(importing, message, element)
  return { id, name, correlationKey, ...(correlation.length > 0 && { correlation }) }
}

/** Camunda 7 and 8 deploy no model that waits for a message without a name. */
function isNameMissing({ dialect, findings }: Importing, message: XmlElement, waiting: XmlElement): boolean {
  if ((dialect !== 'camunda7' && dialect !== 'zeebe') || message.attributes.name !== undefined) return false
  if (isThrowing(waiting) || waiting.name === 'bpmn:sendTask') return false
  findings.add('emptyName', message, `${titleOf(message)}, which ${titleOf(waiting)} waits for, has no name.`, { hint: 'Give it a name.' })
  return true
}

/** The name of a message or signal: the id where it has none. An empty one is a mistake that would let everything empty meet. */
function readName(importing: Importing, named: XmlElement): Expression | null {
  if (named.attributes.name !== undefined && named.attributes.name.trim() === '') {
    importing.findings.add('emptyName', named, `${titleOf(named)} has an empty name.`)
    return null
  }
  return expressionInAttribute(importing, named, 'name') ?? expressionOfText(importing, named, named.attributes.id ?? '')
}

/** BPMN 2.0.2 §8.4.6: a task may name an operation, whose input message is then meant. */
function messageOfOperation(importing: Importing, holder: XmlElement): XmlElement | null {
  const operation = resolve(importing, holder.attributes.operationRef ?? childOf(holder, 'bpmn:operationRef')?.text)
  return operation === null ? null : resolve(importing, childOf(operation, 'bpmn:inMessageRef')?.text)
}

function readSignal(importing: Importing, definition: XmlElement, event: XmlElement): SignalDefinition | null {
  const expression = expressionInAttribute(importing, definition, 'camunda:signalExpression')
  const signal = resolve(importing, definition.attributes.signalRef)
  if (signal?.name !== 'bpmn:signal') {
    if (expression !== null) return { id: expression.source, name: expression, isLocal: false }
    const named = attributeOf(definition, 'signalRef')
    if (named !== null && isSignalName(importing, named)) {
      const message = `${titleOf(event)} refers to the signal "${named}", which the file does not have.`
      importing.findings.add('referenceTakenAsCode', event, message, { offset: definition.offset })
      const name = expressionOfText(importing, definition, named)
      return name === null ? null : { id: named, name, isLocal: false }
    }
    if (named === null) importing.findings.add('missingSignal', event, `${titleOf(event)} refers to no signal.`)
    return null
  }
  const name = readName(importing, signal)
  if (name === null) return null
  const passed = isThrowing(event) ? extensionsOf(definition, 'camunda:in') : []
  const isLocal = signal.attributes['camunda:scope']?.trim() === 'processInstance'
  return { id: signal.attributes.id ?? '', name, isLocal, ...(passed.length > 0 && { passes: readPassing(importing, event, passed) }) }
}

/** A reference that names no error is the code itself; an error without a code goes by its id. */
function readError(importing: Importing, definition: XmlElement, event: XmlElement): ErrorEventDefinition | null {
  const reference = attributeOf(definition, 'errorRef')
  const found = resolve(importing, reference)
  const error = found?.name === 'bpmn:error' ? found : null
  if (reference !== null && error === null) {
    const message = `${titleOf(event)} refers to the error "${reference}", which the file does not have.`
    importing.findings.add('referenceTakenAsCode', event, message, { offset: definition.offset })
  }
  if (error !== null && attributeOf(error, 'errorCode') === null) {
    // What throws must say what; Flowable alone lets the id stand for it.
    const isMust = isThrowing(event) && importing.dialect !== 'flowable'
    const message = `${titleOf(error)}${isMust ? `, which ${titleOf(event)} throws,` : ''} has no errorCode.`
    importing.findings.add(
      'errorCodeMissing',
      isMust ? event : error,
      message,
      isMust ? { severity: 'error', related: [error.attributes.id ?? ''] } : {},
    )
  }
  const code =
    error === null
      ? reference === null
        ? null
        : expressionOfText(importing, definition, reference)
      : (expressionInAttribute(importing, error, 'errorCode') ?? expressionOfText(importing, error, error.attributes.id ?? ''))
  return {
    type: 'error',
    code,
    message: error === null ? null : expressionInAttribute(importing, error, 'camunda:errorMessage'),
    codeVariable: attributeOf(definition, 'camunda:errorCodeVariable') ?? attributeOf(definition, 'camunda:errorVariableName'),
    messageVariable: attributeOf(definition, 'camunda:errorMessageVariable'),
    ...(readBoolean(importing.findings, definition, 'camunda:errorVariableLocalScope') === true && { codeIsLocal: true as const }),
  }
}

/**
 * As with errors; but an escalation without a code is caught by every event, and an event that waits for one without a code catches all.
 */
function readEscalation(importing: Importing, definition: XmlElement, event: XmlElement): EscalationEventDefinition {
  const reference = attributeOf(definition, 'escalationRef')
  const found = resolve(importing, reference)
  const escalation = found?.name === 'bpmn:escalation' ? found : null
  if (reference !== null && escalation === null) {
    const message = `${titleOf(event)} refers to the escalation "${reference}", which the file does not have.`
    importing.findings.add('referenceTakenAsCode', event, message, { offset: definition.offset })
  }
  const isMust = isThrowing(event) && importing.dialect !== 'flowable'
  if (isMust && (escalation === null ? reference === null : attributeOf(escalation, 'escalationCode') === null)) {
    const message = `${titleOf(event)} throws an escalation without a code.`
    importing.findings.add('escalationCodeMissing', event, message, { severity: 'error', offset: definition.offset })
  } else if (escalation !== null && attributeOf(escalation, 'escalationCode') === null)
    importing.findings.add('escalationCodeMissing', escalation, `${titleOf(escalation)} has no escalationCode.`)
  const code =
    escalation === null
      ? reference === null
        ? null
        : expressionOfText(importing, definition, reference)
      : expressionInAttribute(importing, escalation, 'escalationCode')
  return { type: 'escalation', code, codeVariable: attributeOf(definition, 'camunda:escalationCodeVariable') }
}

function readConditional(importing: Importing, definition: XmlElement, event: XmlElement): ConditionalEventDefinition | null {
  const listener = variableListenerOf(event)
  if (listener !== null) return readVariableListener(importing, event, listener)
  const holder = childOf(definition, 'bpmn:condition')
  const condition = readCondition(importing, holder)
  if (condition === null) {
    if (holder === null || holder.text.trim() === '') {
      const place = { offset: definition.offset }
      importing.findings.add('missingEventCondition', event, `The conditional event ${titleOf(event)} has no condition.`, place)
    }
    return null
  }
  const filter = extensionOf(definition, 'zeebe:conditionalFilter')
  const variables = commaList(attributeOf(definition, 'camunda:variableName') ?? filter?.attributes.variableNames)
  const changes = commaList(attributeOf(definition, 'camunda:variableEvents') ?? filter?.attributes.variableEvents)
  return {
    type: 'conditional',
    condition,
    variables,
    changes: changes?.filter((change): change is VariableChange => CHANGES.has(change)) ?? null,
    occurs: importing.dialect === 'camunda7' ? 'eachTime' : 'onceTrue',
  }
}

const CHANGES: ReadonlySet<string> = new Set(['create', 'update', 'delete'])

/** Null where nothing is listed. */
function commaList(text: string | null | undefined): readonly string[] | null {
  const parts = (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  return parts.length === 0 ? null : parts
}

const TIMER_LENGTH_MAX = 500
const TIMER_KINDS = ['timeDate', 'timeDuration', 'timeCycle'] as const

/**
 * A cycle that says when it ends beside itself (`flowable:endDate`) is written as one text: `R/PT1H/END`, `R/START/PT1H/END`, or cron
 * likewise.
 */
function withEnd(importing: Importing, holder: XmlElement): Expression | null {
  const end = attributeOf(holder, 'camunda:endDate')?.trim() ?? ''
  if (end === '' || holder.name !== 'bpmn:timeCycle') return expressionInBody(importing, holder)
  return expressionOfText(importing, holder, `${holder.text.trim()}/${end}`)
}

function readTimer(importing: Importing, definition: XmlElement, event: XmlElement): TimerEventDefinition | null {
  const given = TIMER_KINDS.flatMap((kind) => {
    const holder = childOf(definition, `bpmn:${kind}`)
    return holder === null || holder.text.trim() === '' ? [] : [{ kind, holder }]
  })
  const [first, second] = given
  const place = { offset: definition.offset }
  if (first === undefined) {
    importing.findings.add('missingTimer', event, `The timer of ${titleOf(event)} has no date, duration or cycle.`, place)
    return null
  }
  if (second !== undefined) {
    importing.findings.add('ambiguousTimer', event, `The timer of ${titleOf(event)} has a ${first.kind} and a ${second.kind}.`, place)
    return null
  }
  const expression = withEnd(importing, first.holder)
  if (expression === null) return null
  if (expression.language === 'literal') {
    const parsed = parseSchedule(first.kind, expression.source.slice(0, TIMER_LENGTH_MAX), importing.options.timeZone ?? 'UTC')
    if ('problem' in parsed) {
      importing.findings.add('invalidTimer', event, `The timer of ${titleOf(event)} cannot be read: ${parsed.problem}.`, {
        offset: first.holder.textOffset,
      })
      return null
    }
  }
  return { type: 'timer', kind: first.kind, expression, calendar: readCalendarName(importing, definition, event) }
}

function calendarNameOf({ attributes }: XmlElement): string | null {
  const own = attributes['leeway:calendar']?.trim()
  if (own !== undefined) return own
  const vendors = attributes['camunda:businessCalendarName']?.trim()
  return vendors === undefined || vendors === '' || PLAIN_CALENDARS.has(vendors) ? null : vendors
}

/** What the camunda family calls the calendars that a date, a duration and a cycle have anyway. */
const PLAIN_CALENDARS: ReadonlySet<string> = new Set(['dueDate', 'duration', 'cycle'])

/** The business hours that a timer goes by: the host has them, or is told that it needs them. */
function readCalendarName({ findings, options }: Importing, definition: XmlElement, event: XmlElement): string | null {
  const name = calendarNameOf(definition)
  if (name === null) return null
  if (name === '') {
    const message = `The timer of ${titleOf(event)} names an empty calendar: it goes by none.`
    findings.add('invalidValue', event, message, { offset: definition.offset })
    return null
  }
  const place = { offset: definition.offset }
  const shown = `"${name.slice(0, 100)}"`
  if (options.hasCalendar === undefined)
    findings.add('needsCalendar', event, `The timer of ${titleOf(event)} goes by the calendar ${shown}.`, place)
  else if (!options.hasCalendar(name))
    findings.add(
      'unknownCalendar',
      event,
      `The timer of ${titleOf(event)} goes by the calendar ${shown}, which the engine does not have.`,
      place,
    )
  return name
}
