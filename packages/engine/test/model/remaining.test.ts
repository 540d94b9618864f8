import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Calendar, readCalendar } from '../../src/model/calendar.ts'
import { dueAfter, remainingUntil } from '../../src/model/remaining.ts'
import { workingTimeBetween } from '../../src/model/working-time.ts'

const MINUTE = 60_000

function calendar(timeZone: string): Calendar {
  const hours = { fri: [['10:00', '17:00']], sat: [['22:00', '24:00']], sun: [['00:00', '04:00']], mon: [['09:00', '12:00'], ['13:00', '18:00']] } // biome-ignore format: one calendar
  const read = readCalendar({ timeZone, hours, holidays: ['2026-04-03', '2026-10-26'] })
  if ('problem' in read) throw new Error(read.problem)
  return read.calendar
}

const calendars = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York').map(calendar)
const instants = fc
  .tuple(fc.constantFrom('2026-03-28', '2026-03-08', '2026-10-24', '2026-11-01'), fc.integer({ min: -8000, max: 8000 }))
  .map(([day, minutes]) => Date.parse(day) + minutes * MINUTE)
const spans = fc.integer({ min: 0, max: 20_000 }).map((minutes) => minutes * MINUTE)

test('what is left until an instant leads to it again from where it was taken, whatever the clocks do in between', () =>
  fc.assert(
    fc.property(calendars, instants, spans, (its, at, span) => {
      const left = remainingUntil(its, at, at + span)
      expect(left.ms).toBeGreaterThanOrEqual(0)
      expect(dueAfter(its, at, left)).toBe(at + span)
    }),
    { numRuns: 500 },
  ))

test('elsewhere it leads to as much working time, and not beyond the next opening', () =>
  fc.assert(
    fc.property(calendars, instants, spans, spans, (its, at, span, later) => {
      const left = remainingUntil(its, at, at + span)
      const due = dueAfter(its, at + later, left)
      expect(workingTimeBetween(its, at + later, due)).toBe(left.ms)
    }),
    { numRuns: 500 },
  ))

test('what is due at an opening is due at an opening on return, and nothing is left of what has passed', () => {
  const its = calendar('UTC')
  const left = remainingUntil(its, Date.parse('2026-01-09T16:00:00Z'), Date.parse('2026-01-10T22:00:00Z'))
  expect(left).toEqual({ ms: 60 * MINUTE, idle: 'opening' })
  expect(new Date(dueAfter(its, Date.parse('2026-01-11T03:00:00Z'), left)).toISOString()).toBe('2026-01-12T09:00:00.000Z')
  expect(remainingUntil(its, Date.parse('2026-01-12T10:00:00Z'), Date.parse('2026-01-12T09:00:00Z'))).toEqual({ ms: 0 })
})
