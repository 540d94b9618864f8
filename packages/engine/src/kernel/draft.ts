import type { ExecutionPlace, ScriptText } from '../expressions/expression.ts'
import type { Value, Values } from '../model/value.ts'
import { childNumber, instanceIdOf, splitTokenId, tokenId } from './ids.ts'
import { type InstanceState, type Scope, type Token, tokenNumbers } from './state.ts'

/**
 * The private working state of one command: reads fall through to the loaded state, writes go to copies of the scopes that are
 * touched. Never let out; `stateOf` gives the plain state.
 */
export interface Draft {
  readonly base: InstanceState
  /** Scopes written, or deleted (null), since the draft was opened. */
  readonly scopes: Map<string, MutableScope | null>
  /** Of collections, written or deleted (null); changed by `putChunk` alone. */
  chunks: ReadonlyMap<string, readonly Value[] | null>
  /** True where the loaded state is all there is: a scope that is not in it does not exist. False: it may need loading. */
  readonly complete: boolean
  /** Scopes whose children are all loaded, in a partial state; a scope or chunk listed here that is not there does not exist. */
  readonly childrenLoaded: ReadonlySet<string>
  /** What scripts gave that this command asked for, by the key of their {@link ScriptAsked}. */
  readonly scripted: ScriptAnswers
  /** The scope written last: most operations stay in one, and finding it again costs nothing. */
  latest: MutableScope | null
  /** The scope written or read before it: rounds go between their own scope and the one around them. */
  other: MutableScope | null
  /** The instance's own scope, once it was looked for or written. */
  root: Scope | null
  /** The body in which a round ended last. */
  body: Body | null
}

/** The body of a repeated activity, and the place of the token that opened it: ids as the state has them. */
export interface Body {
  readonly id: string
  readonly scopeId: string
  readonly n: number
}

/** A scope that belongs to one draft: its own fields, its map of tokens and its joins may be changed in place; tokens are replaced. */
export type MutableScope = { -readonly [Field in keyof Omit<Scope, 'tokens' | 'joins'>]: Scope[Field] } & {
  tokens: { [n: number]: Token }
  joins?: { [gatewayId: string]: MutableJoin }
}

export interface MutableJoin {
  readonly flows: { [flowId: string]: readonly number[] }
  filled: number
  waitingForReset?: readonly string[]
  resetOfPaths?: { readonly [path: number]: readonly string[] }
}

const none: ReadonlySet<string> = new Set()
const noScripts: ScriptAnswers = new Map()
export const noChunks: ReadonlyMap<string, readonly Value[] | null> = new Map()

/** Opens a draft over a loaded state; over the empty state for an instance to be started. */
export function openDraft(
  base: InstanceState,
  complete: boolean,
  childrenLoaded: ReadonlySet<string> = none,
  scripted: ScriptAnswers = noScripts,
): Draft {
  return {
    base,
    scopes: new Map(),
    chunks: noChunks,
    complete,
    childrenLoaded,
    scripted,
    latest: null,
    other: null,
    root: null,
    body: null,
  }
}

/** A state to be looked at as a draft: nothing is ever written to it. */
export function draftToRead(base: InstanceState): Draft {
  return { ...toRead, base }
}

const toRead: Draft = openDraft({ scopes: new Map(), chunks: new Map() }, true)

export const emptyState: InstanceState = { scopes: new Map(), chunks: new Map() }

/** What the step was not given: one scope, all child scopes of a scope, chunks of a collection, what a script gives. */
export type Need =
  | { readonly scope: string }
  | { readonly childrenOf: string }
  | { readonly chunks: readonly string[] }
  | { readonly script: ScriptAsked }

/** A script of the model whose result decides how a step goes on, with all that it sees: the same ask has the same answer. */
export interface ScriptAsked {
  /** All of the below as one text. */
  readonly key: string
  readonly script: ScriptText
  readonly values: Values
  readonly place: ExecutionPlace
}

/** What a script gave; or why it gave nothing. */
export type ScriptAnswer = { readonly value: Value } | { readonly failed: { readonly code: string; readonly message: string } }

export type ScriptAnswers = ReadonlyMap<string, ScriptAnswer>

/** Thrown inside a step that meets a part of the state it was not given; `advance` turns it into `needs`. */
export class Missing {
  readonly need: Need

  constructor(need: Need) {
    this.need = need
  }
}

/** The scope, or null where it does not exist (any more). */
export function findScope(draft: Draft, id: string): Scope | null {
  if (draft.latest !== null && draft.latest.id === id) return draft.latest
  if (draft.other !== null && draft.other.id === id) return draft.other
  const own = draft.scopes.get(id)
  if (own !== undefined) {
    if (own !== null) draft.other = own
    return own
  }
  const loaded = draft.base.scopes.get(id)
  if (loaded !== undefined) return loaded
  if (draft.complete) return null
  const dot = id.lastIndexOf('.')
  if (draft.childrenLoaded.has(id) || (dot > 0 && draft.childrenLoaded.has(id.slice(0, dot)))) return null
  throw new Missing({ scope: id })
}

