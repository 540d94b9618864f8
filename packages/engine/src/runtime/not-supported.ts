import { EngineError } from './errors.ts'

/** A call of the public face that this version does not do: it rejects with `notSupported`, which names the call. */
export type NotSupported = (...args: readonly unknown[]) => Promise<never>

/** The calls that are named already and not there yet. */
export interface Absent {
  readonly evaluateConditions: NotSupported
}

export const ABSENT: Absent = {
  evaluateConditions: absent('evaluateConditions', 'this version has no conditional start events'),
}

function absent(call: string, what: string): NotSupported {
  return async () => {
    throw new EngineError('notSupported', `${call} is not supported yet: ${what}`, { call })
  }
}
