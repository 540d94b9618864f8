import { type Collection, defineCollection, type StoredRecord } from '../collection.ts'
import type { ChangeSet, CommitResult, Expectation, Key, Order, Query, Storage, Stored, Where, Write } from '../contract.ts'
import { expectEqual, expectThat } from './expectations.ts'

/** A record with a field of each type: what the cases are about. */
export interface Thing extends StoredRecord {
  readonly name: string | null
  readonly size: number | null
  readonly ratio: number | null
  readonly isOpen: boolean | null
  readonly dueAt: number | null
  readonly priority: number
  readonly groups: readonly string[]
}

export const things: Collection<Thing> = defineCollection<Thing>({
  name: 'things',
  version: 1,
  leased: true,
  fields: { name: 'text', size: 'integer', ratio: 'real', isOpen: 'boolean', dueAt: 'instant', priority: 'integer', groups: 'textSet' },
  indexes: [
    { fields: ['name', 'size'] },
    { fields: ['size', 'id'] },
    { fields: ['ratio'] },
    { fields: ['isOpen'] },
    { fields: ['dueAt'], whereNotNull: 'dueAt' },
    { fields: ['groups'] },
  ],
})

/** A second collection, without leases and fields that matter. */
export const notes: Collection<StoredRecord> = defineCollection({ name: 'notes', version: 1, fields: {}, indexes: [] })

export function thing(id: string, fields: Partial<Thing> = {}): Thing {
  return { id, name: null, size: null, ratio: null, isOpen: null, dueAt: null, priority: 0, groups: [], body: null, ...fields }
}

/** The storage with both collections. */
export async function prepared(storage: Storage): Promise<Storage> {
  await storage.prepare([things, notes])
  return storage
}

/** What a set holds, by the things and ids alone. */
export interface Changes {
  readonly expect?: readonly Expectation[]
  readonly touch?: readonly string[]
  readonly put?: readonly (Thing | Write)[]
  readonly delete?: readonly string[]
  readonly append?: readonly (Thing | Write)[]
}

export function changeSet(changes: Changes, id = 'set'): ChangeSet {
  return {
    id,
    expect: changes.expect ?? [],
    touch: (changes.touch ?? []).map(keyOf),
    put: (changes.put ?? []).map(writeOf),
    delete: (changes.delete ?? []).map(keyOf),
    append: (changes.append ?? []).map(writeOf),
  }
}

export function keyOf(id: string): Key {
  return { collection: things, id }
}

function writeOf(given: Thing | Write): Write {
  return 'collection' in given ? given : { collection: things, record: given }
}

/** Commits one set and gives its result. */
export async function commitOne(storage: Storage, changes: Changes): Promise<CommitResult> {
  const results = await storage.commit([changeSet(changes)])
  expectThat(results.length === 1, 'one result for one change set')
  return results[0] as CommitResult
}

/** Commits one set that has to land. */
export async function commitSure(storage: Storage, changes: Changes): Promise<void> {
  expectEqual(outcomeOf(await commitOne(storage, changes)), 'committed', 'Committing a set without a conflict')
}

/** committed, conflict, or the code of the error. */
export function outcomeOf(result: CommitResult | undefined): string {
  if (result === undefined) return 'no result'
  if (result === 'committed') return result
  return 'conflict' in result ? 'conflict' : result.failed.code
}

export async function getOne(storage: Storage, id: string): Promise<Stored<Thing> | undefined> {
  const found = await storage.get(things, [id])
  expectThat(found.length <= 1, 'at most one record of one id')
  return found[0]
}

/** What is seen of a record: its revision, fence, owner and end of lease; null when it is not there. */
export async function standingOf(storage: Storage, id: string): Promise<unknown> {
  const stored = await getOne(storage, id)
  if (stored === undefined) return null
  const { revision, fence, leasedUntil, leaseOwner } = stored
  return { revision, fence, leasedUntil, leaseOwner }
}

/** The ids that match, in order. */
export async function idsOf(storage: Storage, where: Where<Thing>, orderBy: readonly Order<Thing>[] = []): Promise<readonly string[]> {
  const query: Query<Thing> = { where, orderBy, limit: 1_000 }
  return (await storage.find(things, query)).map(({ record }) => record.id)
}
