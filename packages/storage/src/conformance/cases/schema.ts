import { defineCollection, type StoredRecord } from '../../collection.ts'
import type { Storage, Stored } from '../../contract.ts'
import { expectEqual, expectRefused } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { changeSet, commitSure, getOne, idsOf, keyOf, notes, outcomeOf, prepared, type Thing, thing, things } from '../things.ts'

interface ThingWithMore extends Thing {
  readonly color: string | null
  readonly marks: readonly string[]
}

const thingsOfVersion2 = defineCollection<ThingWithMore>({
  ...things,
  version: 2,
  fields: { ...things.fields, color: 'text', marks: 'textSet' },
  indexes: [{ fields: ['color'] }, { fields: ['marks'] }, { fields: ['name', 'size'] }],
})

export const schemaCases: readonly StorageCase[] = [
  {
    name: 'preparing the same collections again, also at the same time, changes nothing',
    async run(storage) {
      await Promise.all([prepared(storage), prepared(storage)])
      await commitSure(storage, { put: [thing('a', { name: 'x' })] })
      await prepared(storage)
      expectEqual((await getOne(storage, 'a'))?.record, thing('a', { name: 'x' }), 'The record after another prepare')
    },
  },
  {
    name: 'preparing other collections leaves those prepared before as they are',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { name: 'x', groups: ['g'] })] })
      const others = ['one_more', 'another'].map((name) => defineCollection<StoredRecord>({ name, version: 1, fields: {}, indexes: [] }))
      await storage.prepare(others)
      await commitSure(storage, { touch: ['a'], put: others.map((collection) => ({ collection, record: { id: 'a', body: 1 } })) })
      const stored = await getOne(storage, 'a')
      expectEqual([stored?.record, stored?.revision], [thing('a', { name: 'x', groups: ['g'] }), 2], 'The record from get')
      expectEqual(await idsOf(storage, { groups: { has: 'g' } }), ['a'], 'By group')
      for (const other of others) expectEqual((await storage.get(other, ['a'])).length, 1, `The record of ${other.name}`)
    },
  },
  {
    name: 'a newer version with more fields and indexes keeps the records, the new fields empty',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { name: 'x', groups: ['g'], body: { deep: [1] } })] })
      await storage.prepare([thingsOfVersion2])
      expectEqual(
        await recordsOf(storage, ['a']),
        [{ ...thing('a', { name: 'x', groups: ['g'], body: { deep: [1] } }), color: null, marks: [] }],
        'The old record',
      )
      const put = [{ collection: thingsOfVersion2, record: { ...thing('b'), color: 'red', marks: ['m'] } as StoredRecord }]
      await commitSure(storage, { put })
      const byColor = await storage.find(thingsOfVersion2, { where: { color: { eq: 'red' }, marks: { has: 'm' } }, limit: 10 })
      expectEqual(
        byColor.map(({ record }) => record.id),
        ['b'],
        'Records found by new fields',
      )
    },
  },
  {
    name: 'a version older than the kept one is refused and nothing is written',
    async run(storage) {
      await storage.prepare([thingsOfVersion2])
      const other = defineCollection<StoredRecord>({ name: 'others', version: 1, fields: {}, indexes: [] })
      await expectRefused(() => storage.prepare([other, things]), 'tooNew', 'Preparing version 1 over version 2')
      await expectRefused(() => storage.get(other, ['a']), 'invalidQuery', 'Reading a collection of a refused prepare')
      const put = [{ collection: thingsOfVersion2, record: { ...thing('b'), color: 'red', marks: [] } as StoredRecord }]
      await commitSure(storage, { put })
    },
  },
  {
    name: 'a field of another type than the kept one is refused',
    async run(storage) {
      await prepared(storage)
      const changed = { ...things, fields: { ...things.fields, name: 'integer' } } as const
      await expectRefused(() => storage.prepare([changed]), 'constraint', 'Preparing a text field as an integer')
    },
  },
  {
    name: 'a declaration that contradicts itself is refused',
    async run(storage) {
      const faults = [
        { name: 'Bad Name', version: 1, fields: {}, indexes: [] },
        { name: 'ok', version: 0, fields: {}, indexes: [] },
        { name: 'ok', version: 1, fields: {}, indexes: [{ fields: ['missing'] }] },
        { name: 'ok', version: 1, fields: {}, indexes: [], leased: true },
      ]
      for (const fault of faults) await expectRefused(() => storage.prepare([fault]), 'constraint', `Preparing ${JSON.stringify(fault)}`)
    },
  },
  {
    name: 'a collection that was not prepared is refused',
    async run(storage) {
      await storage.prepare([notes])
      await expectRefused(() => storage.get(things, ['a']), 'invalidQuery', 'get')
      await expectRefused(() => storage.find(things, { where: {}, limit: 1 }), 'invalidQuery', 'find')
      const request = { owner: 'me', now: 5, leaseMs: 5, where: {}, limit: 1 }
      await expectRefused(() => storage.claim(things, request), 'invalidQuery', 'claim')
      const note = { collection: notes, record: { id: 'a', body: 1 } }
      const named = [{ expect: [keyOf('a')] }, { touch: ['a'] }, { put: [thing('a')] }, { delete: ['a'] }, { append: [thing('a')] }]
      const sets = [...named, { put: [note] }].map((changes) => changeSet(changes))
      const expected = [...named.map(() => 'invalidQuery'), 'committed']
      expectEqual((await storage.commit(sets)).map(outcomeOf), expected, 'The results of a commit')
    },
  },
]

async function recordsOf(storage: Storage, ids: readonly string[]): Promise<readonly ThingWithMore[]> {
  return (await storage.get(thingsOfVersion2, ids)).map(({ record }: Stored<ThingWithMore>) => record)
}
