import { FeelDuration } from 'feelin'

/**
 * The function `cycle` that zeebe adds to FEEL for timers: `cycle(3, duration("PT1H"))` is the text `R3/PT1H`, `cycle(duration("PT1H"))`
 * repeats without end: `R/PT1H`. Null where the arguments are no whole number and duration.
 */
export function cycleFunction(): unknown {
  const call = (first: unknown, second: unknown): string | null => {
    const [repetitions, interval] = first instanceof FeelDuration && isMissing(second) ? [null, first] : [first, second]
    if (!(interval instanceof FeelDuration)) return null
    if (isMissing(repetitions)) return `R/${interval}`
    return Number.isSafeInteger(repetitions) && Number(repetitions) >= 0 ? `R${repetitions}/${interval}` : null
  }
  // feelin reads the parameters of a function from `$args`.
  return Object.assign(call, { $args: ['repetitions', 'interval'] })
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}
