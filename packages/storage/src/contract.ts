import type { Collection, FieldOf, StoredRecord } from './collection.ts'
import type { StorageError } from './errors.ts'

/**
 * What a store must do for Leeway. It knows no BPMN: it keeps records of declared collections, commits change sets and
 * hands out leases. `storageConformance` checks an implementation against the sentences below.
 *
 * **Sizes.** A store keeps and finds at least: text (ids and members of a textSet too) of 800 bytes as UTF-8, compared in full; 1,000
 * members in a textSet; 1,000 values in `in` and `hasAny`; a body of 16 MB as UTF-8 JSON; 2,000 writes in a set; 500 sets in a commit.
 * What is more it keeps too, or refuses: as `constraint` in a set, as `invalidQuery` in a query. It never cuts anything short.
 *
 * **Text.** Ids, text and members of a textSet are told apart by each of their characters: case, accents, spaces and signs count. What
 * holds NUL or a lone surrogate is refused as `constraint` in a record and as `invalidQuery` in a query or its cursor; as an id it names no
 * record: `get` finds none by it, a set that touches, deletes or expects it finds none or is refused as `constraint`.
 *
 * **Refusals.** A collection that was not prepared is refused as `invalidQuery`: a call by rejecting, a commit by `{ failed }` for each
 * set that names it, other sets unhindered. A record with an undeclared field, without a declared one, or with a value that is not of the
 * declared type is `{ failed: StorageError constraint }`, the result of its set.
 */
export interface Storage {
  /**
   * Creates or additively upgrades what the collections need. May be called again with more; safe to call concurrently. Throws `tooNew` and
   * writes nothing where the store holds a newer version of a collection.
   */
  prepare(collections: readonly Collection[]): Promise<void>
  /**
   * The records with these ids that exist, each once, in no particular order, all as they were at one moment. More than 1,000 ids are
   * refused as `invalidQuery`.
   */
  get<R extends StoredRecord>(collection: Collection<R>, ids: readonly string[]): Promise<Stored<R>[]>
  /** Records that match, in the given order (nulls last, id as last criterion), at most `limit`; served by a declared index. */
  find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): Promise<Stored<R>[]>
  /** Counts up to `cap`, never beyond. */
  count<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, cap: number): Promise<number>
  /**
   * Each change set lands whole or not at all, in the order given, each judged by what those before it wrote; what happens to one does not
   * hinder another. The results are in the order of the sets. The sets of one commit may become visible together or one after the other.
   * Once resolved everything is kept, though the process die at once: another storage opened on the same place reads it without a `close`.
   */
  commit(changeSets: readonly ChangeSet[]): Promise<readonly CommitResult[]>
  /**
   * Leases up to `limit` due records to `owner`, by priority (highest first), then due time; each goes to one owner at a time; raises
   * `fence`, leaves `revision`. Where an index over a text field, `priority` and `dueAt` is declared claims name values of that field: so a
   * store need not read past the due records of others.
   */
  claim<R extends LeasedRecord>(collection: Collection<R>, request: ClaimRequest<R>): Promise<Stored<R>[]>
  /**
   * Has leases that are still held by their fence end `leaseMs` after `now` (absent = the store's clock; an instant where a manual clock
   * rules); false for one that was lost. A lease that has ended and that nobody took over or gave up is still held: true.
   */
  renew(leases: readonly Lease[], leaseMs: number, now?: Instant): Promise<readonly boolean[]>
  /** Gives leases up: the records can be claimed again at once. A lease that was lost is left alone. */
  release(leases: readonly Lease[]): Promise<void>
  /** Deletes up to `limit` (1 to 1,000) matching records and tells how many: history clean-up. */
  purge<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, limit: number): Promise<number>
  /** The store's own clock, epoch milliseconds: leases and due work are judged by it, so that a node with a wrong clock does no harm. */
  now(): Promise<Instant>
  /** The same contract bound to an open transaction of the host. Absent where the store cannot. */
  within?(transaction: unknown): Storage
  /** Wakes this node when another node commits work; absent = the engine polls. */
  listen?(onWork: () => void): Promise<Unlisten>
  /**
   * How many calls of `commit` are worth being under way at once, as where a server does the work; absent = 1. They are to each other as those
   * of two nodes.
   */
  commitsAtOnce?: number
  /** Gives up what the store holds open; later work is refused as `closed`. Closing again does nothing. */
  close(): Promise<void>
}

/** Epoch milliseconds. */
export type Instant = number

/** Ends what `listen` began; afterwards the callback is not called any more. */
export type Unlisten = () => Promise<void>

/** A record as a store gives it back. */
export interface Stored<R extends StoredRecord = StoredRecord> {
  readonly record: R
  /** 1 when first put, one more at each put or touch. Raised by nothing else. From 1 again for a record put after it was deleted. */
  readonly revision: number
  /**
   * Raised by each claim and each put with a lease; 0 for a record never leased, from 0 again for one put after it was deleted. What a lost
   * lease's owner sends no longer fits.
   */
  readonly fence: number
  /** Until when the record is leased, by the store's clock; null when free. */
  readonly leasedUntil: Instant | null
  readonly leaseOwner: string | null
}

