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

function call({ handlers: { calls } }: Host, handler: RegisteredHandler, job: JobContext, asWhole: boolean): Answer | Promise<Answer> {
  let returned: unknown
  calls.depth++
  try {
    returned = handler.run(job)
    if (!isThenable(returned)) return answerOf(returned, asWhole)
  } catch (error) {
    return answerOfThrown(error)
  } finally {
    calls.depth--
  }
  job.keepVariables()
  const answer = Promise.resolve(returned).then((value) => answerOf(value, asWhole), answerOfThrown)
  return handler.timeoutMs === null ? answer : withTimeout(answer, handler, job, handler.timeoutMs)
}

function withTimeout(answer: Promise<Answer>, handler: RegisteredHandler, job: JobContext, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => {
        const message = `Handler ${handler.name} took longer than its timeout of ${timeoutMs} ms.`
        resolve({ failed: { code: 'timeout', message, final: false } })
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
