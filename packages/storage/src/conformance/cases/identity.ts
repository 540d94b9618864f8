import type { Condition, Order, Storage, Where } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitOne, commitSure, getOne, idsOf, keyOf, outcomeOf, prepared, standingOf, type Thing, thing, things } from '../things.ts'

/** What a store that folds case, accents, spaces, signs or numbers takes for the same, and names that objects have by themselves. */
const alike: readonly string[] = [
  ...['a', 'A', ' a', 'a ', 'a\n', 'a\t', '\u00e1', 'a\u0301', '\uff41', 'ss', '\u00df', 'i', 'I', '\u0130', '\u0131'],
  ...['a/b', 'a\\b', 'a:b', 'a_b', 'a%b', 'a.b', 'a#b', 'a?b', 'a*b', 'a,b', 'a|b', 'a\u0001b', '.', '..', '/', 'a/', 'a.'],
  ...['1', '01', '1.0', '1e0', '+1', 'null', 'true', '{}', '__proto__', 'constructor', 'toString', '\ufffd', '\u{1f600}', '\u{1f601}'],
]

/** In order by code point, as UTF-8 has them. */
const ordered: readonly string[] = [
  ...['I', 'I\t1', 'I 1', 'I#1', 'I-1', 'I.1', 'I.10', 'I.1a', 'I.2', 'I/1', 'I1', 'I10', 'I9', 'I:1', 'IA', 'IB', 'I_', 'Ia', 'Ib'],
  ...['I\u00e4', 'I\uffee', 'I\u{1f600}', 'J', 'i', 'ia', '\u00c4', '\uffee', '\u{1f600}'],
]

/** Ids are told apart by each of their characters, and stand in one order wherever there is an order. */
export const identityCases: readonly StorageCase[] = [
  {
    name: 'ids and texts that look alike are told apart',
    async run(storage) {
      await prepared(storage)
      for (const [size, id] of alike.entries()) {
        const result = await commitOne(storage, { append: [thing(id, { name: id, size, groups: [id] })] })
        expectEqual(outcomeOf(result), 'committed', `Appending ${JSON.stringify(id)} beside those before it`)
      }
      for (const [size, id] of alike.entries()) {
        const wanted = thing(id, { name: id, size, groups: [id] })
        expectEqual((await getOne(storage, id))?.record, wanted, `The record of ${JSON.stringify(id)}`)
        const finds: readonly Where<Thing>[] = [{ id: { eq: id } }, { id: { in: [id] } }, { name: { eq: id } }, { groups: { has: id } }]
        for (const where of finds) expectEqual(await idsOf(storage, where), [id], `The ids where ${JSON.stringify(where)}`)
      }
      const [touched, gone] = [alike.filter((_, i) => i % 3 === 0), alike.filter((_, i) => i % 3 === 1)]
      await commitSure(storage, { expect: alike.map((id) => ({ ...keyOf(id), revision: 1 })), touch: touched, delete: gone })
      for (const id of alike) {
        const revision = gone.includes(id) ? undefined : touched.includes(id) ? 2 : 1
        expectEqual((await getOne(storage, id))?.revision, revision, `The revision of ${JSON.stringify(id)}`)
      }
    },
  },
  {
    name: 'ids stand in order by code point: by themselves, among equals, in pages and in claims',
    async run(storage) {
      await inOrder(storage)
      const orders: readonly (readonly Order<Thing>[])[] = [[], [{ field: 'id' }], [{ field: 'size' }], [{ field: 'name' }]]
      for (const orderBy of orders) {
        const told = `by ${JSON.stringify(orderBy)}`
        expectEqual(await idsOf(storage, {}, orderBy), ordered, `The ids ${told}`)
        for (const [place, id] of ordered.entries()) {
          const after = { values: orderBy.map(({ field }) => (field === 'id' ? id : field === 'size' ? 1 : null)), id }
          const page = await storage.find(things, { where: {}, orderBy, limit: 3, after })
          const found = page.map(({ record }) => record.id)
          expectEqual(found, ordered.slice(place + 1, place + 4), `The ids ${told} after ${JSON.stringify(id)}`)
        }
      }
      expectEqual(await idsOf(storage, {}, [{ field: 'id', descending: true }]), ordered.toReversed(), 'The ids from the last')
      const claimed = await storage.claim(things, { owner: 'me', now: 50, leaseMs: 10, where: {}, limit: 100 })
      expectEqual(
        claimed.map(({ record }) => record.id),
        ordered,
        'The ids claimed',
      )
    },
  },
  {
    name: 'ranges of ids and of texts go by code point, their ends as asked',
    async run(storage) {
      await inOrder(storage)
      for (const field of ['id', 'name'] as const) {
        if (field === 'name') await commitSure(storage, { put: ordered.map((id) => thing(id, { name: id })) })
        const find = (given: Condition | readonly Condition[]) => idsOf(storage, field === 'id' ? { id: given } : { name: given })
        expectEqual(await find([{ gte: 'I.' }, { lt: 'I/' }]), ['I.1', 'I.10', 'I.1a', 'I.2'], 'What begins with I.')
        for (const [place, bound] of ordered.entries()) {
          const [before, behind] = [ordered.slice(0, place), ordered.slice(place + 1)]
          expectEqual(await find({ lt: bound }), before, `Below ${JSON.stringify(bound)}`)
          expectEqual(await find({ lte: bound }), [...before, bound], `Up to ${JSON.stringify(bound)}`)
          expectEqual(await find({ gt: bound }), behind, `Beyond ${JSON.stringify(bound)}`)
          expectEqual(await find({ gte: bound }), [bound, ...behind], `From ${JSON.stringify(bound)}`)
        }
      }
    },
  },
  {
    name: 'an id that cannot be kept names no record, nor one that is like it',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('\ufffd'), thing('a'), thing('ab')] })
      const none = ['\ud800', 'a\0', 'a\0b', '\0']
      expectEqual(await storage.get(things, none), [], 'What is found')
      for (const id of none) {
        expectEqual(await storage.get(things, [id]), [], `What is found by ${JSON.stringify(id)}`)
        for (const changes of [{ touch: [id] }, { delete: [id] }, { expect: [{ ...keyOf(id), revision: 0 }] }]) {
          const outcome = outcomeOf(await commitOne(storage, changes))
          expectThat(outcome === 'committed' || outcome === 'constraint', `nothing to happen, or constraint, but not ${outcome}`)
        }
        expectEqual(await storage.renew([{ ...keyOf(id), fence: 0 }], 10), [false], 'Whether a lease of it is renewed')
        await storage.release([{ ...keyOf(id), fence: 0 }])
      }
      for (const id of ['\ufffd', 'a', 'ab']) {
        expectEqual(await standingOf(storage, id), { revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }, `How ${id} stands`)
      }
    },
  },
]

/** The records from the last to the first, then every second one anew, so that the order of writing is another. */
async function inOrder(storage: Storage): Promise<void> {
  await prepared(storage)
  const all = ordered.toReversed().map((id) => thing(id, { size: 1, dueAt: 10 }))
  await commitSure(storage, { put: all })
  await commitSure(storage, { put: all.filter((_, i) => i % 2 === 0) })
}
