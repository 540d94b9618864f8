import { parseSchedule } from './schedule.ts'

/** How often and when a job is tried again, as read from a text. */
export interface RetryCycle {
  /** All attempts, the first one too. */
  readonly attempts: number
  /** ISO 8601 durations, the last one repeats. */
  readonly waits: readonly string[]
}

/** `R3/PT10M` = three attempts ten minutes apart; `PT1M,PT5M` = a first attempt and one after each wait. Null where the text is neither. */
export function parseRetryCycle(source: string): RetryCycle | null {
  const text = source.trim()
  if (text.length > LENGTH_MAX) return null
  const repeated = /^R(\d+)\/([^/,]+)$/.exec(text)
  const waits = repeated === null ? text.split(',').map((wait) => wait.trim()) : [repeated[2] ?? '']
  const attempts = repeated === null ? waits.length + 1 : Number(repeated[1])
  return waits.every((wait) => 'schedule' in parseSchedule('timeDuration', wait, 'UTC')) && attempts >= 1 ? { attempts, waits } : null
}

const LENGTH_MAX = 500
