import { EngineError } from './errors.ts'

/** A call of the public face that this version does not do: it rejects with `notSupported`, which names the call. */
export type NotSupported = (...args: readonly unknown[]) => Promise<never>

/** The calls that are named already and not there yet. */
export interface Absent {
  readonly adHoc: { readonly start: NotSupported; readonly complete: NotSupported }
  /** Bulk operations: there are none yet, so none can be asked for. */
  readonly batches: { readonly get: NotSupported }
  readonly evaluateConditions: NotSupported
}

/** Those of `instances`. */
export interface AbsentOfInstances {
  readonly modify: NotSupported
  readonly migrate: NotSupported
}

export const ABSENT: Absent = {
  adHoc: {
    start: absent('adHoc.start', 'this version runs no ad hoc sub-processes'),
    complete: absent('adHoc.complete', 'this version runs no ad hoc sub-processes'),
  },
  batches: { get: absent('batches.get', 'this version has no bulk operations') },
  evaluateConditions: absent('evaluateConditions', 'this version has no conditional start events'),
}

export const ABSENT_OF_INSTANCES: AbsentOfInstances = {
  modify: absent('instances.modify', 'this version moves no tokens by hand'),
  migrate: absent('instances.migrate', 'this version migrates no instances'),
}

function absent(call: string, what: string): NotSupported {
  return async () => {
    throw new EngineError('notSupported', `${call} is not supported yet: ${what}`, { call })
  }
}
