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
import { AROUND_THE_CLOCK } from '../../src/case/service/terms.ts'

const RUNS = Number(process.env.LAW_RUNS ?? 1_000)
const GOAL = { withinMs: 1_000, warnMs: 800, againMs: [300, 700] }

/** Only every second stretch of 100 is worked. */
const HALF: WorkingTime = {
  add(at, ms) {
    let now = at
    for (let left = ms; left > 0; ) {
      const inStretch = now % 200
      if (inStretch >= 100) now += 200 - inStretch
      else {
        const part = Math.min(left, 100 - inStretch)
        now += part
        left -= part
      }
    }
    return now
  },
  between: (from, to) => (to <= from ? 0 : worked(to) - worked(from)),
}

function worked(at: number): number {
  return Math.floor(at / 200) * 100 + Math.min(100, at % 200)
}

const moves = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 900 }), move: fc.constantFrom('look', 'pause', 'resume', 'tighten', 'relax') }),
  { maxLength: 30 },
)
const times = fc.constantFrom(AROUND_THE_CLOCK, HALF)

/** Walks a clock, which is looked at after each move; tells all that it came to. */
function walk(time: WorkingTime, all: readonly { readonly after: number; readonly move: string }[], isEager: boolean) {
  let now = 0
  let clock = startClock(time, 'resolution', GOAL, now)
  const steps: ClockStep[] = []
  const look = (): void => {
    const ticked = tick(time, clock, now)
    clock = ticked.clock
    steps.push(...ticked.steps)
  }
  for (const { after, move } of all) {
    for (let k = 0; k < after; k++) {
      now++
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
  if (move === 'tighten') return retime(time, clock, { withinMs: 600, warnMs: 480, againMs: [] }, now)
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
      expect(seldom.steps.filter((step) => step === 'again').length).toBeLessThanOrEqual(GOAL.againMs.length)
      expect(often.steps.filter((step) => step !== 'warn')).toEqual(seldom.steps.filter((step) => step !== 'warn'))
    }),
    { numRuns: Math.ceil(RUNS / 5) },
  )
})

test('what is left is the goal less what was worked, and stands still with the clock', () => {
  fc.assert(
    fc.property(times, moves, fc.nat(5_000), (time, all, later) => {
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
