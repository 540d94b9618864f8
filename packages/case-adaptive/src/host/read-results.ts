import { EngineError } from '@leeway/engine'
import type { Return } from '../case/commands.ts'
import type { ItemOutputs } from '../case/directives.ts'
import { checkNames } from './check-request.ts'
import type { ReturnRequest } from './deviation-api.ts'
import type { ItemRequest } from './item-api.ts'

/** What of an item's result becomes variables of the path. Throws `invalidArgument`. */
export function readOutputs(given: NonNullable<ItemRequest['outputs']>): ItemOutputs {
  if (given === 'all') return given
  if (Array.isArray(given) && new Set(given).size === given.length && given.every(isName))
    return Object.fromEntries(given.map((name: string) => [name, name]))
  if (isRecord(given) && Object.values(given).every(isName)) return given as { [variable: string]: string }
  const message = 'outputs is "all", a list of names, or gives by variable the name in the result: { address: "newAddress" }.'
  throw new EngineError('invalidArgument', message, {})
}

/** What a return takes from items. Throws `invalidArgument`. */
export function readResults(given: NonNullable<ReturnRequest['results']>): NonNullable<Return['results']> {
  if (!isRecord(given))
    throw new EngineError('invalidArgument', `results gives by variable the item and the name in its result; it is ${String(given)}.`, {})
  const entries = Object.entries(given).map(([variable, from]) => {
    const { item, result = variable, ...rest } = isRecord(from) ? (from as { item?: unknown; result?: unknown }) : {}
    if (Object.keys(rest).length > 0) checkNames('cases.return: its results', from, { item: 'text', result: 'text' })
    if (isName(item) && isName(result)) return [variable, { item, result }] as const
    const message = `results gives by variable the item and the name in its result; "${variable}" is ${JSON.stringify(from)}.`
    throw new EngineError('invalidArgument', message, { variable })
  })
  return Object.fromEntries(entries)
}

function isName(given: unknown): given is string {
  return typeof given === 'string' && given !== ''
}

function isRecord(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}
