/**
 * Declares what one kind of record looks like to a store: which of its fields can be searched and sorted, and by which
 * indexes. Everything else of a record is its `body`, JSON that a store keeps as it is.
 */
export interface Collection<R extends StoredRecord = StoredRecord> {
  /** Lower-case letters, digits and underscores, beginning with a letter: a SQL store uses it as the table's name. */
  readonly name: string
  /** Raised when the shape of the body changes; a store that holds a newer version than the code knows is refused (`tooNew`). */
  readonly version: number
  readonly fields: { readonly [Field in FieldOf<R>]: FieldType }
  /** Every `find`, `count`, `claim` and `purge` must be served by one of these: of two that serve one, by the first. */
  readonly indexes: readonly Index[]
  /** True where records are handed to one owner at a time by `claim`; such records have the fields `dueAt` and `priority`. */
  readonly leased?: boolean
  /** How a body may be written shorter. */
  readonly packing?: Packing<R>
}

/**
 * A shorter form of a body, for stores that write text: less to write and to read. A store may leave it aside; one that comes to use it
 * hands what it wrote before to `unpack` as it is, so that `unpack` has to know both forms.
 */
export interface Packing<R extends StoredRecord = StoredRecord> {
  /** JSON from which, and from the record's id and fields, the body can be had again. */
  pack(record: R): unknown
  /** The body. `packed` is what `pack` gave, as it comes out of JSON, or a body that was written whole. */
  unpack(packed: unknown, record: Omit<R, 'body'>): R['body']
}

/**
 * A record: its id, its declared fields beside it and no others, and a body of JSON. Treated as immutable once handed to a store. A body
 * comes back as the same JSON; the order of keys in its objects need not be kept.
 */
export interface StoredRecord {
  readonly id: string
  readonly body: unknown
}

/** The names of a record's declared fields: all but `id` and `body`. */
export type FieldOf<R> = Exclude<keyof R, 'id' | 'body'> & string

/**
 * `text` string; `integer` a safe integer; `real` a finite number; `boolean`; `instant` epoch milliseconds; `textSet` a list of strings
 * that can be searched by membership (`has`, `hasAny`), a set: order and repetitions need not be kept. Every field may be null (a
 * textSet is then the empty list).
 */
export type FieldType = 'text' | 'integer' | 'real' | 'boolean' | 'instant' | 'textSet'

/**
 * An index over declared fields (or `id`), in order. A textSet field stands alone or first in its index. The default type
 * leaves the names open, so that every collection is a `Collection`; `defineCollection` checks them against the record's type.
 */
export interface Index<Field extends string = string> {
  readonly fields: readonly Field[]
  /** Restricts the index to records that have a value in this field. */
  readonly whereNotNull?: Field
}

/** Gives the declaration its record type, so that fields, indexes and records agree. */
export function defineCollection<R extends StoredRecord>(
  collection: Collection<R> & { readonly indexes: readonly Index<FieldOf<R> | 'id'>[] },
): Collection<R> {
  return collection
}
