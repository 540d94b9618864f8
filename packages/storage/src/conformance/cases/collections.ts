import type { Storage } from '../../contract.ts'
import { expectEqual } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, type Errand, errands, keyOf, notes, prepared, thing, things } from '../things.ts'

const ids = ['d', 'a', 'e', 'c', 'b']
const errandKey = (id: string) => ({ collection: errands, id })

/** What is done to one collection is done to no other, and to any as to any other. */
export const collectionCases: readonly StorageCase[] = [
  {
    name: 'find gives the records of a collection without fields and indexes by id, in pages too',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: ids.map((id) => ({ collection: notes, record: { id, body: id } })) })
      const find = async (descending: boolean, limit: number, after?: string): Promise<readonly string[]> => {
        const order = descending ? ([{ field: 'id', descending }] as const) : []
        const cursor = after === undefined ? {} : { after: { values: order.map(() => after), id: after } }
        return (await storage.find(notes, { where: {}, orderBy: order, limit, ...cursor })).map(({ record }) => record.id)
      }
      expectEqual(await find(false, 10), ['a', 'b', 'c', 'd', 'e'], 'All')
      expectEqual(await find(true, 10), ['e', 'd', 'c', 'b', 'a'], 'All, descending')
      expectEqual(await find(false, 2), ['a', 'b'], 'The first page')
      expectEqual(await find(false, 2, 'b'), ['c', 'd'], 'The second page')
      expectEqual(await find(true, 2, 'd'), ['c', 'b'], 'The second page, descending')
      expectEqual(await storage.count(notes, { id: { gt: 'b' } }, 10), 3, 'Their number beyond an id')
    },
  },
  {
    name: 'a touch, a put and a delete reach the record of their own collection alone',
    async run(storage) {
      await bothWithAll(storage)
      await commitSure(storage, {
        touch: [errandKey('a')],
        put: [{ collection: errands, record: errand('b', 70) }],
        delete: [errandKey('c'), { collection: notes, id: 'd' }],
      })
      expectEqual(await revisionsOf(storage), { things: 'a1 b1 c1 d1 e1', errands: 'a2 b2 d1 e1', notes: 'a1 b1 c1 e1' }, 'The revisions')
      await commitSure(storage, { touch: ['e'], delete: ['a'] })
      expectEqual(
        await revisionsOf(storage),
        { things: 'b1 c1 d1 e2', errands: 'a2 b2 d1 e1', notes: 'a1 b1 c1 e1' },
        'After changing things',
      )
    },
  },
  {
    name: 'a purge deletes from its own collection alone',
    async run(storage) {
      await bothWithAll(storage)
      expectEqual(await storage.purge(errands, { dueAt: { gte: 0 }, id: { lt: 'c' } }, 10), 2, 'The number of errands deleted')
      expectEqual(await storage.purge(notes, { id: { gt: 'd' } }, 10), 1, 'The number of notes deleted')
      expectEqual(await revisionsOf(storage), { things: 'a1 b1 c1 d1 e1', errands: 'c1 d1 e1', notes: 'a1 b1 c1 d1' }, 'What stays')
    },
  },
  {
    name: 'leases of one collection are none of another',
    async run(storage) {
      await bothWithAll(storage)
      const request = { owner: 'me', now: 50, leaseMs: 30, limit: 10 }
      const claimed = await storage.claim(errands, { ...request, where: { id: { in: ['a', 'b', 'c'] } } })
      expectEqual(
        claimed.map(({ record, fence, leasedUntil }) => [record.id, fence, leasedUntil]),
        [
          ['c', 1, 80],
          ['b', 1, 80],
          ['a', 1, 80],
        ],
        'The errands claimed, by priority',
      )
      await storage.claim(things, { ...request, where: { id: { eq: 'a' } } })
      await storage.release([{ ...errandKey('a'), fence: 1 }])
      const leases = [
        { ...keyOf('a'), fence: 1 },
        { ...errandKey('a'), fence: 1 },
        { ...errandKey('b'), fence: 1 },
        { ...keyOf('b'), fence: 1 },
      ]
      expectEqual(await storage.renew(leases, 40, 60), [true, false, true, false], 'Which were renewed')
      const ends = async (found: Promise<readonly { readonly leasedUntil: number | null }[]>) =>
        (await found).map(({ leasedUntil }) => leasedUntil)
      const all = { where: {}, limit: 10 }
      expectEqual(await ends(storage.find(things, all)), [100, null, null, null, null], 'When the leases of things end')
      expectEqual(await ends(storage.find(errands, all)), [null, 100, 80, null, null], 'When the leases of errands end')
    },
  },
]

function errand(id: string, dueAt: number): Errand {
  return { id, dueAt, priority: dueAt, body: null }
}

/** Records of the same ids in all collections, none of them alike. */
async function bothWithAll(storage: Storage): Promise<void> {
  await prepared(storage)
  const append = [...ids].sort().flatMap((id, i) => [
    { collection: things, record: thing(id, { dueAt: i, size: i }) },
    { collection: errands, record: errand(id, i) },
    { collection: notes, record: { id, body: i } },
  ])
  await commitSure(storage, { append })
}

/** The ids of each collection with their revisions. */
async function revisionsOf(storage: Storage): Promise<unknown> {
  const shown = async (found: Promise<readonly { readonly record: { readonly id: string }; readonly revision: number }[]>) =>
    (await found).map(({ record, revision }) => record.id + revision).join(' ')
  const all = { where: {}, limit: 100 }
  return {
    things: await shown(storage.find(things, all)),
    errands: await shown(storage.find(errands, all)),
    notes: await shown(storage.find(notes, all)),
  }
}
