import { type Duration, takes, transitionOf } from '@leeway/engine/extension'
import { type ServiceClockEvent, type ServiceClockState, serviceClockLifecycle } from '../../lifecycles/service-clock.ts'

/** Epoch milliseconds. */
type Instant = number

/** How time is counted: around the clock, or by a business calendar. Lengths are milliseconds of working time. */
export interface WorkingTime {
  add(at: Instant, ms: number): Instant
  between(from: Instant, to: Instant): number
  /** How long a duration is that begins at an instant: by a calendar, a day is a working day. */
  length(at: Instant, duration: Duration): number
}

/** What is promised. */
export interface Goal {
  readonly within: Duration
  /** The part of the time after which it is at risk. */
  readonly warnAt: number
  /** From the breach, rising: when it is escalated again. */
  readonly again: readonly Duration[]
}

/**
 * `resolution`: the closure goal, from opening to resolving; `firstResponse`: until the customer is answered; `nextUpdate`: from one answer
 * to the next.
 */
export type GoalName = (typeof GOAL_NAMES)[number]

export const GOAL_NAMES = ['firstResponse', 'nextUpdate', 'resolution'] as const

/** A goal as lengths of working time in milliseconds. */
interface Lengths {
  readonly withinMs: number
  /** From the start; the goal is at risk then. */
  readonly warnMs: number
  /** From the breach: when it is escalated again. */
  readonly againMs: readonly number[]
}

/**
 * A clock of a case. It counts working time since its start but for that in which it stood still: due = start + goal + paused. Each step of
 * its escalation is taken once.
 */
export interface ServiceClock extends Lengths {
  readonly name: GoalName
  /** Of which of the case's open spans, from 1; absent: the first. */
  readonly episode?: number
  readonly state: ServiceClockState
  readonly startedAt: Instant
  /** Working time in which it stood still, but for a pause that still lasts. */
  readonly pausedMs: number
  readonly paused?: { readonly at: Instant; readonly reason: string }
  /** Null while it stands still. */
  readonly dueAt: Instant | null
  /** Escalations so far: one at the breach, then those of `againMs`. */
  readonly escalations: number
  readonly endedAt?: Instant
}

/** What a clock comes to by itself. */
export type ClockStep = 'warn' | 'breach' | 'again'

export function startClock(time: WorkingTime, name: GoalName, goal: Goal, at: Instant): ServiceClock {
  const lengths = lengthsOf(time, goal, at)
  const dueAt = time.add(at, lengths.withinMs)
  return { name, ...lengths, state: serviceClockLifecycle.initial, startedAt: at, pausedMs: 0, dueAt, escalations: 0 }
}

function lengthsOf(time: WorkingTime, { within, warnAt: part, again }: Goal, at: Instant): Lengths {
  const withinMs = time.length(at, within)
  const dueAt = time.add(at, withinMs)
  return { withinMs, warnMs: Math.round(withinMs * part), againMs: again.map((duration) => time.length(dueAt, duration)) }
}

export function isTicking({ state }: ServiceClock): boolean {
  return state === 'running' || state === 'atRisk' || state === 'breached'
}

/** Whether it can stand still: it runs, and the goal is not missed. */
export function canPause({ state }: ServiceClock): boolean {
  return takes(serviceClockLifecycle, state, 'pause')
}

/** By a node whose time is behind, it stands still from its start on. */
export function pauseClock(clock: ServiceClock, reason: string, at: Instant): ServiceClock {
  return { ...moved(clock, 'pause'), dueAt: null, paused: { at: Math.max(at, clock.startedAt), reason } }
}

/** Goes on where it stood: what was left is left. */
export function resumeClock(time: WorkingTime, { paused, ...clock }: ServiceClock, at: Instant): ServiceClock {
  if (paused === undefined) return clock
  const pausedMs = clock.pausedMs + time.between(paused.at, at)
  const isLate = time.between(clock.startedAt, paused.at) - clock.pausedMs >= clock.warnMs
  return { ...moved(clock, isLate ? 'resumeLate' : 'resume'), pausedMs, dueAt: dueOf(time, { ...clock, pausedMs }) }
}

