import type { ChangeSet, CommitResult, Expectation, Key, Write } from '@leeway/storage'
import { commands } from './records/history.ts'

/** What joins a command's change set: with it the effect and the record of it land together or not at all. */
export interface Also {
  readonly expect: readonly Expectation[]
  readonly put: readonly Write[]
  readonly delete: readonly Key[]
}

/** Nothing joins. */
export const NOTHING: Also = { expect: [], put: [], delete: [] }

/** All of them. */
export function together(...parts: readonly Also[]): Also {
  if (parts.length === 1) return parts[0] as Also // one part
  return {
    expect: parts.flatMap((part) => part.expect),
    put: parts.flatMap((part) => part.put),
    delete: parts.flatMap((part) => part.delete),
  }
}

/** Commits changes that belong to no instance's command. False where an expectation was not met: nothing was written. */
export async function commitAlone(host: Committer, type: string, actor: string | null, also: Also): Promise<boolean> {
  const id = host.newId()
  const record = { id, at: host.now(), body: actor === null ? { type } : { type, actor } }
  const result = await host.commit({ id, ...also, touch: [], append: [{ collection: commands, record }] })
  return result === 'committed'
}

/** By what change sets are committed. */
export interface Committer {
  now(): number
  newId(): string
  /** Commits one change set. A set that failed throws its `StorageError`. */
  commit(set: ChangeSet): Promise<Exclude<CommitResult, { readonly failed: unknown }>>
}
