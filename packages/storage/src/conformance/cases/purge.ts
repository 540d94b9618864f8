import { expectEqual, expectRefused } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, idsOf, prepared, thing, things } from '../things.ts'

export const purgeCases: readonly StorageCase[] = [
  {
    name: 'a purge deletes what matches, in batches, and nothing else',
    async run(storage) {
      await prepared(storage)
      const append = Array.from({ length: 25 }, (_, i) => thing(`id-${i}`, { dueAt: i, groups: ['g'] }))
      await commitSure(storage, { append })
      const purged: number[] = []
      for (let i = 0; i < 4; i++) purged.push(await storage.purge(things, { dueAt: { lt: 20 } }, 8))
      expectEqual(purged, [8, 8, 4, 0], 'The numbers deleted')
      expectEqual(await idsOf(storage, {}), ['id-20', 'id-21', 'id-22', 'id-23', 'id-24'], 'The records that stay')
      expectEqual(await storage.count(things, { groups: { has: 'g' } }, 100), 5, 'The members that stay')
      expectEqual(await storage.count(things, { dueAt: { gte: 0 } }, 100), 5, 'By due time')
    },
  },
  {
    name: 'a purge obeys anyOf and refuses a limit out of bounds',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: [thing('a', { name: 'x' }), thing('b', { groups: ['g'] }), thing('c')] })
      expectEqual(await storage.purge(things, { anyOf: [{ name: { eq: 'x' } }, { groups: { has: 'g' } }] }, 10), 2, 'The number deleted')
      expectEqual(await idsOf(storage, {}), ['c'], 'The records that stay')
      await expectRefused(() => storage.purge(things, {}, 0), 'invalidQuery', 'A limit of 0')
    },
  },
  {
    name: 'a closed storage refuses work',
    async run(storage) {
      await prepared(storage)
      await storage.close()
      await expectRefused(() => storage.get(things, ['a']), 'closed', 'get')
      await expectRefused(
        () =>
          storage.commit([{ id: 'x', expect: [], touch: [], put: [], delete: [], append: [{ collection: things, record: thing('a') }] }]),
        'closed',
        'commit',
      )
    },
  },
]
