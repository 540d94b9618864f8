import { assertNever } from '../model/assert-never.ts'
import type { Values } from '../model/value.ts'
import {
  beginCompensation,
  dropBeside,
  endCompensation,
  keepBeside,
  keepCompleted,
  keepScope,
  takeCompensable,
  undoBeside,
} from './apply-compensation.ts'
import { arrive, resetJoin } from './apply-joins.ts'
import { moveToken } from './apply-moves.ts'
import {
  applyEnd,
  applyStart,
  beginIteration,
  changeHead,
  closePath,
  closeScope,
  endIteration,
  endRounds,
  openScope,
  setPathVariables,
} from './apply-scopes.ts'
import {
  addToken,
  arm,
  changeToken,
  drive,
  goingAgain,
  holdToken,
  joinTokens,
  markHandler,
  migrateToken,
  remove,
  skipElement,
  waitsOf,
} from './apply-tokens.ts'
import { applyWaits, isWaitOf, rearm, rescheduled, triggered, workDone } from './apply-waits.ts'
import { type Draft, emptyState, openDraft, scopeOf, stateOf, writableScope } from './draft.ts'
import type { KernelEvent } from './events.ts'
import { instanceIdOf } from './ids.ts'
import { type InstanceState, isArmedToken } from './state.ts'

