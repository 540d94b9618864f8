import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'

const MODEL = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:t"><process id="p" isExecutable="true">
  <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><userTask id="t"/></process></definitions>`

let engine: Engine
beforeEach(async () => {
  engine = await createEngine({ clock: manualClock('2026-03-02T09:00:00Z'), timeZone: 'Europe/Berlin' })
  await engine.deploy(MODEL)
  await engine.start('p')
})
afterEach(() => engine.close())

async function dueAt(given: string): Promise<string | null> {
  const [task] = await engine.tasks.find({})
  await engine.tasks.update(task!.id, { dueAt: given })
  return (await engine.tasks.get(task!.id))!.dueAt
}

test('a point in time without an offset is local in the time zone of the engine, a date alone the start of its day there', async () => {
  expect(await dueAt('2026-03-29T03:30:00')).toBe('2026-03-29T01:30:00.000Z')
  expect(await dueAt('2026-07-01')).toBe('2026-06-30T22:00:00.000Z')
  expect(await dueAt('2026-07-01T10:00:00+05:00')).toBe('2026-07-01T05:00:00.000Z')
  expect(await dueAt('2026-07-01T10:00:00[America/New_York]')).toBe('2026-07-01T14:00:00.000Z')
})

test.each(['2026-02-30T00:00:00Z', '2026-13-01', 'March 2, 2026', '2026-03-02T25:00:00Z', ''])(
  'a point in time that no calendar has, or that is no ISO 8601, is refused: %s',
  async (given) => {
    await expect(dueAt(given)).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(engine.tasks.find({ dueBefore: given })).rejects.toMatchObject({
      code: 'invalidArgument',
      message: expect.stringMatching(/^dueBefore: /),
    })
    await expect(engine.instances.find({ startedAfter: given })).rejects.toMatchObject({
      code: 'invalidArgument',
      message: expect.stringMatching(/^startedAfter: /),
    })
    await expect(engine.advance({ to: given })).rejects.toMatchObject({ code: 'invalidArgument' })
  },
)
