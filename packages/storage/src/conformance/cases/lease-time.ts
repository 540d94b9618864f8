import type { Storage } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, errands, getOne, keyOf, prepared, standingOf, thing, things } from '../things.ts'

const lengths: readonly number[] = [1, 1_500, 60_000, 3_600_000]

/** By which clock a lease ends, and when. */
export const leaseTimeCases: readonly StorageCase[] = [
  {
    name: "a lease written by a put or an append ends as long after the store's now as asked",
    async run(storage) {
      await prepared(storage)
      for (const leaseMs of lengths) {
        const lease = { owner: 'me', leaseMs }
        const id = `new-${leaseMs}`
        const before = await storage.now()
        await commitSure(storage, {
          put: [{ collection: things, record: thing('a'), lease }],
          append: [{ collection: things, record: thing(id), lease }],
        })
        await expectEnds(storage, ['a', id], leaseMs, before)
      }
    },
  },
  {
    name: "a renewed lease ends as long after the store's now as asked",
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { dueAt: 1 }), thing('b', { dueAt: 1 })] })
      await storage.claim(things, { owner: 'me', now: 'store', leaseMs: 1_000_000, where: {}, limit: 2 })
      for (const leaseMs of lengths) {
        const before = await storage.now()
        expectEqual(await storage.renew(['a', 'b'].map(lease), leaseMs), [true, true], 'The answer')
        await expectEnds(storage, ['a', 'b'], leaseMs, before)
      }
    },
  },
  {
    name: 'a lease written with an instant is dated by it, and claims judge it by theirs',
    async run(storage) {
      await prepared(storage)
      const write = (id: string, now: number, leaseMs: number) => ({
        collection: things,
        record: thing(id, { dueAt: 10 }),
        lease: { owner: 'me', leaseMs, now },
      })
      await commitSure(storage, { put: [thing('a', { dueAt: 10 })] })
      await commitSure(storage, { put: [write('a', 50, 30), write('b', 50, 40)], append: [write('c', 60, 3_600_000)] })
      expectEqual(await endsOf(storage, ['a', 'b', 'c']), [80, 90, 3_600_060], 'The ends')
      expectEqual(await standingOf(storage, 'a'), { revision: 2, fence: 1, leasedUntil: 80, leaseOwner: 'me' }, 'How a put record stands')
      const claimed = async (now: number) =>
        (await storage.claim(things, { owner: 'you', now, leaseMs: 10_000, where: {}, limit: 10 })).map(({ record }) => record.id)
      expectEqual(await claimed(79), [], 'What can be claimed before the first end')
      expectEqual(await claimed(80), ['a'], 'What can be claimed at the first end')
      expectEqual(await claimed(90), ['b'], 'What can be claimed at the second end')
    },
  },
  {
    name: 'a lease renewed at an instant is dated by it; one that ended and that nobody took over is renewed',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: ['a', 'b', 'c'].map((id) => thing(id, { dueAt: 10 })) })
      await storage.claim(things, { owner: 'me', now: 50, leaseMs: 30, where: {}, limit: 10 })
      expectEqual(await storage.renew([lease('a')], 20, 70), [true], 'The answer while it holds')
      await storage.claim(things, { owner: 'you', now: 80, leaseMs: 30, where: { id: { eq: 'b' } }, limit: 1 })
      expectEqual(await storage.renew(['a', 'b', 'c'].map(lease), 5, 200), [true, false, true], 'The answers after their ends')
      expectEqual(await endsOf(storage, ['a', 'b', 'c']), [205, 110, 205], 'The ends')
      expectEqual(await storage.renew([lease('a')], 1, 100), [true], 'The answer to an instant before the last')
      expectEqual(await endsOf(storage, ['a']), [101], 'An end that is earlier')
    },
  },
  {
    name: 'a record put after it was deleted has no lease and begins at fence 0',
    async run(storage) {
      await prepared(storage)
      for (const collection of [things, errands]) {
        const record = collection === things ? thing('a', { dueAt: 1 }) : { id: 'a', dueAt: 1, priority: 0, body: null }
        await commitSure(storage, { put: [{ collection, record }] })
        const request = { owner: 'me', now: 50, leaseMs: 30, where: {}, limit: 1 }
        await (collection === things ? storage.claim(things, request) : storage.claim(errands, request))
        await commitSure(storage, { delete: [{ collection, id: 'a' }] })
        await commitSure(storage, { put: [{ collection, record }] })
        const [stored] = await storage.get(collection, ['a'])
        expectEqual(stored, { record, revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }, `How it stands in ${collection.name}`)
      }
    },
  },
]

function lease(id: string): { readonly collection: typeof things; readonly id: string; readonly fence: number } {
  return { ...keyOf(id), collection: things, fence: 1 }
}

async function endsOf(storage: Storage, ids: readonly string[]): Promise<readonly unknown[]> {
  const ends: unknown[] = []
  for (const id of ids) ends.push((await getOne(storage, id))?.leasedUntil)
  return ends
}

async function expectEnds(storage: Storage, ids: readonly string[], leaseMs: number, before: number): Promise<void> {
  const after = await storage.now()
  for (const end of await endsOf(storage, ids)) {
    expectThat(Number(end) >= before + leaseMs && Number(end) <= after + leaseMs, `a lease of ${leaseMs} ms from the store's now`)
  }
}
