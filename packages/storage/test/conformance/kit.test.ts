import { describe, expect, test } from 'vitest'
import { type ConformanceOptions, storageConformance } from '../../src/conformance/index.ts'
import { memoryStorage, type Storage, StorageError } from '../../src/index.ts'
import { brokenCommits } from './broken-commits.ts'
import { brokenIdentities } from './broken-identities.ts'
import { brokenLeases } from './broken-leases.ts'
import { brokenLimits } from './broken-limits.ts'
import { broken, brokenStorages } from './broken-storages.ts'

describe('the conformance kit rejects a storage with the fault', () => {
  for (const [fault, create] of Object.entries({
    ...brokenStorages,
    ...brokenCommits,
    ...brokenLimits,
    ...brokenLeases,
    ...brokenIdentities,
  })) {
    test(fault, async () => {
      const failures = await failuresOf(create)
      expect(failures).not.toEqual([])
      // the fault shows where it matters: the storage works otherwise
      expect(failures.length).toBeLessThan(40)
    })
  }
})

test('the conformance kit accepts a wrapped storage without a fault', async () => {
  expect(await failuresOf(broken(() => ({})))).toEqual([])
})

test('the conformance kit accepts a textSet in another order, without its repetitions, and bodies with other key orders', async () => {
  const create = broken((sound) => ({
    async get(collection, ids) {
      const found = await sound.get(collection, ids)
      return found.map((stored) => ({ ...stored, record: reordered(stored.record) }))
    },
  }))
  expect(await failuresOf(create)).toEqual([])
})

test('a storage that lacks methods is told which', async () => {
  const unfinished = (): Storage => {
    const { claim: _, purge: __, ...rest } = bound(memoryStorage())
    return rest as Storage
  }
  const told = await failuresOf(unfinished, {}, ({ message }) => message)
  expect(told.length).toBeGreaterThan(5)
  for (const message of told)
    expect(message).toMatch(/^(The storage lacks claim, purge: this case needs one of them\.|.*expected a StorageError)/)
  expect(
    await failuresOf(
      () => undefined as unknown as Storage,
      {},
      ({ message }) => message,
    ),
  ).toContain('Expected: a storage from the function given to storageConformance.')
})

test('a function that opens the same place again and again is told what to do', async () => {
  const place = memoryStorage()
  const open = (): Storage => ({ ...bound(place), close: async () => undefined })
  const [first] = storageConformance(open)
  await expect(first?.run()).rejects.toThrow('Give each a place of its own')
})

describe('a case that is waived', () => {
  const run = async (open: () => Storage, waivers: Record<string, string>) => {
    const failed: string[] = []
    for (const { name, run: prove } of storageConformance(open, { waivers }))
      await prove().catch((error: Error) => failed.push(`${name}: ${error.message}`))
    return failed
  }

  test('is no failure where its reason is told, and tells it', async () => {
    const [open = memoryStorage] = Object.values(brokenStorages)
    const faults = await failuresOf(open)
    const waivers = Object.fromEntries(faults.map((name) => [name, 'not needed here']))
    expect(await run(open, waivers)).toEqual([])
    const cases = storageConformance(open, { waivers })
    expect(cases.filter(({ waived }) => waived !== null).map(({ name, waived }) => [name, waived])).toEqual(Object.entries(waivers))
  })

  test('is one where it has no reason, where the storage passes it, and where there is no such case', async () => {
    const [first = '', second = ''] = storageConformance(() => memoryStorage()).map(({ name }) => name)
    expect(await run(() => memoryStorage(), { [first]: ' ', [second]: 'slow', 'no such case': 'old' })).toEqual([
      `${first}: "${first}" is waived without a reason.`,
      `${second}: "${second}" is waived, and the storage keeps it: take the waiver away.`,
      'waived: no such case: "no such case" is no case of this kit.',
    ])
  })
})

