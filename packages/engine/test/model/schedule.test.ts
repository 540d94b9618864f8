import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCalendar } from '../../src/model/calendar.ts'
import { firstDue, nextDue, occurrences, parseSchedule, type Schedule, type ScheduleKind } from '../../src/model/schedule.ts'

const NOW = Date.parse('2026-01-15T12:00:00Z')

function schedule(kind: ScheduleKind, text: string, timeZone = 'UTC'): Schedule {
  const parsed = parseSchedule(kind, text, timeZone)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.schedule
}

/** The due times of a timer armed at `now`, as a host asks for them: each from the one before, as often as it may fire. */
function dues(
  kind: ScheduleKind,
  text: string,
  options: { now?: number; timeZone?: string; max?: number; first?: boolean } = {},
): string[] {
  const { now = NOW, timeZone = 'UTC', max = 6 } = options
  const parsed = schedule(kind, text, timeZone)
  const found: string[] = []
  const first = firstDue(parsed, now, timeZone)
  let at = first
  while (at !== null && found.length < Math.min(max, occurrences(parsed) ?? max)) {
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'))
    at = nextDue(parsed, at, timeZone, options.first === true ? (first ?? undefined) : undefined)
  }
  return found
}

describe('a date', () => {
  test('is due at its instant, in the past too', () => {
    expect(dues('timeDate', '2026-02-01T00:00:00Z')).toEqual(['2026-02-01T00:00Z'])
    expect(dues('timeDate', '2020-02-01T00:00:00Z')).toEqual(['2020-02-01T00:00Z'])
  })

  test('without a zone is local, and may be ten years away', () => {
    expect(dues('timeDate', '2036-07-01T09:00:00', { timeZone: 'Europe/Berlin' })).toEqual(['2036-07-01T07:00Z'])
  })
})

describe('a duration', () => {
  test('counts from the arming and fires once', () => {
    expect(dues('timeDuration', 'PT90M')).toEqual(['2026-01-15T13:30Z'])
    expect(dues('timeDuration', 'P10Y')).toEqual(['2036-01-15T12:00Z'])
    expect(dues('timeDuration', 'PT0S')).toEqual(['2026-01-15T12:00Z'])
    expect(dues('timeDuration', 'P3M', { timeZone: 'Europe/Berlin' })).toEqual(['2026-04-15T11:00Z'])
  })
})

