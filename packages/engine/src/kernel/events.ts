import type { Value, Values } from '../model/value.ts'
import type { KeptCommand } from './occurrences.ts'
import type {
  Caught,
  CompensationSource,
  Hold,
  InstanceStatus,
  Instant,
  Latch,
  Listening,
  OccurrenceKind,
  Rounds,
  ScopeKind,
  TokenIncident,
  Wait,
  WorkResult,
} from './state.ts'

/** What happened: the only thing that changes state, and what records are projected from. `at` is the command's instant, kept once with the command. */
export type KernelEvent =
  | ProcessStarted
  | ProcessEnded
  | ScopeModified
  | CorrelationKeysSet
  | ProcessMigrated
  | ScopeMigrated
  | TokenMigrated
  | ProcessSuspended
  | ProcessResumed
  | OccurrenceKept
  | VariablesSet
  | ScopeOpened
  | ScopeClosed
  | IterationBegun
  | IterationEnded
  | RoundsEnded
  | ElementActivated
  | TokenArrived
  | TokensJoined
  | GatewayReset
  | LocalsSet
  | ElementWaits
  | ElementCompleted
  | ElementTerminated
  | WaitTriggered
  | EventCame
  | ConditionJudged
  | WorkFinished
  | NoticeGiven
  | WorkFailed
  | ErrorThrown
  | EscalationThrown
  | EventSubProcessArmed
  | EventSubProcessDisarmed
  | IncidentRaised
  | IncidentResolved
  | MessageThrown
  | SignalThrown
  | TokenHeld
  | TokenReleased
  | ProcessHeld
  | ProcessReleased
  | EventLatched
  | ScopeCompleted
  | CompensationBegun
  | CompensableTaken
  | ElementCompensated
  | CompensationEnded
  | AdHocClosed
  | StopsSet
  | ElementSkipped
  | ElementWithdrawn
  | LateResultDiscarded

/** The event of one type. */
export type EventOf<Type extends KernelEvent['type']> = Extract<KernelEvent, { type: Type }>

export interface ProcessStarted {
  readonly type: 'processStarted'
  readonly scopeId: string
  readonly definitionId: string
  readonly processKey: string
  readonly businessKey: string | null
  readonly variables: Values
  readonly at: Instant
  /** A call activity started it. */
  readonly called?: Caught
}

export interface ProcessEnded {
  readonly type: 'processEnded'
  readonly scopeId: string
  readonly status: Exclude<InstanceStatus, 'active' | 'suspended'>
  readonly reason: string | null
  readonly at: Instant
  /** An error that a caller catches ended it. */
  readonly error?: { readonly code: string; readonly message: string; readonly values: Values }
  /** A terminate event ended it that ends more than this instance. */
  readonly ends?: 'rounds' | 'all'
}

/** An operator puts tokens into the scope: what it does from now on goes by another path, so that no work has the key of work done before. */
/** The first message of a conversation that yields these correlation keys was sent or received. BPMN 2.0.2 §8.4.2 */
export interface CorrelationKeysSet {
  readonly type: 'correlationKeysSet'
  readonly scopeId: string
  readonly keys: { readonly [keyId: string]: string }
}

export interface ScopeModified {
  readonly type: 'scopeModified'
  readonly scopeId: string
  readonly path: string
}

/** It goes on by another definition; what that changes at its scopes and tokens follows. */
export interface ProcessMigrated {
  readonly type: 'processMigrated'
  readonly scopeId: string
  readonly definitionId: string
  readonly processKey: string
}

/** The scope is one of this element now; what it does from now on goes by another path. */
export interface ScopeMigrated {
  readonly type: 'scopeMigrated'
  readonly scopeId: string
  readonly elementId: string
  readonly path: string
}

/** Token n stands at this element now. */
export interface TokenMigrated {
  readonly type: 'tokenMigrated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly via?: string
  /** All that is armed from now on. */
  readonly waits: readonly Wait[]
  /** Of a held token: what was kept for its return. */
  readonly latches?: readonly Latch[]
}

