import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Calendar, type CalendarDefinition, readCalendar, type Weekday } from '../../src/model/calendar.ts'
import { parseDuration } from '../../src/model/duration.ts'
import { LAST_INSTANT, toLocal } from '../../src/model/time-zone.ts'
import { addWorkingTime, workingDue, workingTimeBetween } from '../../src/model/working-time.ts'

const DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function calendar(definition: CalendarDefinition): Calendar {
  const read = readCalendar(definition)
  if ('problem' in read) throw new Error(read.problem)
  return read.calendar
}

/** Hours as `weekdays times`, such as `mon-fri 09:00-12:00 13:00-17:00`. */
function hours(text: string): CalendarDefinition['hours'] {
  const [days = '', ...spans] = text.split(' ')
  const [first, last = first] = days.split('-')
  const open = DAYS.slice(DAYS.indexOf(first as Weekday), DAYS.indexOf(last as Weekday) + 1)
  const times = spans.map((span) => span.split('-') as unknown as [string, string])
  return Object.fromEntries(open.map((day) => [day, times]))
}

const OFFICE = calendar({ timeZone: 'UTC', hours: hours('mon-fri 09:00-17:00'), holidays: ['2026-12-25', '2026-12-26', '2026-01-01'] })
const ALWAYS = calendar({ timeZone: 'Europe/Berlin', hours: hours('mon-sun 00:00-24:00') })

const times = fc.uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 }).map((marks) => {
  const sorted = marks.sort((a, b) => a - b).map((quarter) => `${two(quarter >> 2)}:${two((quarter & 3) * 15)}`)
  return sorted.flatMap((from, index) => (index % 2 === 0 && sorted[index + 1] !== undefined ? [[from, sorted[index + 1]!] as const] : []))
})
const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/New_York')
// A change of the clocks lies near: Apia's lost day, Lord Howe's half hour, midnight in São Paulo, spring and autumn.
const instants = fc
  .tuple(
    fc.constantFrom('2026-03-29', '2026-10-25', '2011-12-30', '2026-04-05', '2018-11-04', '2026-03-08', '2026-11-01', '2040-01-01'),
    fc.integer({ min: -4 * 24 * 60, max: 4 * 24 * 60 }),
  )
  .map(([day, minutes]) => Date.parse(day) + minutes * MINUTE)
const definitions = fc.record({
  timeZone: zones,
  hours: fc
    .uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 })
    .chain((days) => fc.tuple(...days.map((day) => times.map((its) => [day, its] as const))))
    .map((entries): CalendarDefinition['hours'] => Object.fromEntries(entries)),
  holidays: fc.subarray(['2026-03-27', '2026-03-30', '2026-10-26', '2011-12-31', '2026-04-06', '2026-04-07', '2026-11-02']),
})
const calendars = definitions.map(calendar)
const amounts = fc.oneof(fc.integer({ min: 0, max: 3 * 24 * 60 }), fc.integer({ min: 0, max: 60 * 24 * 60 })).map((n) => n * MINUTE)

function two(n: number): string {
  return String(n).padStart(2, '0')
}

/** Whether the wall clock shows an hour of work, read from the definition alone. */
function isOpen({ timeZone, hours: open, holidays = [] }: CalendarDefinition, at: number): boolean {
  const local = new Date(toLocal(at, timeZone)).toISOString()
  if (holidays.includes(local.slice(0, 10))) return false
  const weekday = DAYS[(new Date(local).getUTCDay() + 6) % 7]!
  const time = local.slice(11, 16)
  return (open[weekday] ?? []).some(([from, to]) => from <= time && time < to)
}

