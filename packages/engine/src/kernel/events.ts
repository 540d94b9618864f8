import type {
  BesideDropped,
  BesideKept,
  BesideUndoing,
  BesideUndone,
  CompensableTaken,
  CompensationBegun,
  CompensationEnded,
  ElementCompensated,
  ScopeCompleted,
} from './events/compensation.ts'
import type {
  CorrelationKeysSet,
  OccurrenceKept,
  ProcessEnded,
  ProcessMigrated,
  ProcessResumed,
  ProcessStarted,
  ProcessSuspended,
  StopsSet,
} from './events/instance.ts'
import type {
  ElementSkipped,
  ElementWithdrawn,
  EventLatched,
  LateResultDiscarded,
  ProcessHeld,
  ProcessReleased,
  TokenHeld,
  TokenReleased,
} from './events/off-path.ts'
import type {
  AdHocClosed,
  IterationBegun,
  IterationEnded,
  PathClosed,
  PathVariablesSet,
  RoundsEnded,
  ScopeClosed,
  ScopeMigrated,
  ScopeModified,
  ScopeOpened,
  VariablesSet,
} from './events/scopes.ts'
import type { ErrorThrown, EscalationThrown, MessageThrown, SignalThrown } from './events/thrown.ts'
import type {
  ElementActivated,
  ElementCompleted,
  ElementTerminated,
  GatewayReset,
  LocalsSet,
  TokenArrived,
  TokenMigrated,
  TokenMoved,
  TokensJoined,
} from './events/tokens.ts'
import type {
  ConditionJudged,
  ElementWaits,
  EventCame,
  EventSubProcessArmed,
  EventSubProcessDisarmed,
  TimerRescheduled,
  WaitTriggered,
} from './events/waits.ts'
import type { IncidentRaised, IncidentResolved, NoticeGiven, WorkFailed, WorkFinished } from './events/work.ts'

/**
 * What happened: the only thing that changes state, and what records are projected from. `at` is the command's instant, kept once with the
 * command.
 */
export type KernelEvent =
  | ProcessStarted
  | ProcessEnded
  | ScopeModified
  | CorrelationKeysSet
  | ProcessMigrated
  | ScopeMigrated
  | TokenMigrated
  | TokenMoved
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
  | TimerRescheduled
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
  | BesideKept
  | BesideDropped
  | BesideUndoing
  | BesideUndone
  | AdHocClosed
  | PathClosed
  | PathVariablesSet
  | StopsSet
  | ElementSkipped
  | ElementWithdrawn
  | LateResultDiscarded

/** The event of one type. */
export type EventOf<Type extends KernelEvent['type']> = Extract<KernelEvent, { type: Type }>
