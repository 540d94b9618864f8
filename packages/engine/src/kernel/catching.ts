import { kindOf } from '../expressions/plain-data.ts'
import type { Calendar } from '../model/calendar.ts'
import type { Activity, BoundaryEvent, FlowNode, IntermediateCatchEvent, StartEvent } from '../model/elements.ts'
import type { EventDefinition, MessageDefinition } from '../model/event-definitions.ts'
import { firstDue, nextAfter, nextDue, occurrences, parseSchedule } from '../model/schedule.ts'
import type { Step } from './agenda.ts'
import { keyToWaitFor } from './correlating.ts'
import { scopeOf } from './draft.ts'
import { KernelError } from './kernel-error.ts'
import type { EventWait, Instant, TimerWait, Wait } from './state.ts'
import { asText, searched } from './text.ts'
import { evaluate } from './variables.ts'

const nothing: readonly EventWait[] = Object.freeze([])

/**
 * What the boundary events of an activity wait for. On a repeated activity they belong to its body, not to its rounds. BPMN 2.0.2 §13.3.7.
 */
export function boundaryWaits(step: Step, scopeId: string, n: number, activity: Activity): readonly Wait[] {
  if (activity.boundaryEvents.length === 0) return nothing
  const scope = scopeOf(step.draft, scopeId)
  if (scope.kind === 'iteration' && scope.elementId === activity.id) return nothing
  return activity.boundaryEvents.flatMap((event) => eventWaits(step, scopeId, n, event))
}

/**
 * What an event waits for: any of its definitions, or all of them in any order (`parallelMultiple`). Nothing for what is thrown to it
 * (errors) or never comes (a cycle of no repetitions); of a parallel multiple event then nothing at all, for it could not occur.
 */
export function eventWaits(step: Step, scopeId: string, n: number, event: CatchingEvent): readonly EventWait[] {
  const { eventDefinitions } = event
  const [first] = eventDefinitions
  if (first === undefined) return nothing
  if (eventDefinitions.length === 1) return definitionWaits(step, scopeId, n, event, first)
  const each = eventDefinitions.map((definition, k) =>
    definitionWaits(step, scopeId, n, event, definition).map((wait): EventWait => (k === 0 ? wait : { ...wait, definition: k })),
  )
  return event.parallelMultiple && each.some((waits) => waits.length === 0) ? nothing : each.flat()
}

type CatchingEvent = StartEvent | IntermediateCatchEvent | BoundaryEvent

function definitionWaits(step: Step, scopeId: string, n: number, event: FlowNode, definition: EventDefinition): readonly EventWait[] {
  switch (definition.type) {
    case 'timer':
      return timerWaits(step, scopeId, n, event, definition)
    case 'message':
      return definition.message ? [messageWait(step, scopeId, n, event, definition.message)] : [{ type: 'trigger', for: event.id }]
    case 'signal':
      return definition.signal
        ? [{ type: 'signal', for: event.id, name: requiredText(evaluate(step, scopeId, n, definition.signal.name), event, 'signal name') }]
        : [{ type: 'trigger', for: event.id }]
    case 'conditional':
      return [{ type: 'condition', for: event.id, holds: false }]
    case 'error':
    case 'escalation':
    case 'link':
    case 'terminate':
    case 'compensate':
    case 'cancel':
      return nothing
  }
}

/** The name and key are evaluated now and not updated. */
export function messageWait(step: Step, scopeId: string, n: number, event: FlowNode, message: MessageDefinition): EventWait {
  const name = requiredText(evaluate(step, scopeId, n, message.name), event, 'message name')
  if (message.correlationKey === null && message.correlation !== undefined)
    return { type: 'message', for: event.id, name, ...keyToWaitFor(step, scopeId, { ...message, correlation: message.correlation }) }
  const key = message.correlationKey && requiredText(evaluate(step, scopeId, n, message.correlationKey), event, 'correlation key')
  return { type: 'message', for: event.id, name, key }
}

function timerWaits(
  step: Step,
  scopeId: string,
  n: number,
  event: FlowNode,
  definition: Extract<EventDefinition, { type: 'timer' }>,
): readonly EventWait[] {
  const zone = step.environment.timeZone
  const text = requiredText(evaluate(step, scopeId, n, definition.expression), event, 'timer')
  const parsed = parseSchedule(definition.kind, text, zone)
  if ('problem' in parsed) throw new KernelError('invalidTimer', `the timer "${text}" of "${event.id}" cannot be read: ${parsed.problem}`)
  const { calendar } = definition
  const dueAt = firstDue(parsed.schedule, step.now, zone, calendar === null ? null : step.environment.calendar(calendar))
  if (dueAt === null) return nothing
  const wait: TimerWait = calendar === null ? { type: 'timer', for: event.id, dueAt } : { type: 'timer', for: event.id, dueAt, calendar }
  if (definition.kind !== 'timeCycle') return [wait]
  const total = occurrences(parsed.schedule)
  return [{ ...wait, cycle: { text, left: total === null ? null : total - 1, first: step.now } }]
}

/**
 * When a cycle's timer that was due is due again: previous due + interval, so that it never drifts.
 * `skipMissed` passes over what came due meanwhile: a latched cycle acts once on return, never in a burst.
 */
export function dueAgain(step: Step, wait: TimerWait, dueAt: Instant, skipMissed: boolean): DueAgain {
  const over = (came: number): DueAgain => ({ next: null, came })
  if (!wait.cycle) return over(1)
  const zone = step.environment.timeZone
  const parsed = parseSchedule('timeCycle', wait.cycle.text, zone)
  if ('problem' in parsed) return over(1)
  let left = wait.cycle.left
  let next: Instant | null = dueAt
  let came = 0
  do {
    came += 1
    if (left === 0) return over(came)
    next =
      came === 1 && wait.instead?.shifts === undefined && wait.instead !== undefined
        ? nextAfter(parsed.schedule, wait.instead.of, dueAt, zone, wait.cycle.first, calendarOf(step, wait))
        : nextDue(parsed.schedule, next, zone, wait.cycle.first, calendarOf(step, wait))
    if (next === null) return over(came)
    left = left === null ? null : left - 1
  } while (skipMissed && next <= step.now && came < MISSED_MAX)
  return { next: { dueAt: next, left }, came }
}

/** The business hours that an armed timer goes by; null where it has none. */
export function calendarOf(step: Step, { calendar }: TimerWait): Calendar | null {
  return calendar === undefined ? null : step.environment.calendar(calendar)
}

/** When a cycle is due next, null where it is over, and how many of its occurrences have come by then, the one at hand among them. */
export interface DueAgain {
  readonly next: { readonly dueAt: Instant; readonly left: number | null } | null
  readonly came: number
}

/** Most missed occurrences that one return passes over. */
const MISSED_MAX = 100_000

function requiredText(result: unknown, event: FlowNode, what: string): string {
  const text = asText(result)
  if (text !== null && text !== '') return searched(text, `${what} of "${event.id}"`)
  throw new KernelError(
    'invalidValue',
    `the ${what} of "${event.id}" is ${result === '' ? 'empty' : result === null || result === undefined ? 'missing' : kindOf(result)}`,
  )
}
