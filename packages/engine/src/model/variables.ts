import { LeewayError } from '@leeway/storage'
import type { Value, Values } from './value.ts'

/** Variables as the host gives and gets them, by name: JSON values, `Date`, `bigint` and `Uint8Array`, in objects and arrays too. */
export type Variables = { readonly [name: string]: unknown }

/** Deepest nesting of a variable's value. */
export const VARIABLE_DEPTH_MAX = 100
/** Most characters and members that the variables of one call may have together: about 16 MB. */
export const VARIABLES_SIZE_MAX: number = 16 * 1024 * 1024

/**
 * Takes variables over from the host: a frozen copy, in which dates, bigints and bytes are tagged. Throws `invalidVariable` with
 * the path of what cannot be kept.
 */
export function concealVariables(variables: Variables): Values {
  const kept: { [name: string]: Value } = {}
  if (typeof variables !== 'object' || variables === null || !isPlain(variables))
    throw new VariableFault([], 'is not a plain object of variables')
  const budget = { left: VARIABLES_SIZE_MAX }
  for (const name in variables) {
    if (name === '__proto__') throw new VariableFault([name], 'is a name that cannot be used')
    const value = variables[name]
    kept[name] = typeof value === 'number' && Number.isFinite(value) ? value : concealValue(value, budget, 1, name)
  }
  checkSymbols(variables)
  return Object.freeze(kept)
}

/** Takes one value over, as {@link concealVariables} does. `name` stands first in the path of a fault. */
export function conceal(value: unknown, name = 'value'): Value {
  return concealValue(value, { left: VARIABLES_SIZE_MAX }, 1, name)
}

/** What the host sees of kept values: the tags are dates, bigints and bytes again. What has no tag in it is given as it is kept, frozen. */
export function revealVariables(values: Values): Variables {
  let shown: { [name: string]: unknown } | null = null
  for (const name in values) {
    const value = values[name] as Value // an own name
    if (typeof value !== 'object' || value === null) continue
    const natural = reveal(value)
    if (natural === value) continue
    shown ??= { ...values }
    shown[name] = natural
  }
  return Object.freeze(shown ?? values)
}

/** One value as the host sees it. */
export function reveal(value: Value): unknown {
  if (typeof value !== 'object' || value === null || untagged.has(value)) return value
  const natural = Array.isArray(value) ? revealItems(value) : revealMembers(value as { readonly [name: string]: Value })
  if (natural === value) untagged.add(value)
  return natural
}

/** A variable that cannot be kept: what it is and where. */
export class VariableFault extends LeewayError {
  readonly code = 'invalidVariable' as const
  /** Names and indexes from the variable's name inwards. */
  readonly path: readonly string[]

  constructor(path: readonly string[], reason: string) {
    const place = path.length === 0 ? 'What was given' : `Variable ${path.join('.')}`
    super('EngineError', `${place} ${reason}. JSON values, Date, bigint and Uint8Array can be kept.`, { path: path.join('.') })
    this.path = path
  }
}

/** Objects and arrays that were looked through and have no tag in them. */
const untagged = new WeakSet<object>()

const TAG = '$leeway'

interface Budget {
  left: number
}

function concealValue(value: unknown, budget: Budget, depth: number, name: string): Value {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new VariableFault([name], `is ${value}, which JSON does not have`)
      return value
    case 'string':
      spend(budget, value.length, name)
      return value
    case 'boolean':
      return value
    case 'bigint':
      return tagged('bigint', value.toString())
    case 'object':
      return value === null ? null : concealObject(value, budget, depth, name)
    default:
      throw new VariableFault([name], `is ${value === undefined ? 'undefined' : `a ${typeof value}`}`)
  }
}

function concealObject(value: object, budget: Budget, depth: number, name: string): Value {
  if (depth > VARIABLE_DEPTH_MAX)
    throw new VariableFault([name], `is nested more than ${VARIABLE_DEPTH_MAX} levels deep or contains itself`)
  if (kept.has(value)) return value as Value // only this function adds to the set
  spend(budget, 2, name)
  if (Array.isArray(value)) return keep(concealItems(value, budget, depth, name))
  if (value instanceof Date) return concealDate(value, name)
  if (value instanceof Uint8Array) {
    spend(budget, value.length, name)
    return tagged('bytes', base64Of(value))
  }
  if (!isPlain(value)) throw new VariableFault([name], `is an instance of ${value.constructor?.name ?? 'a class'}`)
  return keep(concealMembers(value as Variables, budget, depth, name))
}

