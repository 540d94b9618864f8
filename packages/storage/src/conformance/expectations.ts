import { StorageError, type StorageErrorCode } from '../errors.ts'

/** Throws with what was expected unless the condition holds. */
export function expectThat(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Error(`Expected: ${expected}.`)
}

/** Throws unless both are the same JSON, in the same order. */
export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  const got = shown(actual)
  const want = shown(wanted)
  if (got !== want) throw new Error(`${what}: expected ${shortened(want)}, got ${shortened(got)}.`)
}

/** Throws unless the work is refused with a StorageError of this code. */
export async function expectRefused(work: () => Promise<unknown>, code: StorageErrorCode, what: string): Promise<void> {
  let outcome = 'it was done'
  try {
    await work()
  } catch (error) {
    if (error instanceof StorageError && error.code === code) return
    outcome = String(error)
  }
  throw new Error(`${what}: expected a StorageError "${code}", but ${outcome}.`)
}

/** JSON with the keys of objects in order, so that only what counts is compared. */
function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return text ?? 'undefined'
}

function shortened(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text
}
