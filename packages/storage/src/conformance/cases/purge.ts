import { expectEqual, expectRefused } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { changeSet, commitSure, idsOf, keyOf, prepared, thing, things } from '../things.ts'

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
    name: 'a closed storage refuses work, and is closed again without a fault',
    async run(storage) {
      await prepared(storage)
      await storage.close()
      const request = { owner: 'me', now: 5, leaseMs: 5, where: {}, limit: 1 }
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        prepare: () => prepared(storage),
        get: () => storage.get(things, ['a']),
        find: () => storage.find(things, { where: {}, limit: 1 }),
        count: () => storage.count(things, {}, 1),
        commit: () => storage.commit([changeSet({ append: [thing('a')] })]),
        claim: () => storage.claim(things, request),
        renew: () => storage.renew([{ ...keyOf('a'), fence: 1 }], 5),
        release: () => storage.release([{ ...keyOf('a'), fence: 1 }]),
        purge: () => storage.purge(things, {}, 1),
        now: () => storage.now(),
      }
      for (const [what, call] of Object.entries(calls)) await expectRefused(call, 'closed', what)
      await storage.close()
    },
  },
]
