import { EngineError } from '../runtime/errors.ts'
import type { ExtensionPort } from '../runtime/extended-engine.ts'
import type { Extension } from '../runtime/extension.ts'
import { EXTEND } from '../runtime/extension-key.ts'

/**
 * Adds an extension to an engine: its collections are prepared, and from then on it is asked about the instances that carry it. Gives
 * the port by which its host program acts. Throws `invalidArgument` for what is no engine, or where the name is taken.
 */
export async function extend<Own>(engine: object, extension: Extension<Own>): Promise<ExtensionPort<Own>> {
  const own: unknown = Reflect.get(engine, EXTEND)
  if (typeof own !== 'function')
    throw new EngineError('invalidArgument', 'Only an engine made by createEngine can be extended', { extension: extension.name })
  return own(extension)
}
