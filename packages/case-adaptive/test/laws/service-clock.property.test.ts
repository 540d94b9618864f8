import { type Duration, parseDuration, readCalendar } from '@leeway/engine/extension'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ClockStep,
  canPause,
  endClock,
  isTicking,
  pauseClock,
  remainingMs,
  resumeClock,
  retime,
  type ServiceClock,
  startClock,
  tick,
  type WorkingTime,
} from '../../src/case/service/service-clock.ts'
import { AROUND_THE_CLOCK, byCalendar } from '../../src/case/service/working-time.ts'

const RUNS = Number(process.env.LAW_RUNS ?? 1_000)
const GOAL = { within: hours(10), warnAt: 0.8, again: [hours(3), hours(7)] }

function hours(n: number): Duration {
  const parsed = parseDuration(`PT${n}H`)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.duration
}

const OFFICE = readCalendar({
  timeZone: 'Europe/Berlin',
  hours: {
    mon: [
      ['08:00', '12:00'],
      ['13:00', '17:00'],
    ],
    wed: [['10:00', '19:00']],
  },
})
const HOUR = 3_600_000

const moves = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 30 }), move: fc.constantFrom('look', 'pause', 'resume', 'tighten', 'relax') }),
  { maxLength: 30 },
)
const times = fc.constantFrom(AROUND_THE_CLOCK, ...('calendar' in OFFICE ? [byCalendar(OFFICE.calendar)] : []))

/** Walks a clock, which is looked at after each move; tells all that it came to. */
function walk(time: WorkingTime, all: readonly { readonly after: number; readonly move: string }[], isEager: boolean) {
  let now = Date.UTC(2026, 2, 27)
  let clock = startClock(time, 'resolution', GOAL, now)
  const steps: ClockStep[] = []
  const look = (): void => {
    const ticked = tick(time, clock, now)
    clock = ticked.clock
    steps.push(...ticked.steps)
  }
  for (const { after, move } of all) {
    for (let k = 0; k < after; k++) {
      now += HOUR
      if (isEager) look()
    }
    look()
    clock = moved(time, clock, move, now)
    look()
  }
  return { clock, steps, now }
}

function moved(time: WorkingTime, clock: ServiceClock, move: string, now: number): ServiceClock {
  if (move === 'pause' && canPause(clock)) return pauseClock(clock, 'awaitingCustomer', now)
  if (move === 'resume' && clock.state === 'paused') return resumeClock(time, clock, now)
  if (move === 'tighten') return retime(time, clock, { within: hours(6), warnAt: 0.8, again: [] }, now)
  if (move === 'relax') return retime(time, clock, GOAL, now)
  return clock
}

test('due = start + goal + paused, in working time, whatever was done with the clock', () => {
  fc.assert(
    fc.property(times, moves, (time, all) => {
      const { clock } = walk(time, all, false)
      if (clock.dueAt !== null && clock.state !== 'breached')
        expect(clock.dueAt).toBe(time.add(clock.startedAt, clock.withinMs + clock.pausedMs))
      expect(clock.dueAt === null).toBe(clock.state === 'paused')
    }),
    { numRuns: RUNS },
  )
})

test('each step is taken once, however often the clock is looked at', () => {
  fc.assert(
    fc.property(times, moves, (time, all) => {
      const seldom = walk(time, all, false)
      const often = walk(time, all, true)
      expect(often.clock).toEqual(seldom.clock)
      expect(seldom.steps.filter((step) => step === 'breach').length).toBeLessThanOrEqual(1)
      expect(seldom.steps.filter((step) => step === 'again').length).toBeLessThanOrEqual(GOAL.again.length)
      expect(often.steps.filter((step) => step !== 'warn')).toEqual(seldom.steps.filter((step) => step !== 'warn'))
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  )
})

test('what is left is the goal less what was worked, and stands still with the clock', () => {
  fc.assert(
    fc.property(times, moves, fc.nat(5 * 24 * HOUR), (time, all, later) => {
      const { clock, now } = walk(time, all, false)
      const left = remainingMs(time, clock, now)
      if (clock.state === 'paused') expect(remainingMs(time, clock, now + later)).toBe(left)
      else expect(remainingMs(time, clock, now + later)).toBe(left - time.between(now, now + later))
      if (clock.state !== 'paused') expect(left <= 0, 'a goal is missed when nothing is left').toBe(clock.state === 'breached')
      const ended = endClock(time, clock, 'stop', now)
      expect(isTicking(ended)).toBe(false)
      expect(remainingMs(time, ended, now + later)).toBe(left)
    }),
    { numRuns: RUNS },
  )
})
