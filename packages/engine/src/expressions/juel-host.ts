import type { EvaluationContext, HostFunction } from './expression.ts'
import { describeThrown, ExpressionError, unknownFunction } from './expression-error.ts'
import { propertyOfGetter } from './juel-methods.ts'
import { callPlace, isPlace, readPlace } from './juel-places.ts'
import { isSpin, toSpin } from './juel-spin.ts'
import { ownValue } from './plain-data.ts'

/** True for the functions that give the instant of the command: Camunda 7 has both, of different classes. */
export function isClock(name: string): boolean {
  return name === 'now' || name === 'dateTime'
}

/**
 * Calls a host function by its name, with its prefix if it has one. `now()` and `dateTime()` are the instant of the command unless the host
 * has its own.
 */
export function callFunction(context: EvaluationContext, name: string, given: readonly unknown[]): unknown {
  const found = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined
  if (typeof found === 'function') return invoke(name, found, undefined, given)
  if (isClock(name) && given.length === 0) return new Date(context.now)
  if (isSpin(name, given.length)) return toSpin(given[0])
  throw unknownFunction(name)
}

/**
 * Calls a method of a host object: its own or one of its class. What comes from Object.prototype, constructors and accessors are
 * not callable. `execution` and `task` answer from what is known of the place.
 */
export function callBean(context: EvaluationContext, bean: object, owner: string, name: string, given: readonly unknown[]): unknown {
  if (isPlace(context, owner)) {
    const answer = callPlace(context, owner, name, given)
    if (answer !== undefined) return answer
  }
  const method = findMethod(bean, name)
  if (method !== null) return invoke(`${owner}.${name}`, method, bean, given)
  const property = given.length === 0 ? propertyOfGetter(name) : null
  if (property !== null && Object.hasOwn(bean, property)) return ownValue(bean, property)
  throw new ExpressionError('function', `"${owner}" has no method "${name}"`, { bean: owner, method: name })
}

/** An own data property of a host object; an error where it has none. */
export function readBean(context: EvaluationContext, bean: object, owner: string, name: string): unknown {
  const fact = isPlace(context, owner) ? readPlace(context, owner, name) : undefined
  if (fact !== undefined) return fact
  if (!Object.hasOwn(bean, name)) throw new ExpressionError('notAllowed', `"${owner}" has no readable property "${name}"`)
  return ownValue(bean, name)
}

/** Walks the classes of the object without running an accessor, and stops before what every object or function inherits. */
function findMethod(bean: object, name: string): HostFunction | null {
  if (NEVER.has(name)) return null
  for (let owner: object | null = bean; owner !== null; owner = prototypeOf(owner)) {
    if (owner === Object.prototype || owner === Function.prototype) return null
    const property = Object.getOwnPropertyDescriptor(owner, name)
    if (property === undefined) continue
    const value: unknown = property.value
    // Sound: it is a function; what its parameters are is the host's promise.
    return typeof value === 'function' ? (value as HostFunction) : null
  }
  return null
}

const NEVER: ReadonlySet<string> = new Set([
  'constructor',
  'prototype',
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
])

function prototypeOf(owner: object): object | null {
  // Sound: a prototype is an object or null.
  return Object.getPrototypeOf(owner) as object | null
}

function invoke(name: string, callee: HostFunction, receiver: object | undefined, given: readonly unknown[]): unknown {
  let result: unknown
  try {
    result = Reflect.apply(callee, receiver, given)
  } catch (thrown) {
    throw new ExpressionError('function', `"${name}" failed: ${describeThrown(thrown)}`, { function: name }, { cause: thrown })
  }
  if (typeof result === 'function') throw new ExpressionError('function', `"${name}" returned a function`, { function: name })
  if (result instanceof Promise) {
    // Nobody else will look at it: a rejection must not bring the process down.
    result.catch(() => undefined)
    throw new ExpressionError('function', `"${name}" returned a promise: expressions call synchronous functions only`, { function: name })
  }
  return result ?? null
}