/** Applies one event to a draft: the only place where state changes. Knows nothing of the model. */
export function apply(draft: Draft, event: KernelEvent): void {
  switch (event.type) {
    case 'processStarted':
      return applyStart(draft, event)
    case 'processEnded':
      return applyEnd(draft, event)
    case 'correlationKeysSet':
      return changeHead(draft, event.scopeId, (head) => ({ ...head, correlation: { ...head.correlation, ...event.keys } }))
    case 'scopeModified':
      writableScope(draft, event.scopeId).path = event.path
      return
    case 'processMigrated': {
      const root = writableScope(draft, event.scopeId)
      root.elementId = event.processKey
      const { definitionId, kept } = event
      return changeHead(draft, event.scopeId, (head) => ({
        ...head,
        definitionId,
        ...(kept && { kept }),
        ...(head.status === 'suspended' && head.definitionId !== definitionId && { remodelled: true as const }),
      }))
    }
    case 'scopeMigrated': {
      const scope = writableScope(draft, event.scopeId)
      scope.elementId = event.elementId
      scope.path = event.path
      return
    }
    case 'tokenMigrated':
      return migrateToken(draft, event)
    case 'tokenMoved':
      return moveToken(draft, event)
    case 'processSuspended':
      return changeHead(draft, event.scopeId, (head) => ({ ...head, status: 'suspended' }))
    case 'processResumed':
      return changeHead(draft, event.scopeId, ({ kept: _kept, remodelled: _remodelled, ...head }) => ({ ...head, status: 'active' }))
    case 'occurrenceKept':
      return changeHead(draft, instanceIdOf(event.scopeId), (head) => ({ ...head, kept: [...(head.kept ?? []), event.command] }))
    case 'variablesSet': {
      const scope = writableScope(draft, event.scopeId)
      const all = { ...scope.variables, ...event.values }
      scope.variables = event.removed === undefined ? all : without(all, event.removed)
      return
    }
    case 'scopeOpened':
      return openScope(draft, event)
    case 'scopeClosed':
      return closeScope(draft, event.scopeId)
    case 'iterationBegun':
      return beginIteration(draft, event)
    case 'iterationEnded':
      return endIteration(draft, event)
    case 'roundsEnded':
      return endRounds(draft, event.scopeId)
    case 'elementActivated': {
      const scope = writableScope(draft, event.scopeId)
      const { elementId, at } = event
      if (event.path !== undefined)
        addToken(scope, event.n, {
          elementId,
          phase: 'active',
          since: at,
          path: event.path,
          ...(event.via !== undefined && { via: event.via }),
        })
      else
        addToken(
          scope,
          event.n,
          event.via === undefined ? { elementId, phase: 'active', since: at } : { elementId, phase: 'active', since: at, via: event.via },
        )
      if (event.drivenBy !== undefined) drive(draft, event.scopeId, event.n, event.drivenBy)
      if (event.handler) markHandler(scope, event.n)
      return
    }
    case 'eventSubProcessArmed':
      return arm(draft, event)
    case 'tokenArrived': {
      const scope = writableScope(draft, event.scopeId)
      addToken(scope, event.n, {
        elementId: event.elementId,
        phase: 'arrived',
        since: event.at,
        via: event.via,
        ...(event.path !== undefined && { path: event.path }),
      })
      arrive(scope, event.elementId, event.via, event.n)
      return
    }
    case 'tokensJoined':
      return joinTokens(draft, event)
    case 'gatewayReset': {
      return resetJoin(writableScope(draft, event.scopeId), event.elementId, event.path)
    }
    case 'localsSet':
      return changeToken(draft, event.scopeId, event.n, (token) => ({ ...token, locals: event.locals }))
    case 'elementWaits':
      return applyWaits(draft, event)
    case 'elementCompleted':
      if (event.kept) keepCompleted(draft, event)
      return remove(draft, event.scopeId, event.n)
    case 'elementTerminated':
      return remove(draft, event.scopeId, event.n)
    case 'scopeCompleted':
      return keepScope(draft, event.scopeId)
    case 'compensationBegun':
      return beginCompensation(draft, event)
    case 'besideKept':
      return keepBeside(draft, event)
    case 'besideDropped':
      return dropBeside(draft, event)
    case 'besideUndoing':
    case 'besideUndone':
      return undoBeside(draft, event)
    case 'compensableTaken':
      return takeCompensable(draft, event)
    case 'elementCompensated':
    case 'eventSubProcessDisarmed':
      return remove(draft, event.scopeId, event.n)
    case 'compensationEnded':
      return endCompensation(draft, event)
    case 'waitTriggered':
      return rearm(draft, event.scopeId, event.n, (wait) => triggered(wait, event))
    case 'timerRescheduled':
      return rearm(draft, event.scopeId, event.n, (wait) => [rescheduled(wait, event)])
    case 'eventCame':
      return rearm(draft, event.scopeId, event.n, (wait) => (isWaitOf(wait, event) ? [{ ...wait, came: event.values }] : [wait]))
    case 'conditionJudged':
      return rearm(draft, event.scopeId, event.n, (wait) =>
        wait.type === 'condition' && isWaitOf(wait, event) ? [{ ...wait, holds: event.holds }] : [wait],
      )
    case 'workFinished':
      return changeToken(draft, event.scopeId, event.n, (token) => workDone(token, event.listener === true, event.task))
    case 'incidentRaised':
      return changeToken(draft, event.scopeId, event.n, (token) => ({
        ...token,
        phase: 'incident',
        incident: { code: event.code, message: event.message, retry: event.retry },
      }))
    case 'incidentResolved':
      return changeToken(draft, event.scopeId, event.n, ({ incident, ...token }) =>
        isArmedToken(scopeOf(draft, event.scopeId), event.n) ? { ...token, phase: 'armed' } : goingAgain(token, incident?.retry),
      )
    case 'tokenHeld':
      return holdToken(draft, event)
    case 'eventLatched':
      return changeToken(draft, event.scopeId, event.n, (token) =>
        token.hold ? { ...token, hold: { ...token.hold, latches: [...token.hold.latches, event.latch] }, ...waitsOf(event.waits) } : token,
      )
    case 'tokenReleased':
      return changeToken(draft, event.scopeId, event.n, ({ hold, waits: _waits, ...token }) => ({
        ...token,
        phase: hold === undefined || hold.was === 'unbegun' || hold.was === 'occurred' ? 'active' : hold.was,
        ...waitsOf(event.waits),
      }))
    case 'processHeld':
      return changeHead(draft, event.scopeId, (head) => ({ ...head, hold: { by: event.by, since: event.at } }))
    case 'processReleased':
      return changeHead(draft, event.scopeId, ({ hold: _hold, ...head }) => head)
    case 'elementSkipped':
      return skipElement(draft, event)
    case 'stopsSet':
      return changeHead(draft, event.scopeId, ({ stops: _stops, ...head }) =>
        Object.keys(event.stops).length > 0 ? { ...head, stops: event.stops } : head,
      )
    case 'pathVariablesSet':
      return setPathVariables(draft, event)
    case 'pathClosed':
      return closePath(draft, event)
    case 'adHocClosed':
      writableScope(draft, event.scopeId).closing = true
      return
    case 'elementWithdrawn':
    case 'lateResultDiscarded':
    case 'noticeGiven':
    case 'workFailed':
    case 'errorThrown':
    case 'escalationThrown':
    case 'messageThrown':
    case 'signalThrown':
      return
    default:
      return assertNever(event)
  }
}

/** The state that these events, from the instance's first, lead to. */
export function replay(events: Iterable<KernelEvent>): InstanceState {
  const draft = openDraft(emptyState, true)
  for (const event of events) apply(draft, event)
  return stateOf(draft)
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))
}
