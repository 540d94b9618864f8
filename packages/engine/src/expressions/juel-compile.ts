import type { EvaluationContext } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import { callBean, callFunction, readBean } from './juel-host.ts'
import { callMethod } from './juel-methods.ts'
import { binaryOperation, comparison, isComparison, isNullTest } from './juel-operators.ts'
import type { JuelNode, JuelStep } from './juel-parser.ts'
import { isPlace, placeObject } from './juel-places.ts'
import { callSpin, SpinJson, withoutSpin } from './juel-spin.ts'
import { isEmpty, numeric, text, truth } from './juel-values.ts'
import { type VariableFunction, variableFunction, variableNameIn } from './juel-variable-functions.ts'
import { isList, isMap, kindOf, ownValue } from './plain-data.ts'

/** A compiled expression. Missing values are null. */
export type Evaluate = (context: EvaluationContext) => unknown

/**
 * Turns a parsed expression into closures. `lenient`: an unknown variable reads as null, as under `empty` and beside `null`;
 * elsewhere it is an error.
 */
export function compileJuel(node: JuelNode, lenient = false): Evaluate {
  switch (node.type) {
    case 'literal': {
      const value = node.value
      return () => value
    }
    case 'variable':
      return compileVariable(node.name, lenient)
    case 'call':
      return compileCall(node.name, node.parameters)
    case 'path':
      return compilePath(node.base, node.steps, lenient)
    case 'negative': {
      const operand = compileJuel(node.operand)
      return (context) => -numeric(operand(context))
    }
    case 'not': {
      const operand = compileJuel(node.operand)
      return (context) => !truth(operand(context))
    }
    case 'empty': {
      const operand = compileJuel(node.operand, true)
      return (context) => isEmpty(operand(context))
    }
    case 'and':
    case 'or':
      return compileLogical(node.operands, node.type === 'or')
    case 'binary':
      return compileBinary(node)
    case 'choice': {
      const condition = compileJuel(node.condition)
      const yes = compileJuel(node.yes)
      const no = compileJuel(node.no)
      return (context) => (truth(condition(context)) ? yes(context) : no(context))
    }
  }
}

function compileVariable(name: string, lenient: boolean): Evaluate {
  return (context) => {
    const value = variableAt(context, name)
    if (value !== undefined) return value
    if (Object.hasOwn(context.beans, name)) {
      throw new ExpressionError('notAllowed', `"${name}" is an object of the host: call one of its methods`)
    }
    if (lenient) return null
    throw unknownVariable(name)
  }
}

function variableAt(context: EvaluationContext, name: string): unknown {
  const value = context.variable(name)
  if (typeof value === 'function') throw new ExpressionError('notAllowed', `"${name}" is a function and cannot be read as a value`)
  return value
}

function unknownVariable(name: string): ExpressionError {
  return new ExpressionError('unknownVariable', `There is no variable "${name}" here`, { variable: name })
}

function compileLogical(operands: readonly JuelNode[], decides: boolean): Evaluate {
  const compiled = operands.map((operand) => compileJuel(operand))
  return (context) => {
    for (const operand of compiled) if (truth(operand(context)) === decides) return decides
    return !decides
  }
}

function compileBinary(node: Extract<JuelNode, { type: 'binary' }>): Evaluate {
  const [only] = node.rest
  if (only !== undefined && node.rest.length === 1 && isComparison(only.operator)) {
    const lenient = isNullTest(node)
    return comparison(only.operator, compileJuel(node.first, lenient), compileJuel(only.right, lenient))
  }
  const first = compileJuel(node.first)
  const rest = node.rest.map(({ operator, right }) => ({ apply: binaryOperation(operator), right: compileJuel(right) }))
  return (context) => {
    let value = first(context)
    for (const { apply, right } of rest) value = apply(value, right(context))
    return value
  }
}

function compileCall(name: string, parameters: readonly JuelNode[]): Evaluate {
  const ofVariable = variableFunction(name)
  if (ofVariable !== null) return compileVariableCall(ofVariable, parameters)
  const compiled = parameters.map(compileArgument)
  return (context) =>
    callFunction(
      context,
      name,
      compiled.map((parameter) => parameter(context)),
    )
}

/** What the host is given: `execution` and `task` too, which are no values elsewhere. */
function compileArgument(node: JuelNode): Evaluate {
  const value = compileJuel(node)
  if (node.type !== 'variable') return (context) => withoutSpin(value(context))
  const { name } = node
  return (context) =>
    isPlace(context, name) && context.variable(name) === undefined ? placeObject(context, name) : withoutSpin(value(context))
}