/** Nothing of it moves from now on. */
export interface ProcessSuspended {
  readonly type: 'processSuspended'
  readonly scopeId: string
  readonly reason: string | null
}

/** It goes on; what was kept is applied next. */
export interface ProcessResumed {
  readonly type: 'processResumed'
  readonly scopeId: string
}

/** Something came to token n while the instance was suspended: kept for its resumption. */
export interface OccurrenceKept {
  readonly type: 'occurrenceKept'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly command: KeptCommand
}

/** Values written into this very scope. */
export interface VariablesSet {
  readonly type: 'variablesSet'
  readonly scopeId: string
  readonly values: Values
  /** Variables that are there no more. */
  readonly removed?: readonly string[]
}

/** Token `n` of the parent opened it; id and parent follow from scopeId. */
export interface ScopeOpened {
  readonly type: 'scopeOpened'
  readonly scopeId: string
  readonly kind: ScopeKind
  readonly elementId: string
  readonly path: string
  readonly variables: Values
  readonly rounds?: Rounds
  /** The collection of a sequential multi-instance. */
  readonly items?: readonly Value[]
  /** Which activation of a repeatable element this is. */
  readonly activation?: number
}

/** It is gone, with its kept iterations; its tokens are gone before. */
export interface ScopeClosed {
  readonly type: 'scopeClosed'
  readonly scopeId: string
}

/** scopeId is the body's; the iteration's own is `scopeId.n`. */
export interface IterationBegun {
  readonly type: 'iterationBegun'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly path: string
  readonly variables: Values
}

export interface IterationEnded {
  readonly type: 'iterationEnded'
  readonly scopeId: string
  readonly n: number
  readonly outcome: 'completed' | 'terminated'
  /** Kept in the iteration's scope until the body ends. */
  readonly output?: { readonly value: Value }
}

/** An event inside of a multi-instance ended it: no more rounds begin. */
export interface RoundsEnded {
  readonly type: 'roundsEnded'
  /** The body. */
  readonly scopeId: string
}

export interface ElementActivated {
  readonly type: 'elementActivated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly at: Instant
  readonly via?: string
  /** It is a compensation handler: the token whose compensation runs it. */
  readonly drivenBy?: string
  /** It is an event sub-process. */
  readonly handler?: true
}

/** Token n listens for the start event of an event sub-process, while the scope is active. Replaces what it listened for before. */
export interface EventSubProcessArmed {
  readonly type: 'eventSubProcessArmed'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly waits: readonly Wait[]
  readonly at: Instant
}