describe('a cycle', () => {
  test.each([
    ['R3/PT1H', ['2026-01-15T13:00Z', '2026-01-15T14:00Z', '2026-01-15T15:00Z']],
    ['R0/PT1H', []],
    ['R1/PT1H', ['2026-01-15T13:00Z']],
    ['R/2026-02-01T00:00:00Z/P1D/2026-02-02T12:00:00Z', ['2026-02-01T00:00Z', '2026-02-02T00:00Z']],
    ['0 9 * * */2026-01-17T12:00:00Z', ['2026-01-16T09:00Z', '2026-01-17T09:00Z']],
    ['R3/2026-02-01T00:00:00Z/P1D', ['2026-02-01T00:00Z', '2026-02-02T00:00Z', '2026-02-03T00:00Z']],
    ['R2/2026-02-01/2026-02-03', ['2026-02-01T00:00Z', '2026-02-03T00:00Z']],
    ['R5/PT1H/2026-01-15T14:30:00Z', ['2026-01-15T13:00Z', '2026-01-15T14:00Z']],
    ['R/PT1H/2026-01-15T14:00:00Z', ['2026-01-15T13:00Z', '2026-01-15T14:00Z']],
    ['R/PT1H/2026-01-15T11:00:00Z', []],
    ['R/PT1H/2026-01-15T12:30:00Z', []],
    ['R4/2026-01-31T08:00:00Z/P1M', ['2026-01-31T08:00Z', '2026-02-28T08:00Z', '2026-03-31T08:00Z', '2026-04-30T08:00Z']],
  ])('%s is due as often as it says', (text, expected) => expect(dues('timeCycle', text)).toEqual(expected))

  test('without a count is endless, written as R or R-1', () => {
    for (const text of ['R/PT1H', 'R-1/PT1H']) {
      expect(occurrences(schedule('timeCycle', text))).toBeNull()
      expect(dues('timeCycle', text, { max: 50 })).toHaveLength(50)
    }
  })

  test('that began in the past is due once for all that it missed, then on its grid', () => {
    expect(dues('timeCycle', 'R/2020-01-01T00:30:00Z/PT1H', { max: 2 })).toEqual(['2026-01-15T11:30Z', '2026-01-15T12:30Z'])
    expect(dues('timeCycle', 'R3/2026-01-15T11:59:00Z/PT1H')).toEqual(['2026-01-15T11:59Z', '2026-01-15T12:59Z', '2026-01-15T13:59Z'])
    expect(dues('timeCycle', 'R/1990-05-31T00:00:00Z/P1M', { max: 3 })).toEqual([
      '2025-12-31T00:00Z',
      '2026-01-31T00:00Z',
      '2026-02-28T00:00Z',
    ])
  })

  test('of days keeps its time of day over changes of clocks, in the gap only shifted', () => {
    const berlin = { timeZone: 'Europe/Berlin', max: 4 }
    expect(dues('timeCycle', 'R/2026-03-27T02:30:00/P1D', { ...berlin, now: Date.UTC(2026, 2, 1) })).toEqual([
      '2026-03-27T01:30Z',
      '2026-03-28T01:30Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:30Z',
    ])
    expect(dues('timeCycle', 'R/P1D', { ...berlin, now: Date.parse('2026-10-23T07:00:00Z'), max: 3 })).toEqual([
      '2026-10-24T07:00Z',
      '2026-10-25T08:00Z',
      '2026-10-26T08:00Z',
    ])
    expect(dues('timeCycle', 'R/P1D', { timeZone: 'America/New_York', now: Date.parse('2026-03-07T17:00:00Z'), max: 2 })).toEqual([
      '2026-03-08T16:00Z',
      '2026-03-09T16:00Z',
    ])
    expect(dues('timeCycle', 'R/P1D', { timeZone: 'Australia/Lord_Howe', now: Date.parse('2026-10-02T00:00:00Z'), max: 2 })).toEqual([
      '2026-10-03T00:00Z',
      '2026-10-03T23:30Z',
    ])
  })

  test('knows its grid by its first due time when it has no start', () => {
    const now = Date.parse('2025-12-31T08:00:00Z')
    expect(dues('timeCycle', 'R3/P1M', { now, first: true })).toEqual(['2026-01-31T08:00Z', '2026-02-28T08:00Z', '2026-03-31T08:00Z'])
    expect(dues('timeCycle', 'R3/P1M', { now })).toEqual(['2026-01-31T08:00Z', '2026-02-28T08:00Z', '2026-03-28T08:00Z'])
  })

  test('whose due time was shifted goes on from there', () => {
    const parsed = schedule('timeCycle', 'R/2026-01-01T00:00:00Z/P1D')
    expect(nextDue(parsed, Date.parse('2026-01-03T05:00:00Z'), 'UTC')).toBe(Date.parse('2026-01-04T05:00:00Z'))
  })

  test('of exact intervals never drifts', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 200 }), fc.nat(4e12), (seconds, steps, now) => {
        const parsed = schedule('timeCycle', `R/PT${seconds}S`)
        let at = firstDue(parsed, now, 'Europe/Berlin')
        for (let step = 1; step < steps; step++) at = nextDue(parsed, at!, 'Europe/Berlin')
        expect(at).toBe(now + steps * seconds * 1000)
      }),
    ))

  test('is always due later than before, and step by step where it would be by counting', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('P1D', 'P1M', 'P1Y', 'P2W', 'PT7H', 'P1DT1S', 'PT0.001S', 'P1M3DT5H', 'PT0.0000002H'),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'),
        fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2030, 0, 1) }),
        fc.integer({ min: 0, max: 60 }),
        (interval, zone, start, steps) => {
          const parsed = schedule('timeCycle', `R/${new Date(start).toISOString()}/${interval}`, zone)
          let at = firstDue(parsed, start - 1, zone)!
          expect(at).toBe(start)
          for (let step = 0; step < steps; step++) {
            const next = nextDue(parsed, at, zone)!
            expect(next).toBeGreaterThan(at)
            at = next
          }
          // Armed at any later instant, the cycle is due at the same grid.
          expect(firstDue(parsed, at, zone)).toBe(at)
        },
      ),
      { numRuns: 300 },
    ))

  test('stops at the last instant there is', () => {
    const parsed = schedule('timeCycle', 'R/P9999Y')
    let at = firstDue(parsed, NOW, 'UTC')
    let count = 0
    for (; at !== null && count < 100; count++) at = nextDue(parsed, at, 'UTC')
    expect(count).toBe(27)
  })
})

test('a cron cycle is due at the times of the zone', () => {
  expect(occurrences(schedule('timeCycle', '0 0 9 * * MON-FRI'))).toBeNull()
  expect(dues('timeCycle', '0 0 9 * * MON-FRI', { timeZone: 'Europe/Berlin', max: 3 })).toEqual([
    '2026-01-16T08:00Z',
    '2026-01-19T08:00Z',
    '2026-01-20T08:00Z',
  ])
})

