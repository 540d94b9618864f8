import type { Calendar } from '../model/calendar.ts'
import type { ExtensionPort, PortCleanUp } from './extended-engine.ts'
import type { Extension } from './extension.ts'

/** Under this the engine object keeps its way in for extensions: registered, so that it is one in every module format. */
export const EXTEND: unique symbol = Symbol.for('leeway.extend') as never

/** What an engine has for those who extend it. */
export interface WayIn {
  extend(extension: Extension<unknown>, cleanUp?: PortCleanUp<unknown>): Promise<ExtensionPort<unknown>>
  calendar(name: string): Calendar | null
  readonly timeZone: string
  /** Whether histories tell which elements were completed: of a process, by its key; null: of each. */
  keepsActivities(processKey: string | null): boolean
}
