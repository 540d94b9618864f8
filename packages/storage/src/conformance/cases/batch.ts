import { expectEqual } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { type Changes, changeSet, idsOf, keyOf, outcomeOf, prepared, standingOf, thing, things } from '../things.ts'

/** What the sets of one commit are to each other. */
export const batchCases: readonly StorageCase[] = [
  {
    name: 'each of 500 sets of one commit lands or not, and says so',
    async run(storage) {
      await prepared(storage)
      const sets: Changes[] = Array.from({ length: 500 }, (_, i) => ({ append: [thing(`id-${i}`, { size: i })] }))
      sets[250] = { append: [thing('id-3')] }
      sets[499] = { expect: [{ ...keyOf('id-498'), revision: 9 }], put: [thing('never')] }
      const results = await storage.commit(sets.map((changes, i) => changeSet(changes, `set-${i}`)))
      const odd = results.flatMap((result, i) => (result === 'committed' ? [] : [[i, outcomeOf(result)]]))
      expectEqual(
        odd,
        [
          [250, 'constraint'],
          [499, 'conflict'],
        ],
        'The sets that did not land',
      )
      expectEqual(await storage.count(things, { size: { gte: 0 } }, 1_000), 498, 'The number of records')
      expectEqual(await standingOf(storage, 'id-498'), { revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }, 'The last one')
    },
  },
  {
    name: 'writes and deletes of one record keep the order of their sets',
    async run(storage) {
      await prepared(storage)
      const sets: readonly Changes[] = [
        { put: [thing('a', { groups: ['old'] }), thing('b'), thing('c')] },
        { delete: ['a'] },
        { put: [thing('a', { size: 2 })] },
        { touch: ['b'] },
        { delete: ['b'] },
        { touch: ['b'] },
        { delete: ['c'] },
        { append: [thing('c', { size: 2 })] },
        { append: [thing('d')] },
        { delete: ['d'] },
        { append: [thing('d', { size: 2 })] },
        { expect: [{ ...keyOf('d'), revision: 1 }], delete: ['d'] },
        { expect: [{ ...keyOf('d'), revision: 0 }], put: [thing('e')] },
      ]
      const results = await storage.commit(sets.map((changes) => changeSet(changes)))
      expectEqual(
        results.map(outcomeOf),
        sets.map(() => 'committed'),
        'The results',
      )
      expectEqual(await idsOf(storage, {}), ['a', 'c', 'e'], 'All records')
      expectEqual(await idsOf(storage, { size: { eq: 2 } }), ['a', 'c'], 'The records put anew')
      expectEqual(await idsOf(storage, { groups: { has: 'old' } }), [], 'By the group of the deleted record')
    },
  },
]
