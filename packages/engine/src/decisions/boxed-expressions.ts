import type { EvaluationContext } from '../expressions/expression.ts'
import { feelFunction, isFeelFunction } from '../expressions/feel-values.ts'
import type { BoxedContext, BoxedFunction, Invocation, Knowledge, Logic } from './decision.ts'
import { DecisionError } from './decision-error.ts'
import { evaluateTable } from './decision-table.ts'
import { converted, spend, within } from './values.ts'

/** The value, of FEEL, that a piece of decision logic has. DMN 1.3 §10.2. */
export function evaluateLogic(logic: Logic, context: EvaluationContext): unknown {
  spend(context)
  switch (logic.type) {
    case 'literal':
      return logic.formula.evaluate(context)
    case 'table':
      return evaluateTable(logic, context, 'result').value
    case 'context':
      return evaluateContext(logic, context)
    case 'invocation':
      return invoke(logic, context)
    case 'list':
      return logic.elements.map((element) => evaluateLogic(element, context))
    case 'relation':
      return logic.rows.map((row) => {
        const cells = row.map((cell, index): [string, unknown] => [logic.columns[index] ?? '', evaluateLogic(cell, context)])
        return Object.fromEntries(cells)
      })
    case 'function':
      return callable(logic, context)
  }
}

/** The function that a business knowledge model is. */
export function functionOf(knowledge: Knowledge, context: EvaluationContext): unknown {
  const names = new Map(knowledge.requires.map((required) => [required.name, functionOf(required, context)]))
  if (knowledge.function === null) throw new DecisionError('noLogic', `the business knowledge "${knowledge.name}" has no logic`)
  return callable(knowledge.function, within(context, names))
}

function callable({ parameters, body }: BoxedFunction, context: EvaluationContext): unknown {
  const call = (...given: unknown[]): unknown => {
    if (body === null) return null
    const names = new Map(
      parameters.map(({ name, type }, index) => [name, converted(given[index] ?? null, type, `the parameter "${name}"`)]),
    )
    return evaluateLogic(body, within(context, names))
  }
  return feelFunction(
    parameters.map(({ name }) => name),
    call,
  )
}

function evaluateContext({ entries }: BoxedContext, context: EvaluationContext): unknown {
  const names = new Map<string, unknown>()
  const inside = { ...context, variable: (name: string): unknown => (names.has(name) ? names.get(name) : context.variable(name)) }
  for (const { name, type, logic } of entries) {
    const value = logic === null ? null : converted(evaluateLogic(logic, inside), type, name === null ? 'the result' : `"${name}"`)
    if (name === null) return value
    names.set(name, value)
  }
  return Object.fromEntries(names)
}

function invoke({ callee, bindings }: Invocation, context: EvaluationContext): unknown {
  const called = callee.evaluate(context)
  if (!isFeelFunction(called)) throw new DecisionError('expression', `"${callee.source}" is invoked, and is no function`)
  const given = new Map(bindings.map(({ parameter, logic }) => [parameter, logic === null ? null : evaluateLogic(logic, context)]))
  const unknown = [...given.keys()].find((name) => !called.parameterNames.includes(name))
  if (unknown !== undefined) throw new DecisionError('expression', `"${callee.source}" has no parameter "${unknown}"`)
  const result: unknown = called.fn(...called.parameterNames.map((name) => given.get(name) ?? null))
  return result ?? null
}