/** A scope that must exist: its token or child does. */
export function scopeOf(draft: Draft, id: string): Scope {
  const scope = findScope(draft, id)
  if (scope === null) throw new Error(`scope ${id} is not there though its content is: the state is damaged`)
  return scope
}

/** The instance's own scope, for the id of anything in it; null where there is none. It is asked for by every command and every job. */
export function rootOf(draft: Draft, id: string): Scope | null {
  draft.root ??= findScope(draft, instanceIdOf(id))
  return draft.root
}

/**
 * The body that an iteration is a round of; null where the id is too short for one. Rounds end one after the other in the same body: it is
 * kept at hand.
 */
export function bodyAround(draft: Draft, iterationId: string): Body | null {
  const { body } = draft
  if (body !== null && childNumber(body.id, iterationId) !== null) return body
  const owner = splitTokenId(iterationId)
  const outer = owner && splitTokenId(owner.scopeId)
  if (!owner || !outer) return null
  draft.body = { id: scopeOf(draft, owner.scopeId).id, scopeId: scopeOf(draft, outer.scopeId).id, n: outer.n }
  return draft.body
}

/** The id of the scope that a token opened, as the state has it where that is at hand. */
export function innerId(draft: Draft, scopeId: string, n: number): string {
  const { latest, other, body } = draft
  if (body !== null && body.n === n && body.scopeId === scopeId) return body.id
  if (other !== null && childNumber(scopeId, other.id) === n) return other.id
  if (latest !== null && childNumber(scopeId, latest.id) === n) return latest.id
  return tokenId(scopeId, n)
}

/** A copy of the scope that `apply` may change. */
export function writableScope(draft: Draft, id: string): MutableScope {
  const { latest, other } = draft
  if (latest !== null && latest.id === id) return latest
  const own = other !== null && other.id === id ? other : draft.scopes.get(id)
  if (own) {
    draft.other = latest
    draft.latest = own
    return own
  }
  const scope = scopeOf(draft, id)
  const { joins } = scope
  // Leaving a member out of a copy costs as much as the copy: the joins are copied and then replaced.
  const copy = { ...scope, tokens: copyTokens(scope) } as MutableScope
  if (joins) copy.joins = copyJoins(joins)
  putScope(draft, id, copy)
  return copy
}

/** Writes a new scope, or marks one as gone. */
export function putScope(draft: Draft, id: string, scope: MutableScope | null): void {
  draft.scopes.set(id, scope)
  if (scope !== null && scope.kind === 'process') draft.root = scope
  const { latest, other } = draft
  if (latest !== null && latest.id === id) draft.latest = scope
  else if (scope !== null) {
    draft.other = latest
    draft.latest = scope
  } else if (other !== null && other.id === id) draft.other = null
}

function copyTokens(scope: Scope): { [n: number]: Token } {
  const { tokens } = scope
  const numbers = tokenNumbers(scope)
  if (numbers.length === 0) return {}
  const [first] = numbers as [number]
  const copy = tokensOf(first, tokens[first] as Token) // it was just found there, as are the others
  for (let i = 1; i < numbers.length; i++) copy[numbers[i] as number] = tokens[numbers[i] as number] as Token
  return copy
}

/** The first token of a scope, or of its copy: V8 makes room for a number that stands in a literal at once, and else by its slow way. */
export function tokensOf(n: number, token: Token): { [n: number]: Token } {
  switch (n) {
    case 1:
      return { 1: token }
    case 2:
      return { 2: token }
    case 3:
      return { 3: token }
    default:
      return { [n]: token }
  }
}

function copyJoins(joins: NonNullable<Scope['joins']>): { [gatewayId: string]: MutableJoin } {
  const copy: { [gatewayId: string]: MutableJoin } = {}
  for (const [gatewayId, join] of Object.entries(joins)) copy[gatewayId] = { ...join, flows: { ...join.flows } }
  return copy
}

/** All children of a body are asked for at once: one by one would be a round trip each. One that was opened just now has none elsewhere. */
export function requireChildren(draft: Draft, id: string): void {
  if (!draft.complete && !draft.childrenLoaded.has(id) && draft.base.scopes.has(id)) throw new Missing({ childrenOf: id })
}

/** The draft as a plain state. The draft must not be changed afterwards. */
export function stateOf(draft: Draft): InstanceState {
  const scopes = new Map<string, Scope>(draft.base.scopes)
  for (const [id, scope] of draft.scopes) {
    if (scope === null) scopes.delete(id)
    else scopes.set(id, scope)
  }
  const chunks = new Map(draft.base.chunks)
  for (const [id, chunk] of draft.chunks) {
    if (chunk === null) chunks.delete(id)
    else chunks.set(id, chunk)
  }
  return { scopes, chunks }
}
