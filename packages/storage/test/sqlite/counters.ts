import { defineCollection, type StoredRecord } from '../../src/collection.ts'
import type { Collection, Storage } from '../../src/index.ts'

export interface Counter extends StoredRecord {
  readonly size: number
  readonly body: string
}

/** What the tests of several processes count in. */
export const counters: Collection<Counter> = defineCollection<Counter>({
  name: 'counters',
  version: 1,
  fields: { size: 'integer' },
  indexes: [{ fields: ['size'] }],
})

export interface Duty extends StoredRecord {
  readonly dueAt: number | null
  readonly priority: number
  readonly body: { readonly id: string }
}

/** What is claimed, with leases. */
export const duties: Collection<Duty> = defineCollection<Duty>({
  name: 'duties',
  version: 1,
  leased: true,
  fields: { dueAt: 'instant', priority: 'integer' },
  indexes: [{ fields: ['dueAt'], whereNotNull: 'dueAt' }],
})

/** Raises a counter as often as asked, each time by the revision it read; gives the number of conflicts. */
export async function increment(storage: Storage, id: string, times: number): Promise<number> {
  let conflicts = 0
  for (let done = 0; done < times; ) {
    const [stored] = await storage.get(counters, [id])
    const size = (stored?.record.size ?? 0) + 1
    const [result] = await storage.commit([
      {
        id: 'increment',
        expect: [{ collection: counters, id, revision: stored?.revision ?? 0 }],
        touch: [],
        put: [{ collection: counters, record: { id, size, body: '' } as StoredRecord }],
        delete: [],
        append: [],
      },
    ])
    if (result === 'committed') done++
    else if (typeof result === 'object' && 'conflict' in result) conflicts++
    else throw result?.failed
  }
  return conflicts
}
