import { ExpressionError } from './expression-error.ts'
import { boundedText, equal, equalInKind, isEmpty, numeric, order, text } from './juel-values.ts'
import { STRING_LENGTH_MAX } from './limits.ts'
import { isList, isMap, kindOf, ownValue } from './plain-data.ts'

/** Calls one of the methods that values have in expressions; nothing of the value's own prototype is reachable. */
export function callMethod(value: unknown, name: string, given: readonly unknown[]): unknown {
  const method = methodsOf(value)?.get(name) ?? ANY.get(name)
  if (method !== undefined) return method(value, given)
  if (isMap(value) && given.length === 0) {
    const property = propertyOfGetter(name)
    if (property !== null && Object.hasOwn(value, property)) return ownValue(value, property)
  }
  throw new ExpressionError('notAllowed', `${kindOf(value)} has no method "${name}" here`)
}

/** True where some value may have a method of this name, or a property that it reads. */
export function isMethodName(name: string): boolean {
  return [ANY, TEXT, NUMBER, LIST, DATE, MAP].some((methods) => methods.has(name)) || propertyOfGetter(name) !== null
}

/** The property that a method in Java's manner reads: getTotal and isTotal read `total`. Null for other names. */
export function propertyOfGetter(name: string): string | null {
  const prefix = name.startsWith('get') ? 3 : name.startsWith('is') ? 2 : 0
  const initial = name.charAt(prefix)
  return prefix > 0 && initial >= 'A' && initial <= 'Z' ? initial.toLowerCase() + name.slice(prefix + 1) : null
}

type Method = (value: unknown, given: readonly unknown[]) => unknown
type Methods = ReadonlyMap<string, Method>

function methodsOf(value: unknown): Methods | null {
  if (typeof value === 'string') return TEXT
  if (typeof value === 'number' || typeof value === 'bigint') return NUMBER
  if (isList(value)) return LIST
  if (value instanceof Date) return DATE
  return isMap(value) ? MAP : null
}

const ANY: Methods = new Map<string, Method>([
  ['equals', (value, [other]) => equalInKind(value, other)],
  ['toString', (value) => text(value)],
])

/** A method of texts: the receiver is one, as `methodsOf` saw to. */
function onText(method: (value: string, given: readonly unknown[]) => unknown): Method {
  return (value, given) => method(text(value), given)
}

const TEXT: Methods = new Map<string, Method>([
  ['length', onText((value) => value.length)],
  ['isEmpty', onText((value) => value === '')],
  ['isBlank', onText((value) => value.trim() === '')],
  ['contains', onText((value, given) => value.includes(textAt(given, 0)))],
  ['startsWith', onText((value, given) => value.startsWith(textAt(given, 0)))],
  ['endsWith', onText((value, given) => value.endsWith(textAt(given, 0)))],
  ['equalsIgnoreCase', onText((value, [other]) => typeof other === 'string' && value.toLowerCase() === other.toLowerCase())],
  ['compareTo', onText((value, given) => order(value, textAt(given, 0)))],
  ['toUpperCase', onText((value) => boundedText(value.toUpperCase()))],
  ['toLowerCase', onText((value) => boundedText(value.toLowerCase()))],
  ['trim', onText((value) => value.trim())],
  ['concat', onText((value, given) => boundedText(value + textAt(given, 0)))],
  ['indexOf', onText((value, given) => value.indexOf(textAt(given, 0)))],
  ['lastIndexOf', onText((value, given) => value.lastIndexOf(textAt(given, 0)))],
  ['charAt', onText((value, given) => value.charAt(indexIn(given, 0, value.length - 1)))],
  ['substring', onText(substring)],
  ['replace', onText((value, given) => replaceAll(value, textAt(given, 0), textAt(given, 1)))],
  ['split', onText((value, given) => value.split(textAt(given, 0), SPLIT_PARTS_MAX))],
])

const SPLIT_PARTS_MAX = 100_000

function substring(value: string, given: readonly unknown[]): string {
  const end = given.length > 1 ? indexIn(given, 1, value.length) : value.length
  return value.slice(indexIn(given, 0, end), end)
}

function replaceAll(value: string, sought: string, instead: string): string {
  const parts = value.split(sought)
  // The length alone decides, so that nothing of that size has to be made first.
  const length = value.length + (parts.length - 1) * (instead.length - sought.length)
  if (length > STRING_LENGTH_MAX) throw new ExpressionError('limit', `The text made is longer than ${STRING_LENGTH_MAX} characters`)
  return parts.join(instead)
}

const NUMBER: Methods = new Map<string, Method>([
  ['intValue', (value) => Math.trunc(Number(value))],
  ['longValue', (value) => (typeof value === 'bigint' ? value : Math.trunc(Number(value)))],
  ['doubleValue', (value) => Number(value)],
  ['compareTo', (value, [other]) => order(value, other)],
])

