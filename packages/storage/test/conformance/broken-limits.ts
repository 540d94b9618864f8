import type { Collection, Storage, StoredRecord, Where, Write } from '../../src/index.ts'
import { broken } from './broken-storages.ts'

/** Storages that cut short what is long. */
export const brokenLimits: Readonly<Record<string, () => Storage>> = {
  'values beyond the 100th of in ignored': broken(asking('in')),
  'values beyond the 100th of hasAny ignored': broken(asking('hasAny')),
  'text cut at 255 characters': broken(writing((value) => (typeof value === 'string' ? value.slice(0, 255) : value))),
  'text cut at 799 characters': broken(writing((value) => (typeof value === 'string' ? value.slice(0, 799) : value))),
  'textSet cut at 20 members': broken(writing((value) => (Array.isArray(value) ? value.slice(0, 20) : value))),

  'body beyond 1.6 MB dropped': broken((sound) => ({
    commit: (sets) => {
      const small = (write: Write): Write =>
        JSON.stringify(write.record.body ?? null).length > 1_600_000 ? { ...write, record: { ...write.record, body: null } } : write
      return sound.commit(sets.map((set) => ({ ...set, put: set.put.map(small), append: set.append.map(small) })))
    },
  })),

  'cap of a count ignored beside anyOf': broken((sound) => ({
    count: (collection, where, cap) => sound.count(collection, where, where.anyOf === undefined ? cap : 1_000_000),
  })),

  'ids beyond the 1,000th of a get ignored': broken((sound) => ({ get: (collection, ids) => sound.get(collection, ids.slice(0, 1_000)) })),

  'find without indexes in the order of writing': broken((sound) => ({
    async find(collection, query) {
      const found = await sound.find(collection, query)
      return collection.indexes.length === 0 && (query.orderBy ?? []).length === 0 ? found.reverse() : found
    },
  })),

  'fields that are not declared dropped': broken((sound) => ({
    commit: (sets) => {
      const declared = (write: Write): Write => {
        const known = Object.entries(write.record).filter(([name]) => name === 'id' || name === 'body' || name in write.collection.fields)
        return { ...write, record: Object.fromEntries(known) as unknown as StoredRecord } // id and body are among the known
      }
      return sound.commit(sets.map((set) => ({ ...set, put: set.put.map(declared), append: set.append.map(declared) })))
    },
  })),
}

function asking(operator: 'in' | 'hasAny'): (sound: Storage) => Partial<Storage> {
  return (sound) => ({
    find: (collection, query) => sound.find(collection, { ...query, where: shortened(query.where, operator) }),
  })
}

function shortened<R extends StoredRecord>(where: Where<R>, operator: 'in' | 'hasAny'): Where<R> {
  const conditions = Object.entries(where).map(([field, condition]) => {
    const list = (condition as { readonly in?: readonly unknown[]; readonly hasAny?: readonly unknown[] })[operator]
    return [field, list === undefined ? condition : { [operator]: list.slice(0, 100) }]
  })
  return Object.fromEntries(conditions) as Where<R> // the same fields, other conditions
}

/** Changes the value of each text and textSet field. */
function writing(change: (value: unknown) => unknown): (sound: Storage) => Partial<Storage> {
  const changed = (write: Write): Write => {
    const types: Collection['fields'] & Readonly<Record<string, string>> = write.collection.fields
    const fields = Object.entries(write.record).map(([name, value]) => [name, types[name]?.startsWith('text') ? change(value) : value])
    return { ...write, record: Object.fromEntries(fields) as unknown as StoredRecord } // the same fields, other values
  }
  return (sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, put: set.put.map(changed), append: set.append.map(changed) }))),
  })
}
