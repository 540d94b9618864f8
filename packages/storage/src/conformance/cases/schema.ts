import { defineCollection, type StoredRecord } from '../../collection.ts'
import type { Storage, Stored } from '../../contract.ts'
import { expectEqual, expectRefused } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { changeSet, commitSure, getOne, prepared, type Thing, thing, things } from '../things.ts'

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
      await storage.prepare([])
      await expectRefused(() => storage.get(things, ['a']), 'invalidQuery', 'get')
      const [result] = await storage.commit([changeSet({ put: [thing('a')] })])
      expectEqual(typeof result === 'object' && 'failed' in result && result.failed.code, 'invalidQuery', 'The result of a commit')
    },
  },
]

async function recordsOf(storage: Storage, ids: readonly string[]): Promise<readonly ThingWithMore[]> {
  return (await storage.get(thingsOfVersion2, ids)).map(({ record }: Stored<ThingWithMore>) => record)
}