describe('working time', () => {
  test('passes while the wall clock shows an hour of work', () =>
    fc.assert(
      fc.property(definitions, instants, fc.integer({ min: 0, max: 3 * 24 * 4 }), (definition, start, quarters) => {
        const at = start - (start % (15 * MINUTE))
        let open = 0
        for (let quarter = 0; quarter < quarters; quarter++) if (isOpen(definition, at + quarter * 15 * MINUTE)) open += 15 * MINUTE
        expect(workingTimeBetween(calendar(definition), at, at + quarters * 15 * MINUTE)).toBe(open)
      }),
      { numRuns: 300 },
    ))

  test('that is added has passed, and had not a moment before', () =>
    fc.assert(
      fc.property(calendars, instants, amounts, (its, at, ms) => {
        const due = addWorkingTime(its, at, ms)
        expect(workingTimeBetween(its, at, due)).toBe(ms)
        if (ms > 0) expect(workingTimeBetween(its, at, due - 1)).toBe(ms - 1)
        else expect(due).toBe(at)
      }),
      { numRuns: 500 },
    ))

  test('adds up: in two steps as in one', () =>
    fc.assert(
      fc.property(calendars, instants, amounts, amounts, (its, at, first, second) => {
        const middle = addWorkingTime(its, at, first)
        expect(addWorkingTime(its, middle, second)).toBe(addWorkingTime(its, at, first + second))
        const end = middle + second
        expect(workingTimeBetween(its, at, middle) + workingTimeBetween(its, middle, end)).toBe(workingTimeBetween(its, at, end))
      }),
      { numRuns: 500 },
    ))

  test('never runs back: later is due later, and no span is negative', () =>
    fc.assert(
      fc.property(calendars, instants, fc.integer({ min: 0, max: 5000 }), amounts, (its, at, minutes, ms) => {
        const later = at + minutes * MINUTE
        expect(addWorkingTime(its, later, ms)).toBeGreaterThanOrEqual(addWorkingTime(its, at, ms))
        expect(workingTimeBetween(its, at, later)).toBeGreaterThanOrEqual(0)
        expect(workingTimeBetween(its, later, at)).toBe(0)
      }),
      { numRuns: 300 },
    ))

  test('of a calendar that is always open is plain time', () =>
    fc.assert(
      fc.property(instants, amounts, (at, ms) => {
        expect(addWorkingTime(ALWAYS, at, ms)).toBe(at + ms)
        expect(workingTimeBetween(ALWAYS, at, at + ms)).toBe(ms)
      }),
    ))

  test('has none of a holiday', () => {
    const [from, to] = [Date.parse('2026-12-24T00:00:00Z'), Date.parse('2026-12-29T00:00:00Z')]
    expect(workingTimeBetween(OFFICE, from, to)).toBe(2 * 8 * HOUR) // Thursday and Monday
    expect(addWorkingTime(OFFICE, from, 8 * HOUR)).toBe(Date.parse('2026-12-24T17:00:00Z'))
    expect(addWorkingTime(OFFICE, from, 8 * HOUR + 1)).toBe(Date.parse('2026-12-28T09:00:00.001Z'))
  })

  test('follows the clocks: the lost hour is none, the repeated one counts twice', () => {
    const night = calendar({ timeZone: 'Europe/Berlin', hours: hours('sun 01:00-05:00') })
    const day = (text: string): [number, number] => [Date.parse(`${text}T00:00:00Z`) - 2 * HOUR, Date.parse(`${text}T20:00:00Z`)]
    expect(workingTimeBetween(night, ...day('2026-03-22'))).toBe(4 * HOUR)
    expect(workingTimeBetween(night, ...day('2026-03-29'))).toBe(3 * HOUR)
    expect(workingTimeBetween(night, ...day('2026-10-25'))).toBe(5 * HOUR)
    expect(addWorkingTime(night, Date.parse('2026-03-28T12:00:00Z'), 2 * HOUR)).toBe(Date.parse('2026-03-29T02:00:00Z'))
    expect(addWorkingTime(night, Date.parse('2026-10-24T12:00:00Z'), 2 * HOUR)).toBe(Date.parse('2026-10-25T01:00:00Z'))
  })

  test('is bounded: what no calendar reaches is the last instant, and centuries cost no more than the looks at their clocks', () => {
    const minute = calendar({ timeZone: 'Europe/Berlin', hours: hours('wed 02:00-02:01'), holidays: ['2026-03-25'] })
    expect(addWorkingTime(minute, 0, 10_000 * 365 * 24 * HOUR)).toBe(LAST_INSTANT)
    const longAgo = Date.parse('0001-01-01T00:00:00Z')
    const years = workingTimeBetween(minute, longAgo, LAST_INSTANT) / MINUTE
    expect(years).toBeGreaterThan(14_300_000)
    expect(workingTimeBetween(minute, longAgo, addWorkingTime(minute, longAgo, 500_000 * MINUTE))).toBe(500_000 * MINUTE)
  })
})

