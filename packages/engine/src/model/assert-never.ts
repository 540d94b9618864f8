/** Ends an exhaustive switch: does not compile where a member of the union is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`)
}
