import { messageOf } from './job.ts'
import type { Logger } from './options.ts'
import type { Telemetry, TelemetrySpan } from './telemetry.ts'

/** Longest stored trace, in characters: each job, task and subscription carries one. */
const TRACE_MAX = 4_096

/** Faults that the logger is told of, each once: what measures every command would fail with every command. */
const TOLD_MAX = 100

/**
 * Telemetry that harms no one: what it is wrapped around is done once and answers as it would without, whatever the telemetry throws,
 * answers, or never answers. The logger hears of each kind of fault once.
 */
export function harmlessTelemetry(telemetry: Telemetry, logger: Logger): Telemetry {
  const told = new Set<string>()
  const fault = (method: string, error: unknown): void => {
    const message = messageOf(error)
    const kind = `${method} ${message}`
    if (told.has(kind) || told.size >= TOLD_MAX) return
    told.add(kind)
    logger.warn('Telemetry failed; the work goes on without it', { method, error: message })
  }
  const attempt = <T>(method: string, call: () => T): T | undefined => {
    try {
      return call()
    } catch (error) {
      fault(method, error)
      return undefined
    }
  }
  return {
    span(start, work) {
      let done: Done<ReturnType<typeof work>> | null = null
      const once = (span: TelemetrySpan): ReturnType<typeof work> => {
        done ??= doneBy(() => work({ tell: (attributes, failure) => attempt('tell', () => span.tell(attributes, failure)) }))
        return answerOf(done)
      }
      let ran: unknown
      try {
        ran = telemetry.span(start, once)
      } catch (error) {
        if (!isOwn(done, error)) fault('span', error)
      }
      done ??= doneBy(() => work(SILENT))
      const end = done
      if (ran instanceof Promise) ran.catch(async (error) => (await isOwnLater(end, error)) || fault('span', error))
      return answerOf(end)
    },
    past: (span) => attempt('past', () => telemetry.past(span)),
    trace() {
      const trace: unknown = attempt('trace', () => telemetry.trace()) ?? null
      if (trace === null || (typeof trace === 'string' && trace.length <= TRACE_MAX)) return trace
      fault('trace', new Error(`A trace is text of at most ${TRACE_MAX} characters, or null`))
      return null
    },
    count: (name, by, attributes) => attempt('count', () => telemetry.count(name, by, attributes)),
    record: (name, seconds, attributes) => attempt('record', () => telemetry.record(name, seconds, attributes)),
  }
}

const SILENT: TelemetrySpan = { tell: () => undefined }

type Done<T> = { readonly answer: T } | { readonly thrown: unknown }

function doneBy<T>(work: () => T): Done<T> {
  try {
    return { answer: work() }
  } catch (error) {
    return { thrown: error }
  }
}

function answerOf<T>(done: Done<T>): T {
  if ('thrown' in done) throw done.thrown
  return done.answer
}

/** The work itself threw it. */
function isOwn(done: Done<unknown> | null, error: unknown): boolean {
  return done !== null && 'thrown' in done && done.thrown === error
}

/** The work itself threw it, or was rejected with it. */
async function isOwnLater(done: Done<unknown>, error: unknown): Promise<boolean> {
  if ('thrown' in done) return done.thrown === error
  return Promise.resolve(done.answer).then(
    () => false,
    (own) => own === error,
  )
}
