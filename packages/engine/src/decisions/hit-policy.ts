import type { EvaluationContext } from '../expressions/expression.ts'
import { fromFeelValue } from '../expressions/feel-values.ts'
import type { Aggregation, DecisionTable, OutputClause, Rule } from './decision.ts'
import { DecisionError } from './decision-error.ts'
import { sameData } from './same-data.ts'

/** A rule that matched, with its outputs. */
export interface Hit {
  readonly rule: Rule
  readonly outputs: readonly unknown[]
}

/** What a hit policy makes of the hits: a value, and the results one by one, each a list of outputs. */
export interface PolicyResult {
  readonly value: unknown
  readonly results: readonly (readonly unknown[])[]
}

/**
 * Makes one value of the hits. Without a hit: the default outputs; where there are none, null of a policy with a single result, else an
 * empty list. DMN 1.3 §8.2.10.
 */
export function applyHitPolicy(
  table: DecisionTable,
  hits: readonly Hit[],
  context: EvaluationContext,
  defaultOf: (clause: OutputClause) => unknown,
): PolicyResult {
  const { outputs, hitPolicy } = table
  const hasDefault = hits.length === 0 && outputs.some((clause) => clause.default !== null)
  const found = hasDefault ? [outputs.map(defaultOf)] : hits.map((hit) => hit.outputs)
  switch (hitPolicy.type) {
    case 'UNIQUE':
      if (hits.length > 1)
        throw new DecisionError('hitPolicy', `${hits.length} rules match (${rulesOf(hits)}), and the hit policy is UNIQUE`)
      return single(table, found)
    case 'ANY':
      refuseDifferent(hits, context)
      return single(table, found)
    case 'FIRST':
      return single(table, found)
    case 'PRIORITY':
      return single(table, byPriority(table, found, context))
    case 'RULE ORDER':
      return all(table, found)
    case 'OUTPUT ORDER':
      return all(table, byPriority(table, found, context))
    case 'COLLECT':
      return hitPolicy.aggregation === null ? all(table, found) : aggregated(hitPolicy.aggregation, found)
  }
}

function single(table: DecisionTable, found: readonly (readonly unknown[])[]): PolicyResult {
  const [first] = found
  return first === undefined ? { value: null, results: [] } : { value: combined(table, first), results: [first] }
}

function all(table: DecisionTable, found: readonly (readonly unknown[])[]): PolicyResult {
  return { value: found.map((outputs) => combined(table, outputs)), results: found }
}

/** One output is the value itself; several are a context by their names. */
function combined({ outputs: clauses }: DecisionTable, outputs: readonly unknown[]): unknown {
  if (clauses.length === 1) return outputs[0] ?? null
  return Object.fromEntries(clauses.map(({ name }, index) => [name ?? '', outputs[index] ?? null]))
}

function refuseDifferent(hits: readonly Hit[], { timeZone }: EvaluationContext): void {
  const [first, ...others] = hits
  if (first === undefined) return
  const wanted = fromFeelValue(first.outputs, timeZone)
  const different = others.find((hit) => !sameData(fromFeelValue(hit.outputs, timeZone), wanted))
  if (different !== undefined) {
    const rules = rulesOf([first, different])
    throw new DecisionError('hitPolicy', `the rules ${rules} match with different outputs, and the hit policy is ANY`)
  }
}

/**
 * The most important first: by the first output's place in its list of values, then by the second's. What is not in the list comes last.
 */
function byPriority(
  { outputs: clauses }: DecisionTable,
  found: readonly (readonly unknown[])[],
  context: EvaluationContext,
): readonly (readonly unknown[])[] {
  const ranked = found.map((outputs) => ({ outputs, ranks: clauses.map((clause, index) => rankOf(clause, outputs[index], context)) }))
  const order = ranked.toSorted((a, b) => {
    for (let i = 0; i < clauses.length; i++) {
      const difference = (a.ranks[i] ?? 0) - (b.ranks[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  })
  return order.map(({ outputs }) => outputs)
}

function rankOf({ values }: OutputClause, output: unknown, context: EvaluationContext): number {
  const place = values.findIndex((value) => value.passes(output, { variable: '?' }, context))
  return place < 0 ? values.length : place
}

/** An empty cell adds nothing. */
function aggregated(aggregation: Aggregation, found: readonly (readonly unknown[])[]): PolicyResult {
  const values = found.map(([output]) => output ?? null).filter((value) => value !== null)
  const value = aggregation === 'COUNT' ? found.length : values.length === 0 ? null : aggregate(aggregation, values)
  return { value, results: value === null ? [] : [[value]] }
}

function aggregate(aggregation: 'SUM' | 'MIN' | 'MAX', values: readonly unknown[]): number | string {
  if (values.every((value) => typeof value === 'number')) {
    if (aggregation === 'SUM') return values.reduce((sum, value) => sum + value, 0)
    return values.reduce((best, value) => (aggregation === 'MIN' ? Math.min(best, value) : Math.max(best, value)))
  }
  if (aggregation !== 'SUM' && values.every((value) => typeof value === 'string')) {
    return values.reduce((best, value) => (value < best === (aggregation === 'MIN') ? value : best))
  }
  throw new DecisionError('aggregation', `${aggregation} is asked of outputs that are not all numbers`)
}

function rulesOf(hits: readonly Hit[]): string {
  const named = hits.slice(0, NAMED_MAX).map(({ rule }) => rule.id)
  return named.join(', ') + (hits.length > NAMED_MAX ? ', …' : '')
}

const NAMED_MAX = 5
