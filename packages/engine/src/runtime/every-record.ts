import type { Collection, Condition, Cursor, FieldOf, Order, Query, Storage, Stored, StoredRecord, Where } from '@leeway/storage'

/**
 * All records that match, in the order of their ids, read a page at a time: what comes or goes meanwhile behind the page in hand is seen as
 * it is then.
 */
export async function* everyRecord<R extends StoredRecord>(
  storage: Pick<Storage, 'find'>,
  collection: Collection<R>,
  where: Where<R>,
  reading?: Reading,
): AsyncGenerator<Stored<R>, void, undefined> {
  for await (const page of everyPage(storage, collection, where, reading)) yield* page
}

/**
 * The same by pages, of which none is empty. Each begins behind the id where the one before it ended, so that the index begins there too.
 */
export async function* everyPage<R extends StoredRecord>(
  storage: Pick<Storage, 'find'>,
  collection: Collection<R>,
  where: Where<R>,
  { from = FIRST, size = PAGE }: Reading = {},
): AsyncGenerator<readonly Stored<R>[], void, undefined> {
  const { id: also = [] } = where as { readonly id?: Condition | readonly Condition[] } // every record has an id
  for (let begin: FromId = from; ; ) {
    const query = { where: { ...where, id: [begin, also].flat() }, orderBy: BY_ID, limit: size } as unknown as Query<R> // as above
    const page = await storage.find(collection, query)
    const last = page.at(-1)
    if (last !== undefined) yield page
    if (last === undefined || page.length < size) return
    begin = { gt: last.record.id }
  }
}

/** Where a reading by id begins: behind an id, or with it. */
export type FromId = { readonly gt: string } | { readonly gte: string }

/** How far a reading goes at once, and where it begins. */
export interface Reading {
  /** Default: with the first. */
  readonly from?: FromId
  /** Records of a page, 1 to 1,000. Default {@link PAGE}. */
  readonly size?: number
}

/** Records that are read, written or deleted at once where nothing else is said. */
export const PAGE = 500

const FIRST: FromId = { gt: '' }

const BY_ID = [{ field: 'id' }]

/** All records that match, in an order of their fields, read a page at a time. */
export async function* everyInOrder<R extends StoredRecord>(
  storage: Pick<Storage, 'find'>,
  collection: Collection<R>,
  { where, orderBy }: { readonly where: Where<R>; readonly orderBy: readonly Order<R>[] },
  size: number = PAGE,
): AsyncGenerator<Stored<R>, void, undefined> {
  for (let after: Cursor | undefined; ; ) {
    const page = await storage.find(collection, { where, orderBy, limit: size, ...(after && { after }) })
    yield* page
    const last = page.at(-1)?.record
    if (last === undefined || page.length < size) return
    after = { values: orderBy.map(({ field }) => last[field as FieldOf<R>] as Cursor['values'][number]), id: last.id } // a declared field
  }
}

/** Deletes all records that match, a bounded number at a time. */
export async function purgeEvery<R extends StoredRecord>(
  storage: Pick<Storage, 'purge'>,
  collection: Collection<R>,
  where: Where<R>,
): Promise<void> {
  for (let purged = PURGED_MAX; purged === PURGED_MAX; ) purged = await storage.purge(collection, where, PURGED_MAX)
}

/** Most records that a store deletes at once. */
const PURGED_MAX = 1_000
