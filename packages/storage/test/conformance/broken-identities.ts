import type { Collection, Key, Query, Storage, Stored, StoredRecord, Write } from '../../src/index.ts'
import { broken } from './broken-storages.ts'

/** Storages that take for the same what is not, order it in another way, or keep something else than they were given. */
export const brokenIdentities: Readonly<Record<string, () => Storage>> = {
  'ids in the order of a language': broken(ordering((a, b) => a.localeCompare(b))),
  'ids in the order of UTF-16': broken(ordering((a, b) => (a === b ? 0 : a < b ? -1 : 1))),
  'ids in the order of the numbers in them': broken(ordering((a, b) => a.localeCompare(b, 'en', { numeric: true }))),

  'claims of equals in the order of UTF-16': broken((sound) => ({
    async claim(collection, request) {
      const claimed = await sound.claim(collection, request)
      const orderOf = ({ record }: Stored<(typeof claimed)[number]['record']>) => [-record.priority, Number(record.dueAt)] as const
      return claimed.sort((a, b) => {
        const [[one, early], [other, late]] = [orderOf(a), orderOf(b)]
        return one - other || early - late || (a.record.id < b.record.id ? -1 : 1)
      })
    },
  })),

  'ids without regard to case': broken(folding((id) => id.toLowerCase())),
  'ids normalized': broken(folding((id) => id.normalize('NFC'))),
  'ids without the spaces behind': broken(folding((id) => id.trimEnd() || id)),
  'ids as names of files': broken(folding((id) => id.replaceAll(/[/\\:*?|]/g, '_'))),
  'ids that cannot be kept made others': broken((sound) => {
    const other = (key: Key): Key => ({ ...key, id: key.id.toWellFormed().replaceAll('\0', '') })
    return {
      get: (collection, ids) =>
        sound.get(
          collection,
          ids.map((id) => id.toWellFormed()),
        ),
      commit: (sets) => sound.commit(sets.map((set) => ({ ...set, touch: set.touch.map(other), delete: set.delete.map(other) }))),
    }
  }),

  'null members of a body dropped': broken(writing(inBody((members) => members.filter(([, value]) => value !== null)))),
  'empty lists in a body dropped': broken(writing(inBody((members) => members.filter(([, value]) => !isEmptyList(value))))),
  'members of a body that begin with $ dropped': broken(writing(inBody((members) => members.filter(([name]) => !name.startsWith('$'))))),
  'members of a body named __proto__ dropped': broken(writing(inBody((members) => members.filter(([name]) => name !== '__proto__')))),
  'empty text in a body made null': broken(
    writing(inBody((members) => members.map(([name, value]) => [name, value === '' ? null : value]))),
  ),
  'a body of zero made null': broken(writing((record) => ({ ...record, body: record.body === 0 ? null : record.body }))),
  'textSet kept as text with commas': broken(
    writing((record) => inGroups(record, (groups) => (groups.length === 0 ? groups : groups.join().split(',')))),
  ),
  'the empty member of a textSet dropped': broken(
    writing((record) => inGroups(record, (groups) => groups.filter((group) => group !== ''))),
  ),

  'in gives a record for each time that its value is asked for': broken((sound) => ({
    async find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>) {
      const found = await sound.find(collection, query)
      const lists = Object.values(query.where).map((condition) => (condition as { readonly in?: readonly unknown[] }).in ?? [])
      return lists.some((list) => new Set(list).size < list.length) ? found.flatMap((stored) => [stored, stored]) : found
    },
  })),

  'ranges of ids without their ends': broken((sound) => ({
    find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>) {
      const { id } = query.where as { readonly id?: { readonly gte?: string } }
      if (id?.gte === undefined) return sound.find(collection, query)
      return sound.find(collection, { ...query, where: { ...query.where, id: { gt: id.gte } } })
    },
  })),

  'of several expectations of a record the first counts': broken((sound) => ({
    commit: (sets) =>
      sound.commit(
        sets.map((set) => ({
          ...set,
          expect: set.expect.filter(({ collection, id }, i) =>
            set.expect.slice(0, i).every((other) => other.collection !== collection || other.id !== id),
          ),
        })),
      ),
  })),

  'a limit of a claim brought within bounds': broken((sound) => ({
    claim: (collection, request) => sound.claim(collection, { ...request, limit: Math.min(1_000, Math.max(1, Math.ceil(request.limit))) }),
  })),

  'a closed store tells the time': broken(() => ({ now: async () => Date.now() })),
}

type Compare = (a: string, b: string) => number

/** What has no other order comes in this order of ids. */
function ordering(compare: Compare): (sound: Storage) => Partial<Storage> {
  return (sound) => ({
    async find(collection, query) {
      const { after, ...rest } = query
      const isOrdered = (query.orderBy ?? []).length + (after?.values.length ?? 0) > 0
      if (isOrdered || query.limit < 1 || query.limit > 1_000) return sound.find(collection, query)
      const all = await sound.find(collection, { ...rest, limit: 1_000 })
      const behind = all.filter(({ record }) => after === undefined || compare(record.id, after.id) > 0)
      return behind.sort((a, b) => compare(a.record.id, b.record.id)).slice(0, query.limit)
    },
  })
}

/** Records are kept by another id than theirs, and given back by their own. */
function folding(fold: (id: string) => string): (sound: Storage) => Partial<Storage> {
  const own = new Map<string, string>()
  const key = <K extends Key>(given: K): K => ({ ...given, id: fold(given.id) })
  const write = (given: Write): Write => {
    const { id } = given.record
    if (typeof id !== 'string') return given
    own.set(fold(id), id)
    return { ...given, record: { ...given.record, id: fold(id) } }
  }
  const given = <R extends StoredRecord>(stored: Stored<R>): Stored<R> => ({
    ...stored,
    record: { ...stored.record, id: own.get(stored.record.id) ?? stored.record.id },
  })
  return (sound) => ({
    get: async (collection, ids) => (await sound.get(collection, ids.map(fold))).map(given),
    find: async (collection, query) => (await sound.find(collection, query)).map(given),
    claim: async (collection, request) => (await sound.claim(collection, request)).map(given),
    commit: (sets) =>
      sound.commit(
        sets.map(({ id, expect, touch, put, delete: gone, append }) => ({
          id,
          expect: expect.map(key),
          touch: touch.map(key),
          put: put.map(write),
          delete: gone.map(key),
          append: append.map(write),
        })),
      ),
  })
}

function writing(change: (record: StoredRecord) => StoredRecord): (sound: Storage) => Partial<Storage> {
  const changed = (write: Write): Write => ({ ...write, record: change(write.record) })
  return (sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, put: set.put.map(changed), append: set.append.map(changed) }))),
  })
}

type Members = readonly (readonly [string, unknown])[]

/** Changes the members of each object in a body. */
function inBody(change: (members: Members) => Members): (record: StoredRecord) => StoredRecord {
  const changed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(changed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(change(Object.entries(value)).map(([name, part]) => [name, changed(part)]))
  }
  return (record) => ({ ...record, body: changed(record.body) })
}

function inGroups(record: StoredRecord, change: (groups: readonly string[]) => readonly string[]): StoredRecord {
  const { groups } = record as { readonly groups?: unknown }
  return Array.isArray(groups) ? ({ ...record, groups: change(groups as readonly string[]) } as StoredRecord) : record // things have text in it
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
