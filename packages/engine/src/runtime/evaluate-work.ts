import { jobsOf } from '../import/process-outline.ts'
import type { Definition } from '../model/definition.ts'
import type { Value, Values } from '../model/value.ts'
import { conceal, reveal } from '../model/variables.ts'
import type { Host } from './host.ts'
import { type Answer, answerOf, answerOfThrown, naturalVariable } from './job.ts'
import { listenerIn } from './job-place.ts'

/** The work of an element, or of one of its listeners, whose work is an expression (`camunda:expression`) and which no handler stands for. */
export function evaluateWork(
  host: Host,
  definition: Definition,
  elementId: string,
  values: Values,
  now: number,
  listener?: string | undefined,
): Answer {
  const node = definition.nodes.get(elementId)
  const jobs = listener === undefined ? (node ? jobsOf(node) : []) : [listenerIn(definition, elementId, listener)?.job]
  const spec = jobs.find((job) => job !== undefined && job.expression !== null)
  if (spec?.expression == null)
    return { failed: { code: 'noHandler', message: `Element "${elementId}" has no expression to evaluate.`, final: true } }
  try {
    const { functions, beans, timeZone } = host.environment
    const set: { [name: string]: Value } = {}
    const variable = (name: string): unknown => (Object.hasOwn(set, name) ? reveal(set[name] ?? null) : naturalVariable(values, name))
    const assign = (name: string, value: unknown): void => {
      set[name] = conceal(value ?? null, name)
    }
    const value = spec.expression.evaluate({ variable, assign, now, timeZone, functions, beans })
    const answer = spec.resultVariable === null ? answerOf(undefined, false) : answerOf(value, true)
    if (Object.keys(set).length === 0 || !('result' in answer) || answer.result.type !== 'completed') return answer
    return { result: { ...answer.result, set: { ...answer.result.set, ...set } } }
  } catch (error) {
    return answerOfThrown(error)
  }
}
