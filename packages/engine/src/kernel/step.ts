import { isLeewayError } from '@leeway/storage'
import type { Definition } from '../model/definition.ts'
import { accept } from './accept.ts'
import { type Operation, Step } from './agenda.ts'
import { begin } from './begin.ts'
import type { Command } from './commands.ts'
import { compensate } from './compensation.ts'
import { judgeConditions } from './conditions.ts'
import { type Draft, findScope, Missing, type Need, openDraft, type ScriptAnswers, stateOf } from './draft.ts'
import type { Environment } from './environment.ts'
import type { KernelEvent } from './events.ts'
import { activate, depart, enter, leave } from './flow.ts'
import { raiseIncident } from './incidents.ts'
import { arriveAtJoin, joins, settleJoins } from './joins.ts'
import type { Rejection } from './rejection.ts'
import { throwRoundEvents } from './round-events.ts'
import { settleEnds } from './scopes.ts'
import type { InstanceState, TokenIncident } from './state.ts'
import { keptOf } from './suspending.ts'

export type { Need } from './draft.ts'
export type { Rejection } from './rejection.ts'

/**
 * What a step came to. On `needs` nothing counts: open a new draft with what is named loaded, and step again. On `rejected` nothing
 * changed.
 */
export type Advance = { readonly events: readonly KernelEvent[] } | { readonly needs: readonly Need[] } | { readonly rejected: Rejection }

/**
 * Runs one command: decides events, applies each at once, and goes on until every token waits. Pure: the same definition, state and command
 * give the same state and events, with the same answers of scripts (`scripted`), where the model has some. `advance` does it on a draft
 * that the caller owns.
 */
export function step(
  definition: Definition,
  state: InstanceState,
  command: Command,
  environment: Environment,
  scripted?: ScriptAnswers,
): { readonly state: InstanceState; readonly events: readonly KernelEvent[] } | Exclude<Advance, { events: unknown }> {
  const draft = openDraft(state, true, undefined, scripted)
  const result = advance(draft, definition, command, environment)
  return 'events' in result ? { state: stateOf(draft), events: result.events } : result
}

/** Runs one command on a private draft, which it changes. After `needs` or an exception the draft is spoilt. */
export function advance(draft: Draft, definition: Definition, command: Command, environment: Environment): Advance {
  const run = new Step(draft, definition, environment, command.now)
  try {
    const kept = command.type === 'resumeProcess' ? keptOf(draft, command.instanceId) : null
    const rejected = accept(run, command)
    if (rejected) return { rejected }
    if (!run.isStill) settle(run)
    // What no longer applies when its turn comes is left out, as it would have been in its own time.
    if (kept !== null) for (const one of kept) if (!accept(run, { ...one, now: command.now })) settle(run)
    return { events: run.events }
  } catch (error) {
    if (error instanceof Missing) return { needs: [error.need] }
    throw error
  }
}

/**
 * Works off the agenda in order, oldest first. Joins that look at other tokens, and the end of scopes, are judged when no token is
 * on its way: then every token stands at an element, which is where BPMN 2.0.2 Table 13.3 looks for it. Conditions are judged after each
 * operation that changed variables: an activity that completes with values has left before they are.
 */
function settle(step: Step): void {
  for (;;) {
    for (let operation = step.take(); operation; operation = step.take()) {
      if (step.operations > step.environment.operationsMax) stall(step, operation)
      else perform(step, operation)
      if (step.changes !== null) judgeConditions(step)
    }
    if (step.changes !== null) {
      judgeConditions(step)
      continue // what they led to comes first
    }
    if (step.unsettled.isEmpty) return
    const scopeIds = step.unsettled.list()
    const before = step.events.length
    settleJoins(step, scopeIds)
    if (step.events.length > before) continue // a token moved: others may wait for that
    step.unsettled.clear()
    settleEnds(step, scopeIds)
  }
}

function perform(step: Step, operation: Operation): void {
  const { scopeId, node } = operation
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return // ended by an operation before this one
  if (operation.do === 'enter') return enter(step, scopeId, node, operation.via, operation.path)
  const { n } = operation
  if (!scope.tokens[n]) return
  try {
    if (operation.do === 'begin') begin(step, scopeId, n, node)
    else if (operation.do === 'leave') leave(step, scopeId, n, node)
    else if (operation.do === 'depart') depart(step, scopeId, n, node)
    else if (operation.do === 'throw') throwRoundEvents(step, scopeId, n, node, operation.round)
    else compensate(step, scopeId, n, node)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    raiseIncident(step, scopeId, n, node.id, error.code, error.message, retryOf(operation))
  }
}

/** A model that goes on for ever: each thing left to do becomes an incident, what was done is kept. */
function stall(step: Step, operation: Operation): void {
  const { scopeId, node } = operation
  if (findScope(step.draft, scopeId) === null) return
  if (operation.do === 'enter' && operation.via !== undefined && joins(node))
    return arriveAtJoin(step, scopeId, node, operation.via, operation.path)
  const n = operation.do === 'enter' ? activate(step, scopeId, node, operation.via, undefined, operation.path) : operation.n
  const token = findScope(step.draft, scopeId)?.tokens[n]
  if (!token || token.phase === 'held') return // what ended in it is looked at on its return
  const message = `more than ${step.environment.operationsMax} operations in one command: an endless loop without a wait? Resolve the incident to go on.`
  raiseIncident(step, scopeId, n, node.id, 'operationLimit', message, retryOf(operation))
}

/** What is to be done again; what rounds throw is not thrown again. */
function retryOf({ do: what }: Operation): TokenIncident['retry'] {
  if (what === 'enter' || what === 'begin') return 'enter'
  return what === 'throw' ? 'leave' : what
}
