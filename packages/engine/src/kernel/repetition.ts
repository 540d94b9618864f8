import type { Expression } from '../expressions/expression.ts'
import { kindOf } from '../expressions/plain-data.ts'
import type { MultiInstance, StandardLoop } from '../model/data.ts'
import type { Activity, FlowNode } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { boundaryWaits } from './catching.ts'
import { itemOf } from './chunks.ts'
import { isKept } from './compensables.ts'
import { bodyAround, findScope, innerId, requireChildren, scopeOf } from './draft.ts'
import { numberFrom, splitTokenId, tokenId } from './ids.ts'
import { KernelError } from './kernel-error.ts'
import { setMapped } from './mappings.ts'
import { endScope, terminateRounds } from './scopes.ts'
import type { Rounds } from './state.ts'
import { evaluate, setVisible, toValue, truthy } from './variables.ts'
import { beginOrDefer, insideOf, integerOf, isCounted, nextActivation } from './work.ts'

/** Most iterations of one multi-instance. */
const ITERATIONS_MAX = 100_000

/** Opens the body of a repeated activity and begins its first round, or all of them. BPMN 2.0.2 §13.3.6, §13.3.7. */
export function beginRepetition(
  step: Step,
  scopeId: string,
  n: number,
  activity: Activity,
  repetition: MultiInstance | StandardLoop,
): void {
  if (repetition.type === 'multiInstance') beginMultiInstance(step, scopeId, n, activity, repetition)
  else beginLoop(step, scopeId, n, activity, repetition)
}

function beginMultiInstance(step: Step, scopeId: string, n: number, activity: Activity, repetition: MultiInstance): void {
  const items = repetition.collection === null ? null : collectionOf(step, scopeId, n, activity, repetition)
  const total = items === null ? cardinalityOf(step, scopeId, n, activity, repetition) : items.length
  if (total > ITERATIONS_MAX)
    throw new KernelError('tooManyIterations', `"${activity.id}" asks for ${total} instances; at most ${ITERATIONS_MAX} are allowed`)
  const rounds: Rounds = {
    total,
    begun: 0,
    active: 0,
    completed: 0,
    terminated: 0,
    ...(repetition.outputCollection !== null && { collects: true as const }),
  }
  openBody(step, scopeId, n, activity, 'multiInstance', rounds, inTurn(repetition) ? items : null)
  const bodyId = tokenId(scopeId, n)
  if (total === 0) return step.plan({ do: 'leave', scopeId, n, node: activity })
  if (inTurn(repetition)) return beginRound(step, bodyId, activity, roundVariables(repetition, 1, items?.[0]))
  for (let k = 1; k <= total; k++) beginRound(step, bodyId, activity, roundVariables(repetition, k, items?.[k - 1]))
}

function inTurn({ isSequential, oneByOne }: MultiInstance): boolean {
  return isSequential || oneByOne
}

function beginLoop(step: Step, scopeId: string, n: number, activity: Activity, loop: StandardLoop): void {
  // It is open already where the condition could not be evaluated and is tried again.
  if (loop.maximum !== null) maximumOf(step, scopeId, n, loop.maximum) // before the first round, which may not ask it
  const isOpen = scopeOf(step.draft, scopeId).tokens[n]?.child === true
  if (!isOpen) openBody(step, scopeId, n, activity, 'loop', { total: null, begun: 0, active: 0, completed: 0, terminated: 0 }, null)
  if (loop.testBefore && !loopGoesOn(step, scopeId, n, loop)) return step.plan({ do: 'leave', scopeId, n, node: activity })
  beginRound(step, tokenId(scopeId, n), activity, { loopCounter: loop.counterBase })
}

function openBody(
  step: Step,
  scopeId: string,
  n: number,
  activity: Activity,
  kind: 'multiInstance' | 'loop',
  rounds: Rounds,
  items: readonly Value[] | null,
): void {
  const waits = boundaryWaits(step, scopeId, n, activity)
  const activation = nextActivation(step, scopeId, activity)
  const path = `${scopeOf(step.draft, scopeId).path}/${activity.id}:${activation}`
  step.emit({
    type: 'scopeOpened',
    scopeId: tokenId(scopeId, n),
    kind,
    elementId: activity.id,
    path,
    variables: {},
    rounds,
    ...(items && { items }),
    ...(isCounted(step, scopeId, activity) && { activation }),
  })
  if (waits.length > 0) step.emit({ type: 'elementWaits', scopeId, n, elementId: activity.id, waits })
}

/** Opens a loop that is in its first round, with nothing begun in that; gives the round's place. */
export function openLoop(
  step: Step,
  scopeId: string,
  n: number,
  activity: Activity,
  { counterBase }: StandardLoop,
): { readonly scopeId: string; readonly n: number } {
  openBody(step, scopeId, n, activity, 'loop', { total: null, begun: 0, active: 0, completed: 0, terminated: 0 }, null)
  return { scopeId: openRound(step, tokenId(scopeId, n), activity, { loopCounter: counterBase }), n: 1 }
}

