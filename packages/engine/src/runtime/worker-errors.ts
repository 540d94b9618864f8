import { EngineError } from './errors.ts'
import type { JobRecord } from './records/job.ts'

/** Jobs that an error about work without end names. */
export const LAST_NAMED = 5

/** `drain` did `count` jobs, and there is no end of it. */
export function endless(last: readonly JobRecord[], count: number): EngineError {
  const named = last.map(({ instanceId, body }) => ({ instanceId, processKey: body.processKey ?? null, elementId: body.elementId ?? null }))
  const { elementId, processKey } = named.at(-1) ?? {}
  const message = `After ${count} jobs there still is more to do, the last at "${elementId}" of process "${processKey}"; what is left stays stored`
  return new EngineError('endlessWork', message, { last: named })
}

/** Why a handler's result is not wanted any more. */
export function leaseLost(jobId: string, message: string): EngineError {
  return new EngineError('leaseLost', message, { jobId })
}

/** What a handler is told that is at work when the engine closes. */
export function closing(): EngineError {
  return new EngineError('closed', 'The engine is being closed: end soon, or this job is given to another node.')
}
