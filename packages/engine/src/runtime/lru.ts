/** A map that forgets what was not used for longest once its entries weigh more than `weightMax` together. */
export interface Lru<Value> {
  get(key: string): Value | undefined
  /** `weight` is 1 where not given. */
  set(key: string, value: Value, weight?: number): void
  delete(key: string): void
}

export function createLru<Value>(weightMax: number): Lru<Value> {
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>()
  let weightNow = 0
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      // Far from full there is nothing to forget, so the order does not matter yet.
      if (weightNow * 2 > weightMax) {
        entries.delete(key)
        entries.set(key, entry)
      }
      return entry.value
    },
    set(key, value, weight = 1) {
      const before = entries.get(key)
      if (before !== undefined) {
        weightNow -= before.weight
        entries.delete(key)
      }
      entries.set(key, { value, weight })
      weightNow += weight
      if (weightNow <= weightMax) return
      for (const [oldest, entry] of entries) {
        if (oldest === key) break
        entries.delete(oldest)
        weightNow -= entry.weight
        if (weightNow <= weightMax) break
      }
    },
    delete(key) {
      const entry = entries.get(key)
      if (entry === undefined) return
      weightNow -= entry.weight
      entries.delete(key)
    },
  }
}
