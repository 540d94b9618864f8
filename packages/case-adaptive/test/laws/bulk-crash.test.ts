import { manualClock } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import { expect, test } from 'vitest'
import { crashingStorage } from '../../../engine/test/laws/crashing-storage.ts'
import { AB, caseOf, leaveAt, openDesk, START } from '../desk.ts'

test.each(['lost', 'landed'] as const)(
  'a bulk leave whose process dies at any commit (%s) goes on with its key: the report is whole, nothing is done twice',
  async (last) => {
    for (let at = 0; ; at++) {
      const clock = manualClock(START)
      const store = memoryStorage({ now: () => clock.now() })
      const first = await openDesk(store, {}, clock)
      await first.engine.deploy(AB)
      const ids: string[] = []
      for (let k = 0; k < 3; k++) ids.push((await first.engine.start('p')).id)
      await leaveAt(first, ids[1]!, 'A')
      await first.close()

      const request = { query: { processKey: 'p' }, reason: 'outage', actor: 'kim', idempotencyKey: 'once' }
      const dying = crashingStorage(store, at, last)
      const doomed = await openDesk(dying.storage, {}, clock)
      const died = await doomed.cases.leaveMany(request).then(
        () => false,
        () => dying.isDead(),
      )
      const second = await openDesk(store, {}, clock)
      const { batchId } = await second.cases.leaveMany(request)
      expect(await second.engine.batches.get(batchId)).toMatchObject({
        state: 'done',
        total: 3,
        done: 2,
        failed: 0,
        report: [
          { instanceId: ids[0], outcome: 'done' },
          { instanceId: ids[1], outcome: 'skipped', code: 'AlreadyAway' },
          { instanceId: ids[2], outcome: 'done' },
        ],
      })
      for (const instanceId of ids) {
        const cases = await second.cases.find({ instanceId })
        expect(cases).toHaveLength(1)
        const view = await caseOf(second, cases[0]!.id)
        expect(view.deviations.map(({ state }) => state)).toEqual(['away'])
      }
      await second.close()
      if (!died) {
        expect(at).toBeGreaterThan(5)
        return
      }
    }
  },
)
