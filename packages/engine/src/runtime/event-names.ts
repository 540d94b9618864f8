import type { EngineEventName } from './event-hub.ts'

/** Every name that can be listened to; the type has the compiler tell which one is missing. */
const NAMES: { readonly [Name in EngineEventName]: true } = {
  any: true,
  instanceStarted: true,
  instanceEnded: true,
  taskCreated: true,
  taskCompleted: true,
  taskCancelled: true,
  taskUpdated: true,
  taskEnded: true,
  jobCreated: true,
  jobFailed: true,
  incidentCreated: true,
  deployed: true,
  processStarted: true,
  processEnded: true,
  variablesSet: true,
  scopeOpened: true,
  scopeClosed: true,
  iterationBegun: true,
  iterationEnded: true,
  elementActivated: true,
  tokenArrived: true,
  tokensJoined: true,
  gatewayReset: true,
  localsSet: true,
  elementWaits: true,
  elementCompleted: true,
  elementTerminated: true,
  waitTriggered: true,
  workFinished: true,
  workFailed: true,
  errorThrown: true,
  escalationThrown: true,
  incidentRaised: true,
  incidentResolved: true,
  messageThrown: true,
  signalThrown: true,
  tokenHeld: true,
  tokenReleased: true,
  eventLatched: true,
  processSuspended: true,
  processResumed: true,
  occurrenceKept: true,
}

/** Whether an event has this name. */
export function isEventName(name: unknown): name is EngineEventName {
  return typeof name === 'string' && Object.hasOwn(NAMES, name)
}
