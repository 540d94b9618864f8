import { isLeewayError } from '@leeway/storage'
import type { JobSpec } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import { isEmpty, type Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import type { CompleteTask, FailWork } from './commands.ts'
import { findScope, scopeOf } from './draft.ts'
import { checkForm } from './forms.ts'
import { applyHeard } from './heard.ts'
import { latchFailure, latchWork, releaseToken } from './holding.ts'
import { raiseIncident } from './incidents.ts'
import { awaitsWork } from './listening.ts'
import { receiveValues } from './mappings.ts'
import { mappedException, modelledError, resultValues, workOf } from './outcomes.ts'
import { notWaiting, onHold, type Rejection } from './rejection.ts'
import { type TaskSeen, type Token, type WorkResult, waitsFor } from './state.ts'
import { takeTurn } from './take-turn.ts'
import { throwError, throwEscalation } from './throwing.ts'
import { resume } from './triggering.ts'
import { setVisible } from './variables.ts'
import { textOf } from './work.ts'

/** A handler ended: kept where the token is off the path. */
export function finishWork(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  node: FlowNode,
  result: WorkResult,
  listener?: string,
): Rejection | undefined {
  if (!awaitsWork(token, listener)) return notWaiting(token, listener === undefined ? 'a handler' : 'this listener')
  if (token.phase === 'held') {
    if (token.hold?.late === 'discard') {
      step.emit({ type: 'lateResultDiscarded', scopeId, n, elementId: node.id, result })
      return undefined
    }
    if (token.hold?.latches.some((latch) => latch.type !== 'event')) return onHold(token)
    if (token.hold?.late !== 'accept') {
      latchWork(step, scopeId, n, token, result)
      return undefined
    }
    releaseToken(step, scopeId, n, token)
  }
  if (result.type === 'completed' && result.turn !== undefined && !(node.type === 'adHocSubProcess' && isTurn(token))) {
    const message = `the handler at "${node.id}" says what is to begin or to end, which only one that drives an ad hoc sub-process can`
    raiseIncident(step, scopeId, n, node.id, 'invalidValue', message, 'job')
  } else if (listener === undefined || isTurn(token)) applyWork(step, scopeId, n, node, result)
  else applyHeard(step, scopeId, n, token, node, result)
  return undefined
}

/** True where what it waits for is the handler that drives it, and no listener. */
function isTurn(token: Token): boolean {
  return waitsFor(token, 'job')
}

/** The result of work has its effect: variables, an error, an escalation; then the element goes on. */
export function applyWork(step: Step, scopeId: string, n: number, node: FlowNode, result: WorkResult): void {
  if (result.type === 'error') return throwError(step, scopeId, n, result, 'ofWork')
  if (result.type === 'escalation') {
    step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
    throwEscalation(step, scopeId, n, result)
    if (findScope(step.draft, scopeId)?.tokens[n]) resume(step, scopeId, n, node, node.id, {}, true)
    return
  }
  const spec = workOf(node)
  let values: Values
  try {
    if (node.type === 'adHocSubProcess') return takeTurn(step, scopeId, n, node, result)
    values = resultValues(step, scopeId, n, spec, result)
    const error = spec?.throws && modelledError(step, scopeId, n, spec, result.set, null)
    if (error) return throwError(step, scopeId, n, error, 'ofWork')
  } catch (error) {
    // What the model makes of the result cannot be evaluated: the work is tried anew when that is put right.
    if (!isLeewayError(error)) throw error
    return raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'job')
  }
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
  if (!isEmpty(result.local)) step.emit({ type: 'variablesSet', scopeId, values: result.local })
  if (result.inside !== undefined) {
    const own = scopeOf(step.draft, scopeId).tokens[n]?.locals
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...own, ...result.inside } })
  }
  receiveValues(step, scopeId, n, node, spec?.resultIsLocal ? withoutLocal(step, scopeId, spec, values) : values)
  resume(step, scopeId, n, node, node.id, {}, true)
}

