import type { Collection, FieldType } from './collection.ts'
import { StorageError } from './errors.ts'

const COLLECTION_NAME = /^[a-z][a-z0-9_]*$/
const FIELD_NAME = /^[a-z][A-Za-z0-9]*$/
const RESERVED_FIELDS: ReadonlySet<string> = new Set(['id', 'body', 'anyOf', 'revision', 'fence', 'leasedUntil', 'leaseOwner', 'rowid'])

/**
 * Refuses (`constraint`) a declaration that no store could serve: names, indexes over unknown fields, a leased collection without its
 * fields.
 */
export function checkDeclaration(collection: Collection): void {
  const refuse = (message: string): never => {
    throw new StorageError('constraint', `Collection "${collection.name}" ${message}.`, { collection: collection.name })
  }
  if (!COLLECTION_NAME.test(collection.name)) refuse('needs a name of lower-case letters, digits and underscores, beginning with a letter')
  if (!Number.isSafeInteger(collection.version) || collection.version < 1) refuse('needs a version that is a whole number from 1')
  const fields = fieldTypesOf(collection)
  for (const field of Object.keys(fields)) {
    if (!FIELD_NAME.test(field) || RESERVED_FIELDS.has(field)) refuse(`cannot have a field "${field}"`)
  }
  for (const index of collection.indexes) {
    if (index.fields.length === 0) refuse('has an index without fields')
    for (const field of index.whereNotNull === undefined ? index.fields : [...index.fields, index.whereNotNull]) {
      if (field !== 'id' && fields[field] === undefined) refuse(`has an index over "${field}", which it does not declare`)
    }
    if (index.fields.slice(1).some((field) => fields[field] === 'textSet')) refuse('has a textSet field that is not first in its index')
  }
  if (collection.leased === true && (fields.dueAt !== 'instant' || fields.priority !== 'integer')) {
    refuse('is leased, so it needs the fields dueAt (instant) and priority (integer)')
  }
}

/**
 * Refuses to replace what is kept by what is declared: `tooNew` for a version above the declared one, `constraint` for a field of another
 * type.
 */
export function checkUpgrade(
  kept: { readonly version: number; readonly fields: Readonly<Record<string, FieldType>> },
  declared: Collection,
): void {
  const details = { collection: declared.name, keptVersion: kept.version, knownVersion: declared.version }
  if (kept.version > declared.version) {
    throw new StorageError(
      'tooNew',
      `The store holds version ${kept.version} of collection "${declared.name}", this program knows ${declared.version}. Nothing was changed; run a newer release.`,
      details,
    )
  }
  const fields = fieldTypesOf(declared)
  for (const field of Object.keys(fields)) {
    const type = kept.fields[field]
    if (type === undefined || type === fields[field]) continue
    throw new StorageError(
      'constraint',
      `Field "${field}" of collection "${declared.name}" is kept as ${type} and declared as ${fields[field]}. Declare a field of another name.`,
      details,
    )
  }
}

/** The declared fields by name, for code that does not know the record's type. */
export function fieldTypesOf(collection: Collection): Readonly<Record<string, FieldType>> {
  return collection.fields
}
