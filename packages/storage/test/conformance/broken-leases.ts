import type { Collection, Lease, Storage, Stored, Write } from '../../src/index.ts'
import { broken } from './broken-storages.ts'

type GivenLease = NonNullable<Write['lease']>

/** Storages that date leases wrongly, or mix the collections up. */
export const brokenLeases: Readonly<Record<string, () => Storage>> = {
  'a renewed lease always lasts a minute': broken((sound) => ({ renew: (leases, _, now) => sound.renew(leases, 60_000, now) })),
  'a renewed lease is always dated by the store': broken((sound) => ({ renew: (leases, leaseMs) => sound.renew(leases, leaseMs) })),
  "a put's lease always lasts a minute": broken(leasing((lease) => ({ ...lease, leaseMs: 60_000 }))),
  "a put's lease lasts whole seconds": broken(leasing((lease) => ({ ...lease, leaseMs: Math.floor(lease.leaseMs / 1_000) * 1_000 }))),
  "a put's lease is always dated by the store": broken(leasing(({ owner, leaseMs }) => ({ owner, leaseMs }))),

  'a lease that has ended is not renewed': broken((sound) => ({
    async renew(leases, leaseMs, now) {
      const at = now ?? (await sound.now())
      const answers: boolean[] = []
      for (const lease of leases)
        answers.push((await isRunning(sound, lease, at)) && ((await sound.renew([lease], leaseMs, now))[0] ?? false))
      return answers
    },
  })),

  'deletes of other collections forgotten': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, delete: set.delete.filter(isOfThings) }))),
  })),

  'touches of other collections forgotten': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, touch: set.touch.filter(isOfThings) }))),
  })),

  'purges of other collections forgotten': broken((sound) => ({
    purge: async (collection, where, limit) => (collection.name === 'things' ? sound.purge(collection, where, limit) : 0),
  })),

  'claims of other collections find nothing': broken((sound) => ({
    claim: async (collection, request) => (collection.name === 'things' ? sound.claim(collection, request) : []),
  })),

  'claims of several values of a field take one value after the other': broken((sound) => ({
    async claim(collection, request) {
      const { kind } = request.where as { readonly kind?: { readonly in?: readonly string[] } } // of the kit's duties
      const found: Stored<never>[] = []
      for (const one of kind?.in ?? []) {
        const where = { ...request.where, kind: { eq: one } }
        if (found.length < request.limit)
          found.push(...((await sound.claim(collection, { ...request, where, limit: request.limit - found.length })) as Stored<never>[]))
      }
      return kind?.in === undefined ? sound.claim(collection, request) : found
    },
  })),

  'releases reach every collection': broken((sound) => ({
    async release(leases) {
      const known = new Map(leases.map(({ collection }) => [collection.name, collection]))
      for (const collection of [...known.values(), ...others]) {
        await sound.release(leases.map((lease) => ({ ...lease, collection }))).catch(() => undefined)
      }
    },
  })),

  'the fence of a deleted record lives on': broken((sound) => {
    const fences = new Map<string, number>()
    return {
      async commit(sets) {
        for (const { collection, id } of sets.flatMap((set) => set.delete)) {
          const [stored] = await sound.get(collection, [id]).catch(() => [])
          if (stored !== undefined) fences.set(`${collection.name} ${id}`, stored.fence)
        }
        return sound.commit(sets)
      },
      async get(collection, ids) {
        const found = await sound.get(collection, ids)
        return found.map((stored) => ({ ...stored, fence: stored.fence + (fences.get(`${collection.name} ${stored.record.id}`) ?? 0) }))
      },
    }
  }),
}

const others: readonly Collection[] = ['things', 'errands'].map((name) => ({ name, version: 1, fields: {}, indexes: [] }))

function leasing(change: (lease: GivenLease) => GivenLease): (sound: Storage) => Partial<Storage> {
  const changed = (write: Write): Write => (write.lease === undefined ? write : { ...write, lease: change(write.lease) })
  return (sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => ({ ...set, put: set.put.map(changed), append: set.append.map(changed) }))),
  })
}

function isOfThings({ collection }: { readonly collection: Collection }): boolean {
  return collection.name === 'things'
}

async function isRunning(storage: Storage, { collection, id }: Lease, at: number): Promise<boolean> {
  const [stored] = await storage.get(collection, [id])
  return (stored?.leasedUntil ?? 0) > at
}
