import type { Variables } from '../model/variables.ts'
import type { AdHocApi } from './ad-hoc.ts'
import type { CallOptions } from './api-context.ts'
import type { BatchView, ManyIncidents } from './batches.ts'
import type { Migrate, OneOrMany, SetRetries } from './bulk.ts'
import type { CleanedUp } from './clean-up.ts'
import type { CompleteOptions } from './complete-task.ts'
import type { DecisionExplanation, DecisionOptions, DecisionQuery, DecisionReference, DeployedDecision } from './decisions.ts'
import type { DeleteDefinitionOptions, DeletedDefinitions } from './delete-definitions.ts'
import type { PublishAnswer } from './deliver-one.ts'
import type { Deployment, DeployOptions, DeploySource } from './deployments.ts'
import type { ElementOptions } from './elements.ts'
import type { ConditionsAnswer, ConditionsInput } from './evaluate-conditions.ts'
import type { EngineEventName, EngineListener } from './event-hub.ts'
import type { Explanation } from './explain.ts'
import type { CompleteJobOptions, ExtendOptions, FailJobOptions, JobErrorOptions, ReleaseJobOptions } from './external-jobs.ts'
import type { FetchedJob, FetchRequest } from './fetch-jobs.ts'
import type { HistoryEntry } from './history.ts'
import type { IncidentQuery, IncidentView } from './incidents.ts'
import type { InstanceView } from './instance-view.ts'
import type { InstanceQuery } from './instances.ts'
import type { JobQuery, JobView } from './jobs.ts'
import type { PublishRequest } from './message.ts'
import type { Modification, ModificationReport, RewindOptions } from './modify.ts'
import type { Page } from './paging.ts'
import type { ProcessForm } from './process-forms.ts'
import type { ProcessVersions } from './process-versions.ts'
import type { DeployedProcess, ProcessQuery } from './processes.ts'
import type { RescheduleOptions } from './reschedule.ts'
import type { RestartOptions } from './restart.ts'
import type { SignalAnswer } from './signals.ts'
import type { StartOptions } from './start.ts'
import type { ProcessReference, StartedInstance } from './start-instance.ts'
import type { SuspendOptions } from './suspend.ts'
import type { SuspendDefinitionOptions, SuspendedDefinitions } from './suspend-definitions.ts'
import type { TaskChanges } from './task-commands.ts'
import type { TaskQuery } from './task-query.ts'
import type { TaskView } from './task-view.ts'

