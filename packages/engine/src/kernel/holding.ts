import { addDuration } from '../model/duration.ts'
import { dueAfter, remainingUntil } from '../model/remaining.ts'
import type { Values } from '../model/value.ts'
import { workingDue } from '../model/working-time.ts'
import type { Step } from './agenda.ts'
import { boundaryWaits, calendarOf, eventWaits } from './catching.ts'
import type { HoldToken } from './commands.ts'
import type { CallResult, Hold, OccurrenceKind, TimerWait, Token, Wait, WorkResult } from './state.ts'

/**
 * Takes a token off the path. It stays a token: joins see it as not yet arrived, scopes cannot complete over it.
 * What is armed under it stays live (interrupting messages and signals at its boundary), is latched (other events) or is paused (timers at
 * its boundary).
 */
export function holdToken(step: Step, command: HoldToken, token: Token): void {
  const { scopeId, n, by } = command
  // Neither an armed token nor one that compensates is held: accept.ts sees to that.
  if (command.withdraw) return withdrawToken(step, command, token)
  const was = token.phase === 'held' || token.phase === 'compensating' ? 'waiting' : token.phase
  const hold: Hold = { by, was, since: step.now, latches: [], ...(command.late && { late: command.late }) }
  const waits = waitsAway(step, scopeId, n, token, command.timers, command.events)
  step.emit({ type: 'tokenHeld', scopeId, n, elementId: token.elementId, hold, waits })
}

/** What is armed under a token from now on, while it is held. */
export function waitsAway(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  timers: HoldToken['timers'],
  events: HoldToken['events'] = {},
): readonly Wait[] {
  return (token.waits ?? []).flatMap((wait) => {
    const policy = wait.type === 'timer' ? timers[wait.for] : undefined
    if (policy === 'cancel' && wait.type === 'timer' && wait.for !== token.elementId) return []
    if (policy === 'restart' && wait.type === 'timer') return [paused(step, wait, armedAnew(step, scopeId, n, token, wait))]
    return [away(step, wait, timers, events)]
  })
}

/** The step is taken back: nothing is armed any more, its task, work or called instance go. */
function withdrawToken(step: Step, { scopeId, n, by }: HoldToken, token: Token): void {
  const { elementId } = token
  step.emit({ type: 'elementWithdrawn', scopeId, n, elementId })
  step.emit({
    type: 'tokenHeld',
    scopeId,
    n,
    elementId,
    hold: { by, was: 'waiting', since: step.now, latches: [], withdrawn: true },
    waits: [],
  })
}

/** When a timer is due that is armed now. */
function armedAnew(step: Step, scopeId: string, n: number, { elementId }: Token, wait: TimerWait): number | null {
  const node = step.definition.nodes.get(elementId)
  const event = step.definition.nodes.get(wait.for)
  const fresh =
    node !== undefined && 'boundaryEvents' in node && event?.type === 'boundaryEvent'
      ? boundaryWaits(step, scopeId, n, node)
      : event !== undefined && (event.type === 'boundaryEvent' || event.type === 'intermediateCatchEvent' || event.type === 'startEvent')
        ? eventWaits(step, scopeId, n, event)
        : []
  const again = fresh.find((one) => one.type === 'timer' && one.for === wait.for && (one.definition ?? 0) === (wait.definition ?? 0))
  return again?.type === 'timer' && again.dueAt !== null ? again.dueAt : wait.dueAt
}

/** Stands still with what is left until it is due: of working time, where it has business hours. */
function paused(step: Step, wait: TimerWait, dueAt: number | null): TimerWait {
  if (dueAt === null) return { ...wait, away: 'latch' }
  const calendar = calendarOf(step, wait)
  if (calendar === null) return { ...wait, dueAt: null, remaining: Math.max(0, dueAt - step.now), away: 'paused' }
  const { ms, idle } = remainingUntil(calendar, step.now, dueAt)
  return { ...wait, dueAt: null, remaining: ms, ...(idle !== undefined && { idle }), away: 'paused' }
}

