import type { Cursor, FieldValue, Order, Stored, StoredRecord } from '@leeway/storage'
import { shown } from './arguments.ts'
import { EngineError } from './errors.ts'

/** A list of which more may follow: `next`, where it is there, goes into `after` for the next page. */
export type Page<T> = readonly T[] & { readonly next?: string }

/** Items of a page where none is asked for. */
export const LIMIT_DEFAULT = 100
/** Most items of a page. */
export const LIMIT_MAX = 1_000
/** How far is counted. */
export const COUNT_MAX = 1_000_000

export function limitOf(limit: number | undefined): number {
  if (limit === undefined) return LIMIT_DEFAULT
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new EngineError('invalidArgument', `limit is ${shown(limit)}; it must be a whole number from 1 to ${LIMIT_MAX}`, { limit })
}

/** Reads what a page gave as `next`. Throws `invalidArgument` for anything else, and for what a page in another order gave. */
export function cursorOf(after: string | undefined, orderBy: readonly FieldOrder[] = []): Cursor | undefined {
  if (after === undefined) return undefined
  const order = orderText(orderBy)
  try {
    const parsed: unknown = JSON.parse(after)
    if (Array.isArray(parsed) && typeof parsed[1] === 'string' && parsed[0] === order && parsed.length === orderBy.length + 2)
      return { id: parsed[1], values: parsed.slice(2) as (FieldValue | null)[] }
  } catch {
    // told below
  }
  throw new EngineError('invalidArgument', 'after must be what an earlier page in the same order gave as next', { after })
}

interface FieldOrder {
  readonly field: string
  readonly descending?: boolean
}

function orderText(orderBy: readonly FieldOrder[]): string {
  return orderBy.map(({ field, descending }) => (descending ? `-${field}` : field)).join()
}

/** A page of what was found; one that is full says where it ended. */
export function pageOf<R extends StoredRecord, T>(
  found: readonly Stored<R>[],
  limit: number,
  orderBy: readonly Order<R>[],
  items: T[],
): Page<T> {
  const last = found.at(-1)?.record as (StoredRecord & Readonly<Record<string, unknown>>) | undefined // the order's fields are its own
  if (last === undefined || found.length < limit) return items
  const next = JSON.stringify([orderText(orderBy as readonly FieldOrder[]), last.id, ...orderBy.map(({ field }) => last[field] ?? null)])
  return Object.assign(items, { next })
}

/** Turns `'-dueAt'`, `'dueAt'` or a list of such into an order. */
export function orderOf<Field extends string>(
  given: string | readonly string[] | undefined,
  allowed: readonly Field[],
  byDefault: readonly { field: Field; descending?: boolean }[],
): readonly { field: Field; descending?: boolean }[] {
  if (given === undefined) return byDefault
  return (Array.isArray(given) ? given : [given]).map((text: unknown) => {
    if (typeof text !== 'string')
      throw new EngineError('invalidArgument', `orderBy is ${String(text)}; it must be text`, { orderBy: given })
    const descending = text.startsWith('-')
    const field = descending ? text.slice(1) : text
    const known = allowed.find((name) => name === field)
    if (known === undefined)
      throw new EngineError('invalidArgument', `orderBy knows no "${field}"; it knows ${allowed.join(', ')}, each also with a minus`, {
        orderBy: given,
      })
    return descending ? { field: known, descending } : { field: known }
  })
}
