/** What becomes of a vendor extension. */
export interface ExtensionRule {
  /** `read`: it is compiled, or belongs to tools alone. `ignored`: it does not change how the process runs here. `steers`: it would, and is not executed. */
  readonly effect: 'read' | 'ignored' | 'steers'
  /** Values that ask for nothing but the default. */
  readonly harmless?: readonly string[]
}

/** Names by effect, as a table. */
export function rulesOf(
  read: readonly string[],
  ignored: readonly string[],
  steers: readonly string[],
  harmless: Readonly<Record<string, readonly string[]>> = {},
): ReadonlyMap<string, ExtensionRule> {
  const rules = new Map<string, ExtensionRule>()
  for (const name of read) rules.set(name, { effect: 'read' })
  for (const name of ignored) rules.set(name, { effect: 'ignored' })
  for (const name of steers)
    rules.set(name, { effect: 'steers', ...(Object.hasOwn(harmless, name) ? { harmless: harmless[name] ?? [] } : {}) })
  return rules
}
