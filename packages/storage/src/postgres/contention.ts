import { isContended } from './failure.ts'

const ATTEMPTS_MAX = 10

/** Runs a statement again, ten times at most, that was rolled back only because of what others did at the same time. */
export async function whileContended<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isContended(error)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * attempt * 5))
  }
}
