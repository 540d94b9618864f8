import type { FieldType, StoredRecord } from './collection.ts'

/** A collection's fields as parallel lists, in the order of the declaration. {@link layoutOf} makes it. */
export interface Layout {
  readonly names: readonly string[]
  readonly types: readonly FieldType[]
  /** The text that each field had last: much of it comes again and again, and is looked at once. */
  readonly latest: (string | null)[]
}

export function layoutOf(fields: Readonly<Record<string, FieldType>>): Layout {
  const names = Object.keys(fields)
  return { names, types: names.map((name) => fields[name] as FieldType), latest: names.map(() => null) }
}

/**
 * Why a record cannot be kept, or null. Text is refused with NUL or a lone surrogate, which not every store can keep; numbers
 * beyond what every store keeps exactly; fields left out (null says "no value", the empty list in a textSet) and fields that are not
 * declared. Text that the `previous` record has in the same field is not looked at again.
 */
export function faultOfRecord(layout: Layout, record: StoredRecord, previous: StoredRecord | null): string | null {
  if (previous === null && (typeof record.id !== 'string' || record.id === '' || !isStorableText(record.id))) {
    return `id ${JSON.stringify(record.id)} is empty or holds NUL or a lone surrogate`
  }
  if (record.body === undefined) return 'body is undefined; JSON is expected'
  const { names, types, latest } = layout
  const values = record as unknown as Readonly<Record<string, unknown>>
  let place = 0
  let count = 0
  for (const name in values) {
    if (name === 'id' || name === 'body') continue
    if (names[place] !== name) place = names.indexOf(name) // most records have their fields in the order of the declaration
    const value = values[name]
    if (place < 0) {
      if (value !== undefined) return `field ${name} is not declared`
      place = 0
      continue
    }
    const type = types[place] as FieldType // as long as the names
    if (value === null) {
      if (type === 'textSet') return misfit(name, type, value)
    } else if (value !== latest[place]) {
      if (!isValueOf(type, value, previous, name)) return misfit(name, type, value)
      if (type === 'text') latest[place] = value as string // isValueOf has seen that it is one
    }
    place++
    count++
  }
  if (count === names.length) return null
  const own = Object.keys(values)
  const missing = names.findIndex((name) => !own.includes(name)) // there is one, for fewer were counted
  return misfit(names[missing] as string, types[missing] as FieldType, undefined)
}

function misfit(name: string, type: FieldType, value: unknown): string {
  return `field ${name} is not a ${type} that can be kept: ${shown(value)}`
}

/** A declared field's value; the record's type is not known here. */
export function fieldOf(record: StoredRecord, name: string): unknown {
  return (record as unknown as Readonly<Record<string, unknown>>)[name]
}

/** True where the records have other values in a field that is no set. */
export function differs(name: string, one: StoredRecord, other: StoredRecord): boolean {
  return fieldOf(one, name) !== fieldOf(other, name)
}

/** False for text with NUL, or with a half of a surrogate pair without the other: not every store can keep such. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isValueOf(type: FieldType, value: unknown, previous: StoredRecord | null, name: string): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string' && ((previous !== null && fieldOf(previous, name) === value) || isStorableText(value))
    case 'integer':
    case 'instant':
      return Number.isSafeInteger(value)
    case 'real':
      return Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'textSet':
      if (previous !== null && fieldOf(previous, name) === value) return true
      return Array.isArray(value) && value.every((item) => typeof item === 'string' && isStorableText(item))
  }
}

function shown(value: unknown): string {
  const text = value === undefined ? 'undefined' : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
