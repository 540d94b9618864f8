import type { Draft } from '../kernel/draft.ts'
import type { ElementWaits, KernelEvent } from '../kernel/events.ts'
import type { Consultations } from './consult.ts'
import type { Answer, JobContext } from './job.ts'
import type { JobMark } from './project.ts'

/** A command under way: its draft, what happened so far, and what the runtime decided about jobs. */
export interface Work {
  readonly draft: Draft
  readonly events: KernelEvent[]
  readonly now: number
  readonly businessKey: string | null
  readonly tenantId: string | null
  marks: Map<string, JobMark> | null
  inlineCount: number
  /** Handlers that were started and are late, by token. */
  running: ReadonlyMap<string, RunningHandler>
  /** The extensions that the instance carries; null where there are none. */
  readonly extensions: Consultations | null
}

/** A handler that was started within a command and has not answered. */
export interface RunningHandler {
  readonly waits: ElementWaits
  readonly context: JobContext | null
  readonly promise: Promise<Answer>
  answer: Answer | null
}
