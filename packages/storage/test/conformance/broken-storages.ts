import {
  type ChangeSet,
  type Collection,
  type CommitResult,
  memoryStorage,
  type Query,
  type Storage,
  StorageError,
  type Stored,
  type StoredRecord,
  type Where,
} from '../../src/index.ts'

/** Storages that each break one sentence of the contract, by the name of the fault. */
export const brokenStorages: Readonly<Record<string, () => Storage>> = {
  'lost update: expectations are not looked at': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, expect: [] }))),
  })),

  'torn set: writes land one by one': broken((sound) => ({
    commit: (sets) =>
      eachInTurn(sets, async (set) => {
        for (const part of singleWrites(set)) {
          const [result] = await sound.commit([part])
          if (result !== 'committed') return result as CommitResult
        }
        return 'committed'
      }),
  })),

  'poisoned batch: one bad set takes the others with it': broken((sound) => ({
    async commit(sets) {
      const results = await sound.commit(sets)
      const bad = results.find((result) => result !== 'committed')
      return bad === undefined ? results : results.map(() => bad)
    },
  })),

  'double claim: a claim does not lease': broken((sound) => ({
    async claim(collection, request) {
      const claimed = await sound.claim(collection, request)
      await sound.release(claimed.map(({ record, fence }) => ({ collection: collection as Collection, id: record.id, fence })))
      return claimed
    },
  })),

  'double claim: two claimers read before either writes': broken((sound) => ({
    async claim(collection, request) {
      const seen = await sound.claim(collection, request)
      await sound.release(seen.map(({ record, fence }) => ({ collection: collection as Collection, id: record.id, fence })))
      await sound.now()
      const lease = { owner: request.owner, leaseMs: request.leaseMs }
      const put = seen.map(({ record }) => ({ collection: collection as Collection, record, lease }))
      await sound.commit([{ id: 'claim', expect: [], touch: [], put, delete: [], append: [] }])
      return seen
    },
  })),

  'fence ignored: the owner of a lost lease still commits': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, expect: set.expect.map(({ fence: _, ...expectation }) => expectation) }))),
  })),

  'unordered paging: records come in the order they were put': broken((sound) => ({
    find: (collection, query) =>
      sound.find(collection, { where: query.where, limit: query.limit, ...(query.after && { after: { id: query.after.id, values: [] } }) }),
  })),

  'inclusive cursor: a page begins with the last record of the one before': broken((sound) => ({
    async find(collection, query) {
      const page = await sound.find(collection, query)
      if (query.after === undefined || page.length === query.limit) return page
      return [...(await sound.get(collection, [query.after.id])), ...page]
    },
  })),

  'nulls first': broken((sound) => ({
    async find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>) {
      const page = await sound.find(collection, query)
      const field = query.orderBy?.[0]?.field
      if (field === undefined) return page
      const isNull = ({ record }: Stored<R>) => record[field] === null
      return [...page.filter(isNull), ...page.filter((stored) => !isNull(stored))]
    },
  })),

  'touch ignored': broken((sound) => ({ commit: (sets) => sound.commit(sets.map((set) => ({ ...set, touch: [] }))) })),

  'append overwrites': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, append: [], put: [...set.put, ...set.append] }))),
  })),

  'delete forgotten': broken((sound) => ({ commit: (sets) => sound.commit(sets.map((set) => ({ ...set, delete: [] }))) })),

  'conflicts within a batch ignored: all expectations are judged before the first write': broken((sound) => ({
    async commit(sets) {
      const judged = await sound.commit(sets.map((set) => ({ ...set, touch: [], put: [], delete: [], append: [] })))
      return eachInTurn(sets, async (set, i) => {
        if (judged[i] !== 'committed') return judged[i] as CommitResult
        return (await sound.commit([{ ...set, expect: [] }]))[0] as CommitResult
      })
    },
  })),

  'hasAny as has all': broken((sound) => ({
    find: (collection, query) => sound.find(collection, { ...query, where: withHasAll(query.where) }),
    count: (collection, where, cap) => sound.count(collection, withHasAll(where), cap),
  })),

  'anyOf ignored': broken((sound) => ({
    find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>) {
      const { anyOf: _, ...where } = query.where
      return sound.find(collection, { ...query, where: where as Where<R> }) // a where clause without its union is one
    },
  })),

  'cap of a count ignored': broken((sound) => ({ count: (collection, where) => sound.count(collection, where, 1_000) })),

  'limit of a purge ignored': broken((sound) => ({
    purge: (collection, where, limit) => sound.purge(collection, where, limit < 1 ? limit : 1_000),
  })),

  'text that not every store can keep is mangled instead of refused': broken((sound) => ({
    commit: (sets) =>
      sound.commit(
        JSON.parse(
          JSON.stringify(sets)
            .replaceAll('\\u0000', '')
            .replaceAll(/\\ud[89a-f]../g, '?'),
        ),
      ),
  })),

  'every lease can be renewed': broken((sound) => ({
    async renew(leases, leaseMs, now) {
      await sound.renew(leases, leaseMs, now)
      return leases.map(() => true)
    },
  })),

  'clock of the store used for every claim': broken((sound) => ({
    claim: (collection, request) => sound.claim(collection, { ...request, now: 'store' }),
  })),

  'collections of an earlier prepare forgotten': broken((sound) => {
    let known: ReadonlySet<string> = new Set()
    return {
      async prepare(collections) {
        await sound.prepare(collections)
        if (collections.length > 1) known = new Set(collections.map(({ name }) => name))
      },
      get: async (collection, ids) => (known.size > 1 && !known.has(collection.name) ? [] : sound.get(collection, ids)),
    }
  }),

  'newer schema accepted': broken((sound) => ({
    async prepare(collections) {
      try {
        await sound.prepare(collections)
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'tooNew') throw error
      }
    },
  })),

  'half a megabyte of body at most': broken((sound) => ({
    commit: (sets) =>
      sound.commit(
        sets.map((set) => ({
          ...set,
          put: set.put.map((write) =>
            JSON.stringify(write.record.body).length > 500_000 ? { ...write, record: { ...write.record, body: null } } : write,
          ),
        })),
      ),
  })),
}

