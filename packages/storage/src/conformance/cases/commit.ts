import type { Storage } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import {
  type Changes,
  changeSet,
  commitOne,
  commitSure,
  getOne,
  idsOf,
  keyOf,
  notes,
  outcomeOf,
  prepared,
  standingOf,
  thing,
  things,
} from '../things.ts'

export const commitCases: readonly StorageCase[] = [
  {
    name: 'a set writes to several collections at once',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a'), { collection: notes, record: { id: 'a', body: 'note' } }] })
      expectEqual(
        (await storage.get(notes, ['a'])).map(({ record }) => record),
        [{ id: 'a', body: 'note' }],
        'The note',
      )
      expectEqual((await getOne(storage, 'a'))?.record, thing('a'), 'The thing')
    },
  },
  {
    name: 'an empty batch and an empty set are committed',
    async run(storage) {
      await prepared(storage)
      expectEqual(await storage.commit([]), [], 'The results of no sets')
      await commitSure(storage, {})
    },
  },
  {
    name: 'a revision is 1 at first, and one more at each put and each touch',
    async run(storage) {
      await prepared(storage)
      const seen: unknown[] = []
      for (const changes of [{ put: [thing('a')] }, { put: [thing('a')] }, { touch: ['a'] }, { put: [thing('a')] }]) {
        await commitSure(storage, changes)
        seen.push((await getOne(storage, 'a'))?.revision)
      }
      await commitSure(storage, { append: [thing('b')] })
      seen.push((await getOne(storage, 'b'))?.revision)
      expectEqual(seen, [1, 2, 3, 4, 1], 'The revisions')
    },
  },
  {
    name: 'a touch raises the revision and leaves everything else, a lease included',
    async run(storage) {
      await prepared(storage)
      const record = thing('a', { name: 'n', dueAt: 5, groups: ['g'], body: { a: 1 } })
      await commitSure(storage, { put: [record] })
      await storage.claim(things, { owner: 'o', now: 10, leaseMs: 100, where: {}, limit: 1 })
      await commitSure(storage, { touch: ['a', 'missing'] })
      expectEqual((await getOne(storage, 'a'))?.record, record, 'The record')
      expectEqual(await standingOf(storage, 'a'), { revision: 2, fence: 1, leasedUntil: 110, leaseOwner: 'o' }, 'How it stands')
      expectEqual(await standingOf(storage, 'missing'), null, 'A record that was touched but is not there')
    },
  },
  {
    name: 'a put replaces the whole record, in queries too',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { name: 'old', size: 1, groups: ['g', 'h'], body: { a: 1, b: 2 } })] })
      await commitSure(storage, { put: [thing('a', { name: 'new', groups: ['h', 'i'], body: { b: 3 } })] })
      expectEqual((await getOne(storage, 'a'))?.record, thing('a', { name: 'new', groups: ['h', 'i'], body: { b: 3 } }), 'The record')
      expectEqual(await idsOf(storage, { name: { eq: 'old' } }), [], 'By the old name')
      expectEqual(await idsOf(storage, { name: { eq: 'new' } }), ['a'], 'By the new name')
      expectEqual(await idsOf(storage, { groups: { has: 'g' } }), [], 'By a group it left')
      expectEqual(await idsOf(storage, { groups: { has: 'i' } }), ['a'], 'By a group it joined')
    },
  },
  {
    name: 'a deleted record is gone, from queries too; deleting what is not there is no error',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { name: 'n', groups: ['g'] }), thing('b', { name: 'n', groups: ['g'] })] })
      await commitSure(storage, { delete: ['a', 'missing'] })
      expectEqual(await standingOf(storage, 'a'), null, 'The deleted record')
      expectEqual(await idsOf(storage, { name: { eq: 'n' } }), ['b'], 'By name')
      expectEqual(await idsOf(storage, { groups: { has: 'g' } }), ['b'], 'By group')
      await commitSure(storage, { expect: [{ ...keyOf('a'), revision: 0 }], put: [thing('a')] })
      expectEqual((await getOne(storage, 'a'))?.revision, 1, 'The revision of a record put anew')
      expectEqual(await idsOf(storage, { groups: { has: 'g' } }), ['b'], 'By group after the new record')
    },
  },
  {
    name: 'appending what exists fails as constraint, overwrites nothing, and takes its whole set with it',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: [thing('a', { body: 'first' })], put: [thing('b', { name: 'old' })] })
      const changes: Changes = {
        touch: ['a'],
        put: [thing('b', { name: 'new' }), thing('c', { groups: ['g'] })],
        append: [thing('d'), thing('a', { body: 'second' })],
      }
      expectEqual(outcomeOf(await commitOne(storage, changes)), 'constraint', 'The result')
      expectEqual((await getOne(storage, 'a'))?.record.body, 'first', 'The body that was there')
      expectEqual((await getOne(storage, 'a'))?.revision, 1, 'The revision that was there')
      expectEqual(await idsOf(storage, {}), ['a', 'b'], 'All records')
      expectEqual(await idsOf(storage, { name: { eq: 'old' } }), ['b'], 'The record that the set would have put')
      expectEqual(await idsOf(storage, { groups: { has: 'g' } }), [], 'Members of a group that the set would have made')
    },
  },
  {
    name: 'a set whose expectation fails changes nothing and tells what is so',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a'), thing('b')] })
      await commitSure(storage, { touch: ['b'] })
      const expected = [
        { ...keyOf('a'), revision: 1 },
        { ...keyOf('b'), revision: 1 },
        { ...keyOf('c'), revision: 4 },
      ]
      const result = await commitOne(storage, { expect: expected, put: [thing('x')], delete: ['a'], touch: ['b'], append: [thing('y')] })
      expectThat(typeof result === 'object' && 'conflict' in result, 'a conflict')
      const told = result.conflict.map(({ collection, id, revision, actual }) => [collection.name, id, revision, actual.revision])
      expectEqual(
        told,
        [
          ['things', 'b', 1, 2],
          ['things', 'c', 4, 0],
        ],
        'What the conflict tells',
      )
      expectEqual(await idsOf(storage, {}), ['a', 'b'], 'All records')
      expectEqual((await getOne(storage, 'b'))?.revision, 2, 'The revision')
    },
  },
  {
    name: 'of several expectations of one record all have to hold',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a')] })
      const [holds, fails] = [
        { ...keyOf('a'), revision: 1 },
        { ...keyOf('a'), revision: 2 },
      ]
      for (const writes of [{ put: [thing('a')] }, { delete: ['a'] }, { append: [thing('b')] }]) {
        for (const expect of [
          [holds, fails],
          [fails, holds],
          [{ ...keyOf('a'), fence: 0 }, fails],
          [fails, { ...keyOf('a'), fence: 0 }],
        ])
          expectEqual(outcomeOf(await commitOne(storage, { ...writes, expect })), 'conflict', 'The result')
      }
      expectEqual(await idsOf(storage, {}), ['a'], 'All records')
      await commitSure(storage, { expect: [holds, { ...keyOf('a'), fence: 0 }, holds], put: [thing('a', { size: 1 })] })
      expectEqual((await getOne(storage, 'a'))?.revision, 2, 'The revision')
    },
  },
  {
    name: 'revision 0 expects that a record does not exist',
    async run(storage) {
      await prepared(storage)
      const changes: Changes = { expect: [{ ...keyOf('a'), revision: 0 }], put: [thing('a')] }
      expectEqual(outcomeOf(await commitOne(storage, changes)), 'committed', 'The first set')
      expectEqual(outcomeOf(await commitOne(storage, changes)), 'conflict', 'The second set')
    },
  },
  {
    name: 'the sets of a batch land in order, each seeing those before it',
    async run(storage) {
      await prepared(storage)
      const sets = [1, 2, 3].map((size) => changeSet({ expect: [{ ...keyOf('a'), revision: size - 1 }], put: [thing('a', { size })] }))
      expectEqual((await storage.commit(sets)).map(outcomeOf), ['committed', 'committed', 'committed'], 'The results')
      const stored = await getOne(storage, 'a')
      expectEqual([stored?.record.size, stored?.revision], [3, 3], 'The size and revision')
    },
  },
  {
    name: 'two sets of one batch that expect the same revision: the first lands, the second conflicts',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { size: 0 })] })
      const sets = [1, 2].map((size) => changeSet({ expect: [{ ...keyOf('a'), revision: 1 }], put: [thing('a', { size })] }))
      expectEqual((await storage.commit(sets)).map(outcomeOf), ['committed', 'conflict'], 'The results')
      expectEqual((await getOne(storage, 'a'))?.record.size, 1, 'The size')
    },
  },
  {
    name: 'sets that fail or conflict in a batch hinder no other',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: [thing('taken')] })
      const results = await storage.commit([
        changeSet({ put: [thing('a')] }, '1'),
        changeSet({ put: [thing('b')], append: [thing('taken')] }, '2'),
        changeSet({ put: [thing('c')] }, '3'),
        changeSet({ put: [thing('d', { name: '\0' })] }, '4'),
        changeSet({ expect: [{ ...keyOf('a'), revision: 7 }], put: [thing('e')] }, '5'),
        changeSet({ put: [thing('f')], append: [thing('twice'), thing('twice')] }, '6'),
        changeSet({ expect: [{ ...keyOf('a'), revision: 1 }], touch: ['a'], append: [thing('g')] }, '7'),
      ])
      const expected = ['committed', 'constraint', 'committed', 'constraint', 'conflict', 'constraint', 'committed']
      expectEqual(results.map(outcomeOf), expected, 'The results')
      expectEqual(await idsOf(storage, {}), ['a', 'c', 'g', 'taken'], 'All records')
      expectEqual((await getOne(storage, 'a'))?.revision, 2, 'A revision raised once')
    },
  },
  {
    name: 'of sets that contest a revision at the same time exactly one lands each time',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { size: 0 })] })
      await Promise.all(Array.from({ length: 8 }, () => increments(storage, 10)))
      const stored = await getOne(storage, 'a')
      expectEqual([stored?.record.size, stored?.revision], [80, 81], 'The size and revision after 80 increments')
    },
  },
  {
    name: 'a set of 2,000 writes lands whole',
    async run(storage) {
      await prepared(storage)
      const append = Array.from({ length: 2_000 }, (_, i) => thing(`id-${i}`, { size: i }))
      await commitSure(storage, { append })
      expectEqual(await storage.count(things, { size: { gte: 0 } }, 5_000), 2_000, 'The number of records')
    },
  },
]

async function increments(storage: Storage, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const stored = await getOne(storage, 'a')
    const size = Number(stored?.record.size) + 1
    const result = await commitOne(storage, { expect: [{ ...keyOf('a'), revision: stored?.revision ?? 0 }], put: [thing('a', { size })] })
    if (result === 'committed') done++
  }
}
