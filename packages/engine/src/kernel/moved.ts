import { splitTokenId } from './ids.ts'
import type { InstanceHead } from './state.ts'

/** Which tokens of an instance are in another scope than first. */
export type Moved = NonNullable<InstanceHead['moved']>

/** The id that a token, or a scope, has now; rows are known by the one that its token had first. */
export function idNow(moved: Moved | undefined, id: string): string {
  if (moved === undefined) return id
  let found: string | undefined
  for (const first in moved) if (isWithin(id, first) && (found === undefined || first.length > found.length)) found = first
  return found === undefined ? id : `${moved[found]}${id.slice(found.length)}`
}

/** The id by which rows know a token: the one that it had first. */
export function firstIdOf(moved: Moved | undefined, id: string): string {
  if (moved === undefined) return id
  let found: string | undefined
  for (const first in moved) {
    const now = moved[first] ?? first
    if (isWithin(id, now) && (found === undefined || now.length > (moved[found] ?? '').length)) found = first
  }
  return found === undefined ? id : `${found}${id.slice((moved[found] ?? '').length)}`
}

/** The place of a token that was at this one when the row was written that tells of it. */
export function placeNow<Place extends { readonly scopeId: string; readonly n: number }>(moved: Moved | undefined, place: Place): Place {
  if (moved === undefined) return place
  const now = splitTokenId(idNow(moved, `${place.scopeId}.${place.n}`))
  return now === null ? place : { ...place, ...now }
}

/** With one more that goes from `from` to `to`. */
export function movedOn(moved: Moved | undefined, from: string, to: string): Moved {
  const after: { [firstId: string]: string } = {}
  for (const [first, now] of Object.entries(moved ?? {})) after[first] = isWithin(now, from) ? `${to}${now.slice(from.length)}` : now
  after[firstIdOf(moved, from)] = to
  return after
}

function isWithin(id: string, outer: string): boolean {
  return id === outer || id.startsWith(`${outer}.`)
}