/** Names one record of one collection. */
export interface Key {
  readonly collection: Collection
  readonly id: string
}

/** A record to be written whole. With `lease` it is written as claimed by that owner (fence raised); without, an existing lease ends. */
export interface Write {
  readonly collection: Collection
  readonly record: StoredRecord
  /** It ends `leaseMs` after `now`: absent = the store's clock; an instant where a manual clock rules. */
  readonly lease?: { readonly owner: string; readonly leaseMs: number; readonly now?: Instant }
}

/**
 * Condition of a change set: the record has this revision (0 = does not exist) and this fence (its lease was not taken over), as far as
 * given; both must hold. It is judged whether the set writes the record, deletes it, or leaves it and its whole collection alone.
 */
export interface Expectation extends Key {
  readonly revision?: number
  readonly fence?: number
}

/**
 * Expectations first, then the writes, all or nothing. A record (of one collection) stands at most once in touch, put, delete and append
 * together: a set that names it twice is refused as `{ failed: StorageError constraint }`, nothing written.
 */
export interface ChangeSet {
  /** The command's id: what the set writes bears it, so that an unknown outcome can be asked for. A store need not look at it. */
  readonly id: string
  readonly expect: readonly Expectation[]
  /** Raises the revision, leaves fields, body and lease. Touching what is not there does nothing. */
  readonly touch: readonly Key[]
  /** Written whole, whether the record exists or not. */
  readonly put: readonly Write[]
  /** Deleting what is not there is no error. */
  readonly delete: readonly Key[]
  /** Must not exist yet (else `{ failed: StorageError constraint }`). */
  readonly append: readonly Write[]
}

/** What was expected and what is so; revision 0 = the record does not exist. */
export interface Mismatch extends Expectation {
  readonly actual: { readonly revision: number; readonly fence: number }
}

/**
 * How one change set went: written whole; or nothing of it, since an expectation did not hold (all mismatches are named), or since the
 * store refused it (a record to be appended exists, one is written twice, one cannot be kept, a collection was not prepared).
 */
export type CommitResult = 'committed' | { readonly conflict: readonly Mismatch[] } | { readonly failed: StorageError }

/** One test of one field. `isNull: false` means "has a value". `has`/`hasAny` are for textSet fields only; comparisons never match null. */
export type Condition =
  | { readonly eq: FieldValue }
  | { readonly in: readonly FieldValue[] }
  | { readonly lt: string | number }
  | { readonly lte: string | number }
  | { readonly gt: string | number }
  | { readonly gte: string | number }
  | { readonly isNull: boolean }
  | { readonly has: string }
  | { readonly hasAny: readonly string[] }

/** A value of a declared field: text, a number or instant, a boolean. */
export type FieldValue = string | number | boolean

/**
 * AND of conditions on declared fields (a field may have several), plus at most one `anyOf`: the record matches at least one of its
 * branches.
 */
export type Where<R extends StoredRecord = StoredRecord> = FieldConditions<R> & {
  readonly anyOf?: readonly FieldConditions<R>[]
}

/** Conditions by declared field, or by `id`; all of them must hold. */
export type FieldConditions<R extends StoredRecord = StoredRecord> = {
  readonly [Field in FieldOf<R> | 'id']?: Condition | readonly Condition[]
}

/** One criterion of an order; text compares by code point, as its UTF-8 bytes do (`lt` and the like too). */
export interface Order<R extends StoredRecord = StoredRecord> {
  readonly field: FieldOf<R> | 'id'
  /** Default ascending. Nulls come last in both directions. */
  readonly descending?: boolean
}

/** Where a page ended: the values of the order's fields of its last record, and its id. */
export interface Cursor {
  readonly values: readonly (FieldValue | null)[]
  readonly id: string
}

/** A page of records: which, in what order, how many, from where. */
export interface Query<R extends StoredRecord = StoredRecord> {
  readonly where: Where<R>
  /** At most 3; id (ascending) is added as the last criterion. */
  readonly orderBy?: readonly Order<R>[]
  /** 1 to 1,000. */
  readonly limit: number
  readonly after?: Cursor
}

/** What a leased collection's records have: due from then on (null = never), and the order among the due. */
export interface LeasedRecord extends StoredRecord {
  readonly dueAt: Instant | null
  readonly priority: number
}

/** Who wants to lease what, for how long. */
export interface ClaimRequest<R extends LeasedRecord> {
  readonly owner: string
  /** `store` for the store's own clock; an instant where a manual clock rules. Judges due times and the end of leases alike. */
  readonly now: 'store' | Instant
  readonly leaseMs: number
  readonly where: Where<R>
  /** 1 to 1,000. */
  readonly limit: number
}

/** A lease in hand: the record, and the fence that its claim gave. */
export interface Lease extends Key {
  readonly fence: number
}
