import type { Draft } from '../kernel/draft.ts'
import { instanceIdOf, tokenId } from '../kernel/ids.ts'
import { firstIdOf, idNow, type Moved, placeNow } from '../kernel/moved.ts'
import type { Scope } from '../kernel/state.ts'

/*
 * Rows go by the id that their token had first. A migration may have put it into another scope: then the state has it elsewhere, and the
 * instance keeps both ids.
 */

interface TokenPlace {
  readonly scopeId: string
  readonly n: number
}

/** Where a token is now in these scopes, of which the instance's own is one: by the very text that they have where that is at hand. */
export function placeIn(scopes: ReadonlyMap<string, Scope>, place: TokenPlace): TokenPlace {
  const root = scopes.get(instanceIdOf(place.scopeId))
  const moved = root?.instance?.moved
  if (root === undefined || moved !== undefined || place.scopeId.length > root.id.length) return placeNow(moved, place)
  return { scopeId: root.id, n: place.n }
}

/** Where a token is now in a draft. */
export function placeInDraft(draft: Draft, place: TokenPlace): TokenPlace {
  return placeNow(movedIn(draft, place.scopeId), place)
}

/** The id that a token or scope has now. */
export function idIn(scopes: ReadonlyMap<string, Scope>, id: string): string {
  return idNow(scopes.get(instanceIdOf(id))?.instance?.moved, id)
}

/** The id by which rows know a token of a draft. */
export function rowIdAt(draft: Draft, { scopeId, n }: TokenPlace): string {
  const id = tokenId(scopeId, n)
  const moved = movedIn(draft, scopeId)
  return moved === undefined ? id : firstIdOf(moved, id)
}

/** Which tokens of the instance that a scope is part of are elsewhere; undefined for most instances. */
export function movedIn(draft: Draft, scopeId: string): Moved | undefined {
  if (draft.root !== null) return draft.root.instance?.moved
  const instanceId = instanceIdOf(scopeId)
  return (draft.scopes.get(instanceId) ?? draft.base.scopes.get(instanceId))?.instance?.moved
}
