import type { FieldType, StoredRecord } from './collection.ts'

/** A collection's fields as parallel lists, in the order of the declaration. */
export interface Layout {
  readonly names: readonly string[]
  readonly types: readonly FieldType[]
}

/**
 * Why a record cannot be kept, or null. Text is refused with NUL or a lone surrogate, which not every store can keep; numbers
 * beyond what every store keeps exactly; fields left out (null says "no value", the empty list in a textSet) and fields that are not
 * declared. A value that is the `previous` record's own is not looked at again.
 */
export function faultOfRecord(layout: Layout, record: StoredRecord, previous: StoredRecord | null): string | null {
  if (previous === null && (typeof record.id !== 'string' || record.id === '' || !isStorableText(record.id))) {
    return `id ${JSON.stringify(record.id)} is empty or holds NUL or a lone surrogate`
  }
  if (record.body === undefined) return 'body is undefined; JSON is expected'
  const { names, types } = layout
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string // within the length
    const value = fieldOf(record, name)
    if (value === null ? types[i] !== 'textSet' : previous !== null && value === fieldOf(previous, name)) continue
    if (!isValueOf(types[i] as FieldType, value)) return `field ${name} is not a ${types[i]} that can be kept: ${shown(value)}`
  }
  return undeclaredIn(names, record)
}

/** Beside the declared fields a record has its id and its body; which field is too many is asked only where the number says so. */
function undeclaredIn(names: readonly string[], record: StoredRecord): string | null {
  let count = 0
  for (const _ in record) count++
  if (count === names.length + 2) return null
  const undeclared = Object.keys(record).find(
    (name) => name !== 'id' && name !== 'body' && !names.includes(name) && fieldOf(record, name) !== undefined,
  )
  return undeclared === undefined ? null : `field ${undeclared} is not declared`
}

/** A declared field's value; the record's type is not known here. */
export function fieldOf(record: StoredRecord, name: string): unknown {
  return (record as unknown as Readonly<Record<string, unknown>>)[name]
}

/** False for text with NUL, or with a half of a surrogate pair without the other: not every store can keep such. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isValueOf(type: FieldType, value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string' && isStorableText(value)
    case 'integer':
    case 'instant':
      return Number.isSafeInteger(value)
    case 'real':
      return Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'textSet':
      return Array.isArray(value) && value.every((item) => typeof item === 'string' && isStorableText(item))
  }
}

function shown(value: unknown): string {
  const text = value === undefined ? 'undefined' : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
