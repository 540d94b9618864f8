import type { Storage } from '../../contract.ts'
import { expectEqual } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, getOne, idsOf, prepared, standingOf, thing, things } from '../things.ts'

/** The cases of a store that outlives its process. */
export function reopenCases(reopen: (storage: Storage) => Storage | Promise<Storage>): readonly StorageCase[] {
  return [
    {
      name: 'what was committed, leases included, is there after reopening',
      async run(storage) {
        await prepared(storage)
        const record = thing('a', { name: 'n', dueAt: 10, groups: ['g'], body: { a: [1] } })
        await commitSure(storage, { put: [record, thing('b')] })
        await commitSure(storage, { touch: ['a'], delete: ['b'] })
        await storage.claim(things, { owner: 'me', now: 50, leaseMs: 30, where: {}, limit: 1 })
        const again = await prepared(await reopen(storage))
        expectEqual((await getOne(again, 'a'))?.record, record, 'The record')
        expectEqual(await standingOf(again, 'a'), { revision: 2, fence: 1, leasedUntil: 80, leaseOwner: 'me' }, 'How it stands')
        expectEqual(await idsOf(again, { groups: { has: 'g' } }), ['a'], 'By group')
        expectEqual(await standingOf(again, 'b'), null, 'The deleted record')
        await again.close()
      },
    },
  ]
}
