import { CHUNK_ITEMS, chunkId, putChunk } from './chunks.ts'
import { type Draft, findScope, type MutableScope, putScope, scopeOf, writableScope } from './draft.ts'
import type {
  BesideDropped,
  BesideKept,
  BesideUndoing,
  BesideUndone,
  CompensableTaken,
  CompensationBegun,
  CompensationEnded,
} from './events/compensation.ts'
import type { ElementCompleted } from './events/tokens.ts'
import { besideName, splitTokenId } from './ids.ts'
import type { Compensable, Compensables, CompensationSource, Scope, Token } from './state.ts'

/**
 * An activity that can be compensated completed: it is the latest of its scope. What is kept is its scope, or a record that only says so.
 */
export function keepCompleted(draft: Draft, { scopeId, n, elementId }: ElementCompleted): void {
  const id = `${scopeId}.${n}`
  const scope = writableScope(draft, scopeId)
  const previous = register(scope, elementId, n)
  if (scope.tokens[n]?.keeps) writableScope(draft, id).kept = keptAfter(previous)
  else putCompleted(draft, id, elementId, previous)
}

function putCompleted(draft: Draft, id: string, elementId: string, previous: Compensable | undefined): void {
  const kept = keptAfter(previous)
  putScope(draft, id, { id, kind: 'completed', elementId, path: '', counter: 0, variables: {}, tokens: {}, live: 0, kept })
}

/** What was done beside the path is the latest of its scope. */
export function keepBeside(draft: Draft, { scopeId, n, elementId }: BesideKept): void {
  const scope = writableScope(draft, scopeId)
  scope.counter = Math.max(scope.counter, n)
  putCompleted(draft, `${scopeId}.${n}`, elementId, register(scope, elementId, n))
}

export function dropBeside(draft: Draft, { scopeId, n, elementId }: BesideDropped): void {
  const scope = writableScope(draft, scopeId)
  const { [elementId]: _dropped, ...latest } = scope.compensables?.latest ?? {}
  scope.compensables = { order: scope.compensables?.order ?? 0, latest }
  putScope(draft, `${scopeId}.${n}`, null)
}

/** The token waits for it to be undone, or no longer. */
export function undoBeside(draft: Draft, { type, scopeId, n, key }: BesideUndoing | BesideUndone): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n] as Token // the event is about it
  const { running: _running, ...compensation } = token.compensation ?? { sources: [] }
  scope.tokens[n] = { ...token, compensation: type === 'besideUndoing' ? { ...compensation, running: besideName(key) } : compensation }
}

/** A scope ended and stays: of a body, what only its end was waited for goes. */
export function keepScope(draft: Draft, scopeId: string): void {
  const { rounds } = scopeOf(draft, scopeId)
  if (rounds) {
    const { collects, ...rest } = rounds
    if (collects) {
      for (let k = 1; k <= rounds.begun; k++) dropOutput(draft, `${scopeId}.${k}`)
      writableScope(draft, scopeId).rounds = rest
    }
    dropItems(draft, scopeId, rounds.total ?? 0)
  }
  const owner = splitTokenId(scopeId)
  if (owner === null) throw new Error(`scope ${scopeId} has no owner`)
  const around = writableScope(draft, owner.scopeId)
  const { child: _child, ...token } = around.tokens[owner.n] as Token // it opened the scope
  around.tokens[owner.n] = { ...token, keeps: true }
}

/** The stored collection of a sequential multi-instance goes. */
export function dropItems(draft: Draft, bodyId: string, total: number): void {
  for (let k = 0; k * CHUNK_ITEMS < total; k++) {
    const id = chunkId(bodyId, k)
    if (k > 0 || draft.chunks.has(id) || draft.base.chunks.has(id) || !draft.complete) putChunk(draft, id, null)
  }
}

function dropOutput(draft: Draft, iterationId: string): void {
  const iteration = findScope(draft, iterationId)
  if (iteration?.kept) delete writableScope(draft, iterationId).output
  else if (iteration) putScope(draft, iterationId, null)
}

/** An iteration in which something can be compensated completed. */
export function keepIteration(draft: Draft, body: MutableScope, n: number): void {
  const previous = register(body, body.elementId, n)
  writableScope(draft, `${body.id}.${n}`).kept = keptAfter(previous)
}

function register(scope: MutableScope, elementId: string, n: number): Compensable | undefined {
  const { order, latest } = scope.compensables ?? NOTHING
  scope.compensables = { order: order + 1, latest: { ...latest, [elementId]: { n, order: order + 1 } } }
  return latest[elementId]
}

const NOTHING: Compensables = { order: 0, latest: {} }

function keptAfter(previous: Compensable | undefined): NonNullable<MutableScope['kept']> {
  return previous ? { previous } : {}
}

