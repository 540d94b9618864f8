import { type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Database } from 'better-sqlite3'
import { StorageError } from '../errors.ts'

/** How long may pass between two looks: each costs a tenth of a commit. */
const LOOK_MS = 1_000

/**
 * Throws `unavailable` once the file has another name, or its name is another file's: SQLite goes on writing to what nobody opens again,
 * and its log, which has kept the name, is taken for that of the other.
 */
export function fileCheck({ name, memory }: Database): () => void {
  if (memory) return () => {}
  const file = resolve(name)
  const opened = statsOf(file)
  if (opened === undefined) return () => {} // not to be seen by this name
  let lookedAt = performance.now()
  return () => {
    if (performance.now() - lookedAt < LOOK_MS) return
    const found = statsOf(file)
    if (found === undefined || found.ino !== opened.ino || found.dev !== opened.dev) {
      throw new StorageError(
        'unavailable',
        `The database file "${name}" was moved, replaced or deleted while it was open. Nothing more is written. End all processes that have it open before the file is put in its place.`,
        { file: name },
      )
    }
    lookedAt = performance.now()
  }
}

function statsOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false })
}
