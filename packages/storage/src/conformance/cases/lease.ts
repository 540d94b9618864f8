import type { ClaimRequest, Storage } from '../../contract.ts'
import { expectEqual, expectRefused, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitOne, commitSure, getOne, keyOf, outcomeOf, prepared, standingOf, type Thing, thing, things } from '../things.ts'

/** Far from any store's clock in both directions, so that given instants and the store's own cannot be mixed up by luck. */
const FAR_PAST = 1_000
const FAR_FUTURE = 32_503_680_000_000

export const leaseCases: readonly StorageCase[] = [
  {
    name: 'a claim gives due and free records by priority, then due time, then id',
    async run(storage) {
      await prepared(storage)
      const append = [
        thing('late', { dueAt: 60 }),
        thing('b', { dueAt: 20, priority: 1 }),
        thing('a', { dueAt: 20, priority: 1 }),
        thing('never', { priority: 9 }),
        thing('urgent', { dueAt: 40, priority: 5 }),
        thing('early', { dueAt: 10 }),
        thing('urgentLater', { dueAt: 51, priority: 5 }),
        thing('justDue', { dueAt: 50, priority: -1 }),
      ]
      await commitSure(storage, { append })
      expectEqual(await claimed(storage, { now: 50, limit: 2 }), ['urgent', 'a'], 'The first two')
      expectEqual(await claimed(storage, { now: 50 }), ['b', 'early', 'justDue'], 'The rest')
      expectEqual(await claimed(storage, { now: 50 }), [], 'What is left')
    },
  },
  {
    name: 'a claim refuses a limit out of bounds and leases nothing',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: [due('a')] })
      for (const limit of [0, 1_001, 0.5]) await expectRefused(() => claimed(storage, { limit }), 'invalidQuery', `A limit of ${limit}`)
      expectEqual(await claimed(storage, { limit: 1_000 }), ['a'], 'What is claimed with the largest')
    },
  },
  {
    name: 'a claim obeys its conditions',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, {
        append: [due('a', { name: 'x' }), due('b', { name: 'y', groups: ['g'] }), due('c', { name: 'z' }), due('d')],
      })
      expectEqual(await claimed(storage, { where: { name: { in: ['x', 'y'] }, groups: { isNull: true } } }), ['a'], 'Claimed by name')
      expectEqual(
        await claimed(storage, { where: { anyOf: [{ groups: { has: 'g' } }, { name: { eq: 'z' } }] } }),
        ['b', 'c'],
        'Claimed by a union',
      )
    },
  },
  {
    name: 'a claim raises the fence, names owner and end, and leaves the revision and the record',
    async run(storage) {
      await prepared(storage)
      const record = due('a', { body: { a: 1 } })
      await commitSure(storage, { put: [record] })
      const [stored] = await storage.claim(things, { owner: 'me', now: 50, leaseMs: 30, where: {}, limit: 10 })
      expectEqual(stored, { record, revision: 1, fence: 1, leasedUntil: 80, leaseOwner: 'me' }, 'What the claim gives')
      expectEqual(await getOne(storage, 'a'), stored, 'What get gives')
      expectEqual(
        outcomeOf(await commitOne(storage, { expect: [{ ...keyOf('a'), revision: 1, fence: 1 }] })),
        'committed',
        'A set of the owner',
      )
    },
  },
  {
    name: 'two claimers never share a record',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: Array.from({ length: 60 }, (_, i) => due(`id-${i}`)) })
      const lists = await Promise.all(Array.from({ length: 12 }, (_, i) => claimed(storage, { owner: `o${i}`, limit: 7 })))
      const ids = lists.flat()
      expectThat(new Set(ids).size === ids.length, 'each record claimed by one owner')
      expectEqual(ids.length, 60, 'The number of records claimed')
    },
  },
  {
    name: 'an expired lease is handed on, and what the old owner sends by its fence is refused',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('a')] })
      expectEqual(await claimed(storage, { owner: 'old', now: 50, leaseMs: 30 }), ['a'], 'The first claim')
      expectEqual(await claimed(storage, { owner: 'new', now: 79 }), [], 'A claim while the lease holds')
      expectEqual(await claimed(storage, { owner: 'new', now: 80, leaseMs: 30 }), ['a'], 'A claim at the end of the lease')
      const byFence = (fence: number) => commitOne(storage, { expect: [{ ...keyOf('a'), fence }], put: [thing('a')] })
      const result = await byFence(1)
      expectThat(typeof result === 'object' && 'conflict' in result, 'a conflict for the old owner')
      expectEqual(
        result.conflict.map(({ actual }) => actual),
        [{ revision: 1, fence: 2 }],
        'What the conflict tells',
      )
      expectEqual(outcomeOf(await byFence(2)), 'committed', 'A set of the new owner')
    },
  },
  {
    name: 'a put without a lease ends one and keeps the fence; with a lease it is claimed by that very commit',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('a')] })
      await claimed(storage, { owner: 'me' })
      await commitSure(storage, { put: [due('a')] })
      expectEqual(
        await standingOf(storage, 'a'),
        { revision: 2, fence: 1, leasedUntil: null, leaseOwner: null },
        'After a put without a lease',
      )
      const before = await storage.now()
      const lease = { owner: 'you', leaseMs: 60_000 }
      const put = [
        { collection: things, record: due('a'), lease },
        { collection: things, record: due('b'), lease },
      ]
      await commitSure(storage, { put, append: [{ collection: things, record: due('c'), lease }] })
      const fences: unknown[] = []
      for (const id of ['a', 'b', 'c']) {
        const stored = await getOne(storage, id)
        fences.push([stored?.revision, stored?.fence, stored?.leaseOwner])
        const leasedUntil = stored?.leasedUntil ?? 0
        expectThat(leasedUntil >= before + 60_000 && leasedUntil <= (await storage.now()) + 60_000, 'a lease dated by the store')
      }
      expectEqual(
        fences,
        [
          [3, 2, 'you'],
          [1, 1, 'you'],
          [1, 1, 'you'],
        ],
        'Revision, fence and owner',
      )
      expectEqual(await claimed(storage, { now: 'store' }), [], 'What another can claim')
      expectEqual(await claimed(storage, { now: FAR_FUTURE }), ['a', 'b', 'c'], 'What another can claim after their end')
    },
  },
  {
    name: 'a put that moves the due time moves the claim',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('a', { dueAt: 100 }), due('b', { dueAt: 10 }), due('c', { dueAt: 10 })] })
      expectEqual(await claimed(storage, { owner: 'x', now: 5 }), [], 'Before any is due')
      await commitSure(storage, { put: [due('a', { dueAt: 1 }), due('b', { dueAt: null }), due('c', { dueAt: 2, priority: 7 })] })
      expectEqual(await claimed(storage, { now: 5 }), ['c', 'a'], 'After the due times moved')
    },
  },
  {
    name: 'a renewed lease ends later by the clock of the store; a lost one is not renewed',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('a'), due('b'), due('c')] })
      await claimed(storage, { owner: 'me', now: FAR_PAST, leaseMs: 10 })
      expectEqual(await claimed(storage, { owner: 'you', now: FAR_PAST + 10, limit: 1 }), ['a'], 'Taken over')
      await storage.release([{ ...keyOf('b'), fence: 1 }])
      const before = await storage.now()
      const leases = ['a', 'b', 'c', 'missing'].map((id) => ({ ...keyOf(id), fence: 1 }))
      expectEqual(await storage.renew(leases, 60_000), [false, false, true, false], 'Which were renewed')
      expectThat(((await getOne(storage, 'c'))?.leasedUntil ?? 0) >= before + 60_000, 'an end dated by the store')
      expectEqual((await getOne(storage, 'a'))?.leaseOwner, 'you', 'The owner of the one taken over')
      expectEqual((await getOne(storage, 'c'))?.fence, 1, 'The fence of a renewed lease')
      expectEqual(await storage.renew([], 1), [], 'The answer to no leases')
    },
  },
  {
    name: 'a released lease is free at once; releasing one that was lost leaves the new owner alone',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('a'), due('b')] })
      await claimed(storage, { owner: 'old', now: 50, leaseMs: 10 })
      await storage.release([{ ...keyOf('a'), fence: 1 }])
      expectEqual(await standingOf(storage, 'a'), { revision: 1, fence: 1, leasedUntil: null, leaseOwner: null }, 'The released record')
      expectEqual(await claimed(storage, { owner: 'new', now: 55, leaseMs: 100 }), ['a'], 'What is free')
      await claimed(storage, { owner: 'new', now: 60, leaseMs: 100 })
      await storage.release([
        { ...keyOf('a'), fence: 1 },
        { ...keyOf('b'), fence: 1 },
        { ...keyOf('missing'), fence: 1 },
      ])
      expectEqual(await claimed(storage, { owner: 'third', now: 70 }), [], 'What a third can claim')
    },
  },
  {
    name: 'the clock of the store judges claims that ask for it',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [due('past', { dueAt: FAR_PAST }), due('future', { dueAt: FAR_FUTURE })] })
      expectEqual(await claimed(storage, { now: 'store' }), ['past'], 'What is due now')
    },
  },
]

function due(id: string, fields: Partial<Thing> = {}): Thing {
  return thing(id, { dueAt: 10, ...fields })
}

/** The ids that a claim gives. */
async function claimed(storage: Storage, request: Partial<ClaimRequest<Thing>>): Promise<readonly string[]> {
  const stored = await storage.claim(things, { owner: 'someone', now: 50, leaseMs: 1_000, where: {}, limit: 100, ...request })
  return stored.map(({ record }) => record.id)
}
