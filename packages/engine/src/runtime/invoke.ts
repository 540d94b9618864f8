import { EngineError } from './errors.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { Host } from './host.ts'
import { type Answer, answerOf, answerOfThrown, type JobContext } from './job.ts'
import { traceHandler } from './tell-telemetry.ts'

/** Calls a handler. Gives its answer, or the promise of it, which never fails; whatever the handler does stays in the answer. */
export function invoke(host: Host, handler: RegisteredHandler, job: JobContext, asWhole: boolean): Answer | Promise<Answer> {
  const { telemetry } = host
  if (telemetry === null) return call(host, handler, job, asWhole)
  return traceHandler(telemetry, handler, job, () => call(host, handler, job, asWhole))
}

function call(host: Host, handler: RegisteredHandler, job: JobContext, asWhole: boolean): Answer | Promise<Answer> {
  const { calls } = host.handlers
  let returned: unknown
  calls.depth++
  try {
    returned = handler.run(job)
    if (!isThenable(returned)) return told(host, job, answerOf(returned, asWhole))
  } catch (error) {
    return told(host, job, answerOfThrown(error), error)
  } finally {
    calls.depth--
  }
  job.keepVariables()
  const answer = Promise.resolve(returned).then(
    (value) => told(host, job, answerOf(value, asWhole)),
    (error) => told(host, job, answerOfThrown(error), error),
  )
  return handler.timeoutMs === null ? answer : withTimeout(host, answer, handler, job, handler.timeoutMs)
}

/** The logger hears of an attempt that failed, with what was thrown: what is kept of it is its message alone. */
function told(host: Host, job: JobContext, answer: Answer, cause?: unknown): Answer {
  if (!('failed' in answer)) return answer
  const { id: jobId, type: jobType, instanceId, processKey, elementId, attempt, retriesLeft } = job
  const { code, message, final } = answer.failed
  host.settings.logger.warn('A handler failed', {
    jobId,
    jobType,
    instanceId,
    processKey,
    elementId,
    attempt,
    retriesLeft: final ? 0 : retriesLeft,
    code,
    error: message,
    ...(cause !== undefined && { cause }),
  })
  return answer
}

function withTimeout(host: Host, answer: Promise<Answer>, handler: RegisteredHandler, job: JobContext, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => {
        const message = `Handler ${handler.name} took longer than its timeout of ${timeoutMs} ms.`
        resolve(told(host, job, { failed: { code: 'timeout', message, final: false } }))
        job.abort(new EngineError('leaseLost', message, { jobId: job.id }))
      },
      Math.min(timeoutMs, TIMER_MAX_MS),
    )
    void answer.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

/** The longest that a platform's timer can wait. */
export const TIMER_MAX_MS: number = 2 ** 31 - 1

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
}
