import type { Expression } from '../expressions/expression.ts'
import type { CallBinding, PassedVariable, Passing } from '../model/call.ts'
import type { CallActivity, FlowNode } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import { reveal } from '../model/variables.ts'
import type { Step } from './agenda.ts'
import { caughtAround, endAll, endRoundsOfCaller } from './caller.ts'
import type { EscalateCall, FinishCall } from './commands.ts'
import { rootOf, scopeOf } from './draft.ts'
import type { CallDetails } from './events/wait-details.ts'
import { latchCall } from './holding.ts'
import { splitTokenId } from './ids.ts'
import { raiseIncident } from './incidents.ts'
import { KernelError } from './kernel-error.ts'
import { receiveValues } from './mappings.ts'
import type { Rejection } from './rejection.ts'
import { endRoundsAround } from './repetition.ts'
import type { Token } from './state.ts'
import { asText, searched } from './text.ts'
import { throwError, throwEscalation } from './throwing.ts'
import { evaluate, lookUp, toValue } from './variables.ts'
import { integerOf, searchedText } from './work.ts'

/** What a call activity calls now: its key, version and mappings are evaluated once, when the token is there. */
export function callDetails(step: Step, node: CallActivity, scopeId: string, n: number): CallDetails {
  const { call } = node
  return {
    processKey: searchedText(step, scopeId, n, call.process, 'called element'),
    binding: bindingOf(step, scopeId, n, call.binding),
    tenantId: call.tenant === null ? null : searchedOrNull(step, scopeId, n, call.tenant, 'tenant of the called element'),
    businessKey: businessKeyOf(step, scopeId, n, call.businessKey),
    variables: passedValues(step, scopeId, n, call.inputs),
    caught: caughtAround(step, scopeId, n),
  }
}

function bindingOf(step: Step, scopeId: string, n: number, binding: CallBinding): CallDetails['binding'] {
  switch (binding.type) {
    case 'version':
      return { version: integerOf(step, scopeId, n, binding.version, 'version of the called element') }
    case 'versionTag':
      return { versionTag: searchedText(step, scopeId, n, binding.tag, 'version tag of the called element') }
    default:
      return binding.type
  }
}

function businessKeyOf(step: Step, scopeId: string, n: number, businessKey: CallActivity['call']['businessKey']): string | null {
  if (businessKey === null) return null
  if (businessKey === 'inherited') return rootOf(step.draft, scopeId)?.instance?.businessKey ?? null
  return searchedOrNull(step, scopeId, n, businessKey, 'business key of the called element')
}

function searchedOrNull(step: Step, scopeId: string, n: number, expression: Expression, what: string): string | null {
  const text = asText(evaluate(step, scopeId, n, expression))
  return text === null ? null : searched(text, `${what} "${expression.source}"`)
}

/** The variables that pass to what is called, or with a signal. */
export function passedValues(step: Step, scopeId: string, n: number, { all, mappings, made }: Passing): Values {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  const values: Record<string, Value> = all === 'visible' ? visibleValues(step, scopeId, n) : all === 'local' ? { ...token?.locals } : {}
  for (const { target, source, local } of mappings) {
    const name = typeof target === 'string' ? target : nameOf(evaluate(step, scopeId, n, target), target)
    values[name] =
      'variable' in source
        ? ((local ? own(token, source.variable) : lookUp(step, scopeId, n, source.variable)) ?? null)
        : toValue(evaluate(step, scopeId, n, source.expression), name)
  }
  return made === undefined ? values : { ...values, ...madeOf(evaluate(step, scopeId, n, made), made) }
}

function nameOf(result: unknown, { source }: Expression): string {
  const name = asText(result)
  if (name !== null && name !== '') return name
  throw new KernelError('invalidValue', `"${source}" gives no name of a variable to pass to`)
}

/** What a mapping of the host gives: an object, or nothing. */
function madeOf(result: unknown, { source }: Expression): Values {
  if (result === null || result === undefined) return {}
  const value = toValue(result, source)
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('$leeway' in value)) return value as Values // an object
  throw new KernelError('invalidValue', `the variable mapping ${source} gives no object of variables`)
}

function own(token: Token | undefined, name: string): Value | undefined {
  return token?.locals !== undefined && Object.hasOwn(token.locals, name) ? token.locals[name] : undefined
}