test.each<[ScheduleKind, string, string]>([
  ['timeDate', '', 'is empty'],
  ['timeDate', '6pm', 'not an ISO 8601 date'],
  ['timeDate', 'PT1H', 'timeDuration'],
  ['timeDate', 'R3/PT1H', 'timeCycle'],
  ['timeDuration', 'R3/PT1H', 'timeCycle'],
  ['timeDuration', '2026-01-01', 'timeDate'],
  ['timeDuration', '-PT1H', 'negative'],
  ['timeCycle', 'PT1H', 'write R/PT1H'],
  ['timeCycle', 'R/PT0S', 'without any time between'],
  ['timeCycle', 'R3/PT0S', 'without any time between'],
  ['timeCycle', 'R/2026-01-01/2026-01-01', 'without any time between'],
  ['timeCycle', 'R/2026-01-02/2026-01-01', 'ends before it starts'],
  ['timeCycle', 'R-3/PT1H', 'three times in all'],
  ['timeCycle', 'R99999999999999999999/PT1H', 'three times in all'],
  ['timeCycle', 'R3', 'not an ISO 8601 repetition'],
  ['timeCycle', 'R3/', 'not an ISO 8601 repetition'],
  ['timeCycle', 'R3/2026-01-01', 'no interval'],
  ['timeCycle', 'R3/P1D/2026-01-01/2026-02-01', 'three parts'],
  ['timeCycle', '0 9 * * */2026-02-30', 'does not have'],
  ['timeCycle', 'R3/PT1H/P1D', 'not an ISO 8601 date'],
  ['timeCycle', 'R3/2026-02-30/P1D', 'does not have'],
  ['timeCycle', 'every day', 'neither a repetition'],
])('a %s of "%s" is refused with a reason', (kind, text, reason) => {
  const parsed = parseSchedule(kind, text, 'UTC')
  expect('problem' in parsed ? parsed.problem : parsed).toContain(reason)
})

test('a schedule is plain data', () => {
  const all: [ScheduleKind, string][] = [
    ['timeDate', '2026-01-01'],
    ['timeDuration', 'P1DT0.5S'],
    ['timeCycle', 'R/2026-01-01/P1D'],
    ['timeCycle', '0 0 9 LW * ?'],
  ]
  for (const [kind, text] of all) {
    const parsed = schedule(kind, text)
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed)
  }
})

describe('by a calendar', () => {
  const read = readCalendar({
    timeZone: 'UTC',
    hours: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]])),
    holidays: ['2026-01-22', '2026-01-23', '2026-01-26', '2026-01-27', '2026-01-28', '2026-01-29'],
  })
  if ('problem' in read) throw new Error(read.problem)
  const { calendar } = read
  // NOW is a Thursday, noon.
  const times = (text: string, max: number): (string | null)[] => {
    const parsed = schedule('timeCycle', text)
    const first = firstDue(parsed, NOW, 'UTC', calendar)
    const found = [first]
    while (found.length < max) {
      const last = found.at(-1)
      found.push(last === null || last === undefined ? null : nextDue(parsed, last, 'UTC', first ?? undefined, calendar))
    }
    return found.map((at) => (at === null ? null : new Date(at).toISOString().slice(0, 16)))
  }

  test.each([
    ['R/PT4H', ['2026-01-15T16:00', '2026-01-16T12:00', '2026-01-16T16:00', '2026-01-19T12:00']],
    ['R/P2D', ['2026-01-19T12:00', '2026-01-21T12:00', '2026-02-02T12:00']],
    ['R/2026-01-14T10:00:00Z/P1M', ['2026-01-14T10:00', '2026-02-16T09:00', '2026-03-16T09:00', '2026-04-14T10:00']],
    ['R/2020-01-01T00:00:00Z/PT3H', ['2026-01-15T10:00', '2026-01-15T13:00', '2026-01-15T16:00']],
    ['R/2020-01-02T10:00:00Z/P1D', ['2026-01-15T10:00', '2026-01-16T10:00', '2026-01-19T10:00']],
    ['R/2026-01-17T12:00:00Z/PT1H', ['2026-01-17T12:00', '2026-01-19T10:00', '2026-01-19T11:00']],
    ['R/PT4H/2026-01-16', ['2026-01-15T16:00', null]],
  ])('%s is due in working time, on its grid', (text, expected) => expect(times(text, expected.length)).toEqual(expected))

  test('times of the grid that come to the same opening, behind holidays, are one', () => {
    expect(times('R/2026-01-15T10:00:00Z/P1W', 4)).toEqual(['2026-01-15T10:00', '2026-01-30T09:00', '2026-02-05T10:00', '2026-02-12T10:00'])
  })

  test('a date and a cron time stay what they are', () => {
    expect(firstDue(schedule('timeDate', '2026-01-17T12:00:00Z'), NOW, 'UTC', calendar)).toBe(Date.parse('2026-01-17T12:00:00Z'))
    expect(times('0 0 12 * * SAT', 1)).toEqual(['2026-01-17T12:00'])
  })
})
