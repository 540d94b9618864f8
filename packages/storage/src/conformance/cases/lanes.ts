import { type Collection, defineCollection, type StoredRecord } from '../../collection.ts'
import type { ChangeSet, ClaimRequest, Storage } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'

/** Work of several kinds, which claims name: the kinds lie apart in an index, priority and due time behind them. */
interface Duty extends StoredRecord {
  readonly kind: string | null
  readonly place: string | null
  readonly dueAt: number | null
  readonly priority: number
}

const duties: Collection<Duty> = defineCollection<Duty>({
  name: 'duties',
  version: 1,
  leased: true,
  fields: { kind: 'text', place: 'text', dueAt: 'instant', priority: 'integer' },
  indexes: [{ fields: ['kind', 'priority', 'dueAt'], whereNotNull: 'dueAt' }],
})

export const laneCases: readonly StorageCase[] = [
  {
    name: 'a claim of several values of a field gives their records by priority, then due time, then id, whatever their value',
    async run(storage) {
      await store(storage, [
        duty('late', 'wash', { dueAt: 60 }),
        duty('b', 'wash', { dueAt: 20, priority: 1 }),
        duty('a', 'cook', { dueAt: 20, priority: 1 }),
        duty('other', 'dance', { priority: 9 }),
        duty('never', 'cook', { dueAt: null, priority: 9 }),
        duty('urgent', 'wash', { dueAt: 40, priority: 5 }),
        duty('early', 'cook', { dueAt: 10 }),
        duty('justDue', 'wash', { dueAt: 50, priority: -1 }),
      ])
      const kind = { in: ['wash', 'none', 'cook', 'wash', 'zeal'] }
      expectEqual(await claimed(storage, { where: { kind }, limit: 2 }), ['urgent', 'a'], 'The first two')
      expectEqual(await claimed(storage, { where: { kind } }), ['b', 'early', 'justDue'], 'The rest')
      expectEqual(await claimed(storage, { where: { kind } }), [], 'What is left')
      expectEqual(await claimed(storage, { where: { kind: { in: [] } } }), [], 'Of no value')
    },
  },
  {
    name: 'a claim of one value passes over the many of others that are due sooner and matter more',
    async run(storage) {
      const many = Array.from({ length: 300 }, (_, i) => duty(`many-${i}`, i % 2 === 0 ? 'cook' : 'zeal', { dueAt: 10, priority: 7 }))
      await store(storage, [...many, duty('mine', 'wash', { place: 'here' }), duty('there', 'wash', { place: 'there', priority: 1 })])
      expectEqual(await claimed(storage, { where: { kind: { eq: 'wash' }, place: { eq: 'here' } } }), ['mine'], 'Claimed by kind and place')
      expectEqual(
        await claimed(storage, {
          where: { kind: { in: ['dance', 'wash'] }, anyOf: [{ place: { isNull: true } }, { place: { in: ['there'] } }] },
        }),
        ['there'],
        'Claimed by kind and a union',
      )
    },
  },
  {
    name: 'a claim that names no value of the field gives records of all values, and of none',
    async run(storage) {
      await store(storage, [
        duty('a', 'wash'),
        duty('b', null, { priority: 1 }),
        duty('c', 'cook', { dueAt: 10 }),
        duty('d', 'wash', { dueAt: null }),
      ])
      expectEqual(await claimed(storage, { where: { id: { in: ['a', 'd'] } } }), ['a'], 'Claimed by id')
      expectEqual(await claimed(storage, {}), ['b', 'c'], 'All others')
    },
  },
  {
    name: 'a record that is given another value is claimed by that one',
    async run(storage) {
      await store(storage, [duty('a', 'wash'), duty('b', 'wash')])
      expectEqual(await claimed(storage, { where: { kind: { eq: 'cook' } } }), [], 'Claimed before')
      await store(storage, [duty('a', 'cook')])
      expectEqual(await claimed(storage, { where: { kind: { eq: 'cook' } } }), ['a'], 'Claimed by the new value')
      expectEqual(await claimed(storage, { where: { kind: { eq: 'wash' } } }), ['b'], 'Claimed by the old value')
    },
  },
  {
    name: 'two claimers of several values never share a record, and leave none',
    async run(storage) {
      await store(
        storage,
        Array.from({ length: 60 }, (_, i) => duty(`id-${i}`, ['wash', 'cook', 'dance'][i % 3] ?? null)),
      )
      const ids: string[] = []
      for (let round = 0; round < 12 && ids.length < 60; round++) {
        const where = { kind: { in: ['wash', 'cook', 'dance'] } }
        const lists = await Promise.all(Array.from({ length: 4 }, (_, i) => claimed(storage, { owner: `o${i}`, where, limit: 7 })))
        ids.push(...lists.flat())
      }
      expectThat(new Set(ids).size === ids.length, 'each record claimed by one owner')
      expectEqual(ids.length, 60, 'The number of records claimed')
    },
  },
]

function duty(id: string, kind: string | null, fields: Partial<Duty> = {}): Duty {
  return { id, kind, place: null, dueAt: 30, priority: 0, body: null, ...fields }
}

async function store(storage: Storage, records: readonly Duty[]): Promise<void> {
  await storage.prepare([duties])
  const set: ChangeSet = {
    id: 'duties',
    expect: [],
    touch: [],
    put: records.map((record) => ({ collection: duties, record })),
    delete: [],
    append: [],
  }
  expectEqual(await storage.commit([set]), ['committed'], 'What the commit gives')
}

async function claimed(storage: Storage, request: Partial<ClaimRequest<Duty>>): Promise<readonly string[]> {
  const stored = await storage.claim(duties, { owner: 'someone', now: 50, leaseMs: 1_000, where: {}, limit: 100, ...request })
  return stored.map(({ record }) => record.id)
}
