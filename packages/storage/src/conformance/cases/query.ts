import type { Order, Where } from '../../contract.ts'
import { expectEqual, expectRefused } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, idsOf, prepared, type Thing, thing, things } from '../things.ts'

const all: readonly Thing[] = [
  thing('a', { name: 'ann', size: 1, ratio: 0.5, isOpen: true, dueAt: 100, priority: 1, groups: ['x', 'y'] }),
  thing('b', { name: 'bob', size: 2, ratio: 1.5, isOpen: false, dueAt: 200, priority: 1, groups: ['y'] }),
  thing('c', { name: 'Cid', size: 3, ratio: -2, isOpen: true, priority: 2, groups: ['z'] }),
  thing('d', { name: 'ann', size: 4, priority: 2 }),
  thing('e', { name: '\u{1f600}', size: -5, dueAt: 300, priority: 3, groups: ['x', 'z', '\u{1f600}'] }),
  thing('f', { name: '\uffee', priority: 3 }),
  thing('g', { name: '', size: 0, isOpen: false }),
]

export const queryCases: readonly StorageCase[] = [
  finds('eq on text', { name: { eq: 'ann' } }, 'ad'),
  finds('eq on text tells case and the empty text apart', { name: { eq: 'cid' } }, ''),
  finds('eq on the empty text', { name: { eq: '' } }, 'g'),
  finds('eq on integers', { size: { eq: 0 } }, 'g'),
  finds('eq on reals', { ratio: { eq: 1.5 } }, 'b'),
  finds('eq on booleans', { isOpen: { eq: false } }, 'bg'),
  finds('eq on instants', { dueAt: { eq: 200 } }, 'b'),
  finds('eq on ids', { id: { eq: 'c' } }, 'c'),
  finds('in', { name: { in: ['bob', 'ann', 'nobody'] } }, 'abd'),
  finds('in on numbers, ids and booleans', { size: { in: [1, 2, 3] }, id: { in: ['a', 'b'] }, isOpen: { in: [true] } }, 'a'),
  finds('in a list with repetitions finds each once', { name: { in: ['bob', 'ann', 'bob', 'ann'] } }, 'abd'),
  finds('in an empty list finds nothing', { name: { in: [] } }, ''),
  finds('lt', { size: { lt: 1 } }, 'eg'),
  finds('lte', { size: { lte: 1 } }, 'aeg'),
  finds('gt', { dueAt: { gt: 100 } }, 'be'),
  finds('gte', { dueAt: { gte: 100 } }, 'abe'),
  finds('comparisons of text go by code point', { name: { gt: '\uffee' } }, 'e'),
  finds('comparisons of text: upper case first', { name: { lt: 'a' } }, 'cg'),
  finds('comparisons of reals', { ratio: { lt: 1 } }, 'ac'),
  finds('several conditions on one field', { size: [{ gte: 1 }, { lt: 4 }] }, 'abc'),
  finds('contradicting conditions', { size: [{ eq: 1 }, { eq: 2 }] }, ''),
  finds('isNull', { dueAt: { isNull: true } }, 'cdfg'),
  finds('isNull: false', { isOpen: { isNull: false } }, 'abcg'),
  finds('isNull of a textSet: the empty one', { groups: { isNull: true } }, 'dfg'),
  finds('isNull: false of a textSet', { groups: { isNull: false } }, 'abce'),
  finds('null is below and above nothing', { ratio: [{ lt: 1_000 }, { gt: -1_000 }] }, 'abc'),
  finds('has', { groups: { has: 'x' } }, 'ae'),
  finds('has what nobody has', { groups: { has: 'q' } }, ''),
  finds('has, with unicode', { groups: { has: '\u{1f600}' } }, 'e'),
  finds('two memberships at once', { groups: [{ has: 'x' }, { has: 'z' }] }, 'e'),
  finds('hasAny', { groups: { hasAny: ['y', 'z'] } }, 'abce'),
  finds('hasAny of a list with repetitions finds each once', { groups: { hasAny: ['y', 'y', 'x'] } }, 'abe'),
  finds('hasAny of none finds nothing', { groups: { hasAny: [] } }, ''),
  finds('all of several fields', { name: { eq: 'ann' }, size: { gt: 1 } }, 'd'),
  finds('anyOf: one branch or the other, each record once', { anyOf: [{ name: { eq: 'ann' } }, { groups: { has: 'x' } }] }, 'ade'),
  finds(
    'anyOf together with other conditions',
    { size: { gte: 2 }, anyOf: [{ name: { eq: 'ann' } }, { groups: { hasAny: ['z'] } }] },
    'cd',
  ),
  finds('anyOf of one branch', { anyOf: [{ size: { eq: 1 } }] }, 'a'),
  finds('anyOf of none finds nothing', { anyOf: [] }, ''),
  finds('no condition finds all, by id', {}, 'abcdefg'),
  orders('ascending, nulls last', [{ field: 'size' }], 'egabcdf'),
  orders('descending, nulls last', [{ field: 'size', descending: true }], 'dcbagef'),
  orders('text by code point', [{ field: 'name' }], 'gcadbfe'),
  orders('text by code point, descending', [{ field: 'name', descending: true }], 'efbadcg'),
  orders('reals', [{ field: 'ratio' }], 'cabdefg'),
  orders('booleans, false first', [{ field: 'isOpen' }], 'bgacdef'),
  orders('ties by id', [{ field: 'priority', descending: true }], 'efcdabg'),
  orders('by two fields', [{ field: 'priority' }, { field: 'size', descending: true }], 'gbadcef'),
  orders('by three fields', [{ field: 'isOpen', descending: true }, { field: 'priority' }, { field: 'dueAt' }], 'acgbdef'),
  orders('by id descending', [{ field: 'id', descending: true }], 'gfedcba'),
  {
    name: 'find gives at most the limit, the first in order, with anyOf too',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: all })
      const first = await storage.find(things, { where: {}, orderBy: [{ field: 'size', descending: true }], limit: 2 })
      expectEqual(
        first.map(({ record }) => record.id),
        ['d', 'c'],
        'The first two',
      )
      const anyOf = [{ name: { eq: 'ann' } }, { groups: { hasAny: ['x', 'y', 'z'] } }]
      const some = await storage.find(things, { where: { anyOf }, orderBy: [{ field: 'size', descending: true }], limit: 3 })
      expectEqual(
        some.map(({ record }) => record.id),
        ['d', 'c', 'b'],
        'The first three of a union',
      )
    },
  },
  {
    name: 'count counts up to its cap',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: all })
      expectEqual(await storage.count(things, {}, 100), 7, 'All')
      expectEqual(await storage.count(things, { name: { eq: 'ann' } }, 100), 2, 'Two')
      expectEqual(await storage.count(things, {}, 3), 3, 'Up to three')
      expectEqual(await storage.count(things, { anyOf: [{ name: { eq: 'ann' } }, { groups: { has: 'x' } }] }, 100), 3, 'A union')
      expectEqual(await storage.count(things, { anyOf: [{ name: { eq: 'ann' } }, { groups: { has: 'x' } }] }, 2), 2, 'Up to two of a union')
      expectEqual(await storage.count(things, { name: { eq: 'nobody' } }, 100), 0, 'None')
    },
  },
  {
    name: 'a query that the contract does not allow is refused',
    async run(storage) {
      await prepared(storage)
      const find =
        (where: object, more: object = {}) =>
        () =>
          storage.find(things, { where, limit: 1, ...more })
      const faults: Readonly<Record<string, () => Promise<unknown>>> = {
        'a limit of 0': find({}, { limit: 0 }),
        'a limit of 1,001': find({}, { limit: 1_001 }),
        'an unknown field': find({ color: { eq: 'red' } }),
        'has on a text field': find({ name: { has: 'x' } }),
        'eq on a textSet': find({ groups: { eq: 'x' } }),
        'a number for text': find({ name: { eq: 1 } }),
        'an unknown operator': find({ name: { like: 'x' } }),
        'order by a textSet': find({}, { orderBy: [{ field: 'groups' }] }),
        'order by four fields': find({}, { orderBy: ['name', 'size', 'ratio', 'isOpen'].map((field) => ({ field })) }),
        'a cursor that does not fit the order': find({}, { after: { values: [1], id: 'a' } }),
        'a cursor with a value of another type': find({}, { orderBy: [{ field: 'size' }], after: { values: ['1'], id: 'a' } }),
        'a cursor with an id that cannot be kept': find({}, { after: { values: [], id: '\0' } }),
      }
      for (const [what, fault] of Object.entries(faults)) await expectRefused(fault, 'invalidQuery', what)
    },
  },
]

function finds(what: string, where: Where<Thing>, ids: string): StorageCase {
  return {
    name: `find: ${what}`,
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: all })
      expectEqual(await idsOf(storage, where), [...ids], 'The ids found')
      expectEqual(await storage.count(things, where, 100), ids.length, 'Their number')
    },
  }
}

function orders(what: string, orderBy: readonly Order<Thing>[], ids: string): StorageCase {
  return {
    name: `find in order: ${what}`,
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: [...all].reverse() })
      expectEqual(await idsOf(storage, {}, orderBy), [...ids], 'The ids found')
    },
  }
}
