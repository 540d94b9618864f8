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

/** A second leased collection, with fewer fields: what is done to the one must not be done to the other. */
export interface Errand extends StoredRecord {
  readonly dueAt: number | null
  readonly priority: number
}

export const errands: Collection<Errand> = defineCollection<Errand>({
  name: 'errands',
  version: 1,
  leased: true,
  fields: { dueAt: 'instant', priority: 'integer' },
  indexes: [{ fields: ['dueAt'] }],
})

/** A third, without leases, fields and indexes. */
export const notes: Collection<StoredRecord> = defineCollection({ name: 'notes', version: 1, fields: {}, indexes: [] })

export function thing(id: string, fields: Partial<Thing> = {}): Thing {
  return { id, name: null, size: null, ratio: null, isOpen: null, dueAt: null, priority: 0, groups: [], body: null, ...fields }
}

/** The storage with the three collections. */
export async function prepared(storage: Storage): Promise<Storage> {
  await storage.prepare([things, errands, notes])
  return storage
}

/** What a set holds: of `things` by the record or the id alone. */
export interface Changes {
  readonly expect?: readonly Expectation[]
  readonly touch?: readonly (string | Key)[]
  readonly put?: readonly (Thing | Write)[]
  readonly delete?: readonly (string | Key)[]
  readonly append?: readonly (Thing | Write)[]
}

export function changeSet(changes: Changes, id = 'set'): ChangeSet {
  return {
    id,
    expect: changes.expect ?? [],
    touch: (changes.touch ?? []).map(keyGiven),
    put: (changes.put ?? []).map(writeOf),
    delete: (changes.delete ?? []).map(keyGiven),
    append: (changes.append ?? []).map(writeOf),
  }
}

export function keyOf(id: string): Key {
  return { collection: things, id }
}

function keyGiven(given: string | Key): Key {
  return typeof given === 'string' ? keyOf(given) : given
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
  return found[0] === undefined ? undefined : withSortedGroups(found[0])
}

/** The groups are a set: in one order and without repetitions two of them can be compared. */
export function withSortedGroups(stored: Stored<Thing>): Stored<Thing> {
  return { ...stored, record: { ...stored.record, groups: [...new Set(stored.record.groups)].sort() } }
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
