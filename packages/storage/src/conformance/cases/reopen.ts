import type { Storage } from '../../contract.ts'
import { expectEqual } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, getOne, idsOf, keyOf, prepared, standingOf, thing, things } from '../things.ts'

/** Gives a storage on what another has kept. */
export type Opening = (storage: Storage) => Storage | Promise<Storage>

/** The cases of a store that outlives its process: `reopen` while the first is open, `crash` in its place. */
export function reopenCases(reopen: Opening | undefined, crash: Opening | undefined): readonly StorageCase[] {
  const cases: StorageCase[] = []
  if (reopen !== undefined) {
    cases.push(
      keeps('a second storage on the same place, the first still open', async (storage) => {
        const second = await prepared(await reopen(storage))
        await storage.now() // refused by one that was closed: what a close alone writes must not help
        return second
      }),
      keeps('a storage opened after the first was closed', async (storage) => {
        await storage.close()
        return prepared(await reopen(storage))
      }),
    )
  }
  if (crash !== undefined) cases.push(keeps('a storage opened after a crash', async (storage) => prepared(await crash(storage))))
  return cases
}

function keeps(who: string, open: (storage: Storage) => Promise<Storage>): StorageCase {
  return {
    name: `what was committed, claimed, renewed, released and purged is read by ${who}`,
    async run(storage) {
      await prepared(storage)
      const record = thing('a', { name: 'n', dueAt: 10, groups: ['g'], body: { a: [1] } })
      await commitSure(storage, {
        put: [record, thing('b'), thing('c', { dueAt: 20 }), thing('d', { dueAt: 30 }), thing('e', { size: 7 })],
      })
      await commitSure(storage, { touch: ['a'], delete: ['b'] })
      await storage.claim(things, { owner: 'me', now: 50, leaseMs: 30, where: {}, limit: 3 })
      await storage.renew([{ ...keyOf('c'), fence: 1 }], 40, 60)
      await storage.release([{ ...keyOf('d'), fence: 1 }])
      await storage.purge(things, { size: { eq: 7 } }, 10)
      const again = await open(storage)
      try {
        expectEqual(await idsOf(again, {}), ['a', 'c', 'd'], 'All records')
        expectEqual((await getOne(again, 'a'))?.record, record, 'The record')
        expectEqual(await standingOf(again, 'a'), { revision: 2, fence: 1, leasedUntil: 80, leaseOwner: 'me' }, 'How it stands')
        expectEqual(await standingOf(again, 'c'), { revision: 1, fence: 1, leasedUntil: 100, leaseOwner: 'me' }, 'The renewed one')
        expectEqual(await standingOf(again, 'd'), { revision: 1, fence: 1, leasedUntil: null, leaseOwner: null }, 'The released one')
        expectEqual(await idsOf(again, { groups: { has: 'g' } }), ['a'], 'By group')
      } finally {
        await again.close()
      }
    },
  }
}
