import type { Storage } from '../../contract.ts'
import { expectEqual } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { type Changes, changeSet, commitOne, commitSure, idsOf, notes, outcomeOf, prepared, standingOf, thing } from '../things.ts'

const doubled: Readonly<Record<string, Changes>> = {
  'touch and put': { touch: ['a'], put: [thing('a')] },
  'touch and delete': { touch: ['a'], delete: ['a'] },
  'touch and append': { touch: ['a'], append: [thing('a')] },
  'touch, twice': { touch: ['a', 'a'] },
  'put, twice': { put: [thing('a', { size: 1 }), thing('a', { size: 2 })] },
  'put and delete': { put: [thing('a')], delete: ['a'] },
  'put and append': { put: [thing('a')], append: [thing('a')] },
  'delete, twice': { delete: ['a', 'a'] },
  'delete and append': { delete: ['a'], append: [thing('a')] },
  'append, twice': { append: [thing('a'), thing('a')] },
}

/** A record stands at most once among the writes of a set. */
export const writtenOnceCases: readonly StorageCase[] = [
  ...Object.entries(doubled).map(([lists, changes]) => refused(lists, changes)),
  {
    name: 'records of one id in several collections are not one record',
    async run(storage) {
      await prepared(storage)
      const note = { collection: notes, record: { id: 'a', body: 1 } }
      await commitSure(storage, { put: [thing('a')], append: [note] })
      await commitSure(storage, { touch: ['a'], delete: [{ collection: notes, id: 'a' }] })
      expectEqual(await storage.get(notes, ['a']), [], 'The note')
    },
  },
]

function refused(lists: string, changes: Changes): StorageCase {
  return {
    name: `a set that names one record in ${lists} is refused as constraint, nothing written`,
    async run(storage) {
      await prepared(storage)
      await refuseAmong(storage, changes, [])
      expectEqual(await idsOf(storage, {}), [], 'All records')
      await commitSure(storage, { put: [thing('a')] })
      await refuseAmong(storage, changes, [])
      await refuseAmong(storage, changes, ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'])
      expectEqual(await idsOf(storage, {}), ['a'], 'All records')
      expectEqual(await standingOf(storage, 'a'), { revision: 1, fence: 0, leasedUntil: null, leaseOwner: null }, 'How the record stands')
    },
  }
}

/** The set with other records to be put, between sets that land. */
async function refuseAmong(storage: Storage, changes: Changes, others: readonly string[]): Promise<void> {
  expectEqual(outcomeOf(await commitOne(storage, changes)), 'constraint', 'The result')
  const sound = { collection: notes, record: { id: 'sound', body: null } }
  const sets = [{ put: [sound] }, { ...changes, put: [...(changes.put ?? []), ...others.map((id) => thing(id))] }, { put: [sound] }]
  const results = await storage.commit(sets.map((set) => changeSet(set)))
  expectEqual(results.map(outcomeOf), ['committed', 'constraint', 'committed'], 'The results of a batch')
}
