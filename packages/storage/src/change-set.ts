import type { ChangeSet, Key, Write } from './contract.ts'
import { StorageError } from './errors.ts'

/** Up to here every write is compared with those before it, without allocating: most sets have a handful. */
const PAIRS_MAX = 8

/** Refuses (`constraint`) a set that writes one record twice: no order among the writes of a set is promised. */
export function checkWrittenOnce(set: ChangeSet): void {
  const count = set.touch.length + set.put.length + set.delete.length + set.append.length
  if (count < 2) return
  if (count > PAIRS_MAX) {
    checkMany(set, count)
    return
  }
  for (let i = 1; i < count; i++) {
    const one = writtenAt(set, i)
    const id = idOf(one)
    for (let j = 0; j < i; j++) {
      const other = writtenAt(set, j)
      // names first: they are mostly different, while ids begin alike
      if (other.collection.name === one.collection.name && idOf(other) === id) refuse(one)
    }
  }
}

function checkMany(set: ChangeSet, count: number): void {
  const seen = new Set<string>()
  for (let i = 0; i < count; i++) {
    const one = writtenAt(set, i)
    const { size } = seen
    // no collection's name has a space
    if (seen.add(`${one.collection.name} ${idOf(one)}`).size === size) refuse(one)
  }
}

/** The touched, put, deleted and appended, counted through. */
function writtenAt({ touch, put, delete: deleted, append }: ChangeSet, place: number): Key | Write {
  let i = place
  if (i < touch.length) return touch[i] as Key
  i -= touch.length
  if (i < put.length) return put[i] as Write
  i -= put.length
  return (i < deleted.length ? deleted[i] : append[i - deleted.length]) as Key | Write // the caller counts within the four
}

function idOf(one: Key | Write): string {
  return 'record' in one ? one.record.id : one.id
}

function refuse(one: Key | Write): never {
  const { name } = one.collection
  const id = idOf(one)
  throw new StorageError(
    'constraint',
    `Record "${id}" of collection "${name}" is written twice by one change set. Name it once, in touch, put, delete or append.`,
    { collection: name, id },
  )
}
