import { ExpressionError } from './expression-error.ts'

/** A list as variables hold them. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** An object as variables hold them: plain data, not an instance of a class. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** An own data property; null where there is none. Accessors and functions are refused: they run code of the host. */
export function ownValue(owner: object, name: string): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, name)
  if (property === undefined) return null
  if (!('value' in property)) throw new ExpressionError('notAllowed', `"${name}" is computed by the host and cannot be read`)
  if (typeof property.value === 'function') throw new ExpressionError('notAllowed', `"${name}" is a function and cannot be read as a value`)
  return property.value ?? null
}

/** The kind of a value, for messages; never its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (isList(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}
