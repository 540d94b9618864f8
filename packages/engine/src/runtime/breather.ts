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

/**
 * Calls back once what runs now has come to its first wait. Node's `queueMicrotask` takes twice as long: it keeps for each call what
 * `async_hooks` want to know.
 */
export function soon(call: () => void): void {
  void over.then(call)
}

const over = Promise.resolve()

/** Calls back once all that can go on by itself has gone on; null where there are timers alone, which would take a millisecond or more. */
export const afterTurn: ((call: () => void) => unknown) | null =
  (globalThis as { readonly setImmediate?: (call: () => void) => unknown }).setImmediate ?? null

function nextTurn(): Promise<void> {
  return new Promise((resolve) => (afterTurn === null ? setTimeout(resolve, 0) : afterTurn(resolve)))
}
