import { LeewayError } from '@leeway/storage'
import { base64Of, bytesOf } from '../expressions/base64.ts'
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
  const budget = { left: VARIABLES_SIZE_MAX, levels: 0 }
  for (const name in variables) {
    if (name === '__proto__') throw new VariableFault([name], 'is a name that cannot be used')
    spend(budget, name.length + 4, name)
    const value = variables[name]
    kept[name] = typeof value === 'number' && Number.isFinite(value) ? value + 0 : concealValue(value, budget, 1, name)
  }
  checkSymbols(variables)
  for (const _ in kept) return Object.freeze(kept)
  return NO_VALUES
}

/** No variables: one object for all, frozen. */
export const NO_VALUES: Values = Object.freeze({})

/** Takes one value over, as {@link concealVariables} does. `name` stands first in the path of a fault. */
export function conceal(value: unknown, name = 'value'): Value {
  return concealValue(value, { left: VARIABLES_SIZE_MAX, levels: 0 }, 1, name)
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
    const name = path.join('.')
    const place =
      path.length === 0 ? 'What was given' : `Variable ${name.length > NAME_SHOWN_MAX ? `${name.slice(0, NAME_SHOWN_MAX)}…` : name}`
    super('EngineError', `${place} ${reason}. JSON values, Date, bigint and Uint8Array can be kept.`, { path: name })
    this.path = path
  }
}

/** Longest path that a message shows. */
const NAME_SHOWN_MAX = 200

/** Objects and arrays that were looked through and have no tag in them. */
const untagged = new WeakSet<object>()

const TAG = '$leeway'

interface Budget {
  left: number
  /** Levels of the object or array that was taken over last. */
  levels: number
}

function concealValue(value: unknown, budget: Budget, depth: number, name: string): Value {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new VariableFault([name], `is ${value}, which JSON does not have`)
      return value + 0 // JSON has no -0 either: it would be 0 in one store and not in another
    case 'string':
      spend(budget, value.length, name)
      return value
    case 'boolean':
      return value
    case 'bigint':
      return concealText('bigint', value.toString(), budget, name)
    case 'object':
      return value === null ? null : concealObject(value, budget, depth, name)
    default:
      throw new VariableFault([name], `is ${value === undefined ? 'undefined' : `a ${typeof value}`}`)
  }
}

function concealObject(value: object, budget: Budget, depth: number, name: string): Value {
  if (depth > VARIABLE_DEPTH_MAX) throw tooDeep(name)
  const measure = kept.get(value)
  if (measure !== undefined) return concealKept(value as Value, measure, budget, depth, name) // only values are in the map
  const before = budget.left
  spend(budget, 2, name)
  if (Array.isArray(value)) return keep(concealItems(value, budget, depth, name), before, budget)
  if (value instanceof Date) return concealDate(value, budget, name)
  if (value instanceof Uint8Array) {
    if (value.length > budget.left) spend(budget, value.length, name) // before it is made into text
    return concealText('bytes', base64Of(value), budget, name)
  }
  if (!isPlain(value)) throw new VariableFault([name], `is an instance of ${value.constructor?.name ?? 'a class'}`)
  return keep(concealMembers(value as Variables, budget, depth, name), before, budget)
}

/** Copies that this module made, taken over again as they are, with what each costs: its size times `LEVELS_BASE`, and its levels. */
const kept = new WeakMap<object, number>()

/** More than the levels that a value can have. */
const LEVELS_BASE = 128

function keep<T extends object>(copy: T, before: number, budget: Budget): T {
  budget.levels++
  kept.set(copy, (before - budget.left) * LEVELS_BASE + budget.levels)
  return Object.freeze(copy)
}

function concealKept(value: Value, measure: number, budget: Budget, depth: number, name: string): Value {
  budget.levels = measure % LEVELS_BASE
  if (depth + budget.levels - 1 > VARIABLE_DEPTH_MAX) throw tooDeep(name)
  spend(budget, Math.floor(measure / LEVELS_BASE), name)
  return value
}

function tooDeep(name: string): VariableFault {
  return new VariableFault([name], `is nested more than ${VARIABLE_DEPTH_MAX} levels deep or contains itself`)
}

function concealItems(items: readonly unknown[], budget: Budget, depth: number, name: string): Value[] {
  const copy: Value[] = []
  let levels = 0
  try {
    for (let i = 0; i < items.length; i++) {
      budget.levels = 0
      copy.push(concealValue(items[i], budget, depth + 1, String(i)))
      if (budget.levels > levels) levels = budget.levels
    }
  } catch (error) {
    throw placed(error, name)
  }
  spend(budget, items.length, name)
  budget.levels = levels
  return copy
}

function concealMembers(members: Variables, budget: Budget, depth: number, name: string): { [name: string]: Value } {
  const copy: { [name: string]: Value } = {}
  let levels = 0
  try {
    for (const member in members) {
      budget.levels = 0
      if (member === '__proto__') throw new VariableFault([member], 'is a name that cannot be used')
      spend(budget, member.length + 4, member)
      copy[member] = concealValue(members[member], budget, depth + 1, member)
      if (budget.levels > levels) levels = budget.levels
    }
    checkSymbols(members)
    if (TAG in copy && untag(copy) === undefined) throw new VariableFault([TAG], 'is a name that the engine keeps for itself')
  } catch (error) {
    throw placed(error, name)
  }
  budget.levels = levels
  return copy
}

function concealDate(value: Date, budget: Budget, name: string): Value {
  const at = value.getTime()
  if (Number.isNaN(at)) throw new VariableFault([name], 'is an invalid Date')
  return concealText('date', value.toISOString(), budget, name)
}

/** What JSON does not have, as tagged text. */
function concealText(type: 'date' | 'bigint' | 'bytes', text: string, budget: Budget, name: string): Value {
  const before = budget.left
  spend(budget, text.length + TAG_SIZE, name)
  budget.levels = 0
  return keep({ [TAG]: type, value: text }, before, budget)
}

/** Characters that a tag adds. */
const TAG_SIZE = 24

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
