import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDuration, type Duration, isZeroDuration, parseDuration, roughMs, timesDuration } from '../../src/model/duration.ts'
import { LAST_INSTANT, toLocal } from '../../src/model/time-zone.ts'

function duration(text: string): Duration {
  const parsed = parseDuration(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.duration
}

function added(from: string, text: string, timeZone = 'UTC'): string {
  return new Date(addDuration(Date.parse(from), duration(text), timeZone)).toISOString()
}

describe('an ISO 8601 duration', () => {
  test('is read part by part', () => {
    expect(duration('P1Y2M3W4DT5H6M7.5S')).toEqual({ years: 1, months: 2, weeks: 3, days: 4, hours: 5, minutes: 6, seconds: 7.5 })
    expect(duration(' PT1,5H ')).toMatchObject({ hours: 1.5 })
    expect(duration('P2M')).toMatchObject({ months: 2, minutes: 0 })
    expect(duration('PT2M')).toMatchObject({ months: 0, minutes: 2 })
    expect(isZeroDuration(duration('PT0S'))).toBe(true)
  })

  test('is read back as it was written', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 7, maxLength: 7 }), ([years, months, weeks, days, hours, minutes, ms]) => {
        const seconds = ms! / 8
        const text = `P${years}Y${months}M${weeks}W${days}DT${hours}H${minutes}M${seconds}S`
        expect(duration(text)).toEqual({ years, months, weeks, days, hours, minutes, seconds })
      }),
    ))

  test.each([
    ['-P1D', 'negative'],
    ['P-1D', 'negative'],
    ['PT-5M', 'negative'],
    ['P', 'not an ISO 8601 duration'],
    ['PT', 'not an ISO 8601 duration'],
    ['P1DT', 'not an ISO 8601 duration'],
    ['', 'not an ISO 8601 duration'],
    ['5 minutes', 'for example'],
    ['pt5m', 'capitals'],
    ['P5H', 'behind a T'],
    ['P0.5D', 'PT12H'],
    ['PT1.5H3M', 'only the last part'],
    ['R3/PT1H', 'timeCycle'],
    ['2026-01-01', 'timeDate'],
    ['P10001Y', 'longer than'],
    [`P${'9'.repeat(400)}D`, 'longer than'],
  ])('%s is refused with a reason', (text, reason) => {
    const parsed = parseDuration(text)
    expect('problem' in parsed ? parsed.problem : parsed).toContain(reason)
  })

  test('never throws and never gives a number that is none', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[-P0-9YMWDTHS.,]{0,20}$/), (text) => {
        const parsed = parseDuration(text)
        if ('duration' in parsed) expect(Number.isFinite(roughMs(parsed.duration))).toBe(true)
        else expect(parsed.problem).not.toBe('')
      }),
    ))
})

describe('adding a duration', () => {
  test.each([
    ['2026-01-31T10:00:00.000Z', 'P1M', '2026-02-28T10:00:00.000Z'],
    ['2028-02-29T10:00:00.000Z', 'P1Y', '2029-02-28T10:00:00.000Z'],
    ['2026-08-31T10:00:00.000Z', 'P1M1D', '2026-10-01T10:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 'PT0.001S', '2027-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.000Z', 'P10Y', '2036-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.000Z', 'P2W', '2026-01-15T00:00:00.000Z'],
  ])('%s and %s is %s', (from, text, to) => expect(added(from, text)).toBe(to))

  test('keeps the time of day over changes of clocks, while hours stay hours', () => {
    expect(added('2026-03-28T08:00:00Z', 'P1D', 'Europe/Berlin')).toBe('2026-03-29T07:00:00.000Z')
    expect(added('2026-03-28T08:00:00Z', 'PT24H', 'Europe/Berlin')).toBe('2026-03-29T08:00:00.000Z')
    expect(added('2026-10-31T13:00:00Z', 'P1D', 'America/New_York')).toBe('2026-11-01T14:00:00.000Z')
    expect(added('2026-10-03T00:00:00Z', 'P1D', 'Australia/Lord_Howe')).toBe('2026-10-03T23:30:00.000Z')
  })

  test('moves a time that is skipped forward by the gap and takes the first of one that comes twice', () => {
    expect(added('2026-03-28T01:30:00Z', 'P1D', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
    expect(added('2026-10-24T00:30:00Z', 'P1D', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
  })

  test('of days and weeks keeps the wall clock, except in a gap', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) }),
        fc.nat(1000),
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
        (at, days, zone) => {
          const shift = toLocal(addDuration(at, duration(`P${days}D`), zone), zone) - toLocal(at, zone) - days * 86_400_000
          expect([0, 1_800_000, 3_600_000]).toContain(shift)
          if (shift > 0)
            expect(toLocal(addDuration(at, duration(`P${days + 1}D`), zone), zone)).toBe(toLocal(at, zone) + (days + 1) * 86_400_000)
        },
      ),
      { numRuns: 500 },
    ))

  test('ends at the last instant there is', () => {
    const long = timesDuration(duration('P9000Y'), 1000)
    expect(addDuration(0, long, 'Europe/Berlin')).toBe(LAST_INSTANT)
    expect(addDuration(LAST_INSTANT - 10, duration('PT1S'), 'UTC')).toBe(LAST_INSTANT)
  })
})