/** Token n listens no more and is gone: the scope completes, or was interrupted. */
export interface EventSubProcessDisarmed {
  readonly type: 'eventSubProcessDisarmed'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** At a gateway that joins: waits there for others. */
export interface TokenArrived {
  readonly type: 'tokenArrived'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly via: string
  readonly at: Instant
}

/** The gateway consumed these arrived tokens (number by flow). */
export interface TokensJoined {
  readonly type: 'tokensJoined'
  readonly scopeId: string
  readonly elementId: string
  readonly tokens: readonly (readonly [flowId: string, n: number])[]
  /** Complex gateway: it now waits for the other flows. */
  readonly waitingForReset?: readonly string[]
}

/** Complex gateway: it can fire again. */
export interface GatewayReset {
  readonly type: 'gatewayReset'
  readonly scopeId: string
  readonly elementId: string
}

/** The activity's own variables: results of its input mappings. Replaces them. */
export interface LocalsSet {
  readonly type: 'localsSet'
  readonly scopeId: string
  readonly n: number
  readonly locals: Values
}

/** The element begins to wait: what is armed, its boundary events included; with a job or a task to be made. Replaces what was armed before. */
export interface ElementWaits {
  readonly type: 'elementWaits'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly waits: readonly Wait[]
  /** Which activation of the element this is, where it has work and is repeatable. */
  readonly activation?: number
  readonly job?: JobDetails
  /** The job is a listener's. */
  readonly listening?: Listening
  readonly task?: TaskDetails
  readonly call?: CallDetails
}

/** What a job record needs beyond its token. */
export interface JobDetails {
  readonly jobType: string
  readonly aliases: readonly string[]
  /** `instance id + path/element:activation`. */
  readonly key: string
  readonly fields: Values
  readonly headers: { readonly [name: string]: string }
  readonly resultVariable: string | null
  /** `camunda:expression` to be evaluated by the worker where no handler stands. */
  readonly evaluates: boolean
  readonly priority: number
  /** Attempts in all, or null for the engine's default. */
  readonly attempts: number | null
  /** ISO durations between attempts. */
  readonly waits: readonly string[]
  /** A listener's: its key. */
  readonly listener?: string
}

/** What a task record needs beyond its token. */
export interface TaskDetails {
  readonly name: string | null
  readonly assignee: string | null
  readonly candidateUsers: readonly string[]
  readonly candidateGroups: readonly string[]
  readonly dueAt: Instant | null
  readonly followUpAt: Instant | null
  readonly priority: number
  readonly form: FormDetails | null
}

/** The form of a task as its row says it. */
export interface FormDetails {
  readonly key: string | null
  readonly ref: string | null
  readonly binding?: string
  readonly version?: string
  readonly fields?: readonly ShownField[]
}

/** A generated field as it was when the task was made. */
export interface ShownField {
  readonly id: string
  readonly label: string
  readonly type: string
  /** The variable's value, else the default; null where there is neither. */
  readonly value: Value
  readonly required: boolean
  readonly readonly: boolean
  /** `min`, `max`, `minlength`, `maxlength`, where they are set. */
  readonly limits: { readonly [kind: string]: number }
  /** What can be chosen. */
  readonly options: readonly { readonly id: string; readonly name: string }[]
  readonly properties: { readonly [name: string]: string }
}

/** What is to be called; the id of the instance stands in the wait. */
export interface CallDetails {
  readonly processKey: string
  readonly binding: 'latest' | 'deployment' | 'deploymentOrLatest' | { readonly version: number } | { readonly versionTag: string }
  /** Null: the caller's. */
  readonly tenantId: string | null
  readonly businessKey: string | null
  readonly variables: Values
  /** What is caught around the call activity, and by the callers of its instance. */
  readonly caught: Caught
}

/** Token n is gone; `taken` are the flows it left by. */
export interface ElementCompleted {
  readonly type: 'elementCompleted'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly taken: readonly string[]
  readonly actor?: string
  /** It can be compensated: what is needed for that is kept. */
  readonly kept?: true
}

/** Token n is gone without completing: interrupted by `by`, or with its scope. */
export interface ElementTerminated {
  readonly type: 'elementTerminated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly by: string | null
}

/** An armed event occurred; a cycle's next due and what is left after it, else the wait is consumed. */
export interface WaitTriggered {
  readonly type: 'waitTriggered'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly kind: OccurrenceKind
  /** Only this definition of a multiple event is concerned; absent: all that the event waits for is consumed. */
  readonly definition?: number
  /** The wait stays armed: a non-interrupting message or signal, a cycle with its next due. */
  readonly again?: { readonly dueAt?: Instant; readonly left?: number | null }
  /** How often a cycle was due that acts once, after it was kept for a return; absent: once. */
  readonly came?: number
}

/** One of what a parallel multiple event waits for has come; it is kept until all have. BPMN 2.0.2 §10.5.5. */
export interface EventCame {
  readonly type: 'eventCame'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly kind: OccurrenceKind
  readonly definition: number
  readonly values: Values
}

/** A condition that stays armed is true now, or no longer. */
export interface ConditionJudged {
  readonly type: 'conditionJudged'
  readonly scopeId: string
  readonly n: number
  readonly for: string
  readonly definition: number
  readonly holds: boolean
}

/** The handler's result is applied: its job is done. */
export interface WorkFinished {
  readonly type: 'workFinished'
  readonly scopeId: string
  readonly n: number
  readonly outcome: 'completed' | 'error'
  /** It was a listener's. */
  readonly listener?: true
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

/** A BPMN error; `caughtBy` is the event that catches it, null if none does. */
export interface ErrorThrown {
  readonly type: 'errorThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly code: string
  readonly message: string
  readonly caughtBy: string | null
}

/**
 * An escalation; `caughtBy` is the event that catches it. Where none does (null) it has no effect, unless a caller of the instance
 * catches it: `toCaller` is then what goes with it.
 */
export interface EscalationThrown {
  readonly type: 'escalationThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly code: string
  readonly caughtBy: string | null
  readonly toCaller?: Values
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

/** To be delivered by the runtime, by a job in the same commit. */
export interface MessageThrown {
  readonly type: 'messageThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly name: string
  readonly key: string | null
  readonly values: Values
}

export interface SignalThrown {
  readonly type: 'signalThrown'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly name: string
  readonly values: Values
  /** For catchers of its own instance only. */
  readonly isLocal?: true
}

/** A person took a token off the path: its element goes on only after the release. */
export interface TokenHeld {
  readonly type: 'tokenHeld'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly hold: Hold
  /** What is armed while away: paused timers without due time. */
  readonly waits: readonly Wait[]
}

/** A held token is back on the path, in the phase it had; what was latched is applied next. */
export interface TokenReleased {
  readonly type: 'tokenReleased'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** What is armed from now on. */
  readonly waits: readonly Wait[]
}

/** A person took the whole instance off the path; that its tokens are held follows. */
export interface ProcessHeld {
  readonly type: 'processHeld'
  readonly scopeId: string
  readonly by: string
  readonly at: Instant
}

/** The instance is back on the path; that its tokens are released follows. */
export interface ProcessReleased {
  readonly type: 'processReleased'
  readonly scopeId: string
  readonly by: string
}

/** Kept for the return; the wait that it came to is closed meanwhile, behind an event-based gateway the others too. */
export interface EventLatched {
  readonly type: 'eventLatched'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly latch: Latch
  /** All its waits, the closed ones marked. */
  readonly waits: readonly Wait[]
}

/** A scope ended and is not closed, for it can be compensated: its variables stay as they are, and what completed in it. */
export interface ScopeCompleted {
  readonly type: 'scopeCompleted'
  readonly scopeId: string
}

/** Token n compensates: what is to be undone is taken out of its scopes and belongs to it. */
export interface CompensationBegun {
  readonly type: 'compensationBegun'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly sources: readonly CompensationSource[]
  /** The flows of a throwing event that does not wait. */
  readonly taken?: readonly string[]
}

/** The completed instance n is to be undone: an activity, whose handler comes next, or a scope, which is open again. */
export interface CompensableTaken {
  readonly type: 'compensableTaken'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  /** Id of the token whose compensation it is part of. */
  readonly by: string
  readonly at: Instant
  /** It is a scope: `content` is undone by this same rule, or its compensation event sub-process does it (`handler`). */
  readonly reopens?: 'content' | 'handler'
}

/** A completed scope that was open again is compensated: its token is gone. */
export interface ElementCompensated {
  readonly type: 'elementCompensated'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** All that a token had to undo is undone, or it is interrupted: what it had not undone can be compensated again. */
export interface CompensationEnded {
  readonly type: 'compensationEnded'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}
/** An ad hoc sub-process is to end: its completion condition holds, or the host completed it. scopeId is that of its content. */
export interface AdHocClosed {
  readonly type: 'adHocClosed'
  readonly scopeId: string
}

/** Where tokens that come are held from now on. scopeId is the instance's. */
export interface StopsSet {
  readonly type: 'stopsSet'
  readonly scopeId: string
  readonly stops: { readonly [elementId: string]: string }
}

/** A held token goes on as if its element were done; what it waited for is closed. */
export interface ElementSkipped {
  readonly type: 'elementSkipped'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** A person took the element instance back; that it is terminated follows, or with its token's hold was before. */
export interface ElementWithdrawn {
  readonly type: 'elementWithdrawn'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
}

/** The result of work came while its token was off the path, and was not wanted: the work is done again after the return. */
export interface LateResultDiscarded {
  readonly type: 'lateResultDiscarded'
  readonly scopeId: string
  readonly n: number
  readonly elementId: string
  readonly result: WorkResult
}