function compileVariableCall(call: VariableFunction, [first, ...others]: readonly JuelNode[]): Evaluate {
  if (first === undefined)
    return () => {
      throw new ExpressionError('function', 'A function of a variable is called without its name')
    }
  const known = variableNameIn(first)
  const name = known === undefined ? compileJuel(first) : () => known
  const compiled = others.map((parameter) => compileJuel(parameter))
  return (context) =>
    call(
      variableAt(context, text(name(context))) ?? null,
      compiled.map((parameter) => parameter(context)),
    )
}

type Step = (value: unknown, context: EvaluationContext) => unknown

function compilePath(base: JuelNode, steps: readonly JuelStep[], lenient: boolean): Evaluate {
  const inner = placeWithin(base, steps)
  if (inner !== null) return compilePath({ type: 'variable', name: 'execution' }, inner, lenient)
  const later = steps.map(compileStep)
  const whole = compileJuel(base, lenient)
  const [head] = steps
  if (base.type !== 'variable' || head === undefined) return (context) => walk(whole(context), later, 0, context)
  const ofHost = compileHostStep(base.name, head)
  return (context) => {
    const bean = hostObject(context, base.name)
    return bean === null ? walk(whole(context), later, 0, context) : walk(ofHost(bean, context), later, 1, context)
  }
}

/** `task.execution.…` is `execution.…`, and so is `execution.processInstance.…`, whose id is that of the instance. Null for other paths. */
function placeWithin(base: JuelNode, [first, second, ...rest]: readonly JuelStep[]): readonly JuelStep[] | null {
  if (base.type !== 'variable' || first === undefined || second === undefined || first.type === 'index') return null
  if (base.name === 'task' && (first.name === 'execution' || first.name === 'getExecution')) return [second, ...rest]
  if (base.name !== 'execution' || (first.name !== 'processInstance' && first.name !== 'getProcessInstance')) return null
  const isId = second.type !== 'index' && (second.name === 'id' || second.name === 'getId')
  return [isId ? { type: 'property', name: 'processInstanceId' } : second, ...rest]
}

function walk(start: unknown, steps: readonly Step[], from: number, context: EvaluationContext): unknown {
  let value = start
  for (let index = from; index < steps.length; index++) value = steps[index]?.(value, context)
  return value
}

/** A variable hides an object of the host, except for those of the engine. */
function hostObject(context: EvaluationContext, name: string): object | null {
  const bean = Object.hasOwn(context.beans, name) ? (context.beans[name] ?? null) : null
  if (isPlace(context, name)) return bean ?? NO_EXECUTION
  return bean !== null && context.variable(name) === undefined ? bean : null
}

const NO_EXECUTION: object = Object.freeze({})

function compileHostStep(owner: string, step: JuelStep): Step {
  if (step.type === 'property') return (bean, context) => readBean(context, asObject(bean), owner, step.name)
  if (step.type === 'index') {
    const index = compileJuel(step.index)
    return (bean, context) => readBean(context, asObject(bean), owner, String(index(context)))
  }
  const compiled = step.parameters.map(compileArgument)
  return (bean, context) => {
    const given = compiled.map((parameter) => parameter(context))
    return callBean(context, asObject(bean), owner, step.name, given)
  }
}

function asObject(bean: unknown): object {
  if (typeof bean === 'object' && bean !== null) return bean
  throw new ExpressionError('notAllowed', 'A host object is expected here')
}

function compileStep(step: JuelStep): Step {
  if (step.type === 'property') return (value) => readProperty(value, step.name)
  if (step.type === 'index') {
    const index = compileJuel(step.index)
    return (value, context) => readProperty(value, index(context))
  }
  const compiled = step.parameters.map((parameter) => compileJuel(parameter))
  const given = (context: EvaluationContext): readonly unknown[] => compiled.map((parameter) => parameter(context))
  return (value, context) => {
    if (value === null || value === undefined) throw new ExpressionError('type', `"${step.name}" is called on null`)
    if (value instanceof SpinJson) return callSpin(value, step.name, given(context))
    return callMethod(value, step.name, given(context))
  }
}

/** A property or element: null of null, null where there is none. Only what the value itself owns. */
function readProperty(value: unknown, name: unknown): unknown {
  if (value === null || value === undefined || name === null || name === undefined) return null
  if (isList(value)) return readElement(value, name)
  if (typeof value === 'object' && !(value instanceof Date)) {
    if (typeof name === 'object') throw new ExpressionError('type', `${kindOf(name)} cannot name a property`)
    return isMap(value) || Object.hasOwn(value, String(name)) ? ownValue(value, String(name)) : null
  }
  throw new ExpressionError('type', `${kindOf(value)} has no properties`)
}

function readElement(list: readonly unknown[], name: unknown): unknown {
  if (name === 'length' || name === 'size') return list.length
  const index = Number(numeric(name))
  if (!Number.isInteger(index)) throw new ExpressionError('type', 'A list is read by a whole number')
  const element = Object.hasOwn(list, index) ? ownValue(list, String(index)) : null
  return element
}
