import { toBoolean } from '../expressions/coerce.ts'
import type { EvaluationContext, ExecutionPlace, Expression, ScriptText } from '../expressions/expression.ts'
import type { Value, Values } from '../model/value.ts'
import { conceal, reveal } from '../model/variables.ts'
import type { Step } from './agenda.ts'
import { rootOf, scopeOf } from './draft.ts'
import { instanceIdOf, pathOf, splitTokenId, tokenId } from './ids.ts'
import { scriptResult } from './scripted.ts'
import type { Rounds, Scope, Token } from './state.ts'
import { valuesAt } from './values-at.ts'

/**
 * Evaluates an expression as seen from a token: its own variables first, then those of the scopes around it. The result is in its natural
 * form.
 */
export function evaluate(
  step: Step,
  scopeId: string,
  n: number | null,
  expression: Expression,
  extra?: Readonly<Record<string, unknown>>,
): unknown {
  if (expression.script !== undefined) return scriptAt(step, scopeId, n, expression.script, extra, {})
  return expression.evaluate(contextAt(step, scopeId, n, extra))
}

/** The same, with names that hide the variables of the token. */
export function evaluateSeen(step: Step, scopeId: string, n: number | null, expression: Expression, seen: Values): unknown {
  if (expression.script !== undefined) return scriptAt(step, scopeId, n, expression.script, {}, seen)
  const context = contextAt(step, scopeId, n)
  const variable = (name: string): unknown => (Object.hasOwn(seen, name) ? reveal(seen[name] ?? null) : context.variable(name))
  return expression.evaluate({ ...context, variable })
}

/** A script sees all variables at once, and the counters of rounds, which are none. `extra` names hide nothing, `seen` ones come first. */
function scriptAt(
  step: Step,
  scopeId: string,
  n: number | null,
  script: ScriptText,
  extra: Readonly<Record<string, unknown>> = {},
  seen: Values,
): unknown {
  const values: { [name: string]: Value } = {}
  for (const name in extra) values[name] = conceal(extra[name] ?? null, name)
  for (const name of COUNTERS) {
    const counter = lookUp(step, scopeId, n, name)
    if (counter !== undefined) values[name] = counter
  }
  const all = { ...values, ...valuesAt(step.draft, scopeId, n), ...seen }
  return scriptResult(step.draft, script, all, placeAt(step, scopeId, n))
}

const COUNTERS = [
  ...['numberOfInstances', 'numberOfActiveInstances', 'numberOfCompletedInstances', 'numberOfTerminatedInstances'],
  ...['nrOfInstances', 'nrOfActiveInstances', 'nrOfCompletedInstances', 'nrOfTerminatedInstances', 'loopCounter'],
]

/** The condition of a sequence flow, as seen from the token that is about to leave. */
export function conditionHolds(step: Step, scopeId: string, n: number, expression: Expression): boolean {
  return toBoolean(evaluate(step, scopeId, n, expression, duringActivation), expression)
}

/** A complex gateway's conditions can ask in which phase it is; elsewhere the name means nothing. */
const duringActivation = { waitingForStart: true }

/** A condition of the scope itself, with the given names besides. */
export function truthy(step: Step, scopeId: string, expression: Expression, extra?: Readonly<Record<string, unknown>>): boolean {
  return toBoolean(evaluate(step, scopeId, null, expression, extra), expression)
}

/** What an expression at this place may see. `extra` names hide nothing: variables of the same name come first. */
export function contextAt(step: Step, scopeId: string, n: number | null, extra?: Readonly<Record<string, unknown>>): EvaluationContext {
  const { functions, beans, timeZone } = step.environment
  // What is not loaded yet must be missed here: an expression would take the interruption for a fault of its own.
  if (!step.draft.complete) for (const id of pathOf(scopeId)) scopeOf(step.draft, id)
  return {
    variable(name) {
      const kept = lookUp(step, scopeId, n, name)
      if (kept !== undefined) return reveal(kept)
      return extra && Object.hasOwn(extra, name) ? extra[name] : undefined
    },
    place: () => placeAt(step, scopeId, n),
    now: step.now,
    timeZone,
    functions,
    beans,
  }
}

function placeAt(step: Step, scopeId: string, n: number | null): ExecutionPlace {
  const scope = scopeOf(step.draft, scopeId)
  const instanceId = instanceIdOf(scopeId)
  const instance = rootOf(step.draft, scopeId)?.instance
  const elementId = (n === null ? undefined : scope.tokens[n]?.elementId) ?? scope.elementId
  return {
    id: n === null ? scopeId : tokenId(scopeId, n),
    elementId,
    elementName: step.definition.nodes.get(elementId)?.name ?? null,
    processKey: step.definition.key,
    instanceId,
    definitionId: instance?.definitionId ?? '',
    businessKey: instance?.businessKey ?? null,
  }
}