/** What is to be undone no longer belongs to its scopes but to the token that undoes it. */
export function beginCompensation(draft: Draft, { scopeId, n, sources, taken }: CompensationBegun): void {
  for (const source of sources) takeFrom(writableScope(draft, source.scopeId), source)
  const scope = writableScope(draft, scopeId)
  const { incident: _incident, ...token } = scope.tokens[n] as Token // the event is about it
  scope.tokens[n] = { ...token, phase: 'compensating', compensation: taken ? { sources, hasLeft: true } : { sources } }
}

function takeFrom(scope: MutableScope, source: CompensationSource): void {
  const rest: Record<string, Compensable> = {}
  for (const [elementId, one] of Object.entries(scope.compensables?.latest ?? {}))
    if (source.latest[elementId] === undefined) rest[elementId] = one
  // The order goes on, so that what comes back is known to be older.
  scope.compensables = { order: scope.compensables?.order ?? 0, latest: rest }
}

/** What was not undone can be compensated again: it completed before all that did meanwhile. */
export function endCompensation(draft: Draft, { scopeId, n }: CompensationEnded): void {
  const scope = writableScope(draft, scopeId)
  const { compensation, incident: _incident, ...token } = scope.tokens[n] as Token // the event is about it
  scope.tokens[n] = { ...token, phase: token.hold ? 'held' : 'active' }
  for (const source of compensation?.sources ?? []) {
    for (const [elementId, one] of Object.entries(source.latest)) putBack(draft, source.scopeId, elementId, one)
  }
}

function putBack(draft: Draft, scopeId: string, elementId: string, one: Compensable): void {
  const scope = writableScope(draft, scopeId)
  const { order, latest } = scope.compensables ?? NOTHING
  const newer = latest[elementId]
  if (!newer) {
    scope.compensables = { order: Math.max(order, one.order), latest: { ...latest, [elementId]: one } }
    return
  }
  let oldest = `${scopeId}.${newer.n}`
  for (let before = scopeOf(draft, oldest).kept?.previous; before; before = scopeOf(draft, oldest).kept?.previous)
    oldest = `${scopeId}.${before.n}`
  writableScope(draft, oldest).kept = { previous: one }
}

/** True where something in the scope can be compensated. */
export function holdsKept(scope: Scope | null): boolean {
  for (const _ in scope?.compensables?.latest) return true
  return false
}

/** The record of an activity goes, its handler comes next; a scope is open again, and a token stands at its activity. */
export function takeCompensable(draft: Draft, event: CompensableTaken): void {
  const { scopeId, n, elementId, by, at, reopens } = event
  const id = `${scopeId}.${n}`
  const previous = scopeOf(draft, id).kept?.previous
  const place = splitTokenId(by)
  if (place === null) throw new Error(`${by} is no token`)
  const driver = writableScope(draft, place.scopeId)
  const token = driver.tokens[place.n] as Token // the event names it
  const { running: _running, ...compensation } = token.compensation ?? { sources: [] }
  const isOnce = compensation.sources.some((source) => source.once && source.scopeId === scopeId)
  const rest = isOnce ? undefined : previous
  const sources = compensation.sources.map((source) => (source.scopeId === scopeId ? without(source, elementId, rest) : source))
  driver.tokens[place.n] = { ...token, compensation: { ...compensation, sources, ...(reopens && { running: id }) } }
  // What completed before it stays done.
  if (isOnce && previous !== undefined) putBack(draft, scopeId, elementId, previous)
  if (!reopens) return putScope(draft, id, null)
  const opened = writableScope(draft, id)
  delete opened.kept
  const own = reopens === 'content' ? (opened.compensables?.latest ?? {}) : {}
  if (reopens === 'content' && opened.compensables) opened.compensables = { ...opened.compensables, latest: {} }
  const around = writableScope(draft, scopeId)
  around.tokens[n] = {
    elementId,
    phase: 'compensating',
    since: at,
    child: true,
    drivenBy: by,
    compensation: { sources: [{ scopeId: id, latest: own }] },
  }
  around.live += 1
  around.counter = Math.max(around.counter, n)
}

function without(source: CompensationSource, elementId: string, previous: Compensable | undefined): CompensationSource {
  const { [elementId]: _taken, ...rest } = source.latest
  return { ...source, latest: previous ? { ...rest, [elementId]: previous } : rest }
}

/** What is kept of a scope goes, with all that is kept inside it. */
export function dropKept(draft: Draft, scopeId: string, latest: Compensables['latest']): void {
  for (const first of Object.values(latest)) {
    for (let at: Compensable | undefined = first; at; ) {
      const id: string = `${scopeId}.${at.n}`
      const { kept, compensables } = scopeOf(draft, id)
      if (compensables) dropKept(draft, id, compensables.latest)
      putScope(draft, id, null)
      at = kept?.previous
    }
  }
}
