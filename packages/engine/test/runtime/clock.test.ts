import { describe, expect, test } from 'vitest'
import { ClockError, manualClock, systemClock } from '../../src/runtime/clock.ts'

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof ClockError ? error.code : `not a ClockError: ${String(error)}`
  }
  return 'no error'
}

describe('a manual clock', () => {
  test('stands where it was set, however its time is written', () => {
    const at = Date.UTC(2026, 4, 1, 12)
    for (const start of [at, new Date(at), '2026-05-01T12:00:00Z', '2026-05-01T14:00:00+02:00']) expect(manualClock(start).now()).toBe(at)
    expect(manualClock().now()).toBe(manualClock().now())
  })

  test('advances by durations and by milliseconds', () => {
    const clock = manualClock('2026-01-31T00:00:00Z')
    clock.advance('P1M')
    expect(new Date(clock.now()).toISOString()).toBe('2026-02-28T00:00:00.000Z')
    clock.advance(250)
    clock.set('2026-03-01T00:00:00Z')
    expect(clock.now()).toBe(Date.UTC(2026, 2, 1))
  })

  test('tells its listeners of each move until they leave', () => {
    const clock = manualClock(0)
    const heard: number[] = []
    const listener = (now: number): void => void heard.push(now)
    const stop = clock.onMove(listener)
    const stopSecond = clock.onMove(listener)
    clock.advance(10)
    clock.set(10)
    stop()
    stop()
    clock.advance('PT1S')
    stopSecond()
    clock.advance(1)
    expect(heard).toEqual([10, 10, 1010])
  })

  test('refuses to go back, and what is no time, and has not moved', () => {
    const clock = manualClock(1000)
    expect(codeOf(() => clock.set(999))).toBe('backwards')
    expect(codeOf(() => clock.advance(-1))).toBe('backwards')
    expect(codeOf(() => clock.advance('soon'))).toBe('invalidTime')
    expect(codeOf(() => clock.advance(Number.NaN))).toBe('invalidTime')
    expect(codeOf(() => clock.set('tomorrow'))).toBe('invalidTime')
    expect(codeOf(() => clock.set(new Date(Number.NaN)))).toBe('invalidTime')
    expect(codeOf(() => manualClock('never'))).toBe('invalidTime')
    expect(clock.now()).toBe(1000)
  })
})

test('the system clock is the computer’s', () => {
  const [before, now, after] = [Date.now(), systemClock.now(), Date.now()]
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(after)
})
