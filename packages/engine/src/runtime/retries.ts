import { addDuration, parseDuration } from '../model/duration.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { Settings } from './options.ts'
import type { JobRecord } from './records/job.ts'

/** What the model says of an activity's attempts, and what was set by hand. */
export interface RetryFacts {
  readonly attempts: number | null
  /** ISO durations between attempts; the last one repeats. */
  readonly waits: readonly string[]
  readonly failures: number
  readonly retriesLeft: number | null
}

/** Those of a job as it is stored. */
export function retryFactsOf({ body: { work, failures = 0 } }: JobRecord): RetryFacts {
  return { attempts: work?.attempts ?? null, waits: work?.waits ?? [], failures, retriesLeft: work?.retriesLeft ?? null }
}

/** Attempts of the engine's own jobs before a person must look. */
export const OWN_ATTEMPTS = 10

/** Attempts in all: the model's, else the handler's, else the engine's. */
export function attemptsOf(settings: Settings, handler: RegisteredHandler | null, attempts: number | null): number {
  return attempts ?? handler?.attempts ?? settings.attempts
}

/** What follows on one more failure. `retryAt` null: no attempts are left. */
export function retryOf(
  settings: Settings,
  handler: RegisteredHandler | null,
  facts: RetryFacts,
  final: boolean,
  now: number,
): { readonly retriesLeft: number; readonly retryAt: number | null } {
  const before = facts.retriesLeft ?? attemptsOf(settings, handler, facts.attempts) - facts.failures
  const retriesLeft = final ? 0 : Math.max(0, before - 1)
  if (retriesLeft === 0) return { retriesLeft, retryAt: null }
  const wait =
    facts.waits.length > 0
      ? (facts.waits[Math.min(facts.failures, facts.waits.length - 1)] as string)
      : (handler?.backoff ?? settings.backoff)
  return { retriesLeft, retryAt: backoffEnd(wait, facts.failures, now, settings.timeZone) }
}

const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MAX_MS = 300_000

function backoffEnd(wait: string, failures: number, now: number, timeZone: string): number {
  const parsed = wait === 'exponential' ? null : parseDuration(wait)
  if (parsed !== null && 'duration' in parsed) return addDuration(now, parsed.duration, timeZone)
  return now + Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 20))
}
