import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeBetween, isTimeZone, offsetAt, toInstant, toLocal } from '../../src/model/time-zone.ts'

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia', 'America/Sao_Paulo']
const instants = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2060, 0, 1) })
const HOUR = 3_600_000

/** The wall clock by another road than the offset: the parts that Intl prints. */
function shown(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!)
}

describe('local time', () => {
  test('is what the wall clocks of the zone show', () =>
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (at, zone) => {
        const second = Math.floor(at / 1000) * 1000
        expect(toLocal(second, zone)).toBe(shown(second, zone))
      }),
      { numRuns: 300 },
    ))

  test('leads back to its instant, or to the first pass where it comes twice', () =>
    fc.assert(
      fc.property(instants, fc.constantFrom(...ZONES), (at, zone) => {
        const back = toInstant(toLocal(at, zone), zone)
        expect(toLocal(back, zone)).toBe(toLocal(at, zone))
        expect(back).toBeLessThanOrEqual(at)
      }),
      { numRuns: 2000 },
    ))

  test.each([
    ['Europe/Berlin', '2026-03-29T02:30:00Z', '2026-03-29T01:30:00Z', '2026-03-29T01:00:00Z'],
    ['America/New_York', '2026-03-08T02:15:00Z', '2026-03-08T07:15:00Z', '2026-03-08T07:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:10:00Z', '2026-10-03T15:40:00Z', '2026-10-03T15:30:00Z'],
    ['Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T22:00:00Z', '2011-12-30T10:00:00Z'],
  ])('that %s skips moves forward by the gap, or to its end', (zone, local, shifted, end) => {
    expect(toInstant(Date.parse(local), zone)).toBe(Date.parse(shifted))
    expect(toInstant(Date.parse(local), zone, 'end')).toBe(Date.parse(end))
  })

  test.each([
    ['Europe/Berlin', '2026-10-25T02:30:00Z', '2026-10-25T00:30:00Z'],
    ['America/New_York', '2026-11-01T01:30:00Z', '2026-11-01T05:30:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00Z', '2026-04-04T14:45:00Z'],
  ])('that comes twice in %s is the first of the two', (zone, local, first) => {
    expect(toInstant(Date.parse(local), zone)).toBe(Date.parse(first))
  })
})

test('offsets before standard time keep their seconds', () => {
  expect(offsetAt(Date.UTC(1880, 0, 1), 'Europe/Berlin')).toBe((53 * 60 + 28) * 1000)
})

test('a change of clocks is found to the millisecond', () => {
  const change = Date.parse('2026-03-29T01:00:00Z')
  expect(changeBetween(change - 5 * HOUR, change + 7 * HOUR, 'Europe/Berlin')).toBe(change)
})

test('names of zones are told from other words', () => {
  expect(ZONES.every(isTimeZone)).toBe(true)
  expect(['Berlin', '', 'Europe/Nowhere', 'constructor'].some(isTimeZone)).toBe(false)
})

test('every zone of the platform works, many more than the cache holds', () => {
  const names = Intl.supportedValuesOf('timeZone')
  expect(names.length).toBeGreaterThan(200)
  const at = Date.UTC(2026, 6, 1)
  for (const zone of names) expect(toInstant(toLocal(at, zone), zone)).toBe(at)
  expect(offsetAt(at, 'Europe/Berlin')).toBe(2 * HOUR)
})
