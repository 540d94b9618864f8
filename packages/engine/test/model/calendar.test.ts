import { expect, test } from 'vitest'
import { readCalendar } from '../../src/model/calendar.ts'

const GOOD = { timeZone: 'Europe/Berlin', hours: { mon: [['09:00', '17:00']] } }

test('business hours need a zone and hours on one weekday', () => {
  expect(readCalendar(GOOD)).toHaveProperty('calendar')
  expect(readCalendar({ ...GOOD, hours: { sun: [['00:00', '24:00']] }, holidays: ['2028-02-29'] })).toHaveProperty('calendar')
})

test.each<[unknown, RegExp]>([
  [null, /it is null; write \{ timeZone/],
  [[GOOD], /it is \[an object\]/],
  [{ ...GOOD, holiday: [] }, /no member "holiday"; there are timeZone, hours, holidays/],
  [{ hours: GOOD.hours }, /timeZone is undefined; it must be an IANA name/],
  [{ ...GOOD, timeZone: 'Berlin' }, /timeZone is "Berlin"/],
  [{ timeZone: 'UTC' }, /hours is undefined/],
  [{ ...GOOD, hours: {} }, /no working time on any weekday/],
  [{ ...GOOD, hours: { tue: [] } }, /no working time on any weekday/],
  [{ ...GOOD, hours: { monday: [['09:00', '17:00']] } }, /no weekday "monday"; there are mon, tue/],
  [{ ...GOOD, hours: { mon: null } }, /hours\.mon is null; it must be a list/],
  [{ ...GOOD, hours: { mon: ['09:00', '17:00'] } }, /hours\.mon\[0\] is "09:00"; it must be two times/],
  [{ ...GOOD, hours: { mon: [['9:00', '17:00']] } }, /hours\.mon\[0\] is \["9:00", "17:00"\]/],
  [{ ...GOOD, hours: { mon: [['09:60', '17:00']] } }, /must be two times from 00:00 to 24:00/],
  [{ ...GOOD, hours: { mon: [['09:00', '24:01']] } }, /must be two times/],
  [{ ...GOOD, hours: { mon: [['09:00', '09:00']] } }, /closes at 09:00, not after it opens at 09:00/],
  [{ ...GOOD, hours: { mon: [['22:00', '06:00']] } }, /hours over midnight are two/],
  [{ ...GOOD, hours: { mon: [['09:00', '12:00'], ['11:00', '17:00']] } }, /mon\[1\] opens at 11:00, before the entry in front of it closes/], // biome-ignore format: one case a line
  [{ ...GOOD, hours: { mon: Array.from({ length: 101 }, () => ['09:00', '10:00']) } }, /101 entries; 100 are the most/],
  [{ ...GOOD, holidays: '2026-12-25' }, /holidays is "2026-12-25"; it must be a list/],
  [{ ...GOOD, holidays: ['2026-12-25', '2026-02-29'] }, /holidays\[1\] is "2026-02-29"; it must be a day/],
  [{ ...GOOD, holidays: ['12-25'] }, /holidays\[0\] is "12-25"/],
  [{ ...GOOD, holidays: [20261225] }, /holidays\[0\] is 20261225/],
])('%j is refused with what is wrong in it', (definition, problem) => {
  const read = readCalendar(definition)
  expect('problem' in read ? read.problem : read).toMatch(problem)
})
