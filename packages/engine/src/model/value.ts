/**
 * A variable's value as the engine keeps it: JSON. Dates, bigints and bytes are kept as tagged objects
 * (`{ "$leeway": "date", "value": "2026-01-01T00:00:00.000Z" }`), so that every state survives a JSON round trip.
 * Values are frozen at entry and never changed in place.
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value }

/** Variables of one scope, by name, as kept. */
export type Values = { readonly [name: string]: Value }

/** True for no variables at all. Asked several times for each job: it makes no list of names. */
export function isEmpty(values: Values): boolean {
  for (const _name in values) return false
  return true
}