function beginRound(step: Step, bodyId: string, activity: Activity, variables: Values): void {
  beginOrDefer(step, openRound(step, bodyId, activity, variables), 1, activity)
}

function openRound(step: Step, bodyId: string, activity: Activity, variables: Values): string {
  const body = scopeOf(step.draft, bodyId)
  const k = (body.rounds?.begun ?? 0) + 1
  step.emit({ type: 'iterationBegun', scopeId: bodyId, n: k, elementId: activity.id, path: `${body.path}#${k}`, variables })
  const iterationId = step.draft.latest?.id ?? tokenId(bodyId, k) // the scope that was just opened
  step.emit({ type: 'elementActivated', scopeId: iterationId, n: 1, elementId: activity.id, at: step.now })
  return iterationId
}

/** An iteration's activity completed: its output is kept, and the body decides how to go on. */
export function endRound(step: Step, iterationId: string, n: number, node: FlowNode): void {
  const body = bodyAround(step.draft, iterationId)
  if (body === null || !('repetition' in node) || !node.repetition) throw new Error(`${iterationId} is no iteration`)
  const output = node.repetition.type === 'multiInstance' ? outputOf(step, iterationId, n, node.repetition) : undefined
  if (node.repetition.type === 'multiInstance' && step.definition.dialect === 'zeebe')
    showRound(step, body.id, iterationId, node.repetition)
  if (scopeOf(step.draft, iterationId).tokens[n]?.child) endScope(step, tokenId(iterationId, n), node)
  const token = scopeOf(step.draft, iterationId).tokens[n]
  const kept = token !== undefined && isKept(node, token, true)
  step.emit({ type: 'elementCompleted', scopeId: iterationId, n, elementId: node.id, taken: [], ...(kept && { kept: true as const }) })
  step.emit({
    type: 'iterationEnded',
    scopeId: body.id,
    n: numberFrom(iterationId, body.id.length + 1),
    outcome: 'completed',
    ...(output !== undefined && { output: { value: output } }),
  })
  // At once: conditions of the body ask how many rounds have completed, and are judged after each. BPMN 2.0.2 Table 10.28
  if (node.roundEvents === undefined) step.planFirst({ do: 'leave', scopeId: body.scopeId, n: body.n, node })
  else
    step.planFirst({
      do: 'throw',
      scopeId: body.scopeId,
      n: body.n,
      node,
      round: scopeOf(step.draft, body.id).rounds?.completed ?? 0,
    })
}

function outputOf(step: Step, iterationId: string, n: number, repetition: MultiInstance): Value | undefined {
  if (repetition.outputCollection === null) return undefined
  if (repetition.outputElement === null) return null
  const inside = insideOf(step, iterationId, n) // what a round of a sub-process keeps to itself can be part of its result
  return toValue(evaluate(step, inside.scopeId, inside.n, repetition.outputElement), repetition.outputCollection)
}

/**
 * The completion condition of zeebe is asked as seen from the round that ended: what it asks of that round's own variables is known in the
 * body.
 */
function showRound(step: Step, bodyId: string, iterationId: string, { completionCondition }: MultiInstance): void {
  if (completionCondition === null) return
  const { names } = completionCondition
  const { variables } = scopeOf(step.draft, iterationId)
  const asked = Object.entries(variables).filter(([name]) => names === null || names.includes(name))
  if (asked.length > 0) step.emit({ type: 'variablesSet', scopeId: bodyId, values: Object.fromEntries(asked) })
}

/** Asks the body whether it is done; if so closes it and sets its output, if not begins what comes next. */
export function roundsAreDone(step: Step, scopeId: string, n: number, node: FlowNode): boolean {
  const bodyId = innerId(step.draft, scopeId, n)
  const rounds = scopeOf(step.draft, bodyId).rounds
  if (!rounds || !('repetition' in node) || !node.repetition) throw new Error(`${bodyId} is no body`)
  const repetition = node.repetition
  if (repetition.type === 'standardLoop') {
    if (rounds.active > 0) return false
    if (rounds.begun > 0 && loopGoesOn(step, scopeId, n, repetition)) {
      beginRound(step, bodyId, node, { loopCounter: repetition.counterBase + rounds.begun })
      return false
    }
    if (rounds.begun === 0 && !repetition.testBefore) return false
    endScope(step, bodyId, node)
    return true
  }
  const enough = rounds.completed > 0 && repetition.completionCondition !== null && truthy(step, bodyId, repetition.completionCondition)
  if (!enough && !rounds.over && rounds.completed + rounds.terminated < (rounds.total ?? 0)) {
    if (inTurn(repetition) && rounds.active === 0) beginRound(step, bodyId, node, nextRoundVariables(step, bodyId, repetition, rounds))
    return false
  }
  terminateRounds(step, bodyId, null)
  closeMultiInstance(step, scopeId, n, node, repetition)
  return true
}

