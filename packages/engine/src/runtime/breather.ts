/**
 * Lets the host live beside work that goes on in promises alone: asked before each piece of work, it gives null while little time has
 * passed since the platform last had its turn, else the promise of that next turn.
 */
export type Breather = () => Promise<void> | null

/** Longest time, in milliseconds, that the platform's timers and connections wait for us. */
const TURN_MAX_MS = 10

export function createBreather(): Breather {
  let turn: { readonly since: number; readonly over: Promise<void> } | null = null
  return () => {
    if (turn !== null) return Date.now() - turn.since < TURN_MAX_MS ? null : turn.over
    const over = nextTurn().then(() => {
      turn = null
    })
    turn = { since: Date.now(), over }
    return null
  }
}

function nextTurn(): Promise<void> {
  // Where there is `setImmediate` it is as soon as can be; a timer is delayed by a millisecond or more.
  const { setImmediate } = globalThis as { readonly setImmediate?: (call: () => void) => unknown }
  return new Promise((resolve) => (setImmediate === undefined ? setTimeout(resolve, 0) : setImmediate(resolve)))
}
