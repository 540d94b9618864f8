import type { Expectation, Storage } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { type Changes, commitOne, commitSure, keyOf, notes, outcomeOf, prepared, standingOf, thing, things } from '../things.ts'

const note = { collection: notes, record: { id: 'a', body: 'note' } }
const noteKey = { collection: notes, id: 'a' }

/** What a set may do beside expecting something of the thing a. */
const writes: Readonly<Record<string, Changes>> = {
  'puts it': { put: [thing('a')] },
  'touches it': { touch: ['a'] },
  'deletes it': { delete: ['a'] },
  'puts another': { put: [thing('other')] },
  'deletes another': { delete: ['other'] },
  'appends another': { append: [thing('another')] },
  'writes another collection': { put: [note], delete: [{ collection: notes, id: 'other' }] },
  'writes nothing': {},
}

/** What holds of the thing a is revision 2, fence 2. */
const wrong: readonly (Partial<Expectation> & object)[] = [
  { revision: 1 },
  { revision: 0 },
  { fence: 1 },
  { fence: 0 },
  { revision: 2, fence: 1 },
  { revision: 1, fence: 2 },
  { revision: 0, fence: 0 },
]
const right: readonly (Partial<Expectation> & object)[] = [{}, { revision: 2 }, { fence: 2 }, { revision: 2, fence: 2 }]

export const expectationCases: readonly StorageCase[] = [
  ...Object.entries(writes).map(([what, changes]) => judged(what, changes)),
  {
    name: 'a record that a set expects by its fence is deleted by that set',
    async run(storage) {
      for (const expected of right) {
        await standAtTwo(storage)
        await commitSure(storage, { expect: [{ ...keyOf('a'), ...expected }], delete: ['a'] })
        expectEqual(await standingOf(storage, 'a'), null, `The record after a set that expects ${JSON.stringify(expected)}`)
      }
    },
  },
  {
    name: 'expectations of one id in two collections are told apart',
    async run(storage) {
      await standAtTwo(storage)
      await commitSure(storage, { put: [note] })
      const expect = (ofThing: number, ofNote: number): Changes => ({
        expect: [
          { ...keyOf('a'), revision: ofThing },
          { ...noteKey, revision: ofNote, fence: 0 },
        ],
        put: [thing('x')],
      })
      expectEqual(outcomeOf(await commitOne(storage, expect(2, 1))), 'committed', 'What holds')
      const result = await commitOne(storage, expect(1, 2))
      expectThat(typeof result === 'object' && 'conflict' in result, 'a conflict')
      expectEqual(
        result.conflict.map(({ collection, id, actual }) => [collection.name, id, actual]),
        [
          ['things', 'a', { revision: 2, fence: 2 }],
          ['notes', 'a', { revision: 1, fence: 0 }],
        ],
        'What the conflict tells',
      )
      await commitSure(storage, { expect: [{ ...noteKey, revision: 1 }], delete: ['a'], put: [note] })
      expectEqual(await standingOf(storage, 'a'), null, 'The thing')
      const [stored] = await storage.get(notes, ['a'])
      expectEqual(stored?.revision, 2, 'The revision of the note')
    },
  },
]

function judged(what: string, changes: Changes): StorageCase {
  return {
    name: `an expectation is judged by revision and fence where the set ${what}`,
    async run(storage) {
      await standAtTwo(storage)
      await commitSure(storage, { put: [thing('other')] })
      const before = [await standingOf(storage, 'a'), await storage.find(things, { where: {}, limit: 10 })]
      for (const expected of wrong) {
        const result = await commitOne(storage, { ...changes, expect: [keyOf('other'), { ...keyOf('a'), ...expected }] })
        expectEqual(outcomeOf(result), 'conflict', `The result of expecting ${JSON.stringify(expected)}`)
      }
      expectEqual([await standingOf(storage, 'a'), await storage.find(things, { where: {}, limit: 10 })], before, 'What is kept')
      expectEqual(await storage.get(notes, ['a']), [], 'The notes')
      const sure = { ...changes, expect: [{ ...keyOf('a'), revision: 2, fence: 2 }] }
      expectEqual(outcomeOf(await commitOne(storage, sure)), 'committed', 'The result of expecting what holds')
    },
  }
}

/** The thing a at revision 2 and fence 2, leased. */
async function standAtTwo(storage: Storage): Promise<void> {
  await prepared(storage)
  await commitSure(storage, { put: [thing('a', { dueAt: 10 })] })
  await commitSure(storage, { touch: ['a'] })
  for (const now of [20, 40]) await storage.claim(things, { owner: 'me', now, leaseMs: 10, where: {}, limit: 1 })
  const standing = await standingOf(storage, 'a')
  expectEqual(standing, { revision: 2, fence: 2, leasedUntil: 50, leaseOwner: 'me' }, 'How the record stands')
}
