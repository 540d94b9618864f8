import type { ChangeSet, CommitResult, Expectation, Storage } from '../../src/index.ts'
import { broken } from './broken-storages.ts'

/** Storages that lose or change sets in ways that a small commit of one collection does not show. */
export const brokenCommits: Readonly<Record<string, () => Storage>> = {
  'sets beyond the 20th of a commit are acknowledged and not written': broken((sound) => ({
    async commit(sets) {
      const written = await sound.commit(sets.slice(0, 20))
      return [...written, ...sets.slice(20).map((): CommitResult => 'committed')]
    },
  })),

  'sets beyond the 256th of a commit are acknowledged and not written': broken((sound) => ({
    async commit(sets) {
      const written = await sound.commit(sets.slice(0, 256))
      return [...written, ...sets.slice(256).map((): CommitResult => 'committed')]
    },
  })),

  'sets that delete land last': broken((sound) => ({
    async commit(sets) {
      const order = [...sets.keys()].sort((a, b) => Math.min(1, deletes(sets[a])) - Math.min(1, deletes(sets[b])))
      const results: CommitResult[] = []
      const landed = await sound.commit(order.map((i) => sets[i] as ChangeSet))
      order.forEach((i, place) => {
        results[i] = landed[place] as CommitResult
      })
      return results
    },
  })),

  'a record that a set writes twice is written by the last of its lists': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map(lastOnly)),
  })),

  'a record that a set of many writes names twice is written by the last of its lists': broken((sound) => ({
    commit: (sets) => sound.commit(sets.map((set) => (set.put.length > 8 ? lastOnly(set) : set))),
  })),

  'fence ignored beside a revision': broken(
    expecting(({ revision, fence, ...key }) =>
      revision === undefined ? { ...key, ...(fence === undefined ? {} : { fence }) } : { ...key, revision },
    ),
  ),

  'revision ignored beside a fence': broken(
    expecting(({ revision, fence, ...key }) =>
      fence === undefined ? { ...key, ...(revision === undefined ? {} : { revision }) } : { ...key, fence },
    ),
  ),

  'fence ignored where the set deletes the record': broken(
    expecting((expectation, set) => {
      const { fence: _, ...rest } = expectation
      return set.delete.some(({ id }) => id === expectation.id) ? rest : expectation
    }),
  ),

  'delete of a record that is expected by its fence forgotten': broken((sound) => ({
    commit: (sets) =>
      sound.commit(
        sets.map((set) => ({
          ...set,
          delete: set.delete.filter(
            ({ id }) => !set.expect.some((expectation) => expectation.id === id && expectation.fence !== undefined),
          ),
        })),
      ),
  })),

  'expectations of records that the set does not write dropped': broken(
    expecting((expectation, set) =>
      writtenBy(set).length === 0 || writtenBy(set).some(({ id }) => id === expectation.id) ? expectation : null,
    ),
  ),

  'expectations of collections that the set does not write dropped': broken(
    expecting((expectation, set) =>
      writtenBy(set).length === 0 || writtenBy(set).some(({ name }) => name === expectation.collection.name) ? expectation : null,
    ),
  ),

  'expectations of a set that writes nothing dropped': broken(
    expecting((expectation, set) => (writtenBy(set).length === 0 ? null : expectation)),
  ),

  'expectations kept by id alone: of one id in two collections the last counts': broken(
    expecting((expectation, set) => (set.expect.findLast(({ id }) => id === expectation.id) === expectation ? expectation : null)),
  ),

  'results of refused sets come last': broken((sound) => ({
    async commit(sets) {
      const results = await sound.commit(sets)
      const isFailed = (result: CommitResult): boolean => typeof result === 'object' && 'failed' in result
      return [...results.filter((result) => !isFailed(result)), ...results.filter(isFailed)]
    },
  })),

  'get reads record by record': broken((sound) => ({
    async get(collection, ids) {
      if (ids.length > 1_000) return sound.get(collection, ids)
      const found = []
      for (const id of new Set(ids)) {
        found.push(...(await sound.get(collection, [id])))
        await null
      }
      return found
    },
  })),
}

function expecting(change: (expectation: Expectation, set: ChangeSet) => Expectation | null): (sound: Storage) => Partial<Storage> {
  return (sound) => ({
    commit: (sets) =>
      sound.commit(sets.map((set) => ({ ...set, expect: set.expect.flatMap((expectation) => change(expectation, set) ?? []) }))),
  })
}

function deletes(set: ChangeSet | undefined): number {
  return set?.delete.length ?? 0
}

function writtenBy(set: ChangeSet): readonly { readonly name: string; readonly id: string }[] {
  return [
    ...[...set.put, ...set.append].map(({ collection, record }) => ({ name: collection.name, id: record.id })),
    ...[...set.touch, ...set.delete].map(({ collection, id }) => ({ name: collection.name, id })),
  ]
}

function lastOnly(set: ChangeSet): ChangeSet {
  const seen = new Set<string>()
  const isNew = (name: string, id: string): boolean => seen.size < seen.add(`${name} ${id}`).size
  const append = set.append.filter(({ collection, record }) => isNew(collection.name, record.id))
  const deleted = set.delete.filter(({ collection, id }) => isNew(collection.name, id))
  const put = set.put.filter(({ collection, record }) => isNew(collection.name, record.id))
  const touch = set.touch.filter(({ collection, id }) => isNew(collection.name, id))
  return { ...set, touch, put, delete: deleted, append }
}