/** Memory storage with some of its methods replaced. */
export function broken(change: (sound: Storage) => Partial<Storage>): () => Storage {
  return () => {
    const sound = memoryStorage()
    return {
      prepare: (collections) => sound.prepare(collections),
      get: (collection, ids) => sound.get(collection, ids),
      find: (collection, query) => sound.find(collection, query),
      count: (collection, where, cap) => sound.count(collection, where, cap),
      commit: (sets) => sound.commit(sets),
      claim: (collection, request) => sound.claim(collection, request),
      renew: (leases, leaseMs, now) => sound.renew(leases, leaseMs, now),
      release: (leases) => sound.release(leases),
      purge: (collection, where, limit) => sound.purge(collection, where, limit),
      now: () => sound.now(),
      close: () => sound.close(),
      ...change(sound),
    }
  }
}

async function eachInTurn(
  sets: readonly ChangeSet[],
  act: (set: ChangeSet, place: number) => Promise<CommitResult>,
): Promise<CommitResult[]> {
  const results: CommitResult[] = []
  for (const [i, set] of sets.entries()) results.push(await act(set, i))
  return results
}

/** The expectations alone, then each write alone. */
function singleWrites(set: ChangeSet): readonly ChangeSet[] {
  const none = { id: set.id, expect: [], touch: [], put: [], delete: [], append: [] }
  return [
    { ...none, expect: set.expect },
    ...set.touch.map((key) => ({ ...none, touch: [key] })),
    ...set.put.map((write) => ({ ...none, put: [write] })),
    ...set.delete.map((key) => ({ ...none, delete: [key] })),
    ...set.append.map((write) => ({ ...none, append: [write] })),
  ]
}

function withHasAll<R extends StoredRecord>(where: Where<R>): Where<R> {
  const all = Object.entries(where).map(([field, condition]) => {
    const { hasAny } = condition as { readonly hasAny?: readonly string[] }
    return [field, hasAny === undefined ? condition : hasAny.map((has) => ({ has }))]
  })
  return Object.fromEntries(all) as Where<R> // the same fields, other conditions
}