/** What can be asked of an engine, also when bound to a person and a tenant. */
export interface EngineApi {
  /** Deploys models, all of them or none; the same content is the same deployment. Throws `ModelError` with every finding. */
  deploy(source: DeploySource, options?: DeployOptions): Promise<Deployment>
  /**
   * Starts an instance and resolves when its first commit has landed. Throws `unknownDefinition`, `unknownElement`, `invalidVariable`,
   * `invalidForm`, `definitionSuspended`, `idempotencyKeyReused`, and `notStartable` where nothing in the process begins by itself:
   * messages, signals, timers start it.
   */
  start(process: ProcessReference, options?: StartOptions): Promise<StartedInstance>
  readonly processes: {
    /** All deployed versions, by key, the newest version first. */
    list(): Promise<readonly DeployedProcess[]>
    /** Those of a key, of a version, with a version tag, or only the latest of each key; in the order of `list`. */
    find(query?: ProcessQuery): Promise<readonly DeployedProcess[]>
    /** The file that the definition was deployed with: text where it was given as text, else bytes. Throws `unknownDefinition`. */
    xml(definitionId: string): Promise<string | Uint8Array>
    /**
     * The forms of its start events and user tasks as the model has them: what is filled in to start it, before there is an instance.
     * Throws `unknownDefinition`.
     */
    forms(definitionId: string): Promise<readonly ProcessForm[]>
    /**
     * Deletes a version, all versions of a key, or those with a version tag. Refused as `definitionInUse` while an instance, running or
     * ended, is of it, or is on its way to it, unless `instances` is true: then these are cancelled and deleted first, as a batch. Of the
     * latest version the one before it becomes the latest again, with its start events; numbers of versions are not given again. Throws
     * `unknownDefinition`.
     */
    delete(process: ProcessVersions, options?: DeleteDefinitionOptions): Promise<DeletedDefinitions>
    /**
     * Nothing new begins by a version, or by all versions of a key, or with a version tag, that are deployed now, until `resume`: a start
     * is refused as `definitionSuspended`, so is a message that nobody else gets, a call is an incident; timers wait, signals and
     * conditions pass it by. Running instances go on unless `instances` is true: then they are suspended, as a batch. A version that is
     * deployed later is not suspended. Throws `unknownDefinition`.
     */
    suspend(process: ProcessVersions, options?: SuspendDefinitionOptions): Promise<SuspendedDefinitions>
    /** Lets instances begin again: a timer that came due meanwhile acts once. Throws `unknownDefinition`. */
    resume(process: ProcessVersions, options?: SuspendDefinitionOptions): Promise<SuspendedDefinitions>
  }
  readonly deployments: {
    /** A named file of a deployment, such as a form: text where it was given as text, else bytes. Throws `unknownDeployment`. */
    file(deploymentId: string, name: string): Promise<string | Uint8Array>
    /**
     * Deletes what a deployment made: its versions of processes as `processes.delete` does, its decisions and files. Throws
     * `unknownDeployment`, `definitionInUse`.
     */
    delete(deploymentId: string, options?: DeleteDefinitionOptions): Promise<DeletedDefinitions>
  }
  readonly decisions: {
    /** All deployed versions, by key, the newest version first. */
    list(): Promise<readonly DeployedDecision[]>
    /** Those of a key, of a version, with a version tag, or only the latest of each key; in the order of `list`. */
    find(query?: DecisionQuery): Promise<readonly DeployedDecision[]>
    /**
     * Makes a decision and gives its value: one output's own, several as an object by their names, a list where the hit policy has several
     * results. Without a matching rule: the default outputs, else null or an empty list. Throws `unknownDecision`, `decisionFailed`,
     * `invalidVariable`.
     */
    evaluate(decision: DecisionReference, options?: DecisionOptions): Promise<unknown>
    /** Makes a decision and tells which rules matched, in it and in those that it requires. Throws as `evaluate` does. */
    explain(decision: DecisionReference, options?: DecisionOptions): Promise<DecisionExplanation>
  }
  readonly instances: {
    /** The instance with what holds a token now; null where there is none that the caller sees. */
    get(id: string): Promise<InstanceView | null>
    /**
     * A page of instances that meet every criterion; default order by id, 100 a page. Throws `invalidArgument`, also for a variable that is
     * not declared as searchable.
     */
    find(query?: InstanceQuery): Promise<Page<InstanceView>>
    /** How many instances meet every criterion, counted up to 1,000,000. */
    count(query?: InstanceQuery): Promise<number>
    /**
     * Variables of the root scope, or as seen from `scope`: an element instance, or the `scopeId` in which one stands, such as a round of a
     * repeated activity. Throws `unknownInstance`, `unknownElementInstance`.
     */
    variables(id: string, options?: { readonly scope?: string }): Promise<Variables>
    /**
     * Sets variables of the root scope, or of the scope that the element instance `scope` opened or stands in; others stay. Throws
     * `unknownInstance`, `unknownElementInstance`, `instanceEnded`, `invalidVariable`.
     */
    setVariables(id: string, variables: Variables, options?: CallOptions & { readonly scope?: string }): Promise<void>
    /**
     * Ends a running instance as `terminated`: its work is withdrawn, nothing is compensated. Throws `unknownInstance`, `instanceEnded`.
     */
    readonly cancel: OneOrMany<CallOptions & { readonly reason?: string }>
    /**
     * Stops an instance until it is resumed: no work is handed out, no timer fires, no task can be completed; messages, signals and results
     * of work under way are kept. Throws `unknownInstance`, `instanceEnded`, `instanceSuspended`.
     */
    readonly suspend: OneOrMany<SuspendOptions>
    /**
     * Lets a suspended instance go on: what was kept is applied in the order in which it came, then timers that came due fire. Throws
     * `unknownInstance`, `instanceEnded`, `illegalTransition` where it is not suspended.
     */
    readonly resume: OneOrMany<CallOptions>
    /**
     * Puts tokens before or after elements and ends others, in one command; `dryRun` only reports. No soundness is checked: the report's
     * `findings` name joins that can never fire. Throws `unknownInstance`, `instanceEnded`, `instanceSuspended`, `unknownElement`,
     * `unknownElementInstance`, `ambiguousScope`, `noRound`, `notStartable`, `invalidArgument`.
     */
    modify(id: string, modification: Modification): Promise<ModificationReport>
    /**
     * Goes back to an element that was passed: in the innermost scope around it that is still there, tokens that stand at the element or
     * where the flows lead from it are ended, and a token is put before it. Variables stay, nothing is compensated. Throws as `modify`, and
     * `notPassed`.
     */
    rewind(id: string, elementId: string, options?: RewindOptions): Promise<ModificationReport>
    /**
     * Starts a new instance with the variables that an ended one had at its end. Throws `unknownInstance`, `instanceRunning`, and as
     * `start`.
     */
    restart(id: string, options?: RestartOptions): Promise<StartedInstance>
    /**
     * Puts instances on another definition, as a batch: each token stays where it is, at the element that `map` names, else at that of its
     * id. Timers keep their due times, tasks their ids and people. `dryRun` tells where each token would go, or why not. Throws
     * `unknownDefinition`, `unknownElement`, `invalidArgument`; an instance that cannot be migrated stands in the report as
     * `notMigratable`, or as `DeviationAnchorUnmapped` where somebody has left the path at a step that has no counterpart.
     */
    readonly migrate: Migrate
    /** Deletes an ended instance and its history for good. Throws `unknownInstance`, `instanceRunning`, `conflict`. */
    readonly delete: OneOrMany<CallOptions>
  }
  readonly tasks: {
    /**
     * A page of open tasks that meet every criterion, the oldest first; held ones only where `held` asks for them. Throws
     * `invalidArgument`.
     */
    find(query?: TaskQuery): Promise<Page<TaskView>>
    /** The open task, held or not; null where there is none that the caller sees. */
    get(id: string): Promise<TaskView | null>
    /** How many open tasks meet every criterion, counted up to 1,000,000. */
    count(query?: TaskQuery): Promise<number>
    /**
     * Takes a task on for the user, else for the actor; who has it already may claim it again. Throws `unknownTask`, `illegalTransition`
     * where another person has it, `Refused` OnHold.
     */
    claim(id: string, user?: string, options?: CallOptions): Promise<void>
    /** Gives a task back to its candidates. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    release(id: string, options?: CallOptions): Promise<void>
    /**
     * Gives a task to a person, whoever has it now; null gives it back to its candidates. Throws `unknownTask`, `illegalTransition`,
     * `Refused` OnHold.
     */
    assign(id: string, user: string | null, options?: CallOptions): Promise<void>
    /**
     * Lets another person do it; the owner stays named and gets it back by `resolve`. Throws `unknownTask`, `illegalTransition`, `Refused`
     * OnHold.
     */
    delegate(id: string, user: string, options?: CallOptions): Promise<void>
    /** Ends a delegation: the task is its owner's again. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    resolve(id: string, options?: CallOptions): Promise<void>
    /**
     * Changes name, due date, follow-up date, priority or candidates, also while the task is held. Throws `unknownTask`, `invalidArgument`.
     */
    update(id: string, changes: TaskChanges, options?: CallOptions): Promise<void>
    /** Adds a comment, at most 1,000 a task; also while the task is held. Throws `unknownTask`, `invalidArgument`. */
    comment(id: string, text: string, options?: CallOptions): Promise<void>
    /**
     * Keeps what the performer entered so far, in place of the draft that was there; also while the task is held. Throws `unknownTask`,
     * `invalidVariable`.
     */
    saveDraft(id: string, variables: Variables, options?: CallOptions): Promise<void>
    /**
     * Completes a task; its variables go where the model says. Throws `unknownTask`, `invalidVariable`, `invalidForm`, `Refused` OnHold
     * while the task is held: then the variables are kept as its draft.
     */
    complete(id: string, options?: CompleteOptions): Promise<void>
  }
  readonly messages: {
    /**
     * Gives a message to who waits for it: running instances first, then message start events; with a `ttl` it is kept until someone waits
     * (BPMN 2.0.2 §8.4.2). Throws `invalidArgument`, `idempotencyKeyReused`, `tooManyWaiting`, `definitionSuspended`.
     */
    publish(message: MessageInput): Promise<PublishAnswer>
  }
  readonly signals: {
    /**
     * Gives a signal to all that catch it now and to start events; it is not kept for later (BPMN 2.0.2 §10.5.1). Throws
     * `idempotencyKeyReused`.
     */
    broadcast(signal: SignalInput): Promise<SignalAnswer>
  }
  /**
   * Starts an instance for each conditional start event that is true of these variables, of latest versions (BPMN 2.0.2 §10.5.2). Throws
   * `invalidArgument`, `invalidVariable`, `idempotencyKeyReused`.
   */
  evaluateConditions(input?: ConditionsInput): Promise<ConditionsAnswer>
  readonly jobs: {
    /** A page of open jobs that meet every criterion, by id: work, timers, continuations and deliveries. Throws `invalidArgument`. */
    find(query?: JobQuery): Promise<Page<JobView>>
    /** How many open jobs meet every criterion, counted up to 1,000,000. */
    count(query?: Omit<JobQuery, 'limit' | 'after'>): Promise<number>
    /**
     * Gives a job this many attempts from now on (at least 1) and resolves its incident. Throws `unknownJob`, `invalidArgument`,
     * `illegalTransition` while a worker has it.
     */
    readonly setRetries: SetRetries
    /**
     * Puts a timer, or a job that waits for its time, at another due time. `id` is that of the job, or of the element instance that waits
     * for the timer; `elementId` names the timer's event where there are several. Throws `unknownJob`, `unknownElementInstance`,
     * `notWaiting`, `ambiguousTimer`, `illegalTransition` while a worker has it or it stands still, `Refused` OnHold.
     */
    reschedule(id: string, options: RescheduleOptions): Promise<void>
    /**
     * Leases due work of these types to an external worker: at most `max` jobs (default 1) for `lease` (ISO 8601; default the engine's
     * `leaseMs`). Throws `invalidArgument`.
     */
    fetch(request: FetchRequest): Promise<readonly FetchedJob[]>
    /** Lets a fetched job be this worker's for `lease` from now on. Throws `leaseLost`. */
    extend(id: string, options: ExtendOptions): Promise<void>
    /**
     * Gives a fetched job back before its lease ends: it can be fetched again at once, and no attempt is counted. Throws `leaseLost`,
     * `unknownJob`.
     */
    release(id: string, options: ReleaseJobOptions): Promise<void>
    /** Ends a fetched job; its variables go where the model says. Throws `leaseLost`, `unknownJob`, `notWaiting`, `invalidVariable`. */
    complete(id: string, options: CompleteJobOptions): Promise<void>
    /**
     * Counts a failed attempt: the job is due again after `retryIn` (ISO 8601), else by its back-off; out of attempts it becomes an
     * incident. Throws `leaseLost`, `unknownJob`, `notWaiting`.
     */
    fail(id: string, options: FailJobOptions): Promise<void>
    /**
     * Ends a fetched job with a BPMN error, caught by an error event of the model (BPMN 2.0.2 §10.5.7). Throws `leaseLost`, `unknownJob`,
     * `notWaiting`.
     */
    throwError(id: string, options: JobErrorOptions): Promise<void>
  }
  readonly incidents: {
    /** A page of open incidents that meet every criterion, by id, so that an instance's stand together. Throws `invalidArgument`. */
    find(query?: IncidentQuery): Promise<Page<IncidentView>>
    /** How many open incidents meet every criterion, counted up to 1,000,000. */
    count(query?: Omit<IncidentQuery, 'limit' | 'after'>): Promise<number>
    /** Tries again what got stuck: a job with all its attempts, a step of the model from where it failed. Throws `unknownIncident`. */
    readonly resolve: OneOrMany<CallOptions, ManyIncidents>
  }
  /** Running ad hoc sub-processes: what can be started in them, starting it, ending them. */
  readonly adHoc: AdHocApi
  /** Lets a waiting element go on as if what it waits for had come. */
  trigger(elementInstanceId: string, options?: ElementOptions): Promise<void>
  /** Throws a BPMN error from a waiting element (BPMN 2.0.2 §10.5.7). Throws `notWaiting`, `unknownElementInstance`, `Refused` OnHold. */
  throwError(elementInstanceId: string, code: string, options?: ElementOptions & { readonly message?: string }): Promise<void>
  /**
   * Throws an escalation from a waiting element, which goes on waiting unless an event that catches it interrupts it (BPMN 2.0.2 §10.5.5).
   * Uncaught, it is only noted in the history.
   */
  escalate(elementInstanceId: string, code: string, options?: ElementOptions): Promise<void>
  readonly batches: {
    /** How far a bulk operation is, with its report; null where there is none that the caller sees. */
    get(id: string): Promise<BatchView | null>
  }
  /** What happened in an instance, in order. */
  history(instanceId: string): Promise<readonly HistoryEntry[]>
  /** For each token: where it is, what it waits for, what would move it. */
  explain(instanceId: string): Promise<readonly Explanation[]>
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): EngineApi
  /**
   * The same methods, written into an open transaction of the host: its rows and the engine's land together or not at all. It takes what
   * the storage knows: a better-sqlite3 database, a client of pg, a transaction of Kysely. Nothing runs inside: jobs are only written,
   * messages and signals answer `pending`. Throws `notSupported` where the storage cannot, `invalidQuery` where there is no open
   * transaction.
   */
  within(transaction: unknown): JoinedEngine
}

