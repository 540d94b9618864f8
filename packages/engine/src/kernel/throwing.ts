import type { BoundaryEvent } from '../model/elements.ts'
import type { ErrorEventDefinition } from '../model/event-definitions.ts'
import type { Value, Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { failToCaller, isCaughtByCaller } from './caller.ts'
import { type Catcher, catcherOf } from './catchers.ts'
import { scopeOf } from './draft.ts'
import { catchInEventSubProcess } from './event-sub-processes.ts'
import { activate } from './flow.ts'
import { raiseIncident } from './incidents.ts'
import { receiveValues } from './mappings.ts'
import { terminateToken } from './scopes.ts'
import { stops } from './stopping.ts'
import { beginOrDefer } from './work.ts'

/** A BPMN error as thrown. */
export interface ThrownError {
  readonly code: string
  readonly message: string
  readonly values: Values
}

/** An escalation as thrown. */
export interface ThrownEscalation {
  readonly code: string
  readonly values: Values
}

/**
 * Throws a BPMN error at a token. The innermost activity around it with a fitting error event catches it: a matching code before
 * one without a code. It is always interrupted. Nobody: an incident at the thrower; work that threw (`ofWork`) is then not done.
 * BPMN 2.0.2 §10.5.6, §13.5.3.
 */
export function throwError(step: Step, scopeId: string, n: number, error: ThrownError, origin?: 'ofWork' | 'ofCall'): void {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  const elementId = token?.elementId ?? ''
  const catcher = catcherOf(step, scopeId, n, 'error', error.code)
  const { code, message } = error
  if (catcher && origin !== undefined) step.emit({ type: 'workFinished', scopeId, n, outcome: 'error' })
  step.emit({ type: 'errorThrown', scopeId, n, elementId, code, message, caughtBy: catcher?.event.id ?? null })
  if (catcher) return handOver(step, catcher, errorValues(step, error, catcher.definition, catcher))
  if (isCaughtByCaller(step, scopeId, 'error', code)) return failToCaller(step, scopeId, error)
  if (token?.incident) return // it is stuck already; what resolving does stays
  const text = `the error "${code}" is caught by no event${message === '' ? '' : `: ${message}`}`
  const goesOn = origin !== 'ofCall' && (token?.child || token?.waits || token?.compensation)
  raiseIncident(step, scopeId, n, elementId, 'uncaughtError', text, goesOn ? 'job' : 'enter')
}

/**
 * Throws an escalation at a token. It is caught as an error is, but the thrower goes on, unless the event that catches it interrupts it:
 * then its token is gone afterwards. Nobody: it has no effect. BPMN 2.0.2 §10.5.5, §13.5.3.
 */
export function throwEscalation(step: Step, scopeId: string, n: number, { code, values }: ThrownEscalation): void {
  const elementId = scopeOf(step.draft, scopeId).tokens[n]?.elementId ?? ''
  const catcher = catcherOf(step, scopeId, n, 'escalation', code)
  const goesOut = catcher === null && isCaughtByCaller(step, scopeId, 'escalation', code)
  const caughtBy = catcher?.event.id ?? null
  step.emit({ type: 'escalationThrown', scopeId, n, elementId, code, caughtBy, ...(goesOut && { toCaller: values }) })
  if (!catcher) return
  const { codeVariable } = catcher.definition
  const received = codeVariable === null ? values : { ...values, [codeVariable]: code }
  handOver(step, catcher, received)
}

function handOver(step: Step, { scopeId, n, event }: Catcher, values: Values): void {
  if (event.type === 'startEvent') catchInEventSubProcess(step, scopeId, n, event, values)
  else if (event.cancelActivity) interrupt(step, scopeId, n, event, values)
  else spawnAt(step, scopeId, event, values, scopeOf(step.draft, scopeId).tokens[n]?.path)
}

/**
 * An interrupting boundary event takes over: its activity ends with all that is in it, then a token stands at the event. BPMN 2.0.2
 * §13.5.3.
 */
export function interrupt(step: Step, scopeId: string, n: number, event: BoundaryEvent, values: Values): void {
  const path = scopeOf(step.draft, scopeId).tokens[n]?.path
  terminateToken(step, scopeId, n, event.id)
  spawnAt(step, scopeId, event, values, path)
}

/** A token stands at a boundary event that occurred, what came with it is set around the activity. */
export function spawnAt(step: Step, scopeId: string, event: BoundaryEvent, values: Values, path?: number): void {
  const n = activate(step, scopeId, event, undefined, undefined, path)
  receiveValues(step, scopeId, n, event, values)
  if (event.asyncBefore) beginOrDefer(step, scopeId, n, event)
  else if (step.stops === null || !stops(step, scopeId, n, event, 'occurred')) step.plan({ do: 'leave', scopeId, n, node: event })
}

/**
 * What the catching event receives. A code that is to stay in the scope around a boundary event is set there; what begins an event
 * sub-process stays in it anyway.
 */
function errorValues(step: Step, error: ThrownError, definition: ErrorEventDefinition, { event, scopeId }: Catcher): Values {
  const values: Record<string, Value> = { ...error.values }
  const { codeVariable } = definition
  if (codeVariable !== null && definition.codeIsLocal && event.type === 'boundaryEvent')
    step.emit({ type: 'variablesSet', scopeId, values: { [codeVariable]: error.code } })
  else if (codeVariable !== null) values[codeVariable] = error.code
  if (definition.messageVariable !== null) values[definition.messageVariable] = error.message
  return values
}