function visibleValues(step: Step, scopeId: string, n: number): Record<string, Value> {
  const layers: Values[] = []
  for (let at: { readonly scopeId: string; readonly n: number } | null = { scopeId, n }; at !== null; at = splitTokenId(at.scopeId)) {
    const { variables, tokens } = scopeOf(step.draft, at.scopeId)
    layers.push(tokens[at.n]?.locals ?? {}, variables)
  }
  return Object.assign({}, ...layers.reverse())
}

/** The called instance came to its end, or there is none: the call activity goes on, or is stuck. Kept where the token is off the path. */
export function finishCall(step: Step, command: FinishCall, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n, calledId: instanceId, result } = command
  if (!isWaitingFor(token, instanceId)) return noCall(token, instanceId)
  if (token.phase === 'held') {
    latchCall(step, scopeId, n, token, instanceId, result)
    return undefined
  }
  switch (result.type) {
    case 'completed':
      step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
      if (node.type === 'callActivity') receiveOutputs(step, scopeId, n, node, result.values)
      step.plan({ do: 'leave', scopeId, n, node })
      return undefined
    case 'error':
      if (node.type === 'callActivity' && passesOutWhenThrown(step)) receiveOutputs(step, scopeId, n, node, result.variables)
      throwError(step, scopeId, n, result, 'ofCall')
      return undefined
    case 'notCalled':
      raiseIncident(step, scopeId, n, token.elementId, result.code, result.message, 'enter')
      return undefined
    case 'terminated':
      step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
      if (result.ends === 'all') endAll(step, scopeId, token.elementId)
      else if (!endRoundsAround(step, scopeId, token.elementId)) endRoundsOfCaller(step, scopeId, token.elementId)
      return undefined
    case 'ended': {
      const reason = result.reason === null ? '' : ` (${result.reason})`
      const message = `the called instance ${instanceId} is ${result.status}${reason}; resolve the incident to call again, or cancel this instance`
      raiseIncident(step, scopeId, n, token.elementId, 'calledInstanceEnded', message, 'enter')
      return undefined
    }
  }
}

/** An escalation of the called instance, which goes on: caught around the call activity, or further out. BPMN 2.0.2 §10.5.5. */
export function escalateCall(step: Step, command: EscalateCall, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n, calledId, variables } = command
  if (!isWaitingFor(token, calledId)) return noCall(token, calledId)
  if (node.type === 'callActivity' && passesOutWhenThrown(step)) receiveOutputs(step, scopeId, n, node, variables)
  throwEscalation(step, scopeId, n, command)
  return undefined
}

function isWaitingFor(token: Token, calledId: string): boolean {
  return token.incident?.retry !== 'enter' && token.waits?.some((wait) => wait.type === 'call' && wait.instanceId === calledId) === true
}

function noCall(token: Token, calledId: string): Rejection {
  return { code: 'notWaiting', message: `"${token.elementId}" does not wait for the called instance ${calledId} (any more)` }
}

/** Camunda 7 maps the outputs of a call also where an error or escalation of it is caught; elsewhere only its completion does. */
function passesOutWhenThrown({ definition }: Step): boolean {
  return definition.dialect === 'camunda7'
}

function receiveOutputs(step: Step, scopeId: string, n: number, node: CallActivity, given: Values): void {
  const { all, mappings, made, isAround } = node.call.outputs
  const own: Record<string, Value> = {}
  const values: Record<string, Value> = all === 'visible' ? { ...given } : {}
  for (const { target, source, local } of mappings) {
    const name = typeof target === 'string' ? target : nameOf(seenFromCalled(step, target, given), target)
    ;(local ? own : values)[name] = outputOf(step, name, source, given)
  }
  if (made !== undefined) Object.assign(values, madeOf(seenFromCalled(step, made, given), made))
  if (Object.keys(own).length > 0)
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...scopeOf(step.draft, scopeId).tokens[n]?.locals, ...own } })
  if (isAround === undefined) receiveValues(step, scopeId, n, node, values)
  else if (Object.keys(values).length > 0) step.emit({ type: 'variablesSet', scopeId, values })
}

/** Evaluated as seen from the called instance. */
function outputOf(step: Step, target: string, source: PassedVariable['source'], given: Values): Value {
  if ('variable' in source) return Object.hasOwn(given, source.variable) ? (given[source.variable] ?? null) : null
  return toValue(seenFromCalled(step, source.expression, given), target)
}

function seenFromCalled(step: Step, expression: Expression, given: Values): unknown {
  const { functions, beans, timeZone } = step.environment
  return expression.evaluate({
    variable: (name) => (Object.hasOwn(given, name) ? reveal(given[name] ?? null) : undefined),
    now: step.now,
    timeZone,
    functions,
    beans,
  })
}
