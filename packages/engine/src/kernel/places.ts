import type { AdHocSubProcess, FlowNode, FlowScope, SubProcess, Transaction } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { findScope, requireChildren } from './draft.ts'
import { splitTokenId, tokenId } from './ids.ts'
import type { Rejection } from './rejection.ts'
import { isArmedToken } from './state.ts'

/** Where an element can be started: in a live scope, after opening the sub-processes that are missing in it, outermost first. */
export interface Place {
  readonly scopeId: string
  readonly open: readonly Container[]
}

/** What opens a scope of its own with flow nodes in it. */
export type Container = SubProcess | Transaction | AdHocSubProcess

/** Which part of an instance is looked at. `within`: inside this scope only. `isGone`: scopes that count as ended. */
export interface Part {
  readonly instanceId: string
  readonly within: string | null
  readonly isGone: (scopeId: string) => boolean
}

/**
 * The one place for an element of this content. Rejects where there are several, and where one would have to begin a round of a repeated
 * sub-process.
 */
export function placeFor(step: Step, content: FlowScope, part: Part): Place | Rejection {
  const found = scopesOf(step, content, part)
  const [only, other] = found
  if (other !== undefined) {
    const message = `there are ${found.length} instances of "${content.id}" (${found.slice(0, SHOWN).join(', ')}); name the one that is meant`
    return { code: 'ambiguousScope', message }
  }
  if (only !== undefined) return { scopeId: only, open: [] }
  const node = content.parent === null ? undefined : step.definition.nodes.get(content.id)
  if (content.parent === null || node === undefined || !('content' in node))
    return { code: 'notStartable', message: `no instance of "${content.id}" is there, and none can be opened` }
  if (node.type === 'subProcess' && node.triggeredByEvent)
    return { code: 'notStartable', message: `"${content.id}" is opened by its start event alone, and no instance of it is there` }
  const outer = placeFor(step, content.parent, part)
  if ('code' in outer) return outer
  if (node.repetition !== null) {
    const message = `"${content.id}" is repeated and no round of it is running there; start before "${content.id}" itself`
    return { code: 'noRound', message }
  }
  return { scopeId: outer.scopeId, open: [...outer.open, node] }
}

const SHOWN = 5

/** Ids of the live scopes that are instances of this content. */
export function scopesOf(step: Step, content: FlowScope, part: Part): readonly string[] {
  return liveScopes(step, content, part.instanceId).filter((id) => isInside(id, part.within) && !part.isGone(id))
}

function liveScopes(step: Step, content: FlowScope, instanceId: string): readonly string[] {
  if (content.parent === null) return [instanceId]
  return liveScopes(step, content.parent, instanceId).flatMap((parentId) => {
    const tokens = findScope(step.draft, parentId)?.tokens ?? {}
    const owners = Object.keys(tokens)
      .map(Number)
      .filter((n) => tokens[n]?.elementId === content.id && tokens[n]?.child)
    return owners.flatMap((n) => openedBy(step, tokenId(parentId, n)))
  })
}

/** The scope that a token opened; of a repeated activity those of its running rounds. */
function openedBy(step: Step, id: string): readonly string[] {
  const scope = findScope(step.draft, id)
  if (scope === null) return []
  if (!scope.rounds) return [id]
  requireChildren(step.draft, id)
  const inner: string[] = []
  for (let k = 1; k <= scope.rounds.begun; k++) {
    const round = findScope(step.draft, tokenId(id, k))
    if (round === null || round.output) continue
    for (const n in round.tokens) if (round.tokens[n]?.child) inner.push(tokenId(round.id, Number(n)))
  }
  return inner
}

/** True for the scope itself and for all that is inside it. */
export function isInside(id: string, outer: string | null): boolean {
  return outer === null || id === outer || id.startsWith(`${outer}.`)
}

/** Numbers of the tokens at an element in a scope; who only listens for an event sub-process is none. */
export function tokensAt(step: Step, scopeId: string, node: FlowNode): readonly number[] {
  const scope = findScope(step.draft, scopeId)
  const tokens = scope?.tokens ?? {}
  return Object.keys(tokens)
    .map(Number)
    .filter((n) => tokens[n]?.elementId === node.id && !(scope && isArmedToken(scope, n)))
}

/** True where the id names a scope, or a token that is there. */
export function isThere(step: Step, id: string): boolean {
  const place = splitTokenId(id)
  if (place !== null && findScope(step.draft, place.scopeId)?.tokens[place.n] !== undefined) return true
  return findScope(step.draft, id) !== null
}
