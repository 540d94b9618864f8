import type { Expression } from '../expressions/expression.ts'
import type { JobSpec, Listener, Listeners } from '../model/data.ts'
import type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
import type { EventDefinition } from '../model/event-definitions.ts'
import type { Importing } from './importing.ts'
import { type StoreAccess, storeAccesses } from './read-data-stores.ts'
import { readEventDefinitions } from './read-event-definitions.ts'
import { expressionInAttribute, workInAttribute, workInText } from './read-expression.ts'
import { beanOf, classNames, NO_WORK, readFields, readHeaders } from './read-job.ts'
import { attemptsIn } from './read-retry.ts'
import { readScriptInputs, readScriptOutputs } from './read-script-parameters.ts'
import type { XmlElement } from './read-xml.ts'
import { readScriptSource } from './script-source.ts'
import { attributeOf, childOf, childrenOf, extensionsOf, titleOf } from './xml-access.ts'

/**
 * The listeners of an element that are heard by the moments of its life; null where it has none. The `take` listeners of its outgoing flows
 * join by `withTake`, for a token waits at the source while they are heard.
 */
export function readListeners(importing: Importing, element: XmlElement): Listeners | null {
  const stores = storeAccesses(importing, element)
  const found = [
    ...readScriptInputs(importing, element).map(({ job }) => scriptListener(job, 'start')),
    ...stores.filter(({ access }) => access === 'read').map(storeListener),
    ...[...listenerElements(element)].flatMap((one) =>
      isTimeout(one) ? [] : eventsOf(one).flatMap((event) => readListener(importing, element, one, event) ?? []),
    ),
    ...stores.filter(({ access }) => access === 'write').map(storeListener),
    ...readScriptOutputs(importing, element).map(({ job, isPart }) => scriptListener(job, 'end', isPart === true)),
  ]
  if (found.length === 0) return null
  const at = (moment: Moment): readonly Found[] => found.filter((one) => one.moment === moment)
  // What an event throws ends its token at once: its last listeners are heard before.
  const early = throwsAway(element)
  const last = [...at('complete'), ...at('end')]
  return {
    beforeAll: numbered('beforeAll', at('beforeAll')),
    start: numbered('start', [
      ...at('start'),
      ...at('create'),
      ...(isAssigned(element) ? at('assigned') : []),
      ...(early ? [...last, ...at('ended')] : []),
    ]),
    end: numbered('end', early ? [] : last),
    ended: numbered('ended', early ? [] : at('ended')),
    take: NO_TAKE,
    notices: numbered(
      'notice',
      found.filter(({ notice }) => notice !== undefined),
    ),
  }
}

/** A parameter whose value is a script: run where its mapping would be, before the first listener and after the last. */
function scriptListener(job: JobSpec, moment: 'start' | 'end', isPart = false): Found {
  return { key: '', event: moment, moment, job, retry: null, sets: moment === 'start' || isPart ? 'inside' : 'around' }
}

/** A data store is read before the element begins, into its own variables, and written when it is done. */
function storeListener({ access, job }: StoreAccess): Found {
  return {
    key: '',
    event: access,
    moment: access === 'read' ? 'start' : 'end',
    job,
    retry: null,
    sets: access === 'read' ? 'inside' : 'visible',
  }
}

/** The `timeout` listeners of a task: heard whenever their timer fires while the task is open. */
export function readTimeouts(
  importing: Importing,
  task: XmlElement,
): readonly { readonly id: string; readonly timer: EventDefinition; readonly listeners: Listeners }[] {
  const elements = extensionsOf(task, 'camunda:taskListener').filter(isTimeout)
  return elements.flatMap((listener, k) => {
    if (!listener.children.some(({ name }) => name === 'bpmn:timerEventDefinition')) {
      importing.findings.add('missingTimer', task, `A timeout listener of ${titleOf(task)} has no timer.`, { offset: listener.offset })
      return []
    }
    const [timer] = readEventDefinitions(importing, listener)
    const heard = timer?.type === 'timer' ? readListener(importing, task, listener) : null
    if (timer === undefined || heard === null) return []
    const listeners = { ...NO_LISTENERS, end: numbered('end', [heard]) }
    return [{ id: `${attributeOf(task, 'id') ?? ''}#${attributeOf(listener, 'id') ?? `timeout${k}`}`, timer, listeners }]
  })
}

function isTimeout(listener: XmlElement): boolean {
  return listener.name === 'camunda:taskListener' && attributeOf(listener, 'event') === 'timeout'
}

/** The `take` listeners of a sequence flow. */
export function readTakeListeners(importing: Importing, flow: XmlElement, id: string): readonly Listener[] {
  const found = extensionsOf(flow, 'camunda:executionListener').flatMap((one) => readListener(importing, flow, one) ?? [])
  return found.map(({ moment: _moment, ...listener }, k) => ({ ...listener, key: `take:${id}:${k}` }))
}

