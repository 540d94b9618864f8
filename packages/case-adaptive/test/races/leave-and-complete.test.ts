import { manualClock } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import fc, { type Scheduler } from 'fast-check'
import { expect, test } from 'vitest'
import { AB, at, caseOf, openDesk, positions, START } from '../desk.ts'
import { endingOf } from './scene.ts'
import { scheduledStorage } from './scheduled-storage.ts'

const INTERLEAVINGS = 1_000

test(`S43: leaving and completing one step end in one of two ways, by ${INTERLEAVINGS} interleavings of what they read and write`, async () => {
  const clock = manualClock(START)
  const store = memoryStorage({ now: () => clock.now() })
  let turns: Scheduler | null = null
  const schedule: Scheduler['schedule'] = (task, label) => (turns === null ? task : turns.schedule(task, label))
  const between = (name: string) => scheduledStorage(store, { schedule } as Scheduler, name)
  const host = await openDesk(store, {}, clock)
  const clerk = await openDesk(between('clerk'), {}, clock)
  const tom = await openDesk(between('tom'), {}, clock)
  await host.engine.deploy(AB)
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { id } = await host.engine.start('p')
      const task = await at(host.engine, id, 'A')
      turns = scheduler
      const ends = await scheduler.waitFor(
        Promise.all([
          endingOf(clerk.cases.leave({ instanceId: id, elementInstanceId: task, reason: 'x', actor: 'kim' })),
          endingOf(tom.engine.tasks.complete(task, { variables: { done: true }, actor: 'tom' })),
        ]),
      )
      turns = null
      expect([
        ['ok', 'OnHold'],
        ['AnchorMoved', 'ok'],
      ]).toContainEqual(ends)
      const isLeft = ends[0] === 'ok'
      seen.add(ends.join())
      expect(await positions(host.engine, id)).toEqual([isLeft ? 'A:held' : 'B:waiting'])
      expect((await host.engine.instances.get(id))?.variables).toEqual(isLeft ? {} : { done: true })
      const cases = await host.cases.find({ instanceId: id })
      expect(cases).toHaveLength(isLeft ? 1 : 0)
      for (const one of cases) expect((await caseOf(host, one.id)).deviations).toMatchObject([{ state: 'away', actor: 'kim' }])
    }),
    { numRuns: INTERLEAVINGS },
  )
  expect(seen.size).toBe(2)
  for (const desk of [clerk, tom, host]) await desk.close()
}, 120_000)
