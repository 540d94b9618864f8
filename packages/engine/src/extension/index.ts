export type { AwayPolicy, Command, Diversion, DivertToken, EventPolicy, HoldToken, ReleaseToken, ToCompensate } from '../kernel/commands.ts'
export type { EventLatched, TokenHeld, TokenReleased } from '../kernel/events/off-path.ts'
export type { KernelEvent } from '../kernel/events.ts'
export { besideKey, splitTokenId } from '../kernel/ids.ts'
export type { AwayMode, Hold, Latch, Scope, Token, Wait } from '../kernel/state.ts'
export { type EventOf, flatten, type StateOf } from '../lifecycles/flatten.ts'
export { type Lifecycle, LifecycleError, takes, transitionOf } from '../lifecycles/lifecycle.ts'
export { type Calendar, type CalendarDefinition, readCalendar, type Weekday } from '../model/calendar.ts'
export { type DataOfNode, dataOf } from '../model/data-flow.ts'
export type { Definition } from '../model/definition.ts'
export { addDuration, type Duration, parseDuration, roughMs, timesDuration } from '../model/duration.ts'
export type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
export { instantGiven } from '../model/instant.ts'
export type { LeavePolicy } from '../model/leave-policy.ts'
export { linkTargets } from '../model/reachability.ts'
export { unsearchable } from '../model/searched-text.ts'
export type { Value, Values } from '../model/value.ts'
export { concealVariables, revealVariables, type Variables } from '../model/variables.ts'
export { addWorkingTime, workingDue, workingTimeBetween } from '../model/working-time.ts'
export type { CommandBody } from '../runtime/command-body.ts'
export { canonicalJson, sha256 } from '../runtime/digest.ts'
export type { ExtensionPort, JoinedExtensionPort, PortCleanUp } from '../runtime/extended-engine.ts'
export {
  type Decision,
  type DecisionTools,
  type Extension,
  type ExtensionFinding,
  type ExtensionOutcome,
  type InstanceReader,
  type RecordReader,
  ROUNDS_MAX,
  type Trial,
  type Tried,
} from '../runtime/extension.ts'
export { EXTENSION_KINDS, type OwnedJobData } from '../runtime/extension-jobs.ts'
export type { CommandPort, MadeOf, SubmitOptions } from '../runtime/extension-port.ts'
export { isoOf } from '../runtime/instance-view.ts'
export { incidentId } from '../runtime/record-ids.ts'
export { type BatchItemRecord, type BatchRecord, batches, batchItems } from '../runtime/records/batch.ts'
export { processKeyId, processKeys } from '../runtime/records/definition.ts'
export { incidents } from '../runtime/records/incident.ts'
export { instances } from '../runtime/records/instance.ts'
export type { InstanceRecord } from '../runtime/records/instance-record.ts'
export { type JobRecord, jobs } from '../runtime/records/job.ts'
export { type TaskBody, type TaskRecord, tasks } from '../runtime/records/task.ts'
export {
  isSameProblem,
  judgeMarking,
  type MarkingLimits,
  type MarkingProblem,
  type MarkingVerdict,
  type TokenPlace,
  type TraceStep,
} from '../soundness/judge-marking.ts'
export { businessHours, extend, keepsActivities, timeZoneOf } from './extend.ts'
