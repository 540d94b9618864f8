import { EngineError } from '@leeway/engine'
import type { Cursor } from '@leeway/storage'

/** Throws `invalidArgument`. */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= 1_000) return
  throw new EngineError('invalidArgument', `limit is ${limit}; it must be a whole number from 1 to 1000`, { limit })
}

/** The `next` of a page in the order of an instant: that of its last record, which may be before 1970, and its id. */
export function nextBy(at: number | null, id: string): string {
  return `${at ?? ''}/${id}`
}

/** Reads what {@link nextBy} gave. Throws `invalidArgument` for anything else. */
export function cursorBy(after: string, { orNull }: { readonly orNull: boolean }): Cursor {
  const [, at, id] = /^(-?\d+|)\/(.+)$/s.exec(after) ?? []
  const instant = Number(at)
  if (at === undefined || id === undefined || (at === '' && !orNull) || !Number.isSafeInteger(instant)) throw foreignAfter(after)
  return { values: [at === '' ? null : instant], id }
}

/** What is asked for comes after no page that there was. */
export function foreignAfter(after: string): EngineError {
  return new EngineError('invalidArgument', `after is "${after}"; it must be the "next" of the page before`, { after })
}