/** The variable as kept, from the inside out; undefined where there is none. */
export function lookUp(step: Step, scopeId: string, n: number | null, name: string): Value | undefined {
  let scope = scopeOf(step.draft, scopeId)
  let at: Token | undefined = n === null ? undefined : scope.tokens[n]
  for (;;) {
    if (at?.locals && Object.hasOwn(at.locals, name)) return at.locals[name]
    const ofPath = at?.path === undefined ? undefined : scope.paths?.[at.path]
    if (ofPath && Object.hasOwn(ofPath, name)) return ofPath[name]
    if (Object.hasOwn(scope.variables, name)) return scope.variables[name]
    const counter = scope.rounds && roundsCounter(scope, scope.rounds, name, step)
    if (counter !== undefined) return counter
    const owner = splitTokenId(scope.id)
    if (owner === null) return undefined
    scope = scopeOf(step.draft, owner.scopeId)
    at = scope.tokens[owner.n]
  }
}

/** BPMN 2.0.2 Table 10.31 and the camunda family's names: the counters of a multi-instance, the round of a loop. */
function roundsCounter(scope: Scope, rounds: Rounds, name: string, step: Step): number | undefined {
  switch (name) {
    case 'numberOfInstances':
    case 'nrOfInstances':
      return rounds.total ?? rounds.begun
    case 'numberOfActiveInstances':
    case 'nrOfActiveInstances':
      return isOneByOne(scope, step) ? (rounds.total ?? 0) - rounds.completed - rounds.terminated : rounds.active
    case 'numberOfCompletedInstances':
    case 'nrOfCompletedInstances':
      return rounds.completed
    case 'numberOfTerminatedInstances':
    case 'nrOfTerminatedInstances':
      return rounds.terminated
    case 'loopCounter': {
      if (scope.kind !== 'loop') return undefined
      const node = step.definition.nodes.get(scope.elementId)
      const base = node && 'repetition' in node ? (node.repetition?.counterBase ?? 1) : 1
      return rounds.begun - 1 + base
    }
    default:
      return undefined
  }
}

/** Of a parallel multi-instance whose rounds begin in turn all count as active that are not over, as where they begin at once. */
function isOneByOne({ elementId }: Scope, { definition }: Step): boolean {
  const node = definition.nodes.get(elementId)
  return node !== undefined && 'repetition' in node && node.repetition?.type === 'multiInstance' && node.repetition.oneByOne
}

/** Sets each value where a variable of that name exists already, seen from the token, else on the process instance. */
export function setVisible(step: Step, scopeId: string, n: number | null, values: Values): void {
  const names = Object.keys(values)
  if (names.length === 0) return
  const start = scopeOf(step.draft, scopeId)
  if (start.kind === 'process' && (n === null || !start.tokens[n]?.locals)) {
    step.emit({ type: 'variablesSet', scopeId, values })
    return
  }
  const byScope = new Map<string, Record<string, Value>>()
  const locals: Record<string, Value> = {}
  for (const name of names) {
    const value = values[name] as Value // own key of values
    const home = homeOf(step, scopeId, n, name)
    if (home === 'locals') locals[name] = value
    else byScope.set(home, { ...byScope.get(home), [name]: value })
  }
  if (n !== null && Object.keys(locals).length > 0) {
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...start.tokens[n]?.locals, ...locals } })
  }
  for (const [home, set] of byScope) {
    const [scopeHome = '', path] = home.split('/')
    if (path === undefined) step.emit({ type: 'variablesSet', scopeId: home, values: set })
    else step.emit({ type: 'pathVariablesSet', scopeId: scopeHome, path: Number(path), values: set })
  }
}

/** The id of a scope, with `/PATH` where the variable is one of a path in it; `locals` for the token's own. */
function homeOf(step: Step, scopeId: string, n: number | null, name: string): string {
  let scope = scopeOf(step.draft, scopeId)
  let at = n === null ? undefined : scope.tokens[n]
  if (at?.locals && Object.hasOwn(at.locals, name)) return 'locals'
  for (;;) {
    const ofPath = at?.path === undefined ? undefined : scope.paths?.[at.path]
    if (ofPath && Object.hasOwn(ofPath, name)) return `${scope.id}/${at?.path}`
    if (scope.kind === 'process' || Object.hasOwn(scope.variables, name)) return scope.id
    const owner = splitTokenId(scope.id)
    if (owner === null) return scope.id
    scope = scopeOf(step.draft, owner.scopeId)
    at = scope.tokens[owner.n]
  }
}

/** An expression's result as a value to be kept; refuses what is no data. */
export function toValue(result: unknown, what: string): Value {
  return conceal(result ?? null, what)
}
