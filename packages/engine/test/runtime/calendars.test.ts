import { describe, expect, test } from 'vitest'
import { extend, workingTimeBetween } from '../../src/extension/index.ts'
import { type CalendarDefinition, createEngine } from '../../src/index.ts'

const BUSINESS: CalendarDefinition = { timeZone: 'UTC', hours: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] } }

describe('the business hours of an engine', () => {
  test.each<[object, RegExp]>([
    [{ shop: { ...BUSINESS, timeZone: 'Berlin' } }, /Option calendars\.shop: timeZone is "Berlin"/],
    [{ business: BUSINESS, shop: { timeZone: 'UTC', hours: {} } }, /Option calendars\.shop: hours has no working time/],
    [{ shop: 5 }, /Option calendars\.shop: it is 5/],
  ])('are checked when it is made: %j', async (calendars, message) => {
    await expect(createEngine({ calendars: calendars as never })).rejects.toMatchObject({
      code: 'invalidOption',
      details: { option: 'calendars.shop' },
      message: expect.stringMatching(message),
    })
  })

  test('are given to its extensions by name', async () => {
    const engine = await createEngine({ calendars: { business: BUSINESS } })
    const port = await extend(engine, { name: 'clocks', collections: [], decide: () => ({}) })
    const calendar = port.calendar('business')
    if (calendar === null) throw new Error('no calendar')
    expect(workingTimeBetween(calendar, Date.parse('2026-01-05T00:00:00Z'), Date.parse('2026-01-12T00:00:00Z'))).toBe(16 * 3_600_000)
    expect([port.calendar('shop'), port.calendar('constructor')]).toEqual([null, null])
    await engine.close()
  })
})