/** Copies that this module made: taken over again as they are. */
const kept = new WeakSet<object>()

function keep<T extends object>(copy: T): T {
  kept.add(copy)
  return Object.freeze(copy)
}

function concealItems(items: readonly unknown[], budget: Budget, depth: number, name: string): Value[] {
  const copy: Value[] = []
  try {
    for (let i = 0; i < items.length; i++) copy.push(concealValue(items[i], budget, depth + 1, String(i)))
  } catch (error) {
    throw placed(error, name)
  }
  spend(budget, items.length, name)
  return copy
}

function concealMembers(members: Variables, budget: Budget, depth: number, name: string): { [name: string]: Value } {
  const copy: { [name: string]: Value } = {}
  try {
    for (const member in members) {
      if (member === '__proto__') throw new VariableFault([member], 'is a name that cannot be used')
      spend(budget, member.length + 4, member)
      copy[member] = concealValue(members[member], budget, depth + 1, member)
    }
    checkSymbols(members)
    if (TAG in copy && untag(copy) === undefined) throw new VariableFault([TAG], 'is a name that the engine keeps for itself')
  } catch (error) {
    throw placed(error, name)
  }
  return copy
}

function concealDate(value: Date, name: string): Value {
  const at = value.getTime()
  if (Number.isNaN(at)) throw new VariableFault([name], 'is an invalid Date')
  return tagged('date', value.toISOString())
}

function tagged(type: 'date' | 'bigint' | 'bytes', value: string): Value {
  return keep({ [TAG]: type, value })
}

function placed(error: unknown, name: string): unknown {
  if (!(error instanceof VariableFault)) return error
  const reason = error.message.replace(/^Variable \S* /, '').replace(/\. JSON values, Date, bigint and Uint8Array can be kept\.$/, '')
  return new VariableFault([name, ...error.path], reason)
}

function spend(budget: Budget, size: number, name: string): void {
  budget.left -= size
  if (budget.left < 0) throw new VariableFault([name], `makes the variables larger than ${VARIABLES_SIZE_MAX / 1024 / 1024} MB`)
}

/** Plain objects of any realm, and objects without prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

function checkSymbols(value: object): void {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length > 0) throw new VariableFault([String(symbols[0])], 'is named by a symbol')
}

function revealItems(items: readonly Value[]): readonly unknown[] {
  let shown: unknown[] | null = null
  for (let i = 0; i < items.length; i++) {
    const natural = reveal(items[i] as Value) // within the length
    if (natural === items[i]) continue
    shown ??= [...items]
    shown[i] = natural
  }
  return Object.freeze(shown ?? items)
}

function revealMembers(members: { readonly [name: string]: Value }): unknown {
  if (TAG in members) return untag(members) ?? members
  let shown: { [name: string]: unknown } | null = null
  for (const name in members) {
    const natural = reveal(members[name] as Value) // an own name
    if (natural === members[name]) continue
    shown ??= { ...members }
    shown[name] = natural
  }
  return Object.freeze(shown ?? members)
}

/** The natural value of a tagged one; undefined where it is none. */
function untag(members: { readonly [name: string]: Value }): unknown {
  const { value } = members
  if (typeof value !== 'string') return undefined
  switch (members[TAG]) {
    case 'date': {
      const date = new Date(value)
      return Number.isNaN(date.getTime()) ? undefined : date
    }
    case 'bigint':
      return /^-?\d+$/.test(value) ? BigInt(value) : undefined
    case 'bytes':
      return /^[\w+/]*={0,2}$/.test(value) ? bytesOf(value) : undefined
    default:
      return undefined
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Bytes as base64 text; own code, for the pure layers have no platform. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]]
    const all = (a << 16) | (b << 8) | c
    text += BASE64.charAt(all >>> 18) + BASE64.charAt((all >>> 12) & 63)
    text += (i + 1 < bytes.length ? BASE64.charAt((all >>> 6) & 63) : '=') + (i + 2 < bytes.length ? BASE64.charAt(all & 63) : '=')
  }
  return text
}

/** The bytes that base64 text stands for. */
export function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let held = 0
  let bits = 0
  let at = 0
  for (const digit of digits) {
    held = ((held << 6) | BASE64.indexOf(digit)) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >>> bits) & 0xff
    }
  }
  return bytes
}
