import type { StoredRecord } from './collection.ts'
import type { Cursor } from './contract.ts'
import type { Filter, Selection, Test } from './query.ts'
import { fieldOf } from './records.ts'

/** True where the record passes all tests, and one of the branches where there are any. */
export function passes(filter: Filter, record: StoredRecord): boolean {
  if (!passesAll(filter.tests, record)) return false
  return filter.branches === null || filter.branches.some((tests) => passesAll(tests, record))
}

export function passesAll(tests: readonly Test[], record: StoredRecord): boolean {
  for (let i = 0; i < tests.length; i++) if (!passesOne(tests[i] as Test, fieldOf(record, (tests[i] as Test).field))) return false
  return true
}

function passesOne(test: Test, value: unknown): boolean {
  const asked = test.value
  if (test.operator === 'isNull') return (value === null || (Array.isArray(value) && value.length === 0)) === asked
  if (value === null) return false
  switch (test.operator) {
    case 'eq':
      return value === asked
    case 'in':
      return (asked as readonly unknown[]).includes(value)
    case 'lt':
      return compareValues(value, asked) < 0
    case 'lte':
      return compareValues(value, asked) <= 0
    case 'gt':
      return compareValues(value, asked) > 0
    case 'gte':
      return compareValues(value, asked) >= 0
    case 'has':
      return (value as readonly unknown[]).includes(asked)
    case 'hasAny':
      return (asked as readonly unknown[]).some((item) => (value as readonly unknown[]).includes(item))
  }
}

/** The order of a selection, nulls last in both directions, id last: negative where `a` comes first. */
export function compareRecords(order: Selection['order'], a: StoredRecord, b: StoredRecord): number {
  for (const { field, descending } of order) {
    const difference = compareInOrder(fieldOf(a, field), fieldOf(b, field), descending)
    if (difference !== 0) return difference
  }
  return compareText(a.id, b.id)
}

/** True where the record comes after the cursor. */
export function isAfter(order: Selection['order'], record: StoredRecord, cursor: Cursor): boolean {
  for (let i = 0; i < order.length; i++) {
    const { field, descending } = order[i] as Selection['order'][number]
    const difference = compareInOrder(fieldOf(record, field), cursor.values[i], descending)
    if (difference !== 0) return difference > 0
  }
  return compareText(record.id, cursor.id) > 0
}

function compareInOrder(a: unknown, b: unknown, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return descending ? compareValues(b, a) : compareValues(a, b)
}

/** Numbers by size, false before true, text by code point. Both of one field, neither null. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string') return compareText(a, b as string)
  return Number(a) - Number(b) || 0 // infinities: a bound compared with itself
}

/** By code point, as databases order UTF-8; JavaScript's `<` orders by UTF-16 unit, which differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit
}