/** Another goal, counted from the start. What is breached stays so. */
export function retime(time: WorkingTime, clock: ServiceClock, goal: Goal, at: Instant): ServiceClock {
  if (clock.state === 'breached' || clock.endedAt !== undefined) return clock
  const retimed = { ...clock, ...lengthsOf(time, goal, clock.startedAt) }
  if (clock.state === 'paused') return retimed
  const isRelaxed = clock.state === 'atRisk' && warnAt(time, retimed) > at
  return { ...(isRelaxed ? moved(retimed, 'relax') : retimed), dueAt: dueOf(time, retimed) }
}

/** What it was for is done, or gone. A clock that stands still counts up to then as standing still. */
export function endClock(time: WorkingTime, clock: ServiceClock, by: 'stop' | 'cancel', at: Instant): ServiceClock {
  if (clock.endedAt !== undefined || !takes(serviceClockLifecycle, clock.state, by)) return clock
  const { paused: _paused, ...ended } = moved(clock, by)
  const pausedMs = clock.paused === undefined ? clock.pausedMs : clock.pausedMs + time.between(clock.paused.at, at)
  return { ...ended, pausedMs, endedAt: at }
}

/** What was met in time is not done after all: the clock goes on, and stood still in between. What was met late stays so. */
export function resetClock(time: WorkingTime, { endedAt, ...clock }: ServiceClock, at: Instant): ServiceClock {
  if (endedAt === undefined || !takes(serviceClockLifecycle, clock.state, 'reset'))
    return { ...clock, ...(endedAt !== undefined && { endedAt }) }
  const pausedMs = clock.pausedMs + time.between(endedAt, at)
  return { ...moved(clock, 'reset'), pausedMs, dueAt: dueOf(time, { ...clock, pausedMs }) }
}

/** Takes the steps that are due: each is taken once. */
export function tick(
  time: WorkingTime,
  given: ServiceClock,
  now: Instant,
): { readonly clock: ServiceClock; readonly steps: readonly ClockStep[] } {
  let clock = given
  const steps: ClockStep[] = []
  for (let at = nextStepAt(time, clock); at !== null && at <= now; at = nextStepAt(time, clock)) {
    if (clock.state === 'running' && (clock.dueAt ?? 0) > now) {
      clock = moved(clock, 'warn')
      steps.push('warn')
    } else if (clock.state !== 'breached') {
      clock = { ...moved(clock, 'breach'), escalations: 1 }
      steps.push('breach')
    } else {
      clock = { ...clock, escalations: clock.escalations + 1 }
      steps.push('again')
    }
  }
  return { clock, steps }
}

/** When it comes to its next step by itself; null where it comes to none. */
export function nextStepAt(time: WorkingTime, clock: ServiceClock): Instant | null {
  const { state, dueAt, escalations, againMs } = clock
  if (dueAt === null) return null
  if (state === 'running') return Math.min(warnAt(time, clock), dueAt)
  if (state === 'atRisk') return dueAt
  const again = state === 'breached' ? againMs[escalations - 1] : undefined
  return again === undefined ? null : time.add(dueAt, again)
}

/** Working time that is left; below zero where the goal is missed. */
export function remainingMs(time: WorkingTime, clock: ServiceClock, now: Instant): number {
  const until = clock.endedAt ?? clock.paused?.at ?? now
  return clock.withinMs - (time.between(clock.startedAt, until) - clock.pausedMs)
}

function warnAt(time: WorkingTime, { startedAt, warnMs, pausedMs }: ServiceClock): Instant {
  return time.add(startedAt, warnMs + pausedMs)
}

function dueOf(time: WorkingTime, { startedAt, withinMs, pausedMs }: Pick<ServiceClock, 'startedAt' | 'withinMs' | 'pausedMs'>): Instant {
  return time.add(startedAt, withinMs + pausedMs)
}

function moved<C extends ServiceClock | Omit<ServiceClock, 'paused'>>(clock: C, event: ServiceClockEvent): C {
  return { ...clock, state: transitionOf(serviceClockLifecycle, clock.state, event) }
}
