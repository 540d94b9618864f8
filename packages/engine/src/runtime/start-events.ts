import type { Key, Stored, Write } from '@leeway/storage'
import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import type { Environment } from '../kernel/environment.ts'
import type { Definition } from '../model/definition.ts'
import type { FlowNode, StartEvent } from '../model/elements.ts'
import type { EventDefinition, TimerEventDefinition } from '../model/event-definitions.ts'
import { firstDue, nextAfter, nextDue, occurrences, parseSchedule } from '../model/schedule.ts'
import { unsearchable } from '../model/searched-text.ts'
import type { Value } from '../model/value.ts'
import { type Also, commitAlone } from './also.ts'
import { startBy } from './deliver-one.ts'
import { EngineError } from './errors.ts'
import { gathering, gatheringId, type StartPlace } from './gathered-starts.ts'
import type { MessageHost } from './message-host.ts'
import type { DefinitionRecord } from './records/definition.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'
import { CONDITION_NAME } from './start-conditions.ts'

/** What a deployment writes so that events start the new version, and none the one before. */
export interface StartEventChanges {
  readonly put: readonly Write[]
  readonly delete: readonly Key[]
}

/** What evaluating names and times of start events needs: no variables are there yet. */
export interface ArmingContext {
  readonly now: number
  readonly environment: Pick<Environment, 'functions' | 'beans' | 'calendar' | 'timeZone'>
}

/**
 * Arms the message, signal, timer and conditional start events of a definition that becomes the latest of its key, and disarms those of the
 * one that was it. For the deployment's own change set. BPMN 2.0.2 §13.2. Throws `notExecutable` where a name or a time
 * cannot be evaluated.
 */
export function startEventChanges(
  latest: { readonly record: DefinitionRecord; readonly definition: Definition },
  previous: { readonly record: DefinitionRecord; readonly definition: Definition } | null,
  context: ArmingContext,
): StartEventChanges {
  const put: Write[] = gatheringsOf(latest.record, latest.definition).map((record) => ({ collection: subscriptions, record }))
  for (const trigger of triggersOf(latest.record.id, latest.definition)) {
    const { event, definition } = trigger
    if (definition.type === 'timer') {
      const record = timerJob(latest.record, trigger, definition, context)
      if (record !== null) put.push({ collection: jobs, record })
    } else {
      const name = nameOf(definition)
      if (name === undefined) continue // an event without a message is started by hand
      const text = name === null ? CONDITION_NAME : textOf(name, event, context)
      put.push({ collection: subscriptions, record: subscriptionOf(latest.record, trigger, text, onlyOf(trigger, context)) })
    }
  }
  return { put, delete: previous === null ? [] : disarmed(previous.record.id, previous.definition) }
}

/** Null where it is found by its condition alone. */
function nameOf(definition: Exclude<Trigger['definition'], TimerEventDefinition>): Expression | null | undefined {
  if (definition.type === 'conditional') return null
  return definition.type === 'message' ? definition.message?.name : definition.signal?.name
}

/** What is armed for a definition, to be deleted. */
export function disarmed(definitionId: string, definition: Definition): Key[] {
  const keys: Key[] = needingAll(definition).map(({ id }) => ({ collection: subscriptions, id: gatheringId(definitionId, id) }))
  for (const trigger of triggersOf(definitionId, definition)) {
    keys.push({ collection: trigger.definition.type === 'timer' ? jobs : subscriptions, id: trigger.id })
  }
  return keys
}

/**
 * Starts the instance of one occurrence of a timer start event; a cycle is armed again in the same change set, one interval after
 * this occurrence was due, however late it is. BPMN 2.0.2 §10.5.5.
 */
export async function fireStartTimer(host: MessageHost, job: Pick<Stored<JobRecord>, 'record' | 'revision' | 'fence'>): Promise<void> {
  const { record, revision, fence } = job
  const { id, tenantId } = record
  // attempts are counted for each occurrence
  const { failures: _failures, error: _error, ...body } = record.body
  const data = body.data as unknown as TimerData // written by timerJob
  const next = nextOf(host, data)
  const again: JobRecord | null = next === null ? null : { ...record, dueAt: next.dueAt, body: { ...body, data: next.data } }
  const also: Also = {
    expect: [{ collection: jobs, id, revision, fence }],
    put: again === null ? [] : [{ collection: jobs, record: again }],
    delete: again === null ? [{ collection: jobs, id }] : [],
  }
  const at: StartPlace = {
    id,
    tenantId,
    body: {
      processKey: body.processKey ?? '',
      definitionId: body.definitionId ?? '',
      elementId: body.elementId ?? '',
      ...data.gathering,
    },
  }
  const ran = await startBy(host, at, host.newId(), { values: {}, actor: null, tenantId }, also)
  if (ran.type === 'rejected' || ran.type === 'absent') await commitAlone(host, 'startTimer', null, also)
}

