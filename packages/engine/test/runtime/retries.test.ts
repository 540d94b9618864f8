import { expect, test } from 'vitest'
import { createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain } from './process-model.ts'

const cases: readonly (readonly [what: string, waits: readonly number[], options: EngineOptions, cycle: string])[] = [
  ['exponential, the default, waits a second and twice as long each time', [1, 2, 4, 8], { retries: { attempts: 5 } }, ''],
  ['exponential waits five minutes at most', [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], { retries: { attempts: 12 } }, ''],
  ["the engine's waits as long each time", [60, 60], { retries: { attempts: 3, backoff: 'PT1M' } }, ''],
  [
    "a handler's goes before the engine's",
    [5, 5, 5],
    { retries: { attempts: 9 }, handlers: { t: { run: failing, attempts: 4, backoff: 'PT5S' } } },
    '',
  ],
  ["the model's cycle goes before both", [600, 600], { handlers: { t: { run: failing, attempts: 9, backoff: 'PT5S' } } }, 'R3/PT10M'],
  ["the model's list is gone through in its order", [60, 300], {}, 'PT1M,PT5M'],
]

test.each(cases)('back-off: %s', async (_, waits, options, cycle) => {
  const clock = manualClock()
  const engine = await createEngine({ clock, handlers: { t: failing }, ...options })
  const extension = cycle === '' ? '' : `<camunda:failedJobRetryTimeCycle>${cycle}</camunda:failedJobRetryTimeCycle>`
  const xml = `<bpmn:serviceTask id="a" camunda:topic="t"><bpmn:extensionElements>${extension}</bpmn:extensionElements></bpmn:serviceTask>`
  await engine.deploy(chain('p', [{ id: 'a', xml }]))
  const { id } = await engine.start('p')
  await engine.drain()
  const waited: number[] = []
  for (let attempt = 1; attempt <= waits.length; attempt++) {
    const [job] = await engine.jobs.find({ instanceId: id })
    expect(job).toMatchObject({ attempt: attempt + 1, retriesLeft: waits.length + 1 - attempt })
    waited.push((Date.parse(job?.dueAt ?? '') - clock.now()) / 1_000)
    await engine.advance({ to: job?.dueAt ?? '' })
  }
  expect(waited).toEqual(waits)
  expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'a', code: 'handlerFailed' }])
  await engine.close()
})

function failing(): never {
  throw new Error('no line')
}
