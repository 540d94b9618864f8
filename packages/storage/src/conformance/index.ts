import type { Storage } from '../contract.ts'
import { commitCases } from './cases/commit.ts'
import { leaseCases } from './cases/lease.ts'
import { pagingCases } from './cases/paging.ts'
import { purgeCases } from './cases/purge.ts'
import { queryCases } from './cases/query.ts'
import { recordCases } from './cases/record.ts'
import { reopenCases } from './cases/reopen.ts'
import { schemaCases } from './cases/schema.ts'
import type { StorageCase } from './storage-case.ts'

/** One sentence of the contract, and the proof of it: `run` rejects where a storage does not keep it. */
export interface ConformanceCase {
  readonly name: string
  /** Makes a storage, proves the sentence on it, closes it. Rejects with what was expected and what was so. */
  run(): Promise<void>
}

/** What a storage can show beyond the contract. */
export interface ConformanceOptions {
  /** Closes the storage and opens it again on what it has kept: adds the cases of durability. For stores that outlive a process. */
  readonly reopen?: (storage: Storage) => Storage | Promise<Storage>
}

/**
 * The cases that every storage has to pass, free of any test runner: `for (const { name, run } of storageConformance(create)) test(name, run)`.
 * Each case asks `create` for an empty storage and closes it. No case sleeps: where time matters it is given.
 */
export function storageConformance(create: () => Storage | Promise<Storage>, options: ConformanceOptions = {}): readonly ConformanceCase[] {
  const { reopen } = options
  const cases: readonly StorageCase[] = [
    ...schemaCases,
    ...recordCases,
    ...commitCases,
    ...queryCases,
    ...pagingCases,
    ...leaseCases,
    ...purgeCases,
    ...(reopen === undefined ? [] : reopenCases(reopen)),
  ]
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const storage = await create()
      try {
        await run(storage)
      } finally {
        await storage.close()
      }
    },
  }))
}
