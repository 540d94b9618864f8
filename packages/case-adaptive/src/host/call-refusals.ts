import { EngineError, Refused } from '@leeway/engine'

export function noActor(operation: string): Refused {
  return new Refused('NotAllowed', `${operation} goes on record under a name: give "actor", or use cases.as({ actor }).`, {
    missing: ['actor'],
    operation,
  })
}

export function noReason(operation: string): Refused {
  return new Refused('ReasonMissing', `${operation} goes on record with its reason: give reason { code, text }.`, {
    missing: ['reason'],
    operation,
  })
}

/** What a decision answers its caller with; anything else that it throws is not the caller's. */
export function isRefusal(error: unknown): error is Refused | EngineError {
  return error instanceof Refused || error instanceof EngineError
}