/** The result stays in the scope around the element: set there, it goes no further out. */
function withoutLocal(step: Step, scopeId: string, { resultVariable }: JobSpec, values: Values): Values {
  if (resultVariable === null || !Object.hasOwn(values, resultVariable)) return values
  const { [resultVariable]: result = null, ...others } = values
  step.emit({ type: 'variablesSet', scopeId, values: { [resultVariable]: result } })
  return others
}

/** A handler failed: tried again later, or an incident; where the model says so a BPMN error. */
export function failWork(step: Step, command: FailWork, token: Token): Rejection | undefined {
  const { scopeId, n, code, message, retriesLeft, retryAt } = command
  if (!awaitsWork(token, command.listener) && !waitsFor(token, 'continuation')) return notWaiting(token, 'a handler')
  if (token.phase !== 'held' && command.listener === undefined && failsAsModelled(step, command, token)) return undefined
  // What fails while its step is left counts as no attempt, but for the last one.
  const left = token.phase === 'held' ? retriesLeft + 1 : retriesLeft
  if (retryAt !== null) step.emit({ type: 'workFailed', scopeId, n, code, message, retriesLeft: left, retryAt })
  else if (token.phase === 'held') {
    // What the work came to is kept once.
    if (token.hold?.latches.some((latch) => latch.type !== 'event')) return onHold(token)
    latchFailure(step, scopeId, n, token, code, message)
  } else raiseIncident(step, scopeId, n, token.elementId, code, message, 'job')
  return undefined
}

/** True where the model makes a BPMN error of the failure: then it is thrown at once. */
function failsAsModelled(step: Step, { scopeId, n, message, name }: FailWork, token: Token): boolean {
  const node = step.definition.nodes.get(token.elementId)
  const spec = node ? workOf(node) : null
  if (spec === null || (!spec.exceptions && !spec.throws)) return false
  try {
    const error = mappedException(spec, name, message) ?? modelledError(step, scopeId, n, spec, {}, { message })
    if (error === null) return false
    throwError(step, scopeId, n, error, 'ofWork')
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return false // the failure itself is what a person is to see
  }
  return true
}

/** A person completes a task: what was entered is held against the form first. */
export function fillIn(
  step: Step,
  scopeId: string,
  n: number,
  node: FlowNode,
  { values, isUnchecked, actor, task }: CompleteTask,
): Rejection | undefined {
  const form = !isUnchecked && node.type === 'userTask' && node.form?.fields !== undefined ? node.form : null
  const checked = form ? checkForm(step, scopeId, n, form, values) : { values }
  if ('rejection' in checked) return checked.rejection
  const kept = completerVariable(step, scopeId, n, node)
  if (typeof kept === 'object') return kept
  completeTask(step, scopeId, n, node, checked.values, task)
  if (kept !== undefined) setVisible(step, scopeId, n, { [kept]: actor })
  return undefined
}

/** The variable that gets who completes the task; a rejection where it cannot be named: the task stays as it is. */
function completerVariable(step: Step, scopeId: string, n: number, node: FlowNode): string | undefined | Rejection {
  const completer = node.type === 'userTask' ? node.completerVariable : undefined
  if (completer === undefined) return undefined
  const what = 'name of the variable for who completes the task'
  try {
    return textOf(step, scopeId, n, completer, what)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return { code: 'invalidVariable', message: `"${node.id}" is not completed: the ${what} is not known: ${error.message}` }
  }
}

/** A person's work is done, or is taken as done. */
export function completeTask(step: Step, scopeId: string, n: number, node: FlowNode, values: Values, task?: TaskSeen): void {
  const heardOf = node.listeners !== null && node.listeners.end.length > 0 ? task : undefined
  step.emit(
    heardOf === undefined
      ? { type: 'workFinished', scopeId, n, outcome: 'completed' }
      : { type: 'workFinished', scopeId, n, outcome: 'completed', task: heardOf },
  )
  receiveValues(step, scopeId, n, node, values)
  step.plan({ do: 'leave', scopeId, n, node })
}
