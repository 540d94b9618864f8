import { EngineError } from './errors.ts'

/**
 * Does what others may be faster at: attempts until one does not answer {@link AGAIN}. `met` begins the message where none did, as
 * "Job 7 was changed by others". Throws `tooManyConflicts`.
 */
export async function contended<T>(
  met: string,
  ids: Readonly<Record<string, unknown>>,
  attempt: () => Promise<T | typeof AGAIN>,
): Promise<T> {
  for (let count = 1; count <= ATTEMPTS_MAX; count++) {
    const result = await attempt()
    if (result !== AGAIN) return result
  }
  throw tooManyConflicts(met, ids)
}

/** What an attempt answers where another was faster: it is made again, on what is so then. */
export const AGAIN: unique symbol = Symbol('again')

/** How often is decided again because others were faster. */
export const ATTEMPTS_MAX = 50

/** Others were faster each time. */
export function tooManyConflicts(met: string, ids: Readonly<Record<string, unknown>>): EngineError {
  return new EngineError('tooManyConflicts', `${met} ${ATTEMPTS_MAX} times; try again`, ids)
}
