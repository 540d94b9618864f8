import { toBoolean } from '../expressions/coerce.ts'
import type { Expression } from '../expressions/expression.ts'
import type { JobSpec } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import { reveal } from '../model/variables.ts'
import type { Step } from './agenda.ts'
import { mappedValues } from './mappings.ts'
import type { WorkResult } from './state.ts'
import type { ThrownError } from './throwing.ts'
import { contextAt, toValue } from './variables.ts'

/** The work of an element, or of the message that an event sends; null where it has none of its own. */
export function workOf(node: FlowNode): JobSpec | null {
  if ('job' in node) return node.job
  if (!('eventDefinitions' in node)) return null
  for (const definition of node.eventDefinitions) if (definition.type === 'message' && definition.job !== null) return definition.job
  return null
}

/** What finished work sets: the named result, or what a connector's own outputs make of it. */
export function resultValues(
  step: Step,
  scopeId: string,
  n: number,
  spec: JobSpec | null,
  result: Extract<WorkResult, { type: 'completed' }>,
): Values {
  if (spec === null) return result.set
  if (spec.connector) return mappedValues(step, scopeId, n, spec.connector.outputs, result.set)
  return spec.resultVariable !== null && result.result !== undefined ? { ...result.set, [spec.resultVariable]: result.result } : result.set
}

/** The error that the model makes of finished or failed work (`camunda:errorEventDefinition` of an external task); null where none fits. */
export function modelledError(
  step: Step,
  scopeId: string,
  n: number,
  spec: JobSpec | null,
  set: Values,
  failure: { readonly message: string } | null,
): ThrownError | null {
  for (const { code, message, when } of spec?.throws ?? []) {
    const context = contextAt(step, scopeId, n)
    const variable = (name: string): unknown => (Object.hasOwn(set, name) ? reveal(set[name] ?? null) : context.variable(name))
    const seen = { ...context, variable, beans: { ...context.beans, externalTask: failureBean(failure) } }
    if (!toBoolean(when.evaluate(seen), when)) continue
    return { code, message: failure?.message ?? textIn(message, seen), values: {} }
  }
  return null
}

function failureBean(failure: { readonly message: string } | null): { readonly [name: string]: string | null } {
  return { errorMessage: failure?.message ?? null, errorDetails: failure?.message ?? null }
}

function textIn(message: Expression | null, context: ReturnType<typeof contextAt>): string {
  const value: Value = message === null ? '' : toValue(message.evaluate(context), 'error message')
  return typeof value === 'string' ? value : ''
}

/** The error that stands for a handler's exception (`flowable:mapException`); null where none does. */
export function mappedException(spec: JobSpec | null, name: string | undefined, message: string): ThrownError | null {
  const rule = spec?.exceptions?.find(
    (one) => one.name === null || (name !== undefined && (one.name === name || simpleName(one.name) === name)),
  )
  return rule === undefined ? null : { code: rule.code, message, values: {} }
}

function simpleName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1)
}
