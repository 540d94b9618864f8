import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cron, nextCron } from '../../src/model/cron.ts'
import { parseCron } from '../../src/model/parse-cron.ts'

function cron(text: string): Cron {
  const parsed = parseCron(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.cron
}

function times(text: string, after: string, count: number, timeZone = 'UTC'): string[] {
  const found: string[] = []
  let at: number | null = Date.parse(after)
  while (found.length < count) {
    at = nextCron(cron(text), at, timeZone)
    if (at === null) return [...found, 'never']
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}

describe('a cron expression fires', () => {
  test.each([
    ['*/15 * * * *', ['2026-01-01T00:15Z', '2026-01-01T00:30Z']],
    ['@hourly', ['2026-01-01T01:00Z', '2026-01-01T02:00Z']],
    ['@daily', ['2026-01-02T00:00Z', '2026-01-03T00:00Z']],
    ['@weekly', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
    ['@monthly', ['2026-02-01T00:00Z', '2026-03-01T00:00Z']],
    ['@yearly', ['2027-01-01T00:00Z', '2028-01-01T00:00Z']],
    ['0 9 * * MON-FRI', ['2026-01-01T09:00Z', '2026-01-02T09:00Z', '2026-01-05T09:00Z']],
    ['0 9 * * fri-mon', ['2026-01-02T09:00Z', '2026-01-03T09:00Z', '2026-01-04T09:00Z', '2026-01-05T09:00Z', '2026-01-09T09:00Z']],
    ['0 9 * * 5-7', ['2026-01-02T09:00Z', '2026-01-03T09:00Z', '2026-01-04T09:00Z', '2026-01-09T09:00Z']],
    ['0 22-2/2 * * *', ['2026-01-01T02:00Z', '2026-01-01T22:00Z', '2026-01-02T00:00Z']],
    ['0 0 13 * 5', ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-13T00:00Z']],
    ['0 0 1 JAN,jul *', ['2026-07-01T00:00Z', '2027-01-01T00:00Z']],
    ['0 0 0 13 * 5', ['2026-02-13T00:00Z', '2026-03-13T00:00Z', '2026-11-13T00:00Z']],
    ['0 0 12 * * 7', ['2026-01-04T12:00Z']],
    ['0 0 12 ? * 1', ['2026-01-04T12:00Z']],
    ['0 0 12 ? * MON', ['2026-01-05T12:00Z']],
    ['0 0 12 ? * L', ['2026-01-03T12:00Z']],
    ['0 15 10 ? * 6L 2026-2027', ['2026-01-30T10:15Z', '2026-02-27T10:15Z']],
    ['0 0 0 ? * 2#1', ['2026-01-05T00:00Z', '2026-02-02T00:00Z']],
    ['0 0 0 * * MON#5', ['2026-03-30T00:00Z', '2026-06-29T00:00Z']],
    ['0 0 0 L * ?', ['2026-01-31T00:00Z', '2026-02-28T00:00Z']],
    ['0 0 0 L-3 * *', ['2026-01-28T00:00Z', '2026-02-25T00:00Z']],
    ['0 0 0 LW * ?', ['2026-01-30T00:00Z', '2026-02-27T00:00Z', '2026-03-31T00:00Z', '2026-04-30T00:00Z', '2026-05-29T00:00Z']],
    ['0 0 0 15W * ?', ['2026-01-15T00:00Z', '2026-02-16T00:00Z', '2026-03-16T00:00Z']],
    ['0 0 0 1W * ?', ['2026-02-02T00:00Z', '2026-03-02T00:00Z', '2026-04-01T00:00Z', '2026-05-01T00:00Z', '2026-06-01T00:00Z']],
    ['0 0 0 1W 8 ?', ['2026-08-03T00:00Z']],
    ['0 0 0 ? * 7L', ['2026-01-31T00:00Z', '2026-02-28T00:00Z']],
    ['0 0 0 31W 5 ?', ['2026-05-29T00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['0 0 0 29 2 MON', ['2044-02-29T00:00Z', '2072-02-29T00:00Z']],
    ['0 0 0 1 1 ? 2150', ['2150-01-01T00:00Z', 'never']],
    ['0 0 0 1 1 ? 2020', ['never']],
    ['0 0 0 1 1 ? 2030/40', ['2030-01-01T00:00Z', '2070-01-01T00:00Z']],
  ])('%s', (text, expected) => {
    expect(times(text, '2026-01-01T00:00:00Z', expected.length)).toEqual(expected)
  })

  test('in seconds with six fields', () => {
    const at = Date.parse('2026-01-01T00:00:00.500Z')
    expect(nextCron(cron('*/10 * * * * *'), at, 'UTC')).toBe(Date.parse('2026-01-01T00:00:10Z'))
    expect(nextCron(cron('* * * * * ?'), at, 'UTC')).toBe(Date.parse('2026-01-01T00:00:01Z'))
  })

  test('at the minutes that a plain search finds', () => {
    const subset = (min: number, max: number) => fc.option(fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }))
    const text = (values: number[] | null): string => values?.join(',') ?? '*'
    fc.assert(
      fc.property(
        subset(0, 59),
        subset(0, 23),
        subset(1, 31),
        subset(0, 6),
        fc.integer({ min: 0, max: 1000 }),
        (minutes, hours, days, weekdays, from) => {
          const parsed = cron(`${text(minutes)} ${text(hours)} ${text(days)} * ${text(weekdays)}`)
          const after = Date.UTC(2026, 0, 1) + from * 3_661_000
          const next = nextCron(parsed, after, 'UTC')
          const fires = (at: number): boolean => {
            const date = new Date(at)
            const [inMonth, inWeek] = [days?.includes(date.getUTCDate()), weekdays?.includes(date.getUTCDay())]
            const day = days !== null && weekdays !== null ? inMonth || inWeek : (inMonth ?? true) && (inWeek ?? true)
            return day === true && (minutes?.includes(date.getUTCMinutes()) ?? true) && (hours?.includes(date.getUTCHours()) ?? true)
          }
          let expected = Math.floor(after / 60_000) * 60_000 + 60_000
          while (!fires(expected)) expected += 60_000
          expect(next).toBe(expected)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('when clocks change, a cron expression', () => {
  test('fires a skipped time once, at the end of the gap', () => {
    expect(times('30 2 * * *', '2026-03-28T12:00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z'])
    expect(times('0,20,40 2,3 * * *', '2026-03-29T00:00:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T01:20Z',
      '2026-03-29T01:40Z',
    ])
    expect(times('15 2 * * *', '2026-03-08T00:00:00Z', 2, 'America/New_York')).toEqual(['2026-03-08T07:00Z', '2026-03-09T06:15Z'])
    expect(times('10 2 * * *', '2026-10-03T00:00:00Z', 2, 'Australia/Lord_Howe')).toEqual(['2026-10-03T15:30Z', '2026-10-04T15:10Z'])
  })

  test('fires a time that comes twice once, at the first', () => {
    expect(times('30 2 * * *', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z'])
    expect(times('30 1 * * *', '2026-11-01T00:00:00Z', 2, 'America/New_York')).toEqual(['2026-11-01T05:30Z', '2026-11-02T06:30Z'])
    expect(times('45 1 * * *', '2026-04-04T00:00:00Z', 2, 'Australia/Lord_Howe')).toEqual(['2026-04-04T14:45Z', '2026-04-05T15:15Z'])
    expect(times('* * 2 * * *', '2026-10-25T01:00:00Z', 1, 'Europe/Berlin')).toEqual(['2026-10-26T01:00Z'])
  })

  test('for every hour fires in both passes of an hour that comes twice, and makes up for none that is skipped', () => {
    expect(times('30 * * * *', '2026-10-24T23:45:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:30Z',
    ])
    expect(times('30 * * * *', '2026-03-29T00:00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-03-29T00:30Z', '2026-03-29T01:30Z'])
    expect(times('0 0 * * * *', '2026-04-04T13:30:00Z', 3, 'Australia/Lord_Howe')).toEqual([
      '2026-04-04T14:00Z',
      '2026-04-04T15:30Z',
      '2026-04-04T16:30Z',
    ])
  })

  test('for every hour counts real time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
        fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25', '2026-11-01'),
        fc.integer({ min: 0, max: 86_400 * 1000 }),
        (zone, day, offset) => {
          const after = Date.parse(day) + offset
          expect(nextCron(cron('*/10 * * * *'), after, zone)).toBe((Math.floor(after / 600_000) + 1) * 600_000)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('always moves on', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'),
        fc.constantFrom('* * * * * *', '30 2 * * *', '0 0 2 * * SUN', '0 30 1,2 ? * *', '59 59 23 L * ?', '0 0 * 1 * *'),
        fc.integer({ min: Date.UTC(2011, 0, 1), max: Date.UTC(2030, 0, 1) }),
        (zone, text, after) => {
          const next = nextCron(cron(text), after, zone)
          expect(next).toBeGreaterThan(after)
          expect(nextCron(cron(text), (next ?? 0) - 1, zone)).toBe(next)
        },
      ),
      { numRuns: 300 },
    ))
})

describe('a cron expression is refused', () => {
  test.each([
    ['* * * *', 'this has 4'],
    ['* * * * * * * *', 'this has 8'],
    ['', 'neither a repetition'],
    ['@reboot', '@hourly'],
    ['constructor', 'neither'],
    ['60 * * * *', 'no minute; it goes from 0 to 59'],
    ['* 24 * * *', 'no hour'],
    ['* * 0 * *', 'no day of month'],
    ['* * * FOO *', 'JAN to DEC'],
    ['* * * * 8', 'SUN to SAT'],
    ['0 0 0 ? * 0', 'Sunday is 1 or SUN'],
    ['*/0 * * * *', 'step'],
    ['1-2-3 * * * *', 'no minute'],
    ['-5 * * * *', 'no minute'],
    ['1,,2 * * * *', 'no minute'],
    ['* * L-31 * *', 'further than a month'],
    ['* * * * MON#6', '#1 to #5'],
    ['0 0 0 1 1 ? 2030-2020', 'backwards'],
    ['0 0 0 1 1 ? 1899', 'no year'],
    ['0 0 30 2 *', 'never comes'],
    ['0 0 31 4,6,9,11 *', 'never comes'],
    ['0 0 0 29 2 ? 2027', 'never comes'],
  ])('%s, with a reason', (text, reason) => {
    const parsed = parseCron(text)
    expect('problem' in parsed ? parsed.problem : parsed).toContain(reason)
  })

  test('or read, whatever it is, without an exception', () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[-*?/,#LWA-Z0-9]{1,6}$/), { minLength: 4, maxLength: 8 }), (fields) => {
        const parsed = parseCron(fields.join(' '))
        if ('cron' in parsed) expect(nextCron(parsed.cron, 0, 'UTC')).not.toBeUndefined()
        else expect(parsed.problem).not.toBe('')
      }),
      { numRuns: 1000 },
    ))
})
