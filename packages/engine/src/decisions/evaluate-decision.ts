import type { EvaluationContext } from '../expressions/expression.ts'
import { ExpressionError } from '../expressions/expression-error.ts'
import { newBudget } from '../expressions/feel-guard.ts'
import { evaluateLogic, functionOf } from './boxed-expressions.ts'
import type { Decision, InputData } from './decision.ts'
import { DecisionError } from './decision-error.ts'
import { evaluateTable } from './decision-table.ts'
import { converted, given, within } from './values.ts'

/** What came of one decision. Values are FEEL's. */
export interface Outcome {
  readonly decision: Decision
  readonly value: unknown
  /** The results one by one, each by the names of the outputs: what Camunda 7 maps to a variable. */
  readonly results: readonly { readonly [output: string]: unknown }[]
  /** Ids of the rules that matched, in order of the table; empty where it is no table. */
  readonly rules: readonly string[]
}

/**
 * Makes a decision: first, once each, those that it requires. Gives them in the order in which they were made, the decision itself last.
 * Variables come in their natural form. Throws `DecisionError`.
 */
export function evaluateDecision(decision: Decision, context: EvaluationContext): readonly Outcome[] {
  const sharing: EvaluationContext = { ...context, budget: context.budget ?? newBudget(BUDGETS) }
  const made = new Map<Decision, Outcome>()
  for (const one of [...decision.order, decision]) made.set(one, evaluateOne(one, made, sharing))
  return [...made.values()]
}

/** How many expressions' worth of work one decision may take, with all that it requires. */
const BUDGETS = 20

function evaluateOne(decision: Decision, made: ReadonlyMap<Decision, Outcome>, context: EvaluationContext): Outcome {
  const { logic } = decision
  if (logic === null) throw new DecisionError('noLogic', `${titleOf(decision)} has no logic that could be evaluated`, idsOf(decision))
  try {
    const inside = within(context, namesFor(decision, made, context))
    if (logic.type === 'table') {
      const { value, results, rules } = evaluateTable(logic, inside, decision.resultName)
      return { decision, value, results, rules }
    }
    const value = converted(evaluateLogic(logic, inside), decision.type, 'the result')
    return { decision, value, results: [{ [decision.resultName]: value }], rules: [] }
  } catch (error) {
    throw named(error, decision)
  }
}

/**
 * The names that a decision's logic sees beside the variables given. Required decisions by their result's name (DMN 1.3 §7.3.1), and, as in
 * Camunda, by the names of their outputs and by their ids.
 */
function namesFor(decision: Decision, made: ReadonlyMap<Decision, Outcome>, context: EvaluationContext): ReadonlyMap<string, unknown> {
  const names = new Map<string, unknown>()
  const outcomes = decision.requires.decisions.flatMap((required) => made.get(required) ?? [])
  for (const { decision: required, value } of outcomes) names.set(required.id, value)
  for (const { results, decision: required } of outcomes) addOutputs(names, results, required)
  for (const { decision: required, value } of outcomes) names.set(required.resultName, value)
  for (const input of decision.requires.inputs) {
    const value = inputOf(input, context)
    if (value !== undefined) names.set(input.name, value)
  }
  for (const knowledge of decision.requires.knowledge) names.set(knowledge.name, functionOf(knowledge, context))
  return names
}

/** Camunda 7: one result's outputs are variables; of several results each output is a list. */
function addOutputs(names: Map<string, unknown>, results: Outcome['results'], { logic }: Decision): void {
  if (logic?.type !== 'table') return
  for (const { name } of logic.outputs) {
    if (name === null) continue
    const values = results.map((result) => result[name] ?? null)
    names.set(name, values.length === 1 ? values[0] : values.length === 0 ? null : values)
  }
}

function inputOf({ id, name, type }: InputData, context: EvaluationContext): unknown {
  const value = context.variable(name) ?? context.variable(id)
  return value === undefined ? undefined : given(value, type, `the input "${name}"`)
}

function named(error: unknown, decision: Decision): unknown {
  if (error instanceof DecisionError && error.details.decisionId === undefined)
    return new DecisionError(
      error.code,
      `${titleOf(decision)}: ${error.message}`,
      { ...error.details, ...idsOf(decision) },
      { cause: error },
    )
  if (!(error instanceof ExpressionError)) return error
  const code = error.code === 'limit' ? 'limit' : 'expression'
  return new DecisionError(
    code,
    `${titleOf(decision)}: ${error.message}`,
    { ...error.details, reason: error.code, ...idsOf(decision) },
    { cause: error },
  )
}

function idsOf({ id }: Decision): { readonly decisionId: string } {
  return { decisionId: id }
}

function titleOf({ id, name }: Decision): string {
  return name === null ? `Decision ${id}` : `Decision "${name}" (${id})`
}
