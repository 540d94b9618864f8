import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ChangeSet,
  type CommitResult,
  defineCollection,
  memoryStorage,
  type Storage,
  type StoredRecord,
  type Where,
} from '../src/index.ts'
import { sqliteStorage } from '../src/sqlite/index.ts'

interface Item extends StoredRecord {
  readonly name: string | null
  readonly size: number | null
  readonly ratio: number | null
  readonly isOpen: boolean | null
  readonly dueAt: number | null
  readonly priority: number
  readonly groups: readonly string[]
  readonly body: unknown
}

const items = defineCollection<Item>({
  name: 'items',
  version: 1,
  leased: true,
  fields: { name: 'text', size: 'integer', ratio: 'real', isOpen: 'boolean', dueAt: 'instant', priority: 'integer', groups: 'textSet' },
  indexes: [
    { fields: ['name', 'size'] },
    { fields: ['size'], whereNotNull: 'size' },
    { fields: ['groups'] },
    { fields: ['dueAt', 'name'] },
  ],
})

const MANY_IDS = Array.from({ length: 40 }, (_, i) => `many-${i}`)
const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', '\u{1f600}', '\uffee', 'many-7', 'many-21')
const names = fc.constantFrom('', 'x', 'xy', 'Y', '\u{1f600}', '\uffee', 'ß')
const sizes = fc.constantFrom(0, 1, -1, 2, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
const ratios = fc.constantFrom(0, 0.5, -1.25, 1e300)
const dues = fc.constantFrom(10, 20, 30)
const groups = fc.constantFrom('g', 'h', 'i', '\u{1f600}')
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 3 })

const records: fc.Arbitrary<Item> = fc.record({
  id: fc.oneof({ weight: 30, arbitrary: ids }, { weight: 1, arbitrary: fc.constantFrom('', 'n\0', '\ud800') }),
  name: fc.oneof({ weight: 30, arbitrary: orNull(names) }, { weight: 1, arbitrary: fc.constantFrom('\0', 'x\udc00') }),
  size: orNull(sizes),
  ratio: orNull(ratios),
  isOpen: orNull(fc.boolean()),
  dueAt: orNull(dues),
  priority: fc.constantFrom(0, 5, 10),
  groups: fc.array(groups, { maxLength: 3 }),
  body: fc.constantFrom<unknown>(null, 1, { a: [1, null, 'ü'] }, 'text', [true]),
})
const leases = fc.option(
  fc.record(
    { owner: fc.constantFrom('o1', 'o2'), leaseMs: fc.constantFrom(5, 50), now: fc.constantFrom(3, 30) },
    { requiredKeys: ['owner', 'leaseMs'] },
  ),
  { freq: 4, nil: undefined },
)
const writes = fc
  .tuple(records, leases)
  .map(([record, lease]) => ({ collection: items, record, ...(lease === undefined ? {} : { lease }) }))
const keys = ids.map((id) => ({ collection: items, id }))
const expectations = fc.record(
  { collection: fc.constant(items), id: ids, revision: fc.constantFrom(0, 1, 2, 3), fence: fc.constantFrom(0, 1, 2) },
  { requiredKeys: ['collection', 'id'] },
)

const changeSets: fc.Arbitrary<ChangeSet> = fc
  .record({
    id: fc.constant('set'),
    expect: fc.array(expectations, { maxLength: 2 }),
    touch: fc.array(keys, { maxLength: 1 }),
    put: fc.array(writes, { maxLength: 3 }),
    delete: fc.array(keys, { maxLength: 1 }),
    append: fc.array(writes, { maxLength: 1 }),
  })
  .chain((set) => fc.tuple(fc.constant(set), fc.constantFrom(false, false, false, true)))
  .map(([set, isDoubled]) => {
    if (isDoubled) return set
    // else a record stands in one of the lists at most
    const taken = new Set<string>()
    const isFirst = (id: string): boolean => !taken.has(id) && taken.add(id) !== undefined
    return {
      ...set,
      touch: set.touch.filter(({ id }) => isFirst(id)),
      put: set.put.filter(({ record }) => isFirst(record.id)),
      delete: set.delete.filter(({ id }) => isFirst(id)),
      append: set.append.filter(({ record }) => isFirst(record.id)),
    }
  })

const rangeOf = <T extends string | number>(values: fc.Arbitrary<T>) =>
  fc.oneof(
    values.map((eq) => ({ eq })),
    fc.array(values, { maxLength: 3 }).map((list) => ({ in: list })),
    values.map((lt) => ({ lt })),
    values.map((lte) => ({ lte })),
    values.map((gt) => ({ gt })),
    values.map((gte) => ({ gte })),
    fc.tuple(values, values).map(([gte, lt]) => [{ gte }, { lt }]),
    fc.boolean().map((isNull) => ({ isNull })),
  )
