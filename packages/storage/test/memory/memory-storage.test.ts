import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareRecords, passes } from '../../src/compare.ts'
import { type ChangeSet, defineCollection, memoryStorage, type Query, type StoredRecord } from '../../src/index.ts'
import { readQuery } from '../../src/query.ts'

interface Item extends StoredRecord {
  readonly name: string | null
  readonly size: number | null
  readonly groups: readonly string[]
}

const items = defineCollection<Item>({
  name: 'items',
  version: 1,
  fields: { name: 'text', size: 'integer', groups: 'textSet' },
  indexes: [{ fields: ['name', 'size'] }, { fields: ['size', 'name'] }, { fields: ['groups'] }],
})

const ids = Array.from({ length: 40 }, (_, i) => `id-${i}`)
const writes = fc.record({
  id: fc.constantFrom(...ids),
  name: fc.constantFrom('x', 'x', 'x', 'y', null),
  size: fc.constantFrom(null, 0, 1, 2, 3),
  groups: fc.constantFrom([], ['g'], ['g'], ['g', 'h']),
  body: fc.constant(null),
})
const queries: fc.Arbitrary<Query<Item>> = fc.record({
  where: fc.constantFrom(
    { name: { eq: 'x' } },
    { name: { eq: 'x' }, size: { gte: 1 } },
    { name: { in: ['x', 'y', 'none'] } },
    { name: { eq: 'x' }, size: { in: [1, 1, 3] } },
    { name: { in: ['x', 'y'] }, size: { eq: 2 } },
    { name: { eq: 'x' }, size: { isNull: true } },
    { anyOf: [{ name: { eq: 'y' }, size: { in: [0] } }, { name: { isNull: true } }] },
    { groups: { has: 'g' } },
    { groups: { has: 'g' }, size: { lt: 2 } },
    {},
  ),
  orderBy: fc.constantFrom(
    [],
    [{ field: 'size' as const }],
    [{ field: 'size' as const, descending: true }],
    [{ field: 'name' as const }, { field: 'size' as const }],
  ),
  limit: fc.constantFrom(3, 12, 1_000),
})
const steps = fc.oneof(
  { weight: 3, arbitrary: writes.map((record) => ({ record })) },
  { weight: 1, arbitrary: fc.constantFrom(...ids).map((gone) => ({ gone })) },
  { weight: 3, arbitrary: queries.map((query) => ({ query })) },
)

test('indexes over many records of one value answer as looking at every record does, whatever was written in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(writes, { minLength: 40, maxLength: 40 }), fc.array(steps, { maxLength: 60 }), async (first, sequence) => {
      const store = memoryStorage()
      await store.prepare([items])
      const model = new Map<string, Item>()
      const put = async (record: Item): Promise<void> => {
        model.set(record.id, record)
        await store.commit([{ ...nothing, put: [{ collection: items, record }] }])
      }
      for (const [i, record] of first.entries()) await put({ ...record, id: ids[i] ?? '', name: 'x', groups: ['g'] })
      for (const step of sequence) {
        if ('record' in step) await put(step.record)
        else if ('gone' in step) {
          model.delete(step.gone)
          await store.commit([{ ...nothing, delete: [{ collection: items, id: step.gone }] }])
        } else {
          const found = await store.find(items, step.query)
          expect(found.map(({ record }) => record)).toEqual(answerOf([...model.values()], step.query))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test.each<[string, readonly ('name' | 'size')[][], Query<Item>['where']]>([
  ['one of several values behind a field that all share', [['name', 'size']], { name: { eq: 'x' }, size: { in: [7, 1_000] } }],
  ['one of several values', [['size']], { size: { in: [7, 1_000] } }],
  ['the rarer of two fields that lead an index each', [['name'], ['size']], { name: { eq: 'x' }, size: { eq: 7 } }],
])('what is found by %s is found without a look at the other records', async (_by, indexes, where) => {
  const store = memoryStorage()
  const searched = defineCollection<Item>({ ...items, indexes: indexes.map((fields) => ({ fields })) })
  await store.prepare([searched])
  const looks = { count: 0 }
  const put = Array.from({ length: 500 }, (_, size) => {
    const record: Item = {
      id: `id-${size}`,
      name: 'x',
      get size() {
        looks.count++
        return size
      },
      groups: [],
      body: null,
    }
    return { collection: searched, record }
  })
  await store.commit([{ ...nothing, put }])
  const ask = async (): Promise<readonly string[]> =>
    (await store.find(searched, { where: where ?? {}, limit: 10 })).map(({ record }) => record.id)
  await ask() // makes the index
  looks.count = 0
  expect(await ask()).toEqual(['id-7'])
  expect(looks.count).toBeLessThan(10)
})

test('records are kept and given back by reference', async () => {
  const store = memoryStorage()
  await store.prepare([items])
  const record: Item = { id: 'a', name: 'x', size: 1, groups: ['g'], body: { deep: {} } }
  await store.commit([{ ...nothing, put: [{ collection: items, record }] }])
  expect((await store.get(items, ['a']))[0]?.record).toBe(record)
  expect((await store.find(items, { where: { name: { eq: 'x' } }, limit: 1 }))[0]?.record).toBe(record)
})

test('what was given back does not change with later commits', async () => {
  const store = memoryStorage()
  await store.prepare([items])
  const put = [{ collection: items, record: { id: 'a', name: 'x', size: 1, groups: [], body: null } as StoredRecord }]
  await store.commit([{ ...nothing, put }])
  const [before] = await store.get(items, ['a'])
  await store.commit([{ ...nothing, put }])
  expect(before?.revision).toBe(1)
})

const nothing: ChangeSet = { id: 'set', expect: [], touch: [], put: [], delete: [], append: [] }

function answerOf(all: readonly Item[], query: Query<Item>): readonly Item[] {
  const { filter, order, limit } = readQuery(items, query)
  const found = all.filter((record) => passes(filter, record))
  return found.sort((a, b) => compareRecords(order, a, b)).slice(0, limit)
}
