import { EngineError } from './errors.ts'

/** Tells calls that wait for work when there may be some. */
export interface News {
  /** How often there were news. */
  count(): number
  /** Resolves at the next news behind so many, or after so many real milliseconds. Throws `tooManyWaiting`. */
  next(behind: number, ms: number): Promise<void>
  tell(): void
}

/** Most calls of one node that wait at the same time. */
export const WAITING_MAX = 1_000

export function createNews(): News {
  const waiting = new Set<() => void>()
  let count = 0
  return {
    count: () => count,
    async next(behind, ms) {
      if (count > behind) return
      if (waiting.size >= WAITING_MAX)
        throw new EngineError('tooManyWaiting', `${WAITING_MAX} calls wait for work of this node already; ask with less or without wait`)
      await new Promise<void>((resolve) => {
        const over = (): void => {
          clearTimeout(timer)
          waiting.delete(over)
          resolve()
        }
        const timer = setTimeout(over, ms)
        waiting.add(over)
      })
    },
    tell() {
      count++
      for (const over of [...waiting]) over()
    },
  }
}
