import { arrive, awaitReset, unarrive } from './apply-joins.ts'
import { hasCondition, recount } from './condition-counts.ts'
import { type Draft, type MutableScope, tokensOf, writableScope } from './draft.ts'
import type { EventOf } from './events.ts'
import { splitTokenId } from './ids.ts'
import type { Listening, Token, TokenIncident, TokenPhase } from './state.ts'

/** A token comes, under the next number of its scope. */
export function addToken(scope: MutableScope, n: number, token: Token): void {
  if (n === 1) scope.tokens = tokensOf(1, token)
  else scope.tokens[n] = token
  scope.counter = n
  scope.live += 1
}

function removeToken(scope: MutableScope, n: number): void {
  const token = scope.tokens[n]
  if (!token) return
  if (scope.armed?.includes(n)) return disarm(scope, n)
  if (token.via !== undefined) unarrive(scope, token.elementId, token.via, n)
  if (token.handler) unmarkHandler(scope)
  delete scope.tokens[n]
  scope.live -= 1
}

/** A token goes, with the conditions that it has armed. */
export function remove(draft: Draft, scopeId: string, n: number): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n]
  removeToken(scope, n)
  if (scope.conditions !== undefined) recount(draft, scopeId, token, undefined)
}

/** A token begins to listen for an event sub-process, or listens for something else. */
export function arm(draft: Draft, { scopeId, n, elementId, waits, at }: EventOf<'eventSubProcessArmed'>): void {
  const scope = writableScope(draft, scopeId)
  const before = scope.tokens[n]
  scope.tokens[n] = { elementId, phase: 'armed', since: before?.since ?? at, ...waitsOf(waits) }
  if (scope.conditions !== undefined || hasCondition(waits)) recount(draft, scopeId, before, scope.tokens[n])
  if (before) return
  scope.counter = n
  scope.armed = scope.armed ? [...scope.armed, n] : [n]
}

function disarm(scope: MutableScope, n: number): void {
  delete scope.tokens[n]
  const armed = scope.armed?.filter((one) => one !== n) ?? []
  if (armed.length > 0) scope.armed = armed
  else delete scope.armed
}

/** The token is at an event sub-process. */
export function markHandler(scope: MutableScope, n: number): void {
  const token = scope.tokens[n]
  if (token) scope.tokens[n] = { ...token, handler: true }
  scope.handlers = (scope.handlers ?? 0) + 1
}

function unmarkHandler(scope: MutableScope): void {
  const handlers = (scope.handlers ?? 1) - 1
  if (handlers > 0) scope.handlers = handlers
  else delete scope.handlers
}

/** A token becomes another. Throws where it is not there. */
export function changeToken(draft: Draft, scopeId: string, n: number, change: (token: Token) => Token): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n]
  if (!token) throw new Error(`token ${scopeId}.${n} is not there`)
  scope.tokens[n] = change(token)
}

/** A handler is at work for the compensation that `driver` runs. */
export function drive(draft: Draft, scopeId: string, n: number, driver: string): void {
  changeToken(draft, scopeId, n, (token) => ({ ...token, drivenBy: driver }))
  const place = splitTokenId(driver)
  if (place === null) throw new Error(`${driver} is no token`)
  changeToken(draft, place.scopeId, place.n, (token) =>
    token.compensation ? { ...token, compensation: { ...token.compensation, running: `${scopeId}.${n}` } } : token,
  )
}

/** What it was stuck with is resolved: held, it goes on from there on return; what it undoes for who is off the path goes on at once. */
export function goingAgain(token: Token, retry: TokenIncident['retry'] | undefined): Token {
  const phase = phaseAgain(token, retry)
  if (phase === 'compensating') return { ...token, phase }
  if (token.hold?.was !== 'incident') return { ...token, phase: token.hold ? 'held' : phase }
  return { ...token, hold: { ...token.hold, was: phase as 'waiting' } } // one of those that are held
}

/** The phase to which a token goes back when its incident is resolved. */
function phaseAgain(token: Token, retry: TokenIncident['retry'] | undefined): TokenPhase {
  if (retry === 'join') return 'arrived'
  if (token.compensation || retry === 'compensate') return 'compensating'
  return retry === 'job' && !token.child ? 'waiting' : 'active'
}

/** A token that waits at a join is counted there under its new names. */
export function migrateToken(draft: Draft, event: EventOf<'tokenMigrated'>): void {
  const scope = writableScope(draft, event.scopeId)
  const { n, elementId, via } = event
  const token = scope.tokens[n]
  if (!token) throw new Error(`token ${event.scopeId}.${n} is not there`)
  const { waits: _waits, via: cameBy, hold, ...rest } = token
  const hasArrived = cameBy !== undefined && scope.joins?.[token.elementId]?.flows[cameBy]?.includes(n)
  if (hasArrived) unarrive(scope, token.elementId, cameBy, n)
  scope.tokens[n] = {
    ...rest,
    elementId,
    ...(via !== undefined && { via }),
    ...waitsOf(event.waits),
    ...(hold && { hold: event.latches ? { ...hold, latches: event.latches } : hold }),
  }
  if (hasArrived && via !== undefined) arrive(scope, elementId, via, n)
  if (scope.conditions !== undefined || hasCondition(event.waits)) recount(draft, event.scopeId, token, scope.tokens[n])
}

/** The token off the path. What was taken back has nothing wrong with it any more. */
export function holdToken(draft: Draft, { scopeId, n, hold, waits }: EventOf<'tokenHeld'>): void {
  const scope = writableScope(draft, scopeId)
  const before = scope.tokens[n]
  changeToken(draft, scopeId, n, ({ waits: _waits, incident, ...token }) => ({
    ...token,
    phase: 'held',
    hold,
    ...(incident && !hold.withdrawn && { incident }),
    ...waitsOf(waits),
  }))
  if (scope.conditions !== undefined) recount(draft, scopeId, before, scope.tokens[n])
}

/** A held token is at an element that counts as done: it waits for nothing, and nothing is wrong with it. */
export function skipElement(draft: Draft, { scopeId, n }: EventOf<'elementSkipped'>): void {
  const scope = writableScope(draft, scopeId)
  const before = scope.tokens[n]
  changeToken(draft, scopeId, n, ({ hold: _hold, waits, incident: _incident, ...token }) => ({
    ...token,
    phase: 'active',
    skipped: true,
    listening: passedOver(token, waits),
  }))
  if (scope.conditions !== undefined) recount(draft, scopeId, before, scope.tokens[n])
}

/** Listeners of its beginning are not heard any more, nor the one that is at work. */
function passedOver({ listening }: Pick<Token, 'listening'>, waits: Token['waits']): Listening {
  if (listening === undefined || listening.point === 'beforeAll' || listening.point === 'start') return { point: 'end', heard: 0 }
  return waits?.some((wait) => wait.type === 'listener') ? { ...listening, heard: listening.heard + 1 } : listening
}

/** Tokens that arrived at a gateway go, and it keeps what its reset waits for. */
export function joinTokens(draft: Draft, event: EventOf<'tokensJoined'>): void {
  const scope = writableScope(draft, event.scopeId)
  for (const [, n] of event.tokens) removeToken(scope, n)
  if (event.waitingForReset) awaitReset(scope, event.elementId, event.waitingForReset, event.path)
}

/** The member of a token: absent where it waits for nothing. */
export function waitsOf(waits: Token['waits']): Pick<Token, 'waits'> {
  return waits && waits.length > 0 ? { waits } : {}
}
