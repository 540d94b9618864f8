import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInstant } from '../../src/model/instant.ts'

function instant(text: string, timeZone = 'Europe/Berlin'): string {
  const parsed = parseInstant(text, timeZone)
  return 'problem' in parsed ? parsed.problem : new Date(parsed.at).toISOString()
}

test.each([
  ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z'],
  ['2026-03-01T09:30:00.1239Z', '2026-03-01T09:30:00.123Z'],
  ['2026-03-01T09:30:00,5+0530', '2026-03-01T04:00:00.500Z'],
  ['2026-03-01T09:30-05', '2026-03-01T14:30:00.000Z'],
  ['2026-03-01T09:30:00', '2026-03-01T08:30:00.000Z'],
  ['2026-07-01 09:30', '2026-07-01T07:30:00.000Z'],
  ['2026-07-01', '2026-06-30T22:00:00.000Z'],
  ['2026-07-01T24:00', '2026-07-01T22:00:00.000Z'],
  ['2026-03-01T09:30:00[America/New_York]', '2026-03-01T14:30:00.000Z'],
  ['2026-03-01T09:30:00+01:00[Europe/Paris]', '2026-03-01T08:30:00.000Z'],
  ['20260301T093000Z', '2026-03-01T09:30:00.000Z'],
  ['2026-W53-1T00:00Z', '2026-12-28T00:00:00.000Z'],
  ['2028-366T00:00Z', '2028-12-31T00:00:00.000Z'],
  ['0050-01-01T00:00Z', '0050-01-01T00:00:00.000Z'],
  ['2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
])('%s is read', (text, at) => expect(instant(text)).toBe(at))

test.each([
  ['6pm', 'is not an ISO 8601 date'],
  ['2026-02-30', 'does not have'],
  ['2025-W53-1', 'does not have'],
  ['2026-366', 'does not have'],
  ['2026-13-01', 'does not have'],
  ['2026-03-01T25:00Z', 'no time of day'],
  ['2026-03-01T09:60Z', 'no time of day'],
  ['2026-03-01T', 'no time of day'],
  ['2026-03-01T09:30[Mars/Base]', 'time zone "Mars/Base"'],
  ['', 'is not an ISO 8601 date'],
])('%s is refused with a reason', (text, reason) => expect(instant(text)).toContain(reason))

test('every instant is read back from its ISO text', () =>
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      (date) => {
        expect(parseInstant(date.toISOString(), 'Asia/Kolkata')).toEqual({ at: date.getTime() })
      },
    ),
  ))
