/** The text of what an expression gave: dates as ISO 8601, the same wherever a name, key or code is asked for. Null: it is no text. */
export function asText(result: unknown): string | null {
  if (typeof result === 'string') return result
  if (typeof result === 'number' || typeof result === 'boolean' || typeof result === 'bigint') return String(result)
  return result instanceof Date ? result.toISOString() : null
}
