import type { Expectation, Write } from '@leeway/storage'
import type { Draft } from '../kernel/draft.ts'
import type { ElementWaits } from '../kernel/events/waits.ts'
import type { KernelEvent } from '../kernel/events.ts'
import type { Consultations } from './consultation.ts'
import type { Answer, JobContext } from './job.ts'
import type { JobMark } from './projection.ts'
import type { InstanceBody } from './records/instance-record.ts'
import type { Entry } from './state-cache.ts'

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
  /** What calls added; null where nothing is called. */
  called: CalledWork | null
}

/** What calls added to a command: it lands in the same change set. */
export interface CalledWork {
  readonly members: readonly CalledInstance[]
  /** So that no call misses a newer version. */
  readonly expect: readonly Expectation[]
  /** Jobs of calls that are made later. */
  readonly later: readonly Write[]
}

/** An instance that a call started, as far as the command took it. */
export interface CalledInstance {
  readonly entry: Entry
  readonly work: Work
  readonly parent: NonNullable<InstanceBody['parent']>
}

/** A handler that was started within a command and has not answered. */
export interface RunningHandler {
  readonly waits: ElementWaits
  readonly context: JobContext | null
  readonly promise: Promise<Answer>
  answer: Answer | null
}
