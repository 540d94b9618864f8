import { arrive } from './apply-joins.ts'
import { addToken, markHandler, remove } from './apply-tokens.ts'
import { chunkId, chunksOf, putChunk } from './chunks.ts'
import { recount } from './condition-counts.ts'
import { type Draft, findScope, type MutableScope, putScope, writableScope } from './draft.ts'
import type { EventOf } from './events.ts'
import { instanceIdOf, splitTokenId, tokenId } from './ids.ts'
import { movedOn, placeNow } from './moved.ts'
import { type Scope, type Token, tokenNumbers } from './state.ts'

/** A token goes into another scope, with all that it opened; what is known of it by its id is found by the one that it had first. */
export function moveToken(draft: Draft, { scopeId, n, to }: EventOf<'tokenMoved'>): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n]
  const place = splitTokenId(to)
  if (!token || place === null) throw new Error(`token ${scopeId}.${n} cannot go to ${to}`)
  const { via, elementId } = token
  const hasArrived = via !== undefined && scope.joins?.[elementId]?.flows[via]?.includes(n)
  remove(draft, scopeId, n)
  const target = writableScope(draft, place.scopeId)
  addToken(target, place.n, placed(token, place.n, target))
  if (token.handler) markHandler(target, place.n)
  if (hasArrived) arrive(target, elementId, via, place.n)
  recount(draft, place.scopeId, undefined, token)
  if (token.child || token.keeps) renameScope(draft, tokenId(scopeId, n), to)
  const root = writableScope(draft, instanceIdOf(scopeId))
  if (!root.instance) return
  const { kept } = root.instance
  const own = { [tokenId(scopeId, n)]: to }
  root.instance = {
    ...root.instance,
    moved: movedOn(root.instance.moved, tokenId(scopeId, n), to),
    ...(kept && { kept: kept.map((command) => placeNow(own, command)) }),
  }
}

/** In an ad hoc sub-process it begins a path of its own. */
function placed(token: Token, n: number, { kind }: MutableScope): Token {
  if (kind === 'adHocSubProcess' && !token.handler && token.drivenBy === undefined) return { ...token, path: n }
  if (token.path === undefined) return token
  const { path: _path, ...rest } = token
  return rest
}

/** A scope has another id, and so has all that is in it or is kept of it. */
function renameScope(draft: Draft, from: string, to: string): void {
  const scope = findScope(draft, from)
  if (scope === null) return
  for (const k of childrenOf(draft, scope)) renameScope(draft, tokenId(from, k), tokenId(to, k))
  for (const [k, items] of chunksOf(draft, from, scope.rounds?.total ?? 0)) {
    putChunk(draft, chunkId(to, k), items)
    putChunk(draft, chunkId(from, k), null)
  }
  const own: MutableScope = writableScope(draft, from)
  own.id = to
  putScope(draft, to, own)
  putScope(draft, from, null)
}

/** Numbers of what a scope's tokens opened, of its rounds, and of what is kept for compensation. */
function childrenOf(draft: Draft, scope: Scope): ReadonlySet<number> {
  const numbers = new Set(tokenNumbers(scope).filter((n) => scope.tokens[n]?.child || scope.tokens[n]?.keeps))
  for (let k = 1; k <= (scope.rounds?.begun ?? 0); k++) numbers.add(k)
  for (const latest of Object.values(scope.compensables?.latest ?? {}))
    for (let at: typeof latest | undefined = latest; at; at = findScope(draft, tokenId(scope.id, at.n))?.kept?.previous) numbers.add(at.n)
  return numbers
}
