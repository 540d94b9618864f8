import type { Storage } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, getOne, idsOf, prepared, thing, things } from '../things.ts'

const TEXT_LENGTH = 800
const LIST_LENGTH = 1_000
/** With the JSON around it 16 MB as UTF-8: two bytes a letter. */
const BODY_LETTERS = 7_999_990

/** The sizes that the contract names: kept, and found, whole. */
export const sizeCases: readonly StorageCase[] = [
  {
    name: 'text of 800 bytes is kept and compared in full',
    async run(storage) {
      await prepared(storage)
      const start = noise(TEXT_LENGTH - 1)
      const put = ['c', 'a', 'b'].map((end, i) => thing(`id-${i}`, { name: start + end, groups: [start + end] }))
      await commitSure(storage, { put })
      expectEqual((await getOne(storage, 'id-1'))?.record, put[1], 'The record')
      expectEqual(await idsOf(storage, { name: { eq: `${start}a` } }), ['id-1'], 'By the whole text')
      expectEqual(await idsOf(storage, { name: { gt: `${start}a` } }), ['id-0', 'id-2'], 'Beyond the text')
      expectEqual(await idsOf(storage, { name: { eq: start } }), [], 'By its beginning')
      expectEqual(await idsOf(storage, { groups: { has: `${start}b` } }), ['id-2'], 'By a member of a textSet')
      expectEqual(await idsOf(storage, {}, [{ field: 'name' }]), ['id-1', 'id-2', 'id-0'], 'In order')
    },
  },
  {
    name: 'ids of 800 bytes are told apart',
    async run(storage) {
      await prepared(storage)
      const start = noise(TEXT_LENGTH - 1)
      await commitSure(storage, { put: [thing(`${start}a`, { size: 1 }), thing(`${start}b`, { size: 2 })] })
      expectEqual((await getOne(storage, `${start}b`))?.record.size, 2, 'The second record')
      expectEqual(await idsOf(storage, { id: { gt: `${start}a` } }), [`${start}b`], 'Beyond the first id')
    },
  },
  {
    name: 'a textSet has 1,000 members, found by each, hasAny has 1,000 too',
    async run(storage) {
      await prepared(storage)
      const groups = listOf('member').sort()
      await commitSure(storage, { put: [thing('a', { groups }), thing('b', { groups: ['last'] })] })
      expectEqual((await getOne(storage, 'a'))?.record.groups, groups, 'The members')
      for (const has of ['member-0', 'member-25', 'member-999']) expectEqual(await idsOf(storage, { groups: { has } }), ['a'], `By ${has}`)
      const strange = listOf('stranger')
      expectEqual(await idsOf(storage, { groups: { hasAny: [...strange.slice(1), 'last'] } }), ['b'], 'By the last of 1,000')
      expectEqual(await storage.count(things, { groups: { hasAny: groups } }, 10), 1, 'A record that has all is one')
      await commitSure(storage, { put: [thing('a', { groups: groups.slice(500) })] })
      expectEqual(await idsOf(storage, { groups: { hasAny: groups.slice(0, 500) } }), [], 'By members that left')
    },
  },
  {
    name: 'in has 1,000 values, each of them found',
    async run(storage) {
      await prepared(storage)
      const names = listOf('name')
      await commitSure(storage, { append: names.map((name, i) => thing(`id-${i}`, { name, size: i })) })
      expectEqual((await idsOf(storage, { name: { in: names } })).length, LIST_LENGTH, 'The number found')
      expectEqual(await storage.count(things, { name: { in: names } }, 5_000), LIST_LENGTH, 'The number counted')
      expectEqual(await idsOf(storage, { name: { in: [...listOf('nobody').slice(1), 'name-7'] } }), ['id-7'], 'The last of 1,000')
      expectEqual(
        await idsOf(storage, { anyOf: [{ id: { in: ['id-3'] } }, { size: { in: names.map((_, i) => i + 999) } }] }),
        ['id-3', 'id-999'],
        'In a union',
      )
      expectEqual(await storage.purge(things, { id: { in: names.map((_, i) => `id-${i}`) } }, 1_000), LIST_LENGTH, 'The number purged')
    },
  },
  {
    name: 'a body of 16 MB comes back whole',
    async run(storage) {
      await prepared(storage)
      await keepsBody(storage, 'ü'.repeat(BODY_LETTERS))
    },
  },
]

async function keepsBody(storage: Storage, long: string): Promise<void> {
  await commitSure(storage, { put: [thing('a', { body: { long } })] })
  const body = (await getOne(storage, 'a'))?.record.body
  // compared by itself: JSON of it would be made twice only to be thrown away
  expectThat((body as { readonly long?: string } | null)?.long === long, `a body of ${long.length} letters`)
}

function listOf(word: string): string[] {
  return Array.from({ length: LIST_LENGTH }, (_, i) => `${word}-${i}`)
}

/** Letters that no store can keep in less: always the same ones. */
function noise(length: number): string {
  let state = 7
  let text = ''
  for (let i = 0; i < length; i++) {
    state = (state * 48_271) % 2_147_483_647
    text += String.fromCharCode(97 + (state % 26))
  }
  return text
}
