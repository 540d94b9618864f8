import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { businessHours, workingTimeBetween } from '../../src/extension/index.ts'
import { type CalendarDefinition, createEngine, inspectModel, manualClock } from '../../src/index.ts'

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
    const calendar = businessHours(engine, 'business')
    if (calendar === null) throw new Error('no calendar')
    expect(workingTimeBetween(calendar, Date.parse('2026-01-05T00:00:00Z'), Date.parse('2026-01-12T00:00:00Z'))).toBe(16 * 3_600_000)
    expect([businessHours(engine, 'shop'), businessHours(engine, 'constructor')]).toEqual([null, null])
    await engine.close()
  })
})

const WEEK: CalendarDefinition = {
  timeZone: 'Europe/Berlin',
  hours: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]])),
}
const timer = (content: string, calendar = 'business'): string =>
  `<bpmn:timerEventDefinition leeway:calendar="${calendar}">${content}</bpmn:timerEventDefinition>`
const model = (content: string): string => `<?xml version="1.0"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:leeway="https://leeway.dev/schema/1.0" targetNamespace="urn:t">
<bpmn:process id="p" isExecutable="true">${content}</bpmn:process></bpmn:definitions>`
const waitFor = (definition: string): string =>
  model(`<bpmn:startEvent id="s"/><bpmn:intermediateCatchEvent id="w">${definition}</bpmn:intermediateCatchEvent><bpmn:endEvent id="e"/>
<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="w"/><bpmn:sequenceFlow id="f2" sourceRef="w" targetRef="e"/>`)

describe('a timer with business hours', () => {
  const started = async (definition: string, now: string): Promise<unknown> => {
    const engine = await createEngine({ calendars: { business: WEEK }, clock: manualClock(now) })
    await engine.deploy(waitFor(definition))
    const { id } = await engine.start('p')
    const [wait] = await engine.explain(id)
    await engine.close()
    return wait?.waitsFor[0]
  }

  test('is due when so much working time has passed, the clocks of its zone minded', async () => {
    const four = timer('<bpmn:timeDuration>PT4H</bpmn:timeDuration>')
    expect(await started(four, '2026-03-27T14:00:00Z')).toMatchObject({ calendar: 'business', dueAt: '2026-03-30T09:00:00.000Z' })
    expect(await started(four, '2026-10-23T14:00:00Z')).toMatchObject({ calendar: 'business', dueAt: '2026-10-26T11:00:00.000Z' })
  })

  test('keeps a date as it is', async () => {
    const date = timer('<bpmn:timeDate>2026-01-03T12:00:00Z</bpmn:timeDate>')
    expect(await started(date, '2026-01-01T00:00:00Z')).toMatchObject({ calendar: 'business', dueAt: '2026-01-03T12:00:00.000Z' })
  })

  test('of a start event is due by them each time', async () => {
    const engine = await createEngine({ calendars: { business: WEEK }, clock: manualClock('2026-01-08T09:00:00Z') })
    const cycle = timer('<bpmn:timeCycle>R4/P1D</bpmn:timeCycle>')
    await engine.deploy(model(`<bpmn:startEvent id="s">${cycle}</bpmn:startEvent><bpmn:userTask id="t"/>
<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="t"/>`)) // biome-ignore format: one model
    await engine.advance('P30D')
    const tasks = await engine.tasks.find({})
    expect(tasks.map(({ createdAt }) => createdAt).sort()).toEqual(['09', '12', '13', '14'].map((day) => `2026-01-${day}T09:00:00.000Z`))
    await engine.close()
  })

  test('that the engine does not have cannot be deployed, and is named where a model is looked at', async () => {
    const engine = await createEngine({ calendars: { business: WEEK } })
    const source = waitFor(timer('<bpmn:timeDuration>PT4H</bpmn:timeDuration>', 'shop'))
    await expect(engine.deploy(source)).rejects.toMatchObject({
      name: 'ModelError',
      diagnostics: [expect.objectContaining({ code: 'unknownCalendar', severity: 'error', elementId: 'w' })],
    })
    const { diagnostics } = await inspectModel(source)
    expect(diagnostics).toMatchObject([{ code: 'needsCalendar', severity: 'info', elementId: 'w' }])
    await engine.close()
  })

  test('that a later engine no longer has is an incident at the element, and goes on when it has them again', async () => {
    const storage = memoryStorage()
    const clock = manualClock('2026-01-08T09:00:00Z')
    const before = await createEngine({ storage, clock, calendars: { business: WEEK } })
    await before.deploy(waitFor(timer('<bpmn:timeDuration>PT4H</bpmn:timeDuration>')))
    await before.close()
    const without = await createEngine({ storage, clock })
    const { id } = await without.start('p')
    expect(await without.incidents.find({ instanceId: id })).toMatchObject([
      { elementId: 'w', code: 'calendarMissing', message: expect.stringMatching(/calendar "business".*it was given none/) },
    ])
    await without.close()
    const after = await createEngine({ storage, clock, calendars: { business: WEEK } })
    const [incident] = await after.incidents.find({ instanceId: id })
    await after.incidents.resolve(incident!.id)
    await after.advance('PT4H')
    expect(await after.instances.get(id)).toMatchObject({ status: 'completed' })
    await after.close()
  })
})
