/** The extensions of this engine, by name; filled by `extend`. */
export interface ExtensionHost {
  readonly names: ReadonlySet<string>
}

export function createExtensionHost(): ExtensionHost {
  return { names: new Set() }
}
