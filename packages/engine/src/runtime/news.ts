import { EngineError } from './errors.ts'

/** Tells calls that wait for work when there may be some. */
export interface News {
  /** How often there were news. */
  count(): number
  /**
   * Resolves at the next news behind so many that are about the call, after so many real milliseconds, or when it is aborted. Throws
   * `tooManyWaiting`.
   */
  next(behind: number, ms: number, call: WaitingCall): Promise<void>
  /** There may be work of these types; of any where they are not known. */
  tell(types?: readonly string[]): void
}

/** A call that waits. */
export interface WaitingCall {
  /** The types of work that it is about. */
  readonly types: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/** Most calls of one node that wait at the same time. */
export const WAITING_MAX = 1_000

/** Types whose latest news are remembered: of more all are news. */
const TYPES_MAX = 10_000

export function createNews(): News {
  const waiting = createWaiting()
  let count = 0
  /** When there were news that were about all. */
  let latestOfAll = 0
  const latest = new Map<string, number>()
  const tellAll = (): void => {
    latestOfAll = count
    latest.clear()
    for (const over of waiting.all()) over()
  }
  return {
    count: () => count,
    async next(behind, ms, { types, signal }) {
      if (signal?.aborted || latestOfAll > behind || types.some((type) => (latest.get(type) ?? 0) > behind)) return
      if (waiting.size() >= WAITING_MAX)
        throw new EngineError('tooManyWaiting', `${WAITING_MAX} calls wait for work of this node already; ask with less or without wait`)
      await new Promise<void>((resolve) => {
        const over = (): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', over)
          waiting.delete(types, over)
          resolve()
        }
        const timer = setTimeout(over, ms)
        signal?.addEventListener('abort', over)
        waiting.add(types, over)
      })
    },
    tell(types) {
      if (types?.length === 0) return
      count++
      if (types === undefined) return tellAll()
      for (const type of types) {
        latest.set(type, count)
        for (const over of waiting.of(type)) over()
      }
      if (latest.size > TYPES_MAX) tellAll()
    },
  }
}

/** What ends each call that waits: of all, and by the types that they are about. */
interface Waiting {
  size(): number
  all(): readonly (() => void)[]
  of(type: string): readonly (() => void)[]
  add(types: readonly string[], over: () => void): void
  delete(types: readonly string[], over: () => void): void
}

function createWaiting(): Waiting {
  const all = new Set<() => void>()
  const byType = new Map<string, Set<() => void>>()
  return {
    size: () => all.size,
    all: () => [...all],
    of: (type) => [...(byType.get(type) ?? [])],
    add(types, over) {
      all.add(over)
      for (const type of types) {
        const others = byType.get(type)
        if (others === undefined) byType.set(type, new Set([over]))
        else others.add(over)
      }
    },
    delete(types, over) {
      all.delete(over)
      for (const type of types) {
        const others = byType.get(type)
        others?.delete(over)
        if (others?.size === 0) byType.delete(type)
      }
    },
  }
}