/**
 * An engine inside a transaction of the host. Say how it ended: then its events are told and its jobs run at once; unsaid, they are found
 * by polling.
 */
export interface JoinedEngine extends EngineApi {
  /** The host's transaction was committed. */
  committed(): void
  /** The host's transaction was rolled back: nothing of what was done here is so. */
  rolledBack(): void
  as(who: { readonly actor?: string; readonly tenantId?: string }): JoinedEngine
}

/** A message to be published; its variables as the host has them. */
export interface MessageInput extends Omit<PublishRequest, 'variables' | 'match' | keyof CallOptions>, CallOptions {
  readonly variables?: Variables
  readonly match?: Variables
}

/** A signal to be broadcast. */
export interface SignalInput extends CallOptions {
  readonly name: string
  readonly variables?: Variables
  /** Only to this instance. */
  readonly instanceId?: string
}

/** An engine: runs the processes that are kept in its storage. */
export interface Engine extends EngineApi {
  /** Starts the worker of this node; returns at once. */
  run(): Promise<void>
  /**
   * Does all work that is due now and what follows from it. Throws `endlessWork` after 100,000 jobs: what is left stays stored. A handler
   * cannot wait for it, for its own job is part of that work: `wouldWait`, where the handler calls it before it first awaits something;
   * later it waits for itself.
   */
  drain(): Promise<void>
  /**
   * Moves the manual clock by an ISO 8601 duration, or to a point in time, and does what becomes due on the way, in order. Throws as
   * `drain` does.
   */
  advance(by: string | { readonly to: string | number | Date }): Promise<void>
  /**
   * Deletes at once what is kept no longer (`retention`), and tells how much. A node that runs does it by itself in the background; with a
   * manual clock only this does.
   */
  cleanUp(): Promise<CleanedUp>
  /** Listens to events, told after their commit. Gives the function that ends this. */
  on<Name extends EngineEventName>(name: Name, listener: EngineListener<Name>): () => void
  /**
   * Refuses new calls as `closed`, aborts `job.signal` of the handlers at work and waits for them, `worker.closeMs` at most; then their
   * leases are released for other nodes. The storage is closed where the engine made it; a storage that was given stays open.
   */
  close(): Promise<void>
}