/**
 * Ends the innermost multi-instance around a scope, which then goes on as if its condition had held. One that has completed and is being
 * undone has no rounds to end. False where there is none in this instance.
 */
export function endRoundsAround(step: Step, scopeId: string, by: string): boolean {
  for (let at = scopeId; ; ) {
    const owner = splitTokenId(at)
    if (owner === null) return false
    const { kind, elementId } = scopeOf(step.draft, at)
    const node = step.definition.nodes.get(elementId)
    const isUndone = scopeOf(step.draft, owner.scopeId).tokens[owner.n]?.compensation !== undefined
    if (kind === 'multiInstance' && node && !isUndone) {
      terminateRounds(step, at, by)
      step.emit({ type: 'roundsEnded', scopeId: at })
      step.plan({ do: 'leave', ...owner, node })
      return true
    }
    at = owner.scopeId
  }
}

/** Output values stand in the order of the collection; null where an iteration gave none. */
function closeMultiInstance(step: Step, scopeId: string, n: number, node: FlowNode, repetition: MultiInstance): void {
  const bodyId = tokenId(scopeId, n)
  const rounds = scopeOf(step.draft, bodyId).rounds
  if (repetition.outputCollection === null || !rounds) {
    endScope(step, bodyId, node)
    return
  }
  requireChildren(step.draft, bodyId)
  const outputs: Value[] = []
  for (let k = 1; k <= (rounds.total ?? 0); k++)
    outputs.push((k <= rounds.begun ? findScope(step.draft, tokenId(bodyId, k))?.output?.value : null) ?? null)
  endScope(step, bodyId, node)
  if (repetition.given === null) setVisible(step, scopeId, null, { [repetition.outputCollection]: outputs })
  else setMapped(step, scopeId, n, repetition.given, { [repetition.outputCollection]: outputs })
}

function nextRoundVariables(step: Step, bodyId: string, repetition: MultiInstance, rounds: Rounds): Values {
  const item = repetition.collection === null ? undefined : itemOf(step.draft, bodyId, rounds.begun)
  return roundVariables(repetition, rounds.begun + 1, item)
}

function roundVariables(repetition: MultiInstance, k: number, item: Value | undefined): Values {
  const loopCounter = k - 1 + repetition.counterBase
  const { elementVariable, indexVariable, outputVariable } = repetition
  return {
    loopCounter,
    ...(outputVariable !== null && { [outputVariable]: null }),
    ...(indexVariable !== null && { [indexVariable]: k - 1 }),
    ...(elementVariable !== null && item !== undefined && { [elementVariable]: item }),
  }
}

/** BPMN 2.0.2 §13.3.6: repeats while the condition is true, at most `loopMaximum` times; without a condition exactly that often. */
function loopGoesOn(step: Step, scopeId: string, n: number, loop: StandardLoop): boolean {
  const bodyId = tokenId(scopeId, n)
  const begun = scopeOf(step.draft, bodyId).rounds?.begun ?? 0
  if (loop.maximum !== null) {
    if (begun >= maximumOf(step, scopeId, n, loop.maximum)) return false
  } else if (loop.condition === null) return begun === 0
  return loop.condition === null || truthy(step, bodyId, loop.condition)
}

function maximumOf(step: Step, scopeId: string, n: number, expression: Expression): number {
  const maximum = integerOf(step, scopeId, n, expression, 'loopMaximum')
  if (maximum >= 0) return maximum
  throw new KernelError('invalidValue', `the loopMaximum "${expression.source}" gives ${maximum}; at least 0 rounds are possible`)
}

function collectionOf(step: Step, scopeId: string, n: number, activity: Activity, repetition: MultiInstance): readonly Value[] {
  const result = repetition.collection && evaluate(step, scopeId, n, repetition.collection)
  if (!Array.isArray(result)) {
    throw new KernelError(
      'invalidCollection',
      `the collection "${repetition.collection?.source}" of "${activity.id}" is ${result === null || result === undefined ? 'missing' : kindOf(result)}, not a list`,
    )
  }
  return toValue(result, `collection of ${activity.id}`) as readonly Value[] // a list stays a list
}

function cardinalityOf(step: Step, scopeId: string, n: number, activity: Activity, repetition: MultiInstance): number {
  if (repetition.cardinality === null)
    throw new KernelError('invalidCardinality', `"${activity.id}" has neither a collection nor a cardinality`)
  const result = evaluate(step, scopeId, n, repetition.cardinality)
  const total = typeof result === 'string' && result.trim() !== '' ? Number(result) : result
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) {
    throw new KernelError(
      'invalidCardinality',
      `the cardinality "${repetition.cardinality.source}" of "${activity.id}" gives ${String(result)}, not a whole number from 0`,
    )
  }
  return total
}
