import type { Collection } from './collection.ts'
import { fieldTypesOf } from './declaration.ts'
import type { Test } from './query.ts'

/**
 * The text field that keeps the due records of a leased collection apart, each value a lane of its own: one with an index over it, `priority` and
 * `dueAt`, in this order, for those that have a due time. A claim that names values of it reads past no others. Null where no such index is
 * declared.
 */
export function laneFieldOf(collection: Collection): string | null {
  const { leased, indexes } = collection
  if (leased !== true) return null
  for (const { fields, whereNotNull } of indexes) {
    const [field, second, third] = fields
    const isOfClaims = second === 'priority' && third === 'dueAt' && fields.length === 3
    if (field !== undefined && isOfClaims && whereNotNull === 'dueAt' && fieldTypesOf(collection)[field] === 'text') return field
  }
  return null
}

/** The lanes that a claim names, each once, and what else it asks for; null where it names none. */
export function lanesNamed(
  field: string,
  tests: readonly Test[],
): { readonly lanes: readonly string[]; readonly rest: readonly Test[] } | null {
  const named = tests.find((test) => test.field === field && (test.operator === 'eq' || test.operator === 'in'))
  if (named === undefined) return null
  const lanes = named.operator === 'eq' ? [named.value as string] : [...new Set(named.value as readonly string[])] // a text field's
  return { lanes, rest: tests.filter((test) => test !== named) }
}