describe('a timer by a calendar', () => {
  const due = (text: string, at: string, its = OFFICE): string => {
    const parsed = parseDuration(text)
    if ('problem' in parsed) throw new Error(parsed.problem)
    return new Date(workingDue(its, Date.parse(at), parsed.duration)).toISOString().replace(':00.000Z', 'Z')
  }
  const BREAK = calendar({ timeZone: 'UTC', hours: { ...hours('mon-thu 09:00-17:00'), fri: [['10:00', '12:00'], ['13:00', '15:00']] } }) // biome-ignore format: one calendar a line

  test.each([
    ['PT4H', '2026-01-15T10:00:00Z', '2026-01-15T14:00Z'],
    ['PT8H', '2026-01-15T09:00:00Z', '2026-01-15T17:00Z'],
    ['PT16H', '2026-01-16T12:00:00Z', '2026-01-20T12:00Z'], // over a weekend
    ['PT30M', '2026-01-17T12:00:00Z', '2026-01-19T09:30Z'], // from a Saturday
    ['PT0S', '2026-01-17T12:00:00Z', '2026-01-17T12:00Z'],
  ])('counts hours, minutes and seconds in working time: %s from %s is %s', (text, at, expected) => expect(due(text, at)).toBe(expected))

  test.each([
    ['P1D', '2026-01-15T10:30:00Z', '2026-01-16T10:30Z'],
    ['P1D', '2026-01-16T10:30:00Z', '2026-01-19T10:30Z'], // Friday
    ['P1D', '2026-01-16T17:00:00Z', '2026-01-19T17:00Z'], // at the end of the day
    ['P1D', '2026-01-17T12:00:00Z', '2026-01-20T09:00Z'], // Saturday: counts from Monday's opening
    ['P1D', '2026-01-16T18:00:00Z', '2026-01-20T09:00Z'], // after hours, too
    ['P3D', '2026-12-23T10:00:00Z', '2026-12-29T10:00Z'], // over Christmas
    ['P20D', '2026-01-05T10:00:00Z', '2026-02-02T10:00Z'],
    ['P1DT2H', '2026-01-16T16:00:00Z', '2026-01-20T10:00Z'],
  ])('counts days of work: %s from %s is %s', (text, at, expected) => expect(due(text, at)).toBe(expected))

  test.each([
    ['P1D', '2026-01-15T16:00:00Z', '2026-01-16T15:00Z'], // closed by then
    ['P1D', '2026-01-15T12:30:00Z', '2026-01-16T12:00Z'], // in the break
    ['P1D', '2026-01-15T09:15:00Z', '2026-01-16T10:00Z'], // not open yet
    ['P2D', '2026-01-15T16:00:00Z', '2026-01-19T16:00Z'],
  ])('keeps within the hours of the day it ends on: %s from %s is %s', (text, at, expected) => expect(due(text, at, BREAK)).toBe(expected))

  test.each([
    ['P1W', '2026-01-14T10:00:00Z', '2026-01-21T10:00Z'],
    ['P1W', '2025-12-25T10:00:00Z', '2026-01-02T09:00Z'], // a Thursday; the next is a holiday
    ['P1M', '2026-01-14T10:00:00Z', '2026-02-16T09:00Z'], // 14 February is a Saturday
    ['P1M1D', '2026-01-14T10:00:00Z', '2026-02-17T09:00Z'],
  ])('moves the date by weeks, months and years, and on to the next opening: %s from %s is %s', (text, at, expected) => {
    expect(due(text, at)).toBe(expected)
  })

  test('keeps the time of day over a change of the clocks', () => {
    const berlin = calendar({ timeZone: 'Europe/Berlin', hours: hours('mon-fri 09:00-17:00') })
    expect(due('P1D', '2026-03-27T09:00:00Z', berlin)).toBe('2026-03-30T08:00Z')
    expect(due('P1D', '2026-10-23T08:00:00Z', berlin)).toBe('2026-10-26T09:00Z')
    expect(due('PT8H', '2026-03-27T12:00:00Z', berlin)).toBe('2026-03-30T11:00Z')
  })

  test('that is always open is due as without one', () =>
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (at, days, hour) => {
        const utc = calendar({ timeZone: 'UTC', hours: hours('mon-sun 00:00-24:00') })
        const parsed = parseDuration(`P${days}DT${hour}H`)
        if ('problem' in parsed) throw new Error(parsed.problem)
        expect(workingDue(utc, at, parsed.duration)).toBe(at + (days * 24 + hour) * HOUR)
      }),
    ))

  test('counts as many days of work as it says, whatever the holidays', () =>
    fc.assert(
      fc.property(definitions, instants, fc.integer({ min: 1, max: 30 }), (definition, at, days) => {
        const its = calendar(definition)
        const parsed = parseDuration(`P${days}D`)
        if ('problem' in parsed) throw new Error(parsed.problem)
        const start = addWorkingTime(its, at, 1) - 1
        const dayOf = (instant: number): number => Math.floor(toLocal(instant, its.timeZone) / (24 * HOUR))
        let day = dayOf(start)
        for (let left = days; left > 0; ) {
          day += 1
          const date = new Date(day * 24 * HOUR)
          const open = definition.hours[DAYS[(date.getUTCDay() + 6) % 7]!] ?? []
          if (open.length > 0 && definition.holidays?.includes(date.toISOString().slice(0, 10)) !== true) left -= 1
        }
        // The day that Apia lost is a day of work without time: its opening is the next day's midnight.
        fc.pre(its.timeZone !== 'Pacific/Apia' || new Date(day * 24 * HOUR).toISOString().slice(0, 10) !== '2011-12-30')
        const end = workingDue(its, start, parsed.duration)
        expect(dayOf(end)).toBe(day)
      }),
      { numRuns: 300 },
    ))
})
