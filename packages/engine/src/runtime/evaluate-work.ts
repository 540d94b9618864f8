import { jobsOf } from '../import/process-outline.ts'
import type { Definition } from '../model/definition.ts'
import type { Values } from '../model/value.ts'
import type { Host } from './host.ts'
import { type Answer, answerOf, answerOfThrown, naturalVariable } from './job.ts'

/** The work of an element whose work is an expression (`camunda:expression`) and which no handler stands for. */
export function evaluateWork(host: Host, definition: Definition, elementId: string, values: Values, now: number): Answer {
  const node = definition.nodes.get(elementId)
  const spec = node && jobsOf(node).find((job) => job.expression !== null)
  if (spec?.expression == null)
    return { failed: { code: 'noHandler', message: `Element "${elementId}" has no expression to evaluate.`, final: true } }
  try {
    const { functions, beans, timeZone } = host.environment
    const value = spec.expression.evaluate({ variable: (name) => naturalVariable(values, name), now, timeZone, functions, beans })
    return spec.resultVariable === null ? answerOf(undefined, false) : answerOf(value, true)
  } catch (error) {
    return answerOfThrown(error)
  }
}
