import { isLeewayError } from '@leeway/storage'
import type { Expression } from '../expressions/expression.ts'
import type { BoundaryEvent } from '../model/elements.ts'
import type { ErrorEventDefinition } from '../model/event-definitions.ts'
import type { Value, Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { activate } from './flow.ts'
import { raiseIncident } from './incidents.ts'
import { receiveValues } from './mappings.ts'
import { terminateToken } from './scopes.ts'
import { splitTokenId } from './state.ts'
import { asText } from './text.ts'
import { evaluate } from './variables.ts'

/** A BPMN error as thrown. */
export interface ThrownError {
  readonly code: string
  readonly message: string
  readonly values: Values
}

/**
 * Throws a BPMN error at a token. The innermost activity around it with a fitting error event catches it: a matching code before
 * one without a code. It is always interrupted. Nobody: an incident at the thrower; work that threw (`ofWork`) is then not done.
 * BPMN 2.0.2 §10.5.6, §13.5.3.
 */
export function throwError(step: Step, scopeId: string, n: number, error: ThrownError, origin?: 'ofWork'): void {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  const elementId = token?.elementId ?? ''
  const catcher = findCatcher(step, scopeId, n, error.code)
  const { code, message } = error
  if (catcher && origin === 'ofWork') step.emit({ type: 'workFinished', scopeId, n, outcome: 'error' })
  step.emit({ type: 'errorThrown', scopeId, n, elementId, code, message, caughtBy: catcher?.event.id ?? null })
  if (catcher) return interrupt(step, catcher.scopeId, catcher.n, catcher.event, errorValues(error, catcher.definition))
  if (token?.incident) return // it is stuck already; what resolving does stays
  const text = `the error "${code}" is caught by no event${message === '' ? '' : `: ${message}`}`
  raiseIncident(step, scopeId, n, elementId, 'uncaughtError', text, token?.child || token?.waits ? 'job' : 'enter')
}

/** An interrupting boundary event takes over: its activity ends with all that is in it, then a token stands at the event. BPMN 2.0.2 §13.5.3. */
export function interrupt(step: Step, scopeId: string, n: number, event: BoundaryEvent, values: Values): void {
  terminateToken(step, scopeId, n, event.id)
  spawnAt(step, scopeId, event, values)
}

/** A token stands at a boundary event that occurred, what came with it is set around the activity. */
export function spawnAt(step: Step, scopeId: string, event: BoundaryEvent, values: Values): void {
  const n = activate(step, scopeId, event)
  receiveValues(step, scopeId, n, event, values)
  step.plan({ do: 'leave', scopeId, n, node: event })
}

interface Catcher {
  readonly scopeId: string
  readonly n: number
  readonly event: BoundaryEvent
  readonly definition: ErrorEventDefinition
}

/** From the token outward: the boundary events of its own activity, then of each activity whose scope it is in. */
function findCatcher(step: Step, scopeId: string, n: number, code: string): Catcher | null {
  let at: { readonly scopeId: string; readonly n: number } | null = { scopeId, n }
  while (at) {
    const scope = scopeOf(step.draft, at.scopeId)
    const inBody = scope.kind === 'multiInstance' || scope.kind === 'loop'
    const token = inBody ? undefined : scope.tokens[at.n]
    const node = token && step.definition.nodes.get(token.elementId)
    const inRound = scope.kind === 'iteration' && scope.elementId === token?.elementId
    if (node && 'boundaryEvents' in node && !inRound) {
      const catcher = catcherOf(step, at.scopeId, at.n, node.boundaryEvents, code)
      if (catcher) return catcher
    }
    at = splitTokenId(at.scopeId)
  }
  return null
}

function catcherOf(step: Step, scopeId: string, n: number, events: readonly BoundaryEvent[], code: string): Catcher | null {
  let catchAll: Catcher | null = null
  for (const event of events) {
    for (const definition of event.eventDefinitions) {
      if (definition.type !== 'error') continue
      const catcher = { scopeId, n, event, definition }
      if (definition.code === null) catchAll ??= catcher
      else if (codeOf(step, scopeId, n, definition.code) === code) return catcher
    }
  }
  return catchAll
}

/** A code that cannot be evaluated catches nothing: the error goes on outward, and in the end is an incident. */
function codeOf(step: Step, scopeId: string, n: number, expression: Expression): string | null {
  try {
    return asText(evaluate(step, scopeId, n, expression))
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return null
  }
}

function errorValues(error: ThrownError, definition: ErrorEventDefinition): Values {
  const values: Record<string, Value> = { ...error.values }
  if (definition.codeVariable !== null) values[definition.codeVariable] = error.code
  if (definition.messageVariable !== null) values[definition.messageVariable] = error.message
  return values
}
