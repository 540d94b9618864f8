import { fromFeelValue } from '../expressions/feel-values.ts'
import { DecisionError } from './decision-error.ts'
import type { Outcome } from './evaluate-decision.ts'

/**
 * What of a decision's results becomes the variable. `value`: DMN's own: one output's value, a context of several, a list where the hit
 * policy has several results. The others are Camunda 7's `mapDecisionResult`, over the results one by one, each an object by output name.
 */
export type ResultMapping = 'value' | 'singleEntry' | 'singleResult' | 'collectEntries' | 'resultList'

/** The result of a decision as plain data: dates as ISO texts, dates with a time as `Date`. Throws `DecisionError` of code 'notSingle'. */
export function mapResult({ decision, value, results }: Outcome, mapping: ResultMapping, timeZone: string): unknown {
  const refuse = (what: string): never => {
    throw new DecisionError('notSingle', `Decision ${decision.id} has ${what}, and its result is mapped by ${mapping}`, {
      decisionId: decision.id,
    })
  }
  const only = (result: Outcome['results'][number]): unknown => {
    const entries = Object.values(result)
    if (entries.length > 1) refuse('several outputs')
    return entries[0] ?? null
  }
  const [first] = results
  switch (mapping) {
    case 'value':
      return fromFeelValue(value, timeZone)
    case 'resultList':
      return fromFeelValue(results, timeZone)
    case 'collectEntries':
      return fromFeelValue(results.map(only), timeZone)
    case 'singleResult':
      if (results.length > 1) refuse('several results')
      return fromFeelValue(first ?? null, timeZone)
    case 'singleEntry':
      if (results.length > 1) refuse('several results')
      return first === undefined ? null : fromFeelValue(only(first), timeZone)
  }
}
