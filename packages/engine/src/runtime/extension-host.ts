import type { Diagnostic } from '../import/diagnostics.ts'
import type { Definition } from '../model/definition.ts'
import { EngineError } from './errors.ts'
import type { Extension } from './extension.ts'

/** The extensions of this engine; filled by `extend`. */
export interface ExtensionHost {
  /** True where there is none. */
  isEmpty(): boolean
  /** True where all of these are here: else this node leaves the instance's work to others. */
  hasAll(names: readonly string[]): boolean
  /** The extension by name, for an instance that carries it or for records alone. Throws `extensionMissing`. */
  get(name: string, instanceId: string | null): Extension<unknown>
  /** What the extensions find in a process that is to be deployed. */
  inspect(definition: Definition): readonly Diagnostic[]
  /** Throws `invalidArgument` where there is one of this name. */
  add(extension: Extension<unknown>): void
  /** What an extension has done at each clean-up. */
  cleansUp(name: string, work: ExtensionCleanUp): void
  /** Has the extensions clean up: how much each deleted, by its name; null where none does. */
  cleanUp(goOn: GoOn): Promise<Readonly<Record<string, number>> | null>
}

/** Lets others have their turn; false where the work is to stop. */
export type GoOn = () => Promise<boolean>

/** Deletes what an extension keeps no longer, as long as it may go on, and tells how much that was. */
export type ExtensionCleanUp = (goOn: GoOn) => Promise<number>

export function createExtensionHost(): ExtensionHost {
  const byName = new Map<string, Extension<unknown>>()
  const cleanUps = new Map<string, ExtensionCleanUp>()
  return {
    isEmpty: () => byName.size === 0,
    hasAll: (names) => names.every((name) => byName.has(name)),
    get(name, instanceId) {
      const extension = byName.get(name)
      if (extension !== undefined) return extension
      const what = instanceId === null ? 'A record' : `Instance ${instanceId}`
      throw new EngineError(
        'extensionMissing',
        `${what} belongs to the extension "${name}", which this engine does not have: add it to this engine too, or call one that has it`,
        {
          extension: name,
          instanceId,
        },
      )
    },
    inspect: (definition) =>
      [...byName.values()].flatMap((extension) => (extension.inspect === undefined ? [] : extension.inspect(definition))),
    add(extension) {
      if (byName.has(extension.name))
        throw new EngineError('invalidArgument', `This engine has an extension "${extension.name}" already`, { extension: extension.name })
      byName.set(extension.name, extension)
    },
    cleansUp: (name, work) => void cleanUps.set(name, work),
    async cleanUp(goOn) {
      if (cleanUps.size === 0) return null
      const deleted: Record<string, number> = {}
      for (const [name, work] of cleanUps) deleted[name] = await work(goOn)
      return deleted
    },
  }
}
