import {
  type Attributes,
  type Context,
  type Counter,
  context,
  createTraceState,
  type Histogram,
  isSpanContextValid,
  type Link,
  type Meter,
  type MeterProvider,
  metrics,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
  type UpDownCounter,
} from '@opentelemetry/api'
import type { PastSpan, SpanStart, Telemetry, TelemetryCount, TelemetryDuration } from '../runtime/telemetry.ts'

/** How traces are made. */
export interface OpenTelemetryOptions {
  /**
   * How the span of a job relates to the command that wrote the job, perhaps days ago and on another node. `link` (default): it begins a
   * trace of its own, with a link to that of the command. `child`: it goes on in the command's trace.
   */
  readonly jobs?: 'link' | 'child'
  /** A span for each element that ends, from its beginning on, in the trace in which its instance was started. Default true. */
  readonly elements?: boolean
  /** Default: the provider that is registered with the API. */
  readonly tracerProvider?: TracerProvider
  /** Default: the provider that is registered with the API. */
  readonly meterProvider?: MeterProvider
}

/**
 * Tells OpenTelemetry: `createEngine({ telemetry: openTelemetry() })`. Needs `@opentelemetry/api`, an optional peer dependency; the SDK is
 * the host's.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const { jobs = 'link', elements = true, tracerProvider = trace.getTracerProvider(), meterProvider = metrics.getMeterProvider() } = options
  const tracer = tracerProvider.getTracer(NAME)
  const measure = instruments(meterProvider.getMeter(NAME))
  return {
    span(start, work) {
      const { span, within } = begin(tracer, start, jobs === 'child')
      const told = {
        tell(attributes: Attributes, failure?: string) {
          span.setAttributes(attributes)
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
        },
      }
      return context.with(within, () => ending(span, () => work(told)))
    },
    past: elements ? (span) => tellPast(tracer, span) : () => undefined,
    trace: () => textOf(trace.getSpanContext(context.active())),
    count: (name, by, attributes) => measure.sums[name].add(by, attributes),
    record: (name, seconds, attributes) => measure.durations[name].record(seconds, attributes),
  }
}

const NAME = '@leeway/engine'

function begin(tracer: Tracer, { kind, name, attributes, follows }: SpanStart, asChild: boolean): { span: Span; within: Context } {
  const causes = follows.map(contextOf).filter((cause) => cause !== null)
  const [first] = causes
  let parent = context.active()
  // A job begins where the worker took it on, which says nothing about why.
  if (kind === 'job') parent = asChild && first !== undefined ? trace.setSpanContext(parent, first) : trace.deleteSpan(parent)
  const links: Link[] = causes.map((cause) => ({ context: cause }))
  const span = tracer.startSpan(name, { kind: kind === 'job' ? SpanKind.CONSUMER : SpanKind.INTERNAL, attributes, links }, parent)
  return { span, within: trace.setSpan(parent, span) }
}

/** Ends the span when the work is over, however it ends. */
function ending<T>(span: Span, work: () => T): T {
  let answer: T
  try {
    answer = work()
  } catch (error) {
    fail(span, error)
    throw error
  }
  if (!(answer instanceof Promise)) {
    span.end()
    return answer
  }
  return answer.then(
    (value) => {
      span.end()
      return value
    },
    (error) => {
      fail(span, error)
      throw error
    },
  ) as T // the same promise, but for the span's end
}

function fail(span: Span, error: unknown): void {
  if (error instanceof Error) span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
  span.end()
}

/** The element stands in its instance's trace, with a link to the command that ended it. */
function tellPast(tracer: Tracer, { name, attributes, within, from, to }: PastSpan): void {
  const active = context.active()
  const home = within === null ? null : contextOf(within)
  const command = trace.getSpanContext(active)
  const parent = home === null ? active : trace.setSpanContext(active, home)
  const links = home === null || command === undefined ? [] : [{ context: command }]
  tracer.startSpan(name, { attributes, links, startTime: new Date(from) }, parent).end(new Date(to))
}

/** `traceparent` of W3C Trace Context, and after a space its `tracestate` where there is one. */
function textOf(spanContext: SpanContext | undefined): string | null {
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return null
  const { traceId, spanId, traceFlags, traceState } = spanContext
  const state = traceState?.serialize() ?? ''
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}${state === '' ? '' : ` ${state}`}`
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?: (.+))?$/

function contextOf(text: string): SpanContext | null {
  const [, traceId, spanId, flags, state] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  if (!isSpanContextValid(found)) return null
  return state === undefined ? found : { ...found, traceState: createTraceState(state) }
}

/** Buckets for seconds: those of the SDK are made for milliseconds, and would have nearly all of it in one. */
const WORK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** A job may be late by a pause of all nodes. */
const DELAY_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400]

interface Instruments {
  readonly sums: { readonly [Name in TelemetryCount]: Counter | UpDownCounter }
  readonly durations: { readonly [Name in TelemetryDuration]: Histogram }
}

function instruments(meter: Meter): Instruments {
  const counter = (name: TelemetryCount, unit: string, description: string): Counter => meter.createCounter(name, { description, unit })
  const duration = (name: TelemetryDuration, explicitBucketBoundaries: number[], description: string): Histogram =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } })
  const active = { description: 'Jobs that this node works on', unit: '{job}' }
  return {
    sums: {
      'leeway.command.conflicts': counter('leeway.command.conflicts', '{conflict}', 'Commands decided again because another was faster'),
      'leeway.instances.started': counter('leeway.instances.started', '{instance}', 'Process instances started'),
      'leeway.instances.ended': counter('leeway.instances.ended', '{instance}', 'Process instances ended, by status'),
      'leeway.incidents.raised': counter('leeway.incidents.raised', '{incident}', 'Incidents raised, by code'),
      'leeway.jobs.active': meter.createUpDownCounter('leeway.jobs.active', active),
    },
    durations: {
      'leeway.command.duration': duration('leeway.command.duration', WORK_SECONDS, 'Time of a command with its commit'),
      'leeway.handler.duration': duration('leeway.handler.duration', WORK_SECONDS, 'Time of one call of a handler'),
      'leeway.job.delay': duration('leeway.job.delay', DELAY_SECONDS, 'How late a job was taken on'),
    },
  }
}
