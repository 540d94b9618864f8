export type { Diagnostic } from './import/diagnostics.ts'
export type { DecisionOutline } from './import/dmn/import-dmn.ts'
export { inspectModel, type ModelReport } from './import/inspect-model.ts'
export type { ProcessOutline } from './import/process-outline.ts'
export type { MigrationProblem } from './kernel/migration-problems.ts'
export type { TokenMigration } from './kernel/migration-way.ts'
export type { InstanceStatus } from './kernel/state.ts'
export type { CalendarDefinition, Weekday } from './model/calendar.ts'
export type { Variables } from './model/variables.ts'
export type { AdHocApi, EnabledActivity } from './runtime/ad-hoc.ts'
export type { AdHocInstructions } from './runtime/ad-hoc-turn.ts'
export type { CallOptions } from './runtime/api-context.ts'
export type {
  BatchReportEntry,
  BatchStarted,
  BatchView,
  BulkPreview,
  BulkPreviewEntry,
  ManyIncidents,
  ManyInstances,
  ManyJobs,
  MigrationPreview,
} from './runtime/batches.ts'
export type { Migrate, Migration, OneOrMany, SetRetries } from './runtime/bulk.ts'
export type { CleanedUp } from './runtime/clean-up.ts'
export { type Clock, ClockError, type ManualClock, manualClock, systemClock } from './runtime/clock.ts'
export type { CompleteOptions } from './runtime/complete-task.ts'
export type { DataStore, DataStoreRequest, DataStoreWrite } from './runtime/data-stores.ts'
export type { DecisionExplanation, DecisionOptions, DecisionQuery, DecisionReference, DeployedDecision } from './runtime/decisions.ts'
export type { DeleteDefinitionOptions, DeletedDefinitions } from './runtime/delete-definitions.ts'
export type { PublishAnswer } from './runtime/deliver-one.ts'
export type { Deployment, DeployOptions, DeploySource } from './runtime/deployments.ts'
export type { ElementOptions } from './runtime/elements.ts'
export { createEngine } from './runtime/engine.ts'
export type { Engine, EngineApi, JoinedEngine, MessageInput, SignalInput } from './runtime/engine-api.ts'
export { BpmnError, EngineError, type EngineErrorCode, ModelError, NoRetry, type RefusalDetails, Refused } from './runtime/errors.ts'
export type { ConditionsAnswer, ConditionsInput } from './runtime/evaluate-conditions.ts'
export type {
  EngineEvent,
  EngineEventName,
  EngineEventOf,
  EngineEvents,
  EngineListener,
  JobTold,
  TaskGone,
  TaskTold,
} from './runtime/event-hub.ts'
export type { Explanation, WaitExplanation } from './runtime/explain.ts'
export type { CompleteJobOptions, ExtendOptions, FailJobOptions, JobErrorOptions, ReleaseJobOptions } from './runtime/external-jobs.ts'
export type { FetchedJob, FetchRequest } from './runtime/fetch-jobs.ts'
export type { Handler, HandlerEntry, HandlerResult } from './runtime/handler.ts'
export type { HistoryEntry } from './runtime/history.ts'
export type { HistoryKinds, HistoryOptions, Retention, RetentionOptions } from './runtime/history-options.ts'
export type { IncidentQuery, IncidentView } from './runtime/incidents.ts'
export type { ActiveElement, InstanceIncident, InstanceView } from './runtime/instance-view.ts'
export type { InstanceQuery } from './runtime/instances.ts'
export type { Job, JobOutcome } from './runtime/job.ts'
export type { JobQuery, JobView } from './runtime/jobs.ts'
export type { Modification, ModificationReport, RewindOptions, StartHere } from './runtime/modify.ts'
export type { AuthorizationRequest, EngineOptions, Logger, RetryOptions, WorkerOptions } from './runtime/options.ts'
export type { Page } from './runtime/paging.ts'
export type { ProcessForm } from './runtime/process-forms.ts'
export type { ProcessVersions } from './runtime/process-versions.ts'
export type { DeployedProcess, ProcessQuery } from './runtime/processes.ts'
export type { HistoryLevel } from './runtime/records/history.ts'
export type { RescheduleOptions } from './runtime/reschedule.ts'
export type { ScriptEngine, ScriptOutcome, ScriptRun } from './runtime/script-engine.ts'
export type { SignalAnswer } from './runtime/signals.ts'
export type { StartOptions } from './runtime/start.ts'
export type { ProcessReference, StartedInstance } from './runtime/start-instance.ts'
export type { SuspendDefinitionOptions, SuspendedDefinitions } from './runtime/suspend-definitions.ts'
export type { TaskChanges } from './runtime/task-commands.ts'
export type { TaskQuery } from './runtime/task-query.ts'
export type { TaskField, TaskForm, TaskView } from './runtime/task-view.ts'
export type {
  PastSpan,
  SpanStart,
  Telemetry,
  TelemetryAttributes,
  TelemetryCount,
  TelemetryDuration,
  TelemetrySpan,
} from './runtime/telemetry.ts'
