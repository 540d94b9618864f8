import { toBoolean } from '../expressions/coerce.ts'
import type { Expression } from '../expressions/expression.ts'
import type { SequenceFlow } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import { conditionHolds, evaluate, lookUp } from './variables.ts'

/** Flowable: an activity is passed over where its expression holds, and a variable of the instance turns skipping on. */
export function isSkipped(step: Step, scopeId: string, n: number, skip: Expression): boolean {
  return skipsAreOn(step, scopeId, n) && toBoolean(evaluate(step, scopeId, n, skip), skip)
}

/**
 * True where a flow is taken: its condition holds, or there is none. Where skipping is on, the flow's skip expression is asked instead of
 * it.
 */
export function flowHolds(step: Step, scopeId: string, n: number, { condition, skip }: SequenceFlow): boolean {
  if (skip !== undefined && skipsAreOn(step, scopeId, n)) return toBoolean(evaluate(step, scopeId, n, skip), skip)
  return condition === null || conditionHolds(step, scopeId, n, condition)
}

function skipsAreOn(step: Step, scopeId: string, n: number): boolean {
  return SWITCHES.some((name) => lookUp(step, scopeId, n, name) === true)
}

const SWITCHES = ['_FLOWABLE_SKIP_EXPRESSION_ENABLED', '_ACTIVITI_SKIP_EXPRESSION_ENABLED']
