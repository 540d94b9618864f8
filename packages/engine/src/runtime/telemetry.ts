/**
 * Told of the engine's work while it is done: spans, and measurements. Given to `createEngine` under `telemetry`; `openTelemetry()` of
 * `@leeway/engine/opentelemetry` is one. What it throws harms no work: the engine's logger hears of it.
 */
export interface Telemetry {
  /** Runs work in a span, which ends with it: where it answers a promise, when that is settled. What it throws is the span's error. */
  span<T>(start: SpanStart, work: (span: TelemetrySpan) => T): T
  /** A span that is over: an element took its time, perhaps over many commands. */
  past(span: PastSpan): void
  /** The trace at work here and now, as text that is stored with what will follow from it, up to 4,096 characters; null where nothing is traced. */
  trace(): string | null
  /** Adds to a sum. */
  count(name: TelemetryCount, by: number, attributes: TelemetryAttributes): void
  /** One value of a distribution, in seconds. */
  record(name: TelemetryDuration, seconds: number, attributes: TelemetryAttributes): void
}

/** What a span begins with. */
export interface SpanStart {
  /**
   * `command`: a command of one instance; `job`: a job of the queue from its beginning to its last commit; `handler`: one call of a
   * handler.
   */
  readonly kind: 'command' | 'job' | 'handler'
  readonly name: string
  readonly attributes: TelemetryAttributes
  /** Stored traces of what it follows from, in other commands and perhaps other processes: {@link Telemetry.trace}. */
  readonly follows: readonly string[]
}

/** A span while its work runs. */
export interface TelemetrySpan {
  /** More attributes, and whether the work failed. */
  tell(attributes: TelemetryAttributes, failure?: string): void
}

/** An element instance that ended. */
export interface PastSpan {
  readonly name: string
  readonly attributes: TelemetryAttributes
  /** The stored trace that it belongs to, which its instance was started in; null: the trace at work. */
  readonly within: string | null
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
}

/** Members that are undefined are left out. */
export type TelemetryAttributes = Readonly<Record<string, string | number | boolean | undefined>>

/** What is counted: commands that had to be decided again, starts and ends of instances, incidents, jobs in the hands of this node. */
export type TelemetryCount =
  | 'leeway.command.conflicts'
  | 'leeway.instances.started'
  | 'leeway.instances.ended'
  | 'leeway.incidents.raised'
  | 'leeway.jobs.active'

/** What takes time: a command with its commit, a call of a handler, and how late a job was taken on. */
export type TelemetryDuration = 'leeway.command.duration' | 'leeway.handler.duration' | 'leeway.job.delay'
