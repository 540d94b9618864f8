import type { FieldType } from '../collection.ts'
import { StorageError } from '../errors.ts'
import { columnOf } from './table-shape.ts'

/** The columns that every table of the store has for fields that the list of tables names. */
export function columnsFor(fields: Readonly<Record<string, FieldType>>): readonly string[] {
  return ['id', ...Object.keys(fields).map(columnOf), 'body', 'revision']
}

/**
 * Refuses (`corrupt`) a table that is not what the store lists, as of a database that was restored in part: made anew it would be empty, and
 * nothing would tell. `listed`: the columns that it has to have, null for a table that is not listed; `present`: those that are there, none
 * where there is no such table.
 */
export function checkTable(table: string, listed: readonly string[] | null, present: ReadonlySet<string>): void {
  const refuse = (what: string): never => {
    throw new StorageError(
      'corrupt',
      `The store is not whole: ${what}. Restore all of its tables from one backup; where they are another program's, name another tablePrefix.`,
      { table },
    )
  }
  if (listed === null) {
    if (present.size > 0) refuse(`table ${table} is there, and the list of tables does not have it`)
    return
  }
  if (present.size === 0) refuse(`table ${table} is not there`)
  const lacking = listed.find((column) => !present.has(column))
  if (lacking !== undefined) refuse(`column ${lacking} of table ${table} is not there`)
}

/** What the list of tables has of a collection, read from its text. Throws `corrupt` for what no store wrote so. */
export function readListed(list: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StorageError(
      'corrupt',
      `The line of collection "${name}" in table ${list} cannot be read. Restore the table from a backup.`,
      { collection: name },
      { cause },
    )
  }
}
