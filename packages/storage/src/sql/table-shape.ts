import type { Collection, FieldType, StoredRecord } from '../collection.ts'
import type { Stored } from '../contract.ts'
import { fieldTypesOf } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { type Layout, layoutOf } from '../records.ts'

/** How a collection lies in SQL: a table with a column for each declared field, the body as JSON text, and what a store adds. */
export interface TableShape {
  readonly collection: Collection
  readonly layout: Layout
  readonly table: string
  /** In the order of a row as it is read: id, the fields, body, revision and, where leased, fence, leased_until, lease_owner. */
  readonly columns: readonly string[]
  readonly fieldColumns: readonly string[]
  /** Columns that an index or a side table holds. */
  readonly searched: ReadonlySet<string>
  readonly isLeased: boolean
  /** A record with all its fields and no values (a set is empty): copied and filled, every record of the collection has one form. */
  readonly blank: Readonly<Record<string, unknown>>
  /** The textSet fields: their place among the fields, and the side table (value, id) that makes them searchable. */
  readonly sets: readonly { readonly place: number; readonly sideTable: string }[]
  /** Fields whose index is a table of its own (`_value`, `_id`), filled while others wrote: its name. */
  readonly late: ReadonlyMap<string, string>
  /** While a query is written that goes through such a table: the field. */
  readonly goesBy: string | null
  /** While a query is written: the fields that are tested without an index, for another serves it. */
  readonly passedBy: ReadonlySet<string>
}

export function tableShapeOf(collection: Collection, prefix: string, late: TableShape['late'] = NONE_LATE): TableShape {
  const fields = fieldTypesOf(collection)
  const layout = layoutOf(fields)
  const { names, types } = layout
  const table = prefix + collection.name
  const fieldColumns = names.map(columnOf)
  const isLeased = collection.leased === true
  return {
    collection,
    layout,
    table,
    columns: ['id', ...fieldColumns, 'body', 'revision', ...(isLeased ? LEASE_COLUMNS : [])],
    fieldColumns,
    searched: new Set(
      [
        ...collection.indexes.flatMap(({ fields: indexed, whereNotNull = [] }) => [...indexed, ...[whereNotNull].flat()]),
        ...names.filter((name) => fields[name] === 'textSet'),
      ].map(columnOf),
    ),
    isLeased,
    blank: Object.fromEntries([
      ['id', null],
      ...names.map((name, i) => [name, types[i] === 'textSet' ? NO_MEMBERS : null]),
      ['body', null],
    ]),
    sets: types.flatMap((type, place) => (type === 'textSet' ? [{ place, sideTable: `${table}_${fieldColumns[place]}` }] : [])),
    late,
    goesBy: null,
    passedBy: NO_FIELDS,
  }
}

export const NONE_LATE: TableShape['late'] = new Map()

const NO_FIELDS: ReadonlySet<string> = new Set()

const NO_MEMBERS: readonly string[] = Object.freeze([])

/** What a store adds to a leased collection's rows. */
export const LEASE_COLUMNS: readonly string[] = ['fence', 'leased_until', 'lease_owner']

/** dueAt -> due_at. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A row with all columns of the shape, as a record. Throws `corrupt`, with the id, for one that no store wrote so. */
export function storedOf(shape: TableShape, row: readonly unknown[]): Stored {
  try {
    return readRow(shape, row)
  } catch (cause) {
    const id = String(row[0])
    const reason = cause instanceof Error ? cause.message : String(cause)
    const { name } = shape.collection
    throw new StorageError(
      'corrupt',
      `Record "${id}" of collection "${name}" cannot be read: ${reason}. Restore its row in table ${shape.table}, or delete it.`,
      { collection: name, id },
      { cause },
    )
  }
}

/**
 * The rows that can be read of those that were claimed: one that cannot hinders no other, and its lease keeps it back for a while. Throws
 * `corrupt` where there is no other.
 */
export function readableOf(rows: readonly (() => Stored)[]): Stored[] {
  const readable: Stored[] = []
  let fault: unknown = null
  for (const read of rows) {
    try {
      readable.push(read())
    } catch (error) {
      fault ??= error
    }
  }
  if (fault !== null && readable.length === 0) throw fault
  return readable
}

function readRow(shape: TableShape, row: readonly unknown[]): Stored {
  const { names, types } = shape.layout
  const record: Record<string, unknown> = { ...shape.blank, id: row[0] }
  let at = 1
  for (let i = 0; i < names.length; i++) {
    const value = row[at++] ?? null
    if (value !== null) record[names[i] as string] = fieldValueOf(types[i] as FieldType, value)
  }
  const body: unknown = JSON.parse(row[at++] as string)
  const { packing } = shape.collection
  record.body = packing === undefined ? body : packing.unpack(body, record as unknown as StoredRecord) // id and fields were just set
  const revision = row[at++] as number
  return {
    record: record as unknown as StoredRecord, // id, the fields and the body were just set
    revision,
    fence: shape.isLeased ? (row[at] as number) : 0,
    leasedUntil: shape.isLeased ? (row[at + 1] as number | null) : null,
    leaseOwner: shape.isLeased ? (row[at + 2] as string | null) : null,
  }
}

/** A set is JSON or a list, a boolean 1 or true, as the database has it. */
function fieldValueOf(type: FieldType, value: unknown): unknown {
  if (type === 'textSet') return typeof value === 'string' ? JSON.parse(value) : value
  return type === 'boolean' ? value === 1 || value === true : value
}
