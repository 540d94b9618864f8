import type { Api } from './api-context.ts'
import type { EngineApi } from './engine-api.ts'
import type { Extension } from './extension.ts'
import type { GoOn } from './extension-host.ts'
import { type CommandPort, commandPort, extendApi } from './extension-port.ts'
import type { Host } from './host.ts'
import { joinedHost } from './joined-host.ts'

/** How an extension's host program acts: commands, readings, and what it asks of the engine on the way. */
export interface ExtensionPort<Own> extends CommandPort<Own> {
  /**
   * The engine's methods for what a call of the extension does on its way: `authorize` was asked about that call and is not asked about
   * these.
   */
  readonly engine: EngineApi
  /** The same, written into an open transaction of the host: as `engine.within`. */
  within(transaction: unknown): JoinedExtensionPort<Own>
}

/** A port inside a transaction of the host. Say how it ended, as for `engine.within`. */
export interface JoinedExtensionPort<Own> extends ExtensionPort<Own> {
  /** The host's transaction was committed. */
  committed(): void
  /** The host's transaction was rolled back: nothing of what was done here is so. */
  rolledBack(): void
}

/**
 * Deletes what an extension keeps no longer, and tells how much that was. Between its steps it asks `goOn`, which lets others have their
 * turn, and is false where it is to stop.
 */
export type PortCleanUp<Own> = (port: ExtensionPort<Own>, goOn: GoOn) => Promise<number>

/**
 * Adds an extension to an engine, and gives its port; `faceOf` gives the engine's methods on a host. Throws `invalidArgument` where the
 * engine has one of this name.
 */
export async function extendedEngine(
  api: Api,
  extension: Extension<unknown>,
  faceOf: (api: Api) => EngineApi,
  cleanUp?: PortCleanUp<unknown>,
): Promise<ExtensionPort<unknown>> {
  await extendApi(api, extension)
  const port = portOn(api, extension.name, faceOf)
  if (cleanUp !== undefined) api.host.extensions.cleansUp(extension.name, (goOn) => cleanUp(port, goOn))
  return port
}

function portOn(api: Api, name: string, faceOf: (api: Api) => EngineApi): ExtensionPort<unknown> {
  return {
    ...commandPort(api, name),
    engine: faceOf({ ...api, host: unasked(api.host) }),
    within(transaction) {
      const { host, committed, rolledBack } = joinedHost(api.host, transaction)
      return { ...portOn({ ...api, host }, name, faceOf), committed, rolledBack }
    },
  }
}

function unasked(host: Host): Host {
  return { ...host, settings: { ...host.settings, authorize: null } }
}
