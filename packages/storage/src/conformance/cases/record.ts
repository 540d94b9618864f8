import { expectEqual, expectRefused, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitOne, commitSure, getOne, idsOf, outcomeOf, prepared, type Thing, thing, things, withSortedGroups } from '../things.ts'

const UNICODE = 'ä ß 漢字 \u{1f600} e\u0301 \u2028 \ufffe "quoted" \\ \' % _'

export const recordCases: readonly StorageCase[] = [
  keeps('null in every field', thing('a')),
  keeps(
    'a value in every field',
    thing('a', { name: 'n', size: 1, ratio: 0.1, isOpen: true, dueAt: 1_700_000_000_000, priority: 5, groups: ['g', 'h'] }),
  ),
  keeps('false, zero and empty text', thing('a', { name: '', size: 0, ratio: 0, isOpen: false, dueAt: 0 })),
  keeps(
    'the largest and smallest safe integers',
    thing('a', { size: Number.MAX_SAFE_INTEGER, dueAt: Number.MIN_SAFE_INTEGER, body: [2 ** 53 - 1] }),
  ),
  keeps('real numbers exactly', thing('a', { ratio: 0.1 + 0.2, body: [Number.MAX_VALUE, Number.MIN_VALUE, 1e-7] })),
  keeps('unicode in ids, fields, sets and bodies', thing(UNICODE, { name: UNICODE, groups: [UNICODE], body: { [UNICODE]: UNICODE } })),
  keeps('NUL and lone surrogates in a body', thing('a', { body: { text: 'a\0b', half: '\ud800' } })),
  keeps('a body of 1 MB', thing('a', { body: { long: 'ü'.repeat(500_000), list: Array.from({ length: 10_000 }, (_, i) => i) } })),
  keeps('any JSON as a body: text', thing('a', { body: 'text' })),
  keeps('any JSON as a body: false', thing('a', { body: false })),
  keeps('any JSON as a body: zero', thing('a', { body: 0 })),
  keeps('any JSON as a body: empty text', thing('a', { body: '' })),
  keeps('any JSON as a body: a list', thing('a', { body: [null, [], ''] })),
  keeps('what is empty in a body', thing('a', { body: { none: null, text: '', list: [], object: {}, off: false, zero: 0 } })),
  keeps(
    'names of members that mean something elsewhere',
    thing('a', {
      body: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "$set": {"$a": 3}, "a.b": 4, "": 5, "10": 6, "9": 7, "a b": 8}'),
    }),
  ),
  keeps(
    'text that looks like something else',
    thing('a', {
      name: '007',
      groups: ['1', '01', 'a,b', 'a', 'b', 'A', 'a b', '', ' ', '"', '{}', 'null', '2026-01-01'].sort(),
      body: { date: '2026-01-01T00:00:00.000Z', day: '2026-01-01', number: '1e3', list: '[1]', none: 'null', yes: 'true', space: ' a\n' },
    }),
  ),
  keeps('any JSON as a body: nested', thing('a', { body: { a: [{}, [], null, { b: [[1]] }] } })),
  {
    name: 'get gives the records that exist, each once, whatever the order and repetition of ids',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a'), thing('b'), thing('c')] })
      const found = await storage.get(things, ['c', 'missing', 'a', 'a'])
      expectEqual(found.map(({ record }) => record.id).sort(), ['a', 'c'], 'The ids found')
      expectEqual(await storage.get(things, []), [], 'What is found by no ids')
    },
  },
  {
    name: 'a textSet with repetitions is the set of its members',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [thing('a', { groups: ['h', 'g', 'h'] })] })
      expectEqual((await getOne(storage, 'a'))?.record.groups, ['g', 'h'], 'The members')
      expectEqual(await idsOf(storage, { groups: { hasAny: ['g', 'h'] } }), ['a'], 'By members')
      await commitSure(storage, { put: [thing('a', { groups: ['g'] })] })
      expectEqual(await idsOf(storage, { groups: { has: 'h' } }), [], 'By the member that left')
    },
  },
  {
    name: 'get reads one moment: never half of a set',
    async run(storage) {
      await prepared(storage)
      const pair = (size: number) => commitSure(storage, { put: [thing('a', { size }), thing('b', { size })] })
      await pair(0)
      const seen: Promise<readonly (number | null)[]>[] = []
      for (let size = 1; size <= 20; size++) {
        seen.push(storage.get(things, ['a', 'b']).then((found) => found.map(({ record }) => record.size)))
        seen.push(pair(size).then(() => []))
      }
      for (const sizes of await Promise.all(seen)) expectThat(sizes[0] === sizes[1], `both records of one set, not ${sizes.join(' and ')}`)
    },
  },
  {
    name: 'get takes 1,000 ids and refuses more',
    async run(storage) {
      await prepared(storage)
      const all = Array.from({ length: 1_000 }, (_, i) => thing(`id-${i}`))
      await commitSure(storage, { append: all })
      const found = await storage.get(
        things,
        all.map(({ id }) => id),
      )
      expectThat(found.length === 1_000, 'all 1,000 records')
      const tooMany = [...all.map(({ id }) => id), 'one-more']
      await expectRefused(() => storage.get(things, tooMany), 'invalidQuery', '1,001 ids')
    },
  },
  ...refusals({
    'NUL in a text field': thing('bad', { name: 'a\0b' }),
    'a lone surrogate in a text field': thing('bad', { name: 'a\ud800b' }),
    'NUL in a textSet': thing('bad', { groups: ['fine', '\0'] }),
    'a lone surrogate in a textSet': thing('bad', { groups: ['\udc00'] }),
    'NUL in an id': thing('b\0d'),
    'a lone surrogate in an id': thing('b\ud83d'),
    'an empty id': thing(''),
    'an integer beyond the safe ones': thing('bad', { size: 2 ** 53 }),
    'a fraction in an integer field': thing('bad', { size: 0.5 }),
    'NaN in a real field': thing('bad', { ratio: Number.NaN }),
    'a field that is not declared': { ...thing('bad'), color: 'red' } as Thing, // as untyped callers may
    'a declared field left out': { id: 'bad', body: null } as unknown as Thing, // as untyped callers may
    'text in an instant field': thing('bad', { dueAt: '2026' as unknown as number }), // as untyped callers may
  }),
]

function keeps(what: string, record: Thing): StorageCase {
  return {
    name: `a record comes back as it was put: ${what}`,
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { put: [record] })
      expectEqual((await getOne(storage, record.id))?.record, record, 'The record from get')
      const found = await storage.find(things, { where: {}, limit: 10 })
      expectEqual(
        found.map((stored) => withSortedGroups(stored).record),
        [record],
        'The records from find',
      )
    },
  }
}

function refusals(records: Readonly<Record<string, Thing>>): readonly StorageCase[] {
  return Object.entries(records).map(([what, record]) => ({
    name: `${what} is refused as constraint, with all of its set`,
    async run(storage) {
      await prepared(storage)
      for (const changes of [{ put: [thing('good'), record] }, { append: [thing('good'), record] }]) {
        expectEqual(outcomeOf(await commitOne(storage, changes)), 'constraint', 'The result')
      }
      expectEqual(await storage.count(things, {}, 10), 0, 'The number of records kept')
    },
  }))
}