/** An element's listeners with those of its flows. */
export function withTake(listeners: Listeners | null, flows: readonly (readonly [SequenceFlow, readonly Listener[]])[]): Listeners | null {
  const heard = flows.filter(([, all]) => all.length > 0)
  if (heard.length === 0) return listeners
  return { ...(listeners ?? NO_LISTENERS), take: new Map(heard.map(([flow, all]) => [flow.id, all])) }
}

/** The `start` listeners of a process, heard at the start event before its own. */
export function withProcessStart(own: Listeners | null, process: Listeners | null): Listeners | null {
  if (process === null || process.start.length === 0) return own
  const listeners = own ?? NO_LISTENERS
  return { ...listeners, start: [...process.start, ...listeners.start].map((listener, k) => ({ ...listener, key: `start${k}` })) }
}

/** Where the `end` listeners of a process are heard: an element of their own, which no flow leads to. */
export function closingNode(process: XmlElement, listeners: Listeners | null, root: FlowScope): FlowNode | null {
  const last = [...(listeners?.end ?? []), ...(listeners?.ended ?? [])].map((listener, k) => ({ ...listener, key: `end${k}` }))
  if (last.length === 0) return null
  return {
    type: 'task',
    id: `${root.id}#end`,
    name: attributeOf(process, 'name'),
    scope: root,
    incoming: [],
    outgoing: [],
    repeatable: false,
    properties: {},
    asyncBefore: false,
    asyncAfter: false,
    retry: null,
    leaving: null,
    listeners: { ...NO_LISTENERS, end: last },
    repetition: null,
    boundaryEvents: [],
    defaultFlow: null,
    io: null,
    skip: null,
    isForCompensation: false,
    compensation: null,
    startQuantity: 1,
    completionQuantity: 1,
  }
}

type Moment = 'beforeAll' | 'start' | 'create' | 'complete' | 'end' | 'ended' | 'take' | 'timeout' | NonNullable<Listener['notice']>

interface Found extends Listener {
  readonly moment: Moment
}

const NO_TAKE: ReadonlyMap<string, readonly Listener[]> = new Map()
export const NO_LISTENERS: Listeners = { beforeAll: [], start: [], end: [], ended: [], take: NO_TAKE, notices: [] }

function numbered(point: string, found: readonly Found[]): readonly Listener[] {
  return found.map(({ moment: _moment, ...listener }, k) => ({ ...listener, key: `${point}${k}` }))
}

function* listenerElements(element: XmlElement): Generator<XmlElement> {
  yield* extensionsOf(element, 'camunda:executionListener')
  yield* extensionsOf(element, 'camunda:taskListener')
  for (const list of extensionsOf(element, 'zeebe:executionListeners')) yield* childrenOf(list, 'zeebe:executionListener')
  for (const list of extensionsOf(element, 'zeebe:taskListeners')) yield* childrenOf(list, 'zeebe:taskListener')
}

/** What each event of a listener means here; those that are not listed are findings. */
const MOMENTS: Readonly<Record<string, Readonly<Record<string, Moment | undefined>> | undefined>> = {
  'camunda:executionListener': { start: 'start', end: 'end', take: 'take' },
  'camunda:taskListener': {
    create: 'create',
    assignment: 'assigned',
    update: 'updated',
    complete: 'complete',
    delete: 'gone',
    timeout: 'timeout',
  },
  'zeebe:executionListener': { beforeAll: 'beforeAll', start: 'start', end: 'ended', cancel: 'gone' },
  'zeebe:taskListener': {
    creating: 'create',
    create: 'create',
    assigning: 'assigned',
    assignment: 'assigned',
    updating: 'updated',
    update: 'updated',
    completing: 'complete',
    complete: 'complete',
    canceling: 'gone',
    cancel: 'gone',
  },
}

/** What a listener hears, as it is written; Flowable's `all` is every event of a task. */
function eventsOf(listener: XmlElement): readonly (string | null)[] {
  const event = attributeOf(listener, listener.name.startsWith('zeebe:') ? 'eventType' : 'event')
  return event === 'all' && listener.name === 'camunda:taskListener' ? ['create', 'assignment', 'update', 'complete', 'delete'] : [event]
}

