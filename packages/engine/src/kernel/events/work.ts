import type { Instant, TaskSeen, TokenIncident } from '../state.ts'

/** The handler's result is applied: its job is done. */
export interface WorkFinished {
  readonly type: 'workFinished'
  readonly scopeId: string
  readonly n: number
  readonly outcome: 'completed' | 'error'
  /** It was a listener's. */
  readonly listener?: true
  /** Of a user task: what its listeners are to know of it. */
  readonly task?: TaskSeen
}

/** The handler failed and will be tried again. */
export interface WorkFailed {
  readonly type: 'workFailed'
  readonly scopeId: string
  readonly n: number
  readonly code: string
  readonly message: string
  readonly retriesLeft: number
  readonly retryAt: Instant
}

/** A listener that nothing waits for is to hear that its element ended without completing; by a job in the same commit. */
export interface NoticeGiven {
  readonly type: 'noticeGiven'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** Its key. */
  readonly listener: string
}

export interface IncidentRaised {
  readonly type: 'incidentRaised'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly code: string
  readonly message: string
  readonly retry: TokenIncident['retry']
}

export interface IncidentResolved {
  readonly type: 'incidentResolved'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** What is done again; `job`: its job is to be tried anew. */
  readonly retry: TokenIncident['retry']
}
