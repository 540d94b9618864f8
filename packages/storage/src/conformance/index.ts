import type { Storage } from '../contract.ts'
import { batchCases } from './cases/batch.ts'
import { collectionCases } from './cases/collections.ts'
import { commitCases } from './cases/commit.ts'
import { expectationCases } from './cases/expectation.ts'
import { identityCases } from './cases/identity.ts'
import { laneCases } from './cases/lanes.ts'
import { leaseCases } from './cases/lease.ts'
import { leaseTimeCases } from './cases/lease-time.ts'
import { pagingCases } from './cases/paging.ts'
import { purgeCases } from './cases/purge.ts'
import { queryCases } from './cases/query.ts'
import { recordCases } from './cases/record.ts'
import { reopenCases } from './cases/reopen.ts'
import { schemaCases } from './cases/schema.ts'
import { sizeCases } from './cases/size.ts'
import { writtenOnceCases } from './cases/written-once.ts'
import { expectThat } from './expectations.ts'
import type { StorageCase } from './storage-case.ts'
import { commitSure, idsOf, prepared, thing } from './things.ts'

/** One sentence of the contract, and the proof of it: `run` rejects where a storage does not keep it. */
export interface ConformanceCase {
  readonly name: string
  /** Why the storage need not keep this sentence; null where it must. */
  readonly waived: string | null
  /** Makes a storage, proves the sentence on it, closes it. Rejects with what was expected and what was so. */
  run(): Promise<void>
}

/** What is needed to prove that a store outlives its process; without `reopen` and `crash` the cases of durability are left out. */
export interface ConformanceOptions {
  /**
   * Cases that the storage does not pass, by their names, each with the reason. The case then runs and has to fail: one that passes, one of
   * a name that there is not, and one without a reason rejects.
   */
  readonly waivers?: Readonly<Record<string, string>>
  /**
   * Opens a second storage on the same place and leaves the given one as it is: what was acknowledged has to be there already. Also called
   * after the first was closed.
   */
  readonly reopen?: (storage: Storage) => Storage | Promise<Storage>
  /**
   * For a place that can be open only once, in place of `reopen`: drops the given storage as the death of its process would, without a
   * `close`, and opens another.
   */
  readonly crash?: (storage: Storage) => Storage | Promise<Storage>
}

/**
 * The cases that every storage has to pass, free of any test runner:
 * `for (const { name, run } of storageConformance(create)) test(name, run)`. Each case asks `create` for an empty storage and closes it. No
 * case sleeps: where time matters it is given.
 */
export function storageConformance(create: () => Storage | Promise<Storage>, options: ConformanceOptions = {}): readonly ConformanceCase[] {
  const { reopen, crash, waivers = {} } = options
  const cases: readonly StorageCase[] = [
    emptyEachTime(create),
    ...schemaCases,
    ...recordCases,
    ...identityCases,
    ...commitCases,
    ...writtenOnceCases,
    ...batchCases,
    ...expectationCases,
    ...collectionCases,
    ...sizeCases,
    ...queryCases,
    ...pagingCases,
    ...leaseCases,
    ...laneCases,
    ...leaseTimeCases,
    ...purgeCases,
    ...reopenCases(reopen, crash),
  ]
  const names = new Set(cases.map(({ name }) => name))
  const unknown = Object.keys(waivers).filter((name) => !names.has(name))
  return [
    ...cases.map(({ name, run }): ConformanceCase => {
      const prove = async (): Promise<void> => {
        const storage = await create()
        expectThat(typeof storage === 'object' && storage !== null, 'a storage from the function given to storageConformance')
        try {
          await run(storage)
        } catch (error) {
          await storage.close?.().catch(() => undefined) // the case's own failure is told
          throw unfinished(storage, error)
        }
        await storage.close()
      }
      const waived = Object.hasOwn(waivers, name) ? String(waivers[name]) : null
      return { name, waived, run: waived === null ? prove : () => waive(name, waived, prove) }
    }),
    ...unknown.map(
      (name): ConformanceCase => ({ name: `waived: ${name}`, waived: null, run: () => refuse(name, 'is no case of this kit') }),
    ),
  ]
}

const METHODS = ['prepare', 'get', 'find', 'count', 'commit', 'claim', 'renew', 'release', 'purge', 'now', 'close'] as const

/** A storage that is not written to its end yet is told what it lacks, where a case failed for that. */
function unfinished(storage: Storage, error: unknown): unknown {
  const lacking = METHODS.filter((method) => typeof storage[method] !== 'function')
  if (lacking.length === 0 || !String(error).includes('is not a function')) return error
  return new Error(`The storage lacks ${lacking.join(', ')}: this case needs one of them. (${String(error)})`, { cause: error })
}

/** Where this case fails others will too, and tell nothing. */
function emptyEachTime(create: () => Storage | Promise<Storage>): StorageCase {
  return {
    name: 'the function given to the kit makes an empty storage each time',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('left')] })
      const next = await prepared(await create())
      const found = await idsOf(next, {})
      await next.close()
      expectThat(
        found.length === 0,
        'a storage that holds nothing of what another one keeps. Give each a place of its own (a folder, a schema, a database), and let `reopen` or `crash` open the last one again',
      )
    },
  }
}

/** The case has to fail, for a reason that is told. */
async function waive(name: string, reason: string, prove: () => Promise<void>): Promise<void> {
  if (reason.trim() === '') return refuse(name, 'is waived without a reason')
  const isKept = await prove().then(
    () => true,
    () => false,
  )
  if (isKept) return refuse(name, 'is waived, and the storage keeps it: take the waiver away')
}

async function refuse(name: string, message: string): Promise<never> {
  throw new Error(`"${name}" ${message}.`)
}
