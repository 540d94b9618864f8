import { EngineError } from './errors.ts'

/** A call of the public face that this version does not do: it rejects with `notSupported`, which names the call. */
export type NotSupported = (...args: readonly unknown[]) => Promise<never>

/** The calls that are named already and not there yet. */
export interface Absent {
  readonly adHoc: { readonly start: NotSupported; readonly complete: NotSupported }
  readonly evaluateConditions: NotSupported
}

export const ABSENT: Absent = {
  adHoc: {
    start: absent('adHoc.start', 'this version runs no ad hoc sub-processes'),
    complete: absent('adHoc.complete', 'this version runs no ad hoc sub-processes'),
  },
  evaluateConditions: absent('evaluateConditions', 'this version has no conditional start events'),
}

function absent(call: string, what: string): NotSupported {
  return async () => {
    throw new EngineError('notSupported', `${call} is not supported yet: ${what}`, { call })
  }
}
