import type { ImportLimits } from './limits.ts'

/** What the host can do, as far as it decides whether a model can run. Without these the import assumes nothing. */
export interface ImportOptions {
  /** True where a handler is registered under this job type. */
  readonly hasHandler?: (jobType: string) => boolean
  /** True where the host handles this very element. */
  readonly hasElementHandler?: (processKey: string, elementId: string) => boolean
  /** True where the host runs scripts in this language (`javascript`). */
  readonly runsScripts?: (language: string) => boolean
  /** True where a file of this name is deployed with the model. Without it files are not looked for. */
  readonly hasFile?: (name: string) => boolean
  /** True where the host reads, or writes, the data store of this name. */
  readonly hasDataStore?: (name: string, access: 'read' | 'write') => boolean
  /** True where the host has business hours of this name. Without it a timer that needs some is told, not judged. */
  readonly hasCalendar?: (name: string) => boolean
  /** True where expressions may call a function of this name besides those of their language. Without it calls are not judged. */
  readonly hasFunction?: (name: string) => boolean
  /** True where expressions may call methods of a host object of this name. Without it calls of methods are not judged. */
  readonly hasBean?: (name: string) => boolean
  /** IANA zone for dates without one. Default UTC. */
  readonly timeZone?: string
  /** Judges processes with `isExecutable="false"` as strictly as executable ones, for they are to be deployed. Default false. */
  readonly includeDrawings?: boolean
  /** Searches the control flow for tokens that would wait for ever. Default true. */
  readonly soundness?: boolean
  /** Instead of the default limits. */
  readonly limits?: Partial<ImportLimits>
}