/** What one wait of a token is while it is held. */
export function away(step: Step, wait: Wait, timers: HoldToken['timers'], events: HoldToken['events'] = {}): Wait {
  if (
    wait.type === 'job' ||
    wait.type === 'task' ||
    wait.type === 'continuation' ||
    wait.type === 'trigger' ||
    wait.type === 'listener' ||
    wait.type === 'call'
  )
    return wait
  const event = step.definition.nodes.get(wait.for)
  const boundary = event?.type === 'boundaryEvent' ? event : null
  const isOwn = boundary === null && event?.type !== 'startEvent' // what the token itself waits for, at an event-based gateway too
  if (wait.type !== 'timer') {
    const named = wait.type === 'condition' ? undefined : events[wait.for]
    const mode = named === 'drop' ? 'closed' : named === 'live' && isOwn ? 'latch' : named
    return { ...wait, away: mode ?? (boundary?.cancelActivity ? 'live' : 'latch') }
  }
  const policy = timers[wait.for] ?? (boundary ? 'pause' : 'latch')
  if (policy === 'pause') return paused(step, wait, wait.dueAt)
  if (typeof policy === 'object' && wait.dueAt !== null) {
    const calendar = calendarOf(step, wait)
    const dueAt =
      calendar === null
        ? addDuration(wait.dueAt, policy.extend, step.environment.timeZone)
        : workingDue(calendar, wait.dueAt, policy.extend)
    return { ...wait, dueAt, away: isOwn ? 'latch' : 'live' }
  }
  return { ...wait, away: policy === 'keep' && !isOwn ? 'live' : 'latch' }
}

/** What came to a held token. */
export interface LatchedEvent {
  readonly for: string
  readonly kind: OccurrenceKind
  /** Which definition of a multiple event, from 0; default the first. */
  readonly definition?: number
  readonly values: Values
}

/**
 * Keeps an event that came to a held token: one each, then its wait is closed until the return. Of the token's own events the first one
 * closes the others too.
 */
export function latchEvent(step: Step, scopeId: string, n: number, token: Token, event: LatchedEvent): void {
  const target = step.definition.nodes.get(event.for)
  const isAlone = isBoundary(step, event.for) || (target !== undefined && 'parallelMultiple' in target && target.parallelMultiple)
  const waits = (token.waits ?? []).map((wait): Wait => {
    if (wait.type !== 'timer' && wait.type !== 'message' && wait.type !== 'signal' && wait.type !== 'condition') return wait
    const closes = isAlone ? wait.for === event.for && (wait.definition ?? 0) === (event.definition ?? 0) : !isBoundary(step, wait.for)
    return closes ? { ...wait, away: 'closed' } : wait
  })
  step.emit({ type: 'eventLatched', scopeId, n, elementId: token.elementId, latch: { type: 'event', ...event, at: step.now }, waits })
}

/** Keeps the result of work that ended while its token was held. */
export function latchWork(step: Step, scopeId: string, n: number, token: Token, result: WorkResult): void {
  step.emit({
    type: 'eventLatched',
    scopeId,
    n,
    elementId: token.elementId,
    latch: { type: 'work', result, at: step.now },
    waits: token.waits ?? [],
  })
}

/** Keeps how a called instance ended while its caller's token was held. */
export function latchCall(step: Step, scopeId: string, n: number, token: Token, instanceId: string, result: CallResult): void {
  step.emit({
    type: 'eventLatched',
    scopeId,
    n,
    elementId: token.elementId,
    latch: { type: 'call', instanceId, result, at: step.now },
    waits: token.waits ?? [],
  })
}

/** Keeps that the work of a held token is out of attempts: an incident on return. */
export function latchFailure(step: Step, scopeId: string, n: number, token: Token, code: string, message: string): void {
  step.emit({
    type: 'eventLatched',
    scopeId,
    n,
    elementId: token.elementId,
    latch: { type: 'failure', code, message, at: step.now },
    waits: token.waits ?? [],
  })
}

/**
 * Puts a held token back where it was: timers go on with what was left, closed waits are armed again, nothing else changes. Its latches are
 * still to be applied.
 */
export function releaseToken(step: Step, scopeId: string, n: number, token: Token): void {
  step.emit({ type: 'tokenReleased', scopeId, n, elementId: token.elementId, waits: (token.waits ?? []).map((wait) => back(step, wait)) })
}

function back(step: Step, wait: Wait): Wait {
  if (!('away' in wait) || wait.away === undefined) return wait
  if (wait.type !== 'timer') {
    const { away: _away, ...rest } = wait
    return rest
  }
  const { away: _away, remaining, idle, ...rest } = wait
  if (remaining === undefined) return rest
  const calendar = calendarOf(step, rest)
  return shifted(rest, calendar === null ? step.now + remaining : dueAfter(calendar, step.now, { ms: remaining, ...(idle && { idle }) }))
}

/** A paused cycle keeps its distance: its grid begins anew at the shifted due time. */
function shifted({ instead: _instead, ...wait }: TimerWait, dueAt: number): TimerWait {
  return wait.cycle ? { ...wait, dueAt, cycle: { ...wait.cycle, first: dueAt } } : { ...wait, dueAt }
}

function isBoundary(step: Step, target: string): boolean {
  return step.definition.nodes.get(target)?.type === 'boundaryEvent'
}
