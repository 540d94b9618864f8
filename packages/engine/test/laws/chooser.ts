/** Random decisions, taken one by one from a list that fast-check drew and can shrink. */
export interface Chooser {
  /** A whole number from 0, below `bound`. 0 when spent. */
  readonly below: (bound: number) => number
  readonly isSpent: boolean
}

/** A chooser over these numbers. */
export function createChooser(choices: readonly number[]): Chooser {
  let next = 0
  return {
    below(bound) {
      const choice = choices[next] ?? 0
      next += 1
      return bound > 0 ? choice % bound : 0
    },
    get isSpent() {
      return next >= choices.length
    },
  }
}