const conditions = fc.record(
  {
    id: rangeOf(ids),
    name: rangeOf(names),
    size: rangeOf(sizes),
    ratio: rangeOf(ratios),
    isOpen: fc.oneof(
      fc.boolean().map((eq) => ({ eq })),
      fc.boolean().map((value) => ({ in: [value] })),
    ),
    dueAt: rangeOf(dues),
    groups: fc.oneof(
      groups.map((has) => ({ has })),
      fc.array(groups, { maxLength: 2 }).map((hasAny) => ({ hasAny })),
      fc.boolean().map((isNull) => ({ isNull })),
    ),
  },
  { requiredKeys: [] },
)
const wheres = fc
  .tuple(conditions, fc.option(fc.array(conditions, { maxLength: 3 }), { freq: 3 }))
  .map(([where, anyOf]) => (anyOf === null ? where : { ...where, anyOf }) as Where<Item>) // the same conditions, typed
const orders = fc.uniqueArray(
  fc.record({ field: fc.constantFrom('id', 'name', 'size', 'ratio', 'isOpen', 'dueAt', 'priority' as const), descending: fc.boolean() }),
  { maxLength: 3, selector: ({ field }) => field },
)

/** Enough records with one name that indexes keep them as a crowd. */
const crowds = fc.array(records, { minLength: 40, maxLength: 40 }).map((list) => {
  const put = list.map((record, i) => ({
    collection: items,
    record: { ...record, id: MANY_IDS[i] ?? '', name: i % 5 === 0 ? null : 'x' } as StoredRecord,
  }))
  return [{ id: 'crowd', expect: [], touch: [], put, delete: [], append: [] }]
})

const acts = fc.oneof(
  { weight: 1, arbitrary: crowds.map((sets) => (store: Storage) => store.commit(sets).then(shownResults)) },
  { weight: 4, arbitrary: fc.array(changeSets, { maxLength: 3 }).map((sets) => (store: Storage) => store.commit(sets).then(shownResults)) },
  {
    weight: 4,
    arbitrary: fc.tuple(wheres, orders, fc.constantFrom(1, 2, 4, 30)).map(
      ([where, orderBy, limit]) =>
        (store: Storage) =>
          pages(store, where, orderBy as never, limit),
    ),
  },
  { weight: 1, arbitrary: wheres.map((where) => (store: Storage) => store.count(items, where, 5)) },
  { weight: 1, arbitrary: fc.array(ids, { maxLength: 4 }).map((list) => (store: Storage) => store.get(items, list).then(byId)) },
  {
    weight: 2,
    arbitrary: fc.tuple(wheres, fc.constantFrom('store' as const, 5, 15, 25, 70), fc.integer({ min: 1, max: 3 })).map(
      ([where, now, limit]) =>
        (store: Storage) =>
          store.claim(items, { owner: 'me', now, leaseMs: 7, where, limit }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(ids, fc.constantFrom(0, 1, 2), fc.constantFrom(undefined, 4, 40)).map(
      ([id, fence, now]) =>
        (store: Storage) =>
          store.renew([{ collection: items, id, fence }], 9, now),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(ids, fc.constantFrom(0, 1, 2)).map(
      ([id, fence]) =>
        (store: Storage) =>
          store.release([{ collection: items, id, fence }]),
    ),
  },
  { weight: 1, arbitrary: wheres.map((where) => (store: Storage) => store.purge(items, where, 1_000)) },
)

const byName = { fields: ['name', 'priority', 'dueAt'], whereNotNull: 'dueAt' } as const

test.each([
  ['', items],
  [', claimed by name', { ...items, indexes: [...items.indexes, byName] }],
])('memory and SQLite answer the same to any sequence of change sets, queries and leases%s', async (_how, declared) => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 25 }), async (sequence) => {
      const memory = memoryStorage({ now: () => 20 })
      const sqlite = sqliteStorage({ file: ':memory:', now: () => 20 })
      await memory.prepare([declared])
      await sqlite.prepare([declared])
      for (const act of sequence) expect(await act(sqlite)).toEqual(await act(memory))
      expect(await everything(sqlite)).toEqual(await everything(memory))
      await sqlite.close()
    }),
    { numRuns: Number(process.env.FC_RUNS ?? 300) },
  )
})

async function everything(store: Storage): Promise<unknown> {
  return store.find(items, { where: {}, limit: 1_000 })
}

/** Up to three pages of a query. */
async function pages(
  store: Storage,
  where: Where<Item>,
  orderBy: readonly { field: 'name'; descending: boolean }[],
  limit: number,
): Promise<unknown> {
  const all: unknown[] = []
  const query = { where, orderBy, limit }
  let page = await store.find(items, query)
  for (let i = 0; i < 3 && page.length > 0; i++) {
    all.push(page)
    const last = page[page.length - 1]!.record
    page = await store.find(items, { ...query, after: { values: orderBy.map(({ field }) => last[field]), id: last.id } })
  }
  return all
}

function shownResults(results: readonly CommitResult[]): unknown {
  return results.map((result) => {
    if (result === 'committed') return result
    if ('failed' in result) return { code: result.failed.code, message: result.failed.message, details: result.failed.details }
    return result.conflict.map(({ id, revision, fence, actual }) => ({ id, revision, fence, actual }))
  })
}

function byId(list: readonly { readonly record: StoredRecord }[]): unknown {
  return [...list].sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
}
