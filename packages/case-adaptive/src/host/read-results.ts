import { EngineError } from '@leeway/engine'
import type { Return } from '../case/commands.ts'
import type { ItemOutputs } from '../case/directives.ts'
import type { ReturnRequest } from './deviation-api.ts'
import type { ItemRequest } from './item-api.ts'

/** What of an item's result becomes variables of the path. Throws `invalidArgument`. */
export function readOutputs(given: NonNullable<ItemRequest['outputs']>): ItemOutputs {
  if (given === 'all') return given
  if (Array.isArray(given) && given.every((name) => typeof name === 'string'))
    return Object.fromEntries(given.map((name: string) => [name, name]))
  if (isRecord(given) && Object.values(given).every((name) => typeof name === 'string')) return given as { [variable: string]: string }
  const message = 'outputs is "all", a list of names, or gives by variable the name in the result: { address: "newAddress" }.'
  throw new EngineError('invalidArgument', message, {})
}

/** What a return takes from items. Throws `invalidArgument`. */
export function readResults(given: NonNullable<ReturnRequest['results']>): NonNullable<Return['results']> {
  if (!isRecord(given))
    throw new EngineError('invalidArgument', `results gives by variable the item and the name in its result; it is ${String(given)}.`, {})
  const entries = Object.entries(given).map(([variable, from]) => {
    const { item, result = variable } = isRecord(from) ? (from as { item?: unknown; result?: unknown }) : {}
    if (typeof item === 'string' && typeof result === 'string') return [variable, { item, result }] as const
    const message = `results gives by variable the item and the name in its result; "${variable}" is ${JSON.stringify(from)}.`
    throw new EngineError('invalidArgument', message, { variable })
  })
  return Object.fromEntries(entries)
}

function isRecord(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}
