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
    | 'ambiguousScope'
    | 'noRound'
    | 'notMigratable'
    | 'notPassed'
    | 'notStartable'
    | 'notEnabled'
    | 'notDivertible'
  readonly message: string
}
