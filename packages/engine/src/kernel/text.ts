import { unsearchable } from '../model/searched-text.ts'
import { KernelError } from './kernel-error.ts'

/** The text of what an expression gave: dates as ISO 8601, the same wherever a name, key or code is asked for. Null: it is no text. */
export function asText(result: unknown): string | null {
  if (typeof result === 'string') return result
  if (typeof result === 'number' || typeof result === 'boolean' || typeof result === 'bigint') return String(result)
  return result instanceof Date ? result.toISOString() : null
}

/**
 * A name or key by which rows are found. Throws `invalidValue`, an incident of its element, where no store keeps it; `what` says what it
 * is.
 */
export function searched(text: string, what: string): string {
  const problem = unsearchable(text)
  if (problem === null) return text
  throw new KernelError('invalidValue', `the ${what} is ${problem}`)
}