const DATE: Methods = new Map<string, Method>([
  ['getTime', (value) => (value instanceof Date ? value.getTime() : null)],
  ['before', (value, [other]) => order(value, other) === -1],
  ['after', (value, [other]) => order(value, other) === 1],
  ['compareTo', (value, [other]) => order(value, other)],
  ['toDate', (value) => value],
  ['getMillis', (value) => (value instanceof Date ? value.getTime() : null)],
  ...(['Years', 'Months', 'Weeks', 'Days', 'Hours', 'Minutes', 'Seconds'] as const).flatMap((unit): [string, Method][] => [
    [`plus${unit}`, (value, given) => moved(value, unit, wholeAt(given, 0))],
    [`minus${unit}`, (value, given) => moved(value, unit, -wholeAt(given, 0))],
  ]),
])

const UNIT_MS = { Weeks: 604_800_000, Days: 86_400_000, Hours: 3_600_000, Minutes: 60_000, Seconds: 1_000 } as const

/** An instant so much later, as Joda's `DateTime` has it, in UTC: a month that is shorter gives its last day. */
function moved(value: unknown, unit: keyof typeof UNIT_MS | 'Years' | 'Months', count: number): Date {
  const from = value instanceof Date ? value : new Date(Number.NaN)
  const to = new Date(from)
  if (unit === 'Years' || unit === 'Months') {
    to.setUTCDate(1)
    to.setUTCMonth(to.getUTCMonth() + count * (unit === 'Years' ? 12 : 1))
    const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
    to.setUTCDate(Math.min(from.getUTCDate(), last))
  } else to.setTime(from.getTime() + count * UNIT_MS[unit])
  if (Number.isNaN(to.getTime())) throw new ExpressionError('type', `${count} ${unit.toLowerCase()} from there is no date`)
  return to
}

function wholeAt(given: readonly unknown[], position: number): number {
  const count = Number(numeric(given[position] ?? null))
  if (!Number.isSafeInteger(count)) throw new ExpressionError('type', `${count} is not a whole number`)
  return count
}

/** A method of lists: the receiver is one, as `methodsOf` saw to. */
function onList(method: (value: readonly unknown[], given: readonly unknown[]) => unknown): Method {
  return (value, given) => method(isList(value) ? value : [], given)
}

const LIST: Methods = new Map<string, Method>([
  ['size', onList((value) => value.length)],
  ['length', onList((value) => value.length)],
  ['isEmpty', onList((value) => value.length === 0)],
  ['contains', onList((value, [sought]) => value.some((element) => equalInKind(element, sought)))],
  ['get', onList((value, given) => value[indexIn(given, 0, value.length - 1)] ?? null)],
  ['indexOf', onList((value, [sought]) => value.findIndex((element) => equalInKind(element, sought)))],
  ['getFirstResult', onList((value) => value[0] ?? null)],
  ['getSingleResult', onList(single)],
  ['getSingleEntry', onList((value) => entryOf(single(value)))],
  ['collectEntries', onList((value, given) => value.map((element) => (isMap(element) ? ownValue(element, textAt(given, 0)) : null)))],
])

function single(value: readonly unknown[]): unknown {
  if (value.length > 1) throw new ExpressionError('type', 'The list has more than one element')
  return value[0] ?? null
}

/** The only entry of an object: what one result of a decision with one output is. */
function entryOf(value: unknown): unknown {
  if (!isMap(value)) return null
  const keys = Object.keys(value)
  if (keys.length > 1) throw new ExpressionError('type', 'The object has more than one entry')
  return keys[0] === undefined ? null : ownValue(value, keys[0])
}

/** A method of objects: the receiver is one, as `methodsOf` saw to. */
function onMap(method: (value: Readonly<Record<string, unknown>>, given: readonly unknown[]) => unknown): Method {
  return (value, given) => method(isMap(value) ? value : {}, given)
}

const MAP: Methods = new Map<string, Method>([
  ['size', onMap((value) => Object.keys(value).length)],
  ['isEmpty', onMap((value) => isEmpty(value))],
  ['get', onMap((value, given) => ownValue(value, textAt(given, 0)))],
  ['getEntry', onMap((value, given) => ownValue(value, textAt(given, 0)))],
  ['getSingleEntry', onMap(entryOf)],
  ['containsKey', onMap((value, given) => Object.hasOwn(value, textAt(given, 0)))],
  ['containsValue', onMap((value, [sought]) => Object.keys(value).some((key) => equal(ownValue(value, key), sought)))],
  ['keySet', onMap((value) => Object.keys(value))],
  ['values', onMap((value) => Object.keys(value).map((key) => ownValue(value, key)))],
])

function textAt(given: readonly unknown[], position: number): string {
  const value = given[position]
  if (value === null || value === undefined) throw new ExpressionError('type', `Argument ${position + 1} of a method is missing or null`)
  return text(value)
}

function indexIn(given: readonly unknown[], position: number, most: number): number {
  const index = Number(numeric(given[position] ?? null))
  if (!Number.isInteger(index) || index < 0 || index > most) throw new ExpressionError('type', `Position ${index} does not exist`)
  return index
}
