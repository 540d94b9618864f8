import type { Calendar } from '../model/calendar.ts'
import { EngineError } from '../runtime/errors.ts'
import type { ExtensionPort, PortCleanUp } from '../runtime/extended-engine.ts'
import type { Extension } from '../runtime/extension.ts'
import { EXTEND, type WayIn } from '../runtime/extension-key.ts'

/**
 * Adds an extension to an engine: its collections are prepared, and from then on it is asked about the instances that carry it. Gives
 * the port by which its host program acts. `cleanUp` is called at each clean-up of the engine, after what the engine itself deletes, on
 * every node; several may do it at the same time. Throws `invalidArgument` for what is no engine, or where the name is taken.
 */
export async function extend<Own>(engine: object, extension: Extension<Own>, cleanUp?: PortCleanUp<Own>): Promise<ExtensionPort<Own>> {
  // The engine hands an extension its own commands only.
  const own = [extension as Extension<unknown>, cleanUp as PortCleanUp<unknown> | undefined] as const
  return wayInto(engine).extend(...own) as Promise<ExtensionPort<Own>>
}

/**
 * Business hours that the engine was given, by name; null where it has none of the name. Throws `invalidArgument` for what is no engine.
 */
export function businessHours(engine: object, name: string): Calendar | null {
  return wayInto(engine).calendar(name)
}

/** In which what has no time zone of its own is local. Throws `invalidArgument` for what is no engine. */
export function timeZoneOf(engine: object): string {
  return wayInto(engine).timeZone
}

/**
 * Whether histories tell which elements were completed (`createEngine({ history })`): of a process, by its key; null: of every process.
 * Throws `invalidArgument` for what is no engine.
 */
export function keepsActivities(engine: object, processKey: string | null): boolean {
  return wayInto(engine).keepsActivities(processKey)
}

function wayInto(engine: object): WayIn {
  const own: WayIn | undefined = Reflect.get(engine, EXTEND)
  if (own === undefined) throw new EngineError('invalidArgument', 'Only an engine made by createEngine can be extended', {})
  return own
}
