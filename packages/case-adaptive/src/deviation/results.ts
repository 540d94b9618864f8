import { Refused } from '@leeway/engine'
import { canonicalJson, type Value, type Values } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation, ResultTaken } from '../case/deviation-state.ts'
import type { ItemOutputs } from '../case/directives.ts'
import { unknownItem } from '../case/item-refusals.ts'
import type { PlanItem } from '../case/item-state.ts'

/** What a return sets on the path. */
export interface ReturnValues {
  readonly values: Values
  /** Those of them that items gave. */
  readonly taken: readonly ResultTaken[]
  /** Results of completed items that are not taken. */
  readonly offered: readonly { readonly itemId: string; readonly result: string }[]
}

/**
 * The variables of a return: what completed items give by their `outputs`, over these what the return itself takes from items, over all
 * what it is given. Throws `VariableConflict` where two items give one variable different values and the return does not say which,
 * `ResultMissing`, `UnknownItem`.
 */
export function valuesOfReturn(
  book: Book,
  { variables, results = {} }: Pick<Return, 'variables' | 'results'>,
  { id }: Deviation,
): ReturnValues {
  const done = book
    .itemsOfDeviation(id)
    .filter(({ state }) => state === 'completed')
    .sort((a, b) => (a.body.completed?.at ?? 0) - (b.body.completed?.at ?? 0))
  const taken = new Map<string, ResultTaken>()
  const values: { [name: string]: Value } = {}
  const take = (variable: string, item: PlanItem, result: string, value: Value): void => {
    taken.set(variable, { variable, itemId: item.id, result })
    values[variable] = value
  }
  const isGiven = (variable: string): boolean => Object.hasOwn(variables, variable) || Object.hasOwn(results, variable)
  for (const item of done) {
    for (const [variable, result, value] of outputsOf(item)) {
      const earlier = taken.get(variable)
      if (isGiven(variable)) continue
      if (earlier !== undefined && !isSame(values[variable], value)) throw conflict(id, variable, values[variable] ?? null, value)
      take(variable, item, result, value)
    }
  }
  for (const [variable, { item: itemId, result }] of Object.entries(results)) {
    const item = done.find((one) => one.id === itemId)
    if (item === undefined) throw unknownResult(book, id, itemId)
    const given = item.body.completed?.variables ?? {}
    const value = Object.hasOwn(given, result) ? given[result] : undefined
    if (value === undefined) throw missingResult(item, result)
    take(variable, item, result, value)
  }
  for (const [variable, value] of Object.entries(variables)) {
    taken.delete(variable)
    values[variable] = value
  }
  const offered = done.flatMap((item) =>
    Object.keys(item.body.completed?.variables ?? {})
      .filter((result) => ![...taken.values()].some((one) => one.itemId === item.id && one.result === result))
      .map((result) => ({ itemId: item.id, result })),
  )
  return { values, taken: [...taken.values()], offered }
}

/** What a completed item gives to the path: variable, name in its result, value. A result that it was to give and has not is left out. */
function outputsOf({ body }: PlanItem): readonly (readonly [string, string, Value])[] {
  const { outputs, completed } = body
  const given = completed?.variables ?? {}
  if (outputs === undefined) return []
  return Object.entries(namesOf(outputs, given)).flatMap(([variable, result]) => {
    const value = Object.hasOwn(given, result) ? given[result] : undefined
    return value === undefined ? [] : [[variable, result, value] as const]
  })
}

function namesOf(outputs: ItemOutputs, given: Values): { readonly [variable: string]: string } {
  return outputs === 'all' ? Object.fromEntries(Object.keys(given).map((name) => [name, name])) : outputs
}

function isSame(one: Value | undefined, other: Value): boolean {
  return one !== undefined && canonicalJson(one) === canonicalJson(other)
}

function conflict(deviationId: string, name: string, theirs: Value, mine: Value): Refused {
  const message = `Two items give "${name}". Say which counts: name it in results, or give its value as variable of the return.`
  return new Refused('VariableConflict', message, { deviationId, conflicts: [{ name, mine, theirs }] })
}

function unknownResult(book: Book, deviationId: string, itemId: string): Error {
  const item = book.item(itemId)
  if (item === null || item.deviationId !== deviationId) return unknownItem(itemId)
  return new Refused('ResultMissing', `"${item.body.name}" is ${item.state}; it has no result yet.`, { itemId, state: item.state })
}

function missingResult({ id, body }: PlanItem, result: string): Refused {
  const has = Object.keys(body.completed?.variables ?? {})
  const message = `"${body.name}" has no result "${result}"; it has ${has.length === 0 ? 'none' : has.map((name) => `"${name}"`).join(', ')}.`
  return new Refused('ResultMissing', message, { itemId: id, missing: [result] })
}
