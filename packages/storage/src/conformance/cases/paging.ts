import type { Cursor, Order, Storage, Where } from '../../contract.ts'
import { expectEqual, expectThat } from '../expectations.ts'
import type { StorageCase } from '../storage-case.ts'
import { commitSure, idsOf, prepared, type Thing, thing, things } from '../things.ts'

/** Many ties and nulls, ids not in the order of anything else. */
const all: readonly Thing[] = Array.from({ length: 40 }, (_, i) =>
  thing(`id-${(i * 17) % 40}`, {
    name: ['x', 'y', null][i % 3] ?? null,
    size: i % 4 === 0 ? null : i % 5,
    priority: i % 2,
    groups: i % 2 === 0 ? ['g'] : [],
  }),
)

const orders: readonly (readonly Order<Thing>[])[] = [
  [],
  [{ field: 'id', descending: true }],
  [{ field: 'size' }],
  [{ field: 'size', descending: true }],
  [{ field: 'name' }, { field: 'size', descending: true }],
  [{ field: 'priority', descending: true }, { field: 'name', descending: true }, { field: 'size' }],
]

const wheres: readonly Where<Thing>[] = [
  {},
  { name: { eq: 'x' } },
  { size: { gte: 1 } },
  { anyOf: [{ groups: { has: 'g' } }, { name: { eq: 'y' } }] },
]

export const pagingCases: readonly StorageCase[] = [
  {
    name: 'pages of any size, in any order, give every record once, in the order of one large page',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: all })
      for (const orderBy of orders) {
        for (const where of wheres) {
          const whole = await idsOf(storage, where, orderBy)
          for (const limit of [1, 3, 7]) {
            expectEqual(
              await paged(storage, where, orderBy, limit),
              whole,
              `Pages of ${limit} by ${JSON.stringify(orderBy)} where ${JSON.stringify(where)}`,
            )
          }
        }
      }
    },
  },
  ...[false, true].map(
    (descending): StorageCase => ({
      name: `paging ${descending ? 'descending' : 'ascending'} loses and repeats nothing while records are inserted, nulls last`,
      async run(storage) {
        await prepared(storage)
        await commitSure(storage, { append: all })
        let inserted = 0
        const insert = (): Promise<void> => {
          const i = inserted++
          return commitSure(storage, { append: [thing(`new-${i}`, { size: i % 3 === 0 ? null : i % 6 })] })
        }
        const seen = await paged(storage, {}, [{ field: 'size', descending }], 5, insert)
        expectThat(new Set(seen).size === seen.length, 'no record twice')
        const old = new Set(all.map(({ id }) => id))
        expectEqual(seen.filter((id) => old.has(id)).sort(), [...old].sort(), 'The records that were there from the first')
      },
    }),
  ),
  {
    name: 'paging goes on where the last record of a page was deleted',
    async run(storage) {
      await prepared(storage)
      await commitSure(storage, { append: ['a', 'b', 'c', 'd'].map((id) => thing(id, { size: 1 })) })
      const orderBy = [{ field: 'size' as const }]
      const [, last] = await storage.find(things, { where: {}, orderBy, limit: 2 })
      await commitSure(storage, { delete: [last?.record.id ?? ''] })
      const rest = await storage.find(things, { where: {}, orderBy, limit: 2, after: { values: [1], id: last?.record.id ?? '' } })
      expectEqual(
        rest.map(({ record }) => record.id),
        ['c', 'd'],
        'The second page',
      )
    },
  },
]

async function paged(
  storage: Storage,
  where: Where<Thing>,
  orderBy: readonly Order<Thing>[],
  limit: number,
  between?: () => Promise<void>,
): Promise<readonly string[]> {
  const ids: string[] = []
  let after: Cursor | undefined
  for (let pages = 0; pages < 200; pages++) {
    const page = await storage.find(things, { where, orderBy, limit, ...(after === undefined ? {} : { after }) })
    expectThat(page.length <= limit, `at most ${limit} records a page`)
    for (const { record } of page) ids.push(record.id)
    const last = page[page.length - 1]?.record
    if (last === undefined || page.length < limit) return ids
    after = { values: orderBy.map(({ field }) => valueOfOrder(last, field)), id: last.id }
    if (pages < 20) await between?.()
  }
  throw new Error(`Expected: an end of the pages; ${ids.length} records came so far.`)
}

/** What can be ordered by has a scalar value. */
function valueOfOrder(record: Thing, field: Order<Thing>['field']): Cursor['values'][number] {
  return record[field] as Cursor['values'][number]
}
