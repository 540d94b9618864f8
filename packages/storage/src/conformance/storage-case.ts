import type { Storage } from '../contract.ts'

/** A case over a fresh, empty storage, which is closed after it. */
export interface StorageCase {
  readonly name: string
  run(storage: Storage): Promise<void>
}