/** The job of a timer start event, due at another time: what follows in its cycle comes when it would have come, or is shifted with it. */
export function startTimerAt(job: JobRecord, { dueAt, shifts }: { readonly dueAt: number; readonly shifts?: true }): JobRecord {
  const { failures: _failures, error: _error, ...body } = job.body
  const data = body.data as unknown as TimerData // written by timerJob
  const { putAt: _putAt, ...rest } = data
  const changed = shifts ? { ...rest, firstDueAt: dueAt, occursAt: dueAt } : { ...rest, putAt: dueAt }
  return { ...job, dueAt, body: { ...body, data: { ...changed } } }
}

/**
 * How a timer start event goes on: its schedule's text, an instant of its grid (when it was armed), how many occurrences are left (null:
 * endless).
 */
interface TimerData {
  readonly kind: TimerEventDefinition['kind']
  readonly text: string
  readonly firstDueAt: number
  /** The occurrence that is due: the job itself may be due later, when it failed and is tried again. */
  readonly occursAt: number
  /** When it was put at instead by an operator. */
  readonly putAt?: number
  readonly left: number | null
  /** The business hours that it goes by; absent where it has none. */
  readonly calendar?: string
  /** Of a start event that needs several events. */
  readonly gathering?: Gathering
}

interface Trigger {
  /** The start event, or what instantiates the process instead. */
  readonly event: FlowNode
  readonly definition: Extract<EventDefinition, { type: 'message' | 'signal' | 'timer' | 'conditional' }>
  readonly id: string
  /** Of a parallel multiple start event. */
  readonly gathering?: Gathering
}

type Gathering = {
  /** How many events must come. */
  readonly gathers: number
  /** Which of them this is, from 0. */
  readonly definition: number
}

/** Each message, signal and timer that starts the process; those of one multiple event are told apart by number. */
function triggersOf(definitionId: string, definition: Definition): Trigger[] {
  const triggers: Trigger[] = []
  for (const event of definition.root.startEvents) {
    event.eventDefinitions.forEach((each, index) => {
      const id = index === 0 ? `${definitionId}:${event.id}` : `${definitionId}:${event.id}:${index}`
      if (each.type !== 'message' && each.type !== 'signal' && each.type !== 'timer' && each.type !== 'conditional') return
      const gathers = needsAll(event) ? { gathering: { gathers: event.eventDefinitions.length, definition: index } } : {}
      triggers.push({ event, definition: each, id, ...gathers })
    })
  }
  for (const node of definition.root.nodes) {
    if (node.incoming.length > 0) continue
    if (node.type === 'receiveTask' && node.instantiate) triggers.push(...receives(definitionId, node))
    else if (node.type === 'eventBasedGateway' && node.instantiate)
      for (const { target } of node.outgoing) triggers.push(...receives(definitionId, target))
  }
  return triggers
}

/** What a node waits for that instantiates the process by a message or signal. BPMN 2.0.2 §10.6.6: no timers. */
function receives(definitionId: string, node: FlowNode): Trigger[] {
  const id = `${definitionId}:${node.id}`
  if (node.type === 'receiveTask')
    return node.message === null ? [] : [{ event: node, definition: { type: 'message', message: node.message, job: null }, id }]
  if (node.type !== 'intermediateCatchEvent') return []
  return node.eventDefinitions.flatMap((definition, index): Trigger[] =>
    definition.type === 'message' || definition.type === 'signal'
      ? [{ event: node, definition, id: index === 0 ? id : `${id}:${index}` }]
      : [],
  )
}

/** Start events of the process that need all of their events. BPMN 2.0.2 §10.5.2 */
function needingAll({ root }: Definition): readonly StartEvent[] {
  return root.startEvents.filter(needsAll)
}

function needsAll({ parallelMultiple, eventDefinitions }: StartEvent): boolean {
  return parallelMultiple && eventDefinitions.length > 1
}