function readListener(
  importing: Importing,
  owner: XmlElement,
  listener: XmlElement,
  heard: string | null = attributeOf(listener, 'event'),
): Found | null {
  const isZeebe = listener.name.startsWith('zeebe:')
  const byDefault = owner.name === 'bpmn:sequenceFlow' ? 'take' : 'start'
  const event = heard ?? byDefault
  const moment = MOMENTS[listener.name]?.[event]
  if (moment === undefined || (moment === 'take') !== (owner.name === 'bpmn:sequenceFlow')) {
    importing.findings.add('listenerNotHeard', owner, `A listener of ${titleOf(owner)} is to hear "${event}", which it never hears.`, {
      offset: listener.offset,
    })
    return null
  }
  const job = isZeebe ? zeebeJob(importing, listener) : camundaJob(importing, owner, listener)
  if (job === null) return null
  if (isForRollback(importing, owner, listener)) return null
  const retry = attributeOf(listener, 'retries') === null ? null : attemptsIn(importing, owner, listener)
  const notice = moment === 'assigned' || moment === 'updated' || moment === 'gone' ? { notice: moment } : {}
  return { key: '', event, moment, job, retry, sets: isZeebe && moment === 'start' ? 'inside' : 'visible', ...notice }
}

/**
 * Flowable's `onTransaction`: what was done is never taken back here, so who waits for that hears nothing; the others are heard in their
 * turn, after a commit.
 */
function isForRollback({ findings }: Importing, owner: XmlElement, listener: XmlElement): boolean {
  const when = attributeOf(listener, 'onTransaction')
  if (when === null) return false
  const isNever = when.trim() === 'rolled-back'
  const what = isNever
    ? 'of a transaction that is rolled back: it hears nothing, for nothing is'
    : `of its transaction (${when.trim().slice(0, 40)}): it is heard in its turn`
  findings.add('extensionIgnored', owner, `A listener of ${titleOf(owner)} is to hear ${what}.`, { offset: listener.offset })
  return isNever
}

function zeebeJob(importing: Importing, listener: XmlElement): JobSpec | null {
  const type = expressionInAttribute(importing, listener, 'type')
  if (type === null) return missing(importing, listener)
  const headers = readHeaders(childrenOf(listener, 'zeebe:taskHeaders'))
  return { ...NO_WORK, type: type.language === 'literal' ? type.source : type, origin: 'taskDefinition', aliases: [], headers }
}

/** A class, a bean, an expression, or a script in an expression language. */
function camundaJob(importing: Importing, owner: XmlElement, listener: XmlElement): JobSpec | null {
  const work = { ...NO_WORK, fields: readFields(importing, childrenOf(listener, 'camunda:field')) }
  const delegate = attributeOf(listener, 'delegateExpression')
  if (delegate !== null) return { ...work, type: beanOf(delegate), origin: 'delegateExpression', aliases: [] }
  const javaClass = attributeOf(listener, 'class')
  if (javaClass !== null) return { ...work, ...classNames(javaClass), origin: 'class' }
  const script = childOf(listener, 'camunda:script')
  const source = script === null ? null : readScriptSource(script, false)
  if (source !== null)
    return { ...work, type: owner.attributes.id ?? 'script', origin: 'id', aliases: [], own: { type: 'script', script: source } }
  const expression = script === null ? workInAttribute(importing, listener, 'expression') : readScript(importing, script)
  if (expression === null) return attributeOf(listener, 'expression') === null && script === null ? missing(importing, listener) : null
  return {
    ...work,
    type: owner.attributes.id ?? expression.source,
    origin: 'expression',
    aliases: [],
    own: { type: 'expression', expression },
  }
}

function readScript(importing: Importing, script: XmlElement): Expression | null {
  const format = (attributeOf(script, 'scriptFormat') ?? attributeOf(script, 'language') ?? '').toLowerCase()
  if (attributeOf(script, 'resource') === null && (format === 'juel' || format === 'feel')) {
    const text = script.text.trim()
    return workInText(importing, script, text, format)
  }
  importing.findings.add('unsupportedLanguage', script, `A listener is a script in "${format}", which is not executed.`)
  return null
}

function missing({ findings }: Importing, listener: XmlElement): null {
  findings.add('listenerWithoutWork', listener, 'A listener names nothing that is to be done.')
  return null
}

/** True where the model itself gives the task to somebody: that is heard before anybody sees the task. */
function isAssigned(task: XmlElement): boolean {
  const zeebe = extensionsOf(task, 'zeebe:assignmentDefinition').some((one) => attributeOf(one, 'assignee') !== null)
  return zeebe || attributeOf(task, 'camunda:assignee') !== null || childOf(task, 'bpmn:humanPerformer') !== null
}

/** Events whose token is gone when they have thrown. */
function throwsAway(element: XmlElement): boolean {
  const isThrown = (name: string): boolean => element.children.some((child) => child.name === `bpmn:${name}EventDefinition`)
  if (element.name === 'bpmn:intermediateThrowEvent') return isThrown('link')
  return element.name === 'bpmn:endEvent' && ['terminate', 'error', 'cancel', 'escalation'].some(isThrown)
}
