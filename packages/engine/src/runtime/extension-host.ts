import type { Values } from '../model/value.ts'
import type { Api, CallOptions } from './api-context.ts'
import type { JobRecord } from './records.ts'
import { unknownTaskOf } from './task-errors.ts'

/** The extensions of this engine; filled by `extend`. */
export interface ExtensionHost {
  readonly jobTypes: readonly string[]
  /** Runs a job of an extension's kind; null where no extension here knows the kind. */
  jobRunner(kind: string): ((job: { readonly record: JobRecord; readonly fence: number; readonly revision: number }) => Promise<void>) | null
  /** Completes a task that an extension owns. */
  completeTask(api: Api, id: string, values: Values, options: CallOptions): Promise<void>
}

export function createExtensionHost(): ExtensionHost {
  return { jobTypes: [], jobRunner: () => null, completeTask: (_api, id) => Promise.reject(unknownTaskOf(id)) }
}