function gatheringsOf({ id, key, tenantId }: DefinitionRecord, definition: Definition): readonly SubscriptionRecord[] {
  return needingAll(definition).map((event) =>
    gathering({ id: '', instanceId: null, businessKey: null, tenantId, body: { processKey: key, definitionId: id, elementId: event.id } }),
  )
}

function subscriptionOf(
  record: DefinitionRecord,
  { event, definition, id, gathering: all }: Trigger,
  name: string,
  only: Pick<SubscriptionRecord['body'], 'only'>,
): SubscriptionRecord {
  const kind = definition.type === 'conditional' ? 'condition' : definition.type === 'signal' ? 'signal' : 'message'
  // A condition is looked up in the model by its number.
  const index = kind === 'condition' && 'eventDefinitions' in event ? { definition: event.eventDefinitions.indexOf(definition) } : {}
  const body = { processKey: record.key, definitionId: record.id, elementId: event.id, ...index, ...all, ...only }
  return { id, kind, name, key: null, instanceId: null, businessKey: null, tenantId: record.tenantId, body }
}

/** What the message must carry: evaluated once, when it is armed. */
function onlyOf({ event, definition }: Trigger, context: ArmingContext): Pick<SubscriptionRecord['body'], 'only'> {
  const asked = definition.type === 'message' ? definition.message?.startsBy : undefined
  if (asked === undefined) return {}
  return { only: Object.fromEntries(asked.map(({ name, value }) => [name, textOf(value, event, context)])) }
}

function timerJob(
  record: DefinitionRecord,
  { event, id, gathering: all }: Trigger,
  definition: TimerEventDefinition,
  context: ArmingContext,
): JobRecord | null {
  const { timeZone } = context.environment
  const text = textOf(definition.expression, event, context)
  const parsed = parseSchedule(definition.kind, text, timeZone)
  if ('problem' in parsed) return refuse(event, parsed.problem)
  const { calendar } = definition
  const dueAt = firstDue(parsed.schedule, context.now, timeZone, calendar === null ? null : context.environment.calendar(calendar))
  if (dueAt === null) return null
  const count = occurrences(parsed.schedule)
  const data = {
    kind: definition.kind,
    text,
    firstDueAt: context.now,
    occursAt: dueAt,
    left: count === null ? null : count - 1,
    ...(calendar !== null && { calendar }),
    ...(all && { gathering: { ...all } }),
  }
  return {
    id,
    dueAt,
    priority: 0,
    kind: 'startTimer',
    type: '$startTimer',
    instanceId: null,
    tenantId: record.tenantId,
    body: { definitionId: record.id, processKey: record.key, elementId: event.id, data },
  }
}

function nextOf(host: MessageHost, { putAt, ...data }: TimerData): { dueAt: number; data: { [name: string]: Value } } | null {
  const { timeZone } = host.settings
  if (data.left !== null && data.left <= 0) return null
  const parsed = parseSchedule(data.kind, data.text, timeZone)
  if ('problem' in parsed) return null
  const calendar = data.calendar === undefined ? null : host.environment.calendar(data.calendar)
  const next =
    putAt === undefined
      ? nextDue(parsed.schedule, data.occursAt, timeZone, data.firstDueAt, calendar)
      : nextAfter(parsed.schedule, data.occursAt, putAt, timeZone, data.firstDueAt, calendar)
  return next === null ? null : { dueAt: next, data: { ...data, occursAt: next, left: data.left === null ? null : data.left - 1 } }
}

function textOf(expression: Expression, event: FlowNode, { now, environment }: ArmingContext): string {
  const { functions, beans, timeZone } = environment
  const context: EvaluationContext = { variable: () => undefined, now, timeZone, functions, beans }
  let value: unknown
  try {
    value = expression.evaluate(context)
  } catch (error) {
    return refuse(event, error instanceof Error ? error.message : String(error))
  }
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string' && value !== '') {
    const problem = unsearchable(value)
    return problem === null ? value : refuse(event, `${expression.source} gives ${problem}`)
  }
  return refuse(event, `${expression.source} gives ${JSON.stringify(value) ?? String(value)}; a start event has no variables to read`)
}

function refuse(event: FlowNode, problem: string): never {
  throw new EngineError('notExecutable', `${event.id}, which starts the process: ${problem}`, { elementId: event.id })
}
