/** A map that forgets what was not used for long once its entries weigh more than `weightMax` together. */
export interface Lru<Value> {
  get(key: string): Value | undefined
  /** `weight` is 1 where not given. */
  set(key: string, value: Value, weight?: number): void
  delete(key: string): void
}

/**
 * Keeps two generations: when the young one has half the weight it becomes the old one, and what was old and not used since is
 * forgotten at once. So neither using nor forgetting an entry moves the others.
 */
export function createLru<Value>(weightMax: number): Lru<Value> {
  let young = newGeneration<Value>()
  let old = new Map<string, Value | undefined>()
  let youngWeight = 0
  const keep = (key: string, value: Value, weight: number): void => {
    const { size } = young
    if (young.set(key, value).size > size) youngWeight += weight
    if (youngWeight * 2 <= weightMax) return
    old = young
    young = newGeneration()
    youngWeight = 0
  }
  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined || old.size === 0) return value
      const aged = old.get(key)
      if (aged === undefined) return undefined
      old.delete(key)
      keep(key, aged, 1)
      return aged
    },
    set(key, value, weight = 1) {
      if (old.size > 0) old.delete(key)
      keep(key, value, weight)
    },
    delete(key) {
      if (young.delete(key)) youngWeight = Math.max(0, youngWeight - 1)
      else if (old.size > 0) old.delete(key)
    },
  }
}

/** Never empty (no entry has the empty key): V8 makes the table of a map anew each time its last entry goes. */
function newGeneration<Value>(): Map<string, Value | undefined> {
  return new Map([['', undefined]])
}
