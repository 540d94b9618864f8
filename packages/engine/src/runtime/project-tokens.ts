import type { KernelEvent } from '../kernel/events.ts'
import { splitTokenId, tokenId } from '../kernel/ids.ts'
import { firstIdOf, idNow, type Moved } from '../kernel/moved.ts'
import type { Scope, Token } from '../kernel/state.ts'
import { noticeJob } from './notice-job.ts'
import { keepIncident, projectIncident } from './project-incident.ts'
import { throwJob } from './project-throws.ts'
import { projectWaits } from './project-waits.ts'
import type { Projected, Projection, Touched } from './projection.ts'
import { movedIn } from './row-places.ts'

/** Turns the events that speak of tokens into rows; each token that they touch is looked at once. */
export function projectTokens(input: Projected, projection: Projection): void {
  const { draft, events } = input
  let touched: TouchedTokens | null = null
  let scopeId = ''
  let beforeTokens: Scope['tokens'] = NO_TOKENS
  let afterTokens: Scope['tokens'] = NO_TOKENS
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as KernelEvent
    switch (event.type) {
      case 'messageThrown':
      case 'signalThrown':
        projection.put.push(throwJob(input, event, i))
        continue
      case 'noticeGiven': {
        const { id: definitionId, key: processKey } = input.definition.record
        const place = { instanceId: input.instanceId, tenantId: input.tenantId, definitionId, processKey, elementId: event.elementId }
        projection.put.push(noticeJob(place, tokenId(event.scopeId, event.n), event.listener, 'gone', input.now))
        continue
      }
      case 'elementWaits':
      case 'elementCompleted':
      case 'elementTerminated':
      case 'elementCompensated':
      case 'waitTriggered':
      case 'timerRescheduled':
      case 'eventCame':
      case 'workFinished':
      case 'workFailed':
      case 'incidentRaised':
      case 'incidentResolved':
      case 'tokenMigrated':
      case 'tokenMoved':
      case 'tokenHeld':
      case 'tokenReleased':
      case 'elementSkipped':
      case 'lateResultDiscarded':
      case 'eventLatched':
      case 'eventSubProcessArmed':
      case 'eventSubProcessDisarmed':
        break
      default:
        continue // nothing that is kept in rows of its own follows from it
    }
    if (event.scopeId !== scopeId) {
      scopeId = event.scopeId
      beforeTokens = draft.base.scopes.get(scopeId)?.tokens ?? NO_TOKENS
      const own = draft.scopes.get(scopeId)
      afterTokens = own === undefined ? beforeTokens : (own?.tokens ?? NO_TOKENS)
    }
    const before = beforeTokens[event.n]
    const after = afterTokens[event.n]
    if (before === undefined && after === undefined) continue
    touched ??= new TouchedTokens()
    const token = touched.at(scopeId, event.n, before, after)
    if (event.type === 'elementWaits') token.waits = event
    else if (event.type === 'workFailed' || event.type === 'incidentRaised') token.failure = event
    else if (event.type === 'incidentResolved') token.isResolved = true
    else if (event.type === 'lateResultDiscarded') token.isDiscarded = true
    else if (event.type === 'workFinished') token.isFinished = true
  }
  if (touched === null) return
  const moved = movedIn(draft, input.instanceId)
  if (moved !== undefined) return projectMoved(input, projection, touched.tokens, moved)
  const { tokens } = touched
  for (let i = 0; i < tokens.length; i++) projectToken(input, projection, tokens[i] as Touched)
}

/**
 * Of an instance in which tokens were put into other scopes: rows go by the id that the token had first, so that a token which was
 * somewhere else before the command is the same one.
 */
function projectMoved(input: Projected, projection: Projection, tokens: readonly Touched[], moved: Moved): void {
  const { base } = input.draft
  const earlier = base.scopes.get(input.instanceId)?.instance?.moved
  const all = new Map<string, Touched>()
  for (const one of tokens) {
    const first = firstIdOf(moved, one.id)
    const id = first === one.id ? firstIdOf(earlier, one.id) : first
    const known = all.get(id)
    const was = splitTokenId(idNow(earlier, id))
    const is = splitTokenId(idNow(moved, id))
    if (was === null || is === null) continue
    const own = input.draft.scopes.get(is.scopeId)
    all.set(id, {
      id,
      ...is,
      before: base.scopes.get(was.scopeId)?.tokens[was.n],
      after: (own === undefined ? base.scopes.get(is.scopeId) : own)?.tokens[is.n],
      waits: one.waits ?? known?.waits ?? null,
      failure: one.failure ?? known?.failure ?? null,
      isResolved: one.isResolved || known?.isResolved === true,
      isDiscarded: one.isDiscarded || known?.isDiscarded === true,
      isFinished: one.isFinished || known?.isFinished === true,
    })
  }
  for (const token of all.values()) projectToken(input, projection, token)
}

/** The tokens in the order in which they were touched first. Most commands touch a few: those are looked through, by number before text. */
class TouchedTokens {
  /** Never filled: as with `Step.idle`, what is compiled for it outlives a collection. */
  static readonly idle: TouchedTokens = new TouchedTokens()

  readonly tokens: Touched[] = []
  private byId: Map<string, Touched> | null = null

  at(scopeId: string, n: number, before: Token | undefined, after: Token | undefined): Touched {
    const known = this.find(scopeId, n)
    if (known !== undefined) return known
    const token: Touched = {
      id: tokenId(scopeId, n),
      scopeId,
      n,
      before,
      after,
      waits: null,
      failure: null,
      isResolved: false,
      isDiscarded: false,
      isFinished: false,
    }
    this.tokens.push(token)
    if (this.byId !== null) this.byId.set(token.id, token)
    else if (this.tokens.length > FEW) this.byId = new Map(this.tokens.map((one) => [one.id, one]))
    return token
  }

  private find(scopeId: string, n: number): Touched | undefined {
    if (this.byId !== null) return this.byId.get(tokenId(scopeId, n))
    const { tokens } = this
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i] as Touched
      if (token.n === n && token.scopeId === scopeId) return token
    }
    return undefined
  }
}

const FEW = 8

const NO_TOKENS: Scope['tokens'] = {}

function projectToken(input: Projected, projection: Projection, token: Touched): void {
  const { before, after } = token
  projectWaits(input, projection, token)
  if (before?.incident !== after?.incident) projectIncident(input, projection, token)
  else if (after?.incident !== undefined && before?.hold?.by !== after.hold?.by) keepIncident(projection, token)
}
