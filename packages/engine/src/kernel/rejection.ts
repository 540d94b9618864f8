import type { Token } from './state.ts'

/** Why a command does not apply to the state. Nothing changed. */
export interface Rejection {
  readonly code:
    | 'ended'
    | 'notStarted'
    | 'suspended'
    | 'notSuspended'
    | 'unknownToken'
    | 'notWaiting'
    | 'onHold'
    | 'notHeld'
    | 'unknownElement'
    | 'invalidForm'
    | 'invalidVariable'
    | 'ambiguousScope'
    | 'ambiguousTimer'
    | 'noRound'
    | 'notMigratable'
    | 'anchorUnmapped'
    | 'offPath'
    | 'notPassed'
    | 'notStartable'
    | 'notEnabled'
    | 'notDivertible'
  readonly message: string
  /** What it is about, by name. */
  readonly details?: Readonly<Record<string, string>>
}

/** The token waits for something else. */
export function notWaiting(token: Token, what: string): Rejection {
  return { code: 'notWaiting', message: `"${token.elementId}" does not wait for ${what}` }
}

/** The token is off the path. */
export function onHold(token: Token): Rejection {
  return {
    code: 'onHold',
    message: `"${token.elementId}" is off the path, held by ${token.hold?.by}; what is sent is kept as a draft until the return`,
  }
}