describe('what is durable', () => {
  test('the conformance kit accepts a place that keeps every commit', async () => {
    const place = placeOf({ isWrittenAtClose: false })
    expect(await failuresOf(place.open, { reopen: place.reopen })).toEqual([])
    expect(await failuresOf(place.open, { crash: place.reopen })).toEqual([])
  })

  test('the conformance kit rejects a place that is written by close alone', async () => {
    const place = placeOf({ isWrittenAtClose: true })
    const fault = expect.stringContaining('the first still open')
    expect(await failuresOf(place.open, { reopen: place.reopen })).toEqual([fault])
    expect(await failuresOf(place.open, { crash: place.reopen })).toEqual([expect.stringContaining('after a crash')])
  })

  test('the conformance kit rejects a reopen that closes the first storage', async () => {
    const place = placeOf({ isWrittenAtClose: true })
    const reopen = async (storage: Storage) => {
      await storage.close()
      return place.reopen(storage)
    }
    expect(await failuresOf(place.open, { reopen })).toEqual([expect.stringContaining('the first still open')])
  })
})

/** Places in memory that outlive the storages opened on them. */
function placeOf({ isWrittenAtClose }: { readonly isWrittenAtClose: boolean }): {
  readonly open: () => Storage
  readonly reopen: (storage: Storage) => Storage
} {
  const places = new WeakMap<Storage, { kept: Storage | null }>()
  const openOn = (place: { kept: Storage | null }): Storage => {
    const sound = place.kept ?? memoryStorage()
    if (!isWrittenAtClose) place.kept = sound
    let isClosed = false
    const unlessClosed = <T>(work: () => Promise<T>): Promise<T> =>
      isClosed ? Promise.reject(new StorageError('closed', 'This store was closed.')) : work()
    const storage: Storage = {
      prepare: (collections) => unlessClosed(() => sound.prepare(collections)),
      get: (collection, ids) => unlessClosed(() => sound.get(collection, ids)),
      find: (collection, query) => unlessClosed(() => sound.find(collection, query)),
      count: (collection, where, cap) => unlessClosed(() => sound.count(collection, where, cap)),
      commit: (sets) => unlessClosed(() => sound.commit(sets)),
      claim: (collection, request) => unlessClosed(() => sound.claim(collection, request)),
      renew: (leases, leaseMs, now) => unlessClosed(() => sound.renew(leases, leaseMs, now)),
      release: (leases) => unlessClosed(() => sound.release(leases)),
      purge: (collection, where, limit) => unlessClosed(() => sound.purge(collection, where, limit)),
      now: () => unlessClosed(() => sound.now()),
      async close() {
        isClosed = true
        place.kept ??= sound
      },
    }
    places.set(storage, place)
    return storage
  }
  return {
    open: () => openOn({ kept: null }),
    reopen: (storage) => openOn(places.get(storage) ?? { kept: null }),
  }
}

/** The same record as the contract sees it: lists of a record's own are sets, keys of objects have no order. */
function reordered<R extends { readonly body: unknown }>(record: R): R {
  const fields = Object.entries(record).map(([name, value]) => [
    name,
    name !== 'body' && Array.isArray(value) ? [...new Set(value)].reverse() : name === 'body' ? reversedKeys(value) : value,
  ])
  return Object.fromEntries(fields) as R // the same fields
}

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversedKeys(part)]),
  )
}

/** The methods of a storage as members of a plain object. */
function bound(storage: Storage): Storage {
  const { prepare, get, find, count, commit, claim, renew, release, purge, now, close } = storage
  const methods = { prepare, get, find, count, commit, claim, renew, release, purge, now, close }
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, method.bind(storage)])) as unknown as Storage // the same methods
}

async function failuresOf(
  create: () => Storage,
  options: ConformanceOptions = {},
  told: (error: Error, name: string) => string = (_, name) => name,
): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of storageConformance(create, options)) await run().catch((error) => failed.push(told(error, name)))
  return failed
}
