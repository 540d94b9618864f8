import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecisionError } from '../../src/decisions/decision-error.ts'
import { mapResult } from '../../src/decisions/map-result.ts'
import { decision, decisionsOf, dmn, input, outcomesOf, output, rule, table } from './dmn-models.ts'

/** A rule of the drawn tables: which numbers it matches, and its outputs as positions in the lists of values. */
interface DrawnRule {
  readonly matches: readonly number[]
  readonly a: number
  readonly b: number
}

const VALUES_A = [30, 10, 20]
const VALUES_B = ['high', 'low']

const POLICIES = ['UNIQUE', 'FIRST', 'ANY', 'PRIORITY', 'RULE ORDER', 'OUTPUT ORDER', 'COLLECT'] as const
const AGGREGATIONS = ['SUM', 'MIN', 'MAX', 'COUNT'] as const
type Policy = (typeof POLICIES)[number] | (typeof AGGREGATIONS)[number]

const drawnRules = fc.array(
  fc.record({ matches: fc.subarray([0, 1, 2, 3]), a: fc.nat({ max: VALUES_A.length - 1 }), b: fc.nat({ max: VALUES_B.length - 1 }) }),
  { maxLength: 6 },
)

/**
 * What a table gives, worked out from the wording of DMN 1.3 §8.2.10 alone, without the evaluator; 'refused' where it must not give
 * anything.
 */
function reference(policy: Policy, rules: readonly DrawnRule[], asked: number, columns: 1 | 2, hasDefault: boolean): unknown {
  const resultOf = ({ a, b }: { a: number; b: number }): unknown => (columns === 1 ? VALUES_A[a] : { a: VALUES_A[a], b: VALUES_B[b] })
  const matching = rules.filter((one) => one.matches.includes(asked))
  const firstBy = (list: readonly DrawnRule[]): readonly DrawnRule[] => {
    // Insertion sort by the first output's place, then by the second's: the order of rules decides between equals.
    const sorted: DrawnRule[] = []
    for (const one of list) {
      const rank = columns === 1 ? one.a : one.a * 10 + one.b
      const at = sorted.findIndex((other) => (columns === 1 ? other.a : other.a * 10 + other.b) > rank)
      sorted.splice(at < 0 ? sorted.length : at, 0, one)
    }
    return sorted
  }
  const isSingle = policy === 'UNIQUE' || policy === 'FIRST' || policy === 'ANY' || policy === 'PRIORITY'
  if (matching.length === 0 && hasDefault && policy !== 'COUNT') {
    const fallback = columns === 1 ? 99 : { a: 99, b: null }
    if (isSingle || policy === 'SUM' || policy === 'MIN' || policy === 'MAX') return fallback
    return [fallback]
  }
  const [first] = matching
  switch (policy) {
    case 'UNIQUE':
      if (matching.length > 1) return 'refused'
      return first === undefined ? null : resultOf(first)
    case 'FIRST':
      return first === undefined ? null : resultOf(first)
    case 'ANY': {
      const distinct = new Set(matching.map((one) => JSON.stringify(resultOf(one))))
      if (distinct.size > 1) return 'refused'
      return first === undefined ? null : resultOf(first)
    }
    case 'PRIORITY': {
      const [best] = firstBy(matching)
      return best === undefined ? null : resultOf(best)
    }
    case 'OUTPUT ORDER':
      return firstBy(matching).map(resultOf)
    case 'RULE ORDER':
    case 'COLLECT':
      return matching.map(resultOf)
    case 'COUNT':
      return matching.length === 0 && hasDefault ? 1 : matching.length
    case 'SUM':
      return first === undefined ? null : matching.reduce((sum, { a }) => sum + (VALUES_A[a] ?? 0), 0)
    case 'MIN':
      return first === undefined ? null : Math.min(...matching.map(({ a }) => VALUES_A[a] ?? 0))
    case 'MAX':
      return first === undefined ? null : Math.max(...matching.map(({ a }) => VALUES_A[a] ?? 0))
  }
}

const isAggregation = (policy: Policy): policy is (typeof AGGREGATIONS)[number] => AGGREGATIONS.some((each) => each === policy)

function drawn(policy: Policy, rules: readonly DrawnRule[], columns: 1 | 2, hasDefault: boolean): string {
  const written = isAggregation(policy) ? `hitPolicy="COLLECT" aggregation="${policy}"` : `hitPolicy="${policy}"`
  const a = output('a', 'typeRef="number"', VALUES_A.map(String), hasDefault ? '99' : null)
  const b = output(
    'b',
    'typeRef="string"',
    VALUES_B.map((value) => `"${value}"`),
  )
  const rows = rules.map((one, index) =>
    rule(
      `r${index}`,
      [one.matches.length === 0 ? 'null' : one.matches.join(', ')],
      [String(VALUES_A[one.a]), ...(columns === 2 ? [`"${VALUES_B[one.b]}"`] : [])],
    ),
  )
  return dmn(decision('d', table({ policy: written, head: input('x') + a + (columns === 2 ? b : ''), rules: rows.join('') })))
}

test.each([...POLICIES, ...AGGREGATIONS])('hit policy %s gives what DMN says of any rules', async (policy) => {
  const columnsOf = isAggregation(policy) ? fc.constant(1 as const) : fc.constantFrom(1 as const, 2 as const)
  await fc.assert(
    fc.asyncProperty(drawnRules, fc.nat({ max: 3 }), columnsOf, fc.boolean(), async (rules, asked, columns, hasDefault) => {
      const decisions = await decisionsOf(drawn(policy, rules, columns, hasDefault))
      let found: unknown
      try {
        const outcome = outcomesOf(decisions, 'd', { x: asked })[0]
        found = outcome === undefined ? undefined : mapResult(outcome, 'value', 'UTC')
      } catch (error) {
        if (!(error instanceof DecisionError) || error.code !== 'hitPolicy') throw error
        found = 'refused'
      }
      expect(found).toEqual(reference(policy, rules, asked, columns, hasDefault))
    }),
    { numRuns: 60 },
  )
})
