/**
 * A random process before it is written as BPMN: nested blocks, each with one way in and one way out, so that it is sound by construction.
 */
export interface ModelShape {
  readonly dialect: 'camunda7' | 'zeebe'
  /**
   * What begins it: by itself, a message, a signal, a timer, the first of two events, both of which must come, a condition, or several events
   * together.
   */
  readonly begins: 'itself' | 'message' | 'signal' | 'timer' | 'gateway' | 'condition' | 'allOf'
  /** A second pool, which gets what this one sends by message flows. */
  readonly partner: boolean
  readonly content: Content
}

/** What stands in a process or sub-process. */
export interface Content {
  readonly start: 'event' | 'missing'
  readonly blocks: readonly Block[]
  readonly ending: Ending
  /** Its event sub-processes. */
  readonly handlers: readonly Handler[]
}

/** An event sub-process. `change`: of the variable `note`. `fragile`: a timer whose expression fails at first, which is an incident. */
export interface Handler {
  readonly event:
    | 'timer'
    | 'cycle'
    | 'fragile'
    | 'message'
    | 'signal'
    | 'error'
    | 'escalation'
    | 'condition'
    | 'allOf'
    | 'change'
    | 'compensate'
  readonly interrupting: boolean
  readonly content: Content
}

export type Ending =
  | {
      readonly kind: 'end'
      readonly event:
        | 'none'
        | 'message'
        | 'signal'
        | 'alarm'
        | 'escalation'
        | 'terminate'
        | 'terminateRounds'
        | 'compensate'
        | 'cancel'
        | 'missing'
    }
  /** Only where something around catches it. */
  | { readonly kind: 'error'; readonly code: ErrorCode }
  /** Several branches, each with an end of its own. */
  | { readonly kind: 'fork'; readonly implicit: boolean; readonly tails: readonly Tail[] }

export interface Tail {
  readonly blocks: readonly Block[]
  readonly event: 'none' | 'terminate' | 'missing'
}

export type ErrorCode = 'E1' | 'E2'

export type Block =
  | TaskBlock
  | EventBlock
  | LinkBlock
  | BranchBlock
  | ComplexBlock
  | EventsBlock
  | LoopBlock
  | SubProcessBlock
  | AdHocBlock
  | CrowdBlock
  | GuardBlock

export type TaskType =
  | 'task'
  | 'manualTask'
  | 'userTask'
  | 'serviceTask'
  | 'sendTask'
  | 'scriptTask'
  | 'businessRuleTask'
  | 'receiveTask'
  | 'callActivity'

/** Asynchronous continuations; written in the camunda dialect only. */
export interface Async {
  readonly before: boolean
  readonly after: boolean
}

/** What undoes an activity that completed. */
export type Undo = 'task' | 'userTask' | 'serviceTask' | 'subProcess'

export interface TaskBlock {
  readonly kind: 'task'
  readonly undo: Undo | null
  readonly type: TaskType
  readonly async: Async
  readonly io: boolean
  /** Data associations: what it sees is its own, what it gives is a member of `record`. */
  readonly data: boolean
  /** It reads a data store before and writes it after. */
  readonly store: boolean
  /** Its work is tried a second time after a minute. */
  readonly retries: boolean
  readonly listeners: boolean
  readonly repeat: Repeat | null
  readonly boundaries: readonly Boundary[]
}

export interface EventBlock {
  readonly kind: 'event'
  readonly event:
    | 'timer'
    | 'timerDate'
    | 'timerHours'
    | 'message'
    | 'signal'
    | 'condition'
    | 'any'
    | 'allOf'
    | 'throwMessage'
    | 'throwSignal'
    | 'throwAlarm'
    | 'throwNews'
    | 'throwNone'
    | 'throwEscalation'
    | 'throwAll'
    | 'throwCompensate'
    | 'throwCompensateOn'
  readonly async: Async
}

export interface LinkBlock {
  readonly kind: 'link'
}

/**
 * Exclusive: one branch; parallel: all; inclusive: those whose condition holds. `above` is each branch's condition `x > above`; the last is
 * the default.
 */
export interface BranchBlock {
  readonly kind: 'exclusive' | 'parallel' | 'inclusive'
  readonly branches: readonly (readonly Block[])[]
  readonly above: readonly number[]
  readonly implicitSplit: boolean
  /** Exclusive: no merge gateway. Parallel: joined by an inclusive gateway. */
  readonly otherJoin: boolean
  /** Exclusive only: no default flow, and values of x for which no condition holds. */
  readonly gap: boolean
  readonly async: Async
}

/** A parallel split that a complex gateway joins once `enough` branches have come. */
export interface ComplexBlock {
  readonly kind: 'complex'
  readonly branches: readonly (readonly Block[])[]
  readonly enough: number
}

/** An event-based gateway. */
export interface EventsBlock {
  readonly kind: 'events'
  readonly branches: readonly {
    readonly event: 'timer' | 'message' | 'signal' | 'receive' | 'condition' | 'allOf'
    readonly blocks: readonly Block[]
  }[]
}

/** An exclusive back edge, taken again while `x > above`. A user task inside sees to it that x can change. */
export interface LoopBlock {
  readonly kind: 'loop'
  readonly body: readonly Block[]
  readonly above: number
}

export interface SubProcessBlock {
  readonly kind: 'subProcess'
  readonly undo: Undo | null
  /** It can be cancelled. */
  readonly transaction: boolean
  readonly content: Content
  readonly async: Async
  readonly io: boolean
  readonly listeners: boolean
  readonly repeat: Repeat | null
  readonly boundaries: readonly Boundary[]
}

/**
 * Its activities are started from outside; with `led` the first leads to the others, to two of them by gateways that split and join. It
 * ends when `x > above`, or when it is told to.
 */
export interface AdHocBlock {
  readonly kind: 'adHoc'
  readonly sequential: boolean
  readonly cancels: boolean
  readonly above: number | null
  readonly activities: readonly Block[]
  readonly led: boolean
  /** In zeebe's dialect: a handler says what begins in it and when it ends. */
  readonly driven: boolean
  /** Its event sub-processes. */
  readonly handlers: readonly Handler[]
  readonly async: Async
  readonly io: boolean
  readonly listeners: boolean
  readonly repeat: Repeat | null
  readonly boundaries: readonly Boundary[]
}

/** A task that gives several tokens, a user task for each of them, a task that begins with all of them. */
export interface CrowdBlock {
  readonly kind: 'crowd'
  readonly count: number
}

/** Where `x > above` the scope ends at once. */
export interface GuardBlock {
  readonly kind: 'guard'
  readonly above: number
  readonly end: 'terminate' | 'cancel' | ErrorCode
}

export type Repeat =
  | { readonly kind: 'loop'; readonly testBefore: boolean; readonly maximum: number; readonly above: number | null }
  | {
      readonly kind: 'multiInstance'
      readonly sequential: boolean
      readonly count: number
      /** `late`: the collection is missing at first, which is an incident. */
      readonly source: 'cardinality' | 'collection' | 'late'
      readonly completion: number | null
      readonly output: boolean
      /** What its rounds throw, and which of them: each, the first, or from the second on. */
      readonly tells: { readonly when: 'each' | 'first' | 'fromSecond'; readonly event: RoundEvent } | null
    }

/** `alarm` and `news` are what the model waits for, the others are heard by nobody but those who catch escalations. */
export type RoundEvent = 'alarm' | 'news' | 'signal' | 'message' | 'escalation'

export interface Boundary {
  readonly event:
    | 'timer'
    | 'cycle'
    | 'hours'
    | 'message'
    | 'signal'
    | 'error'
    | 'anyError'
    | 'escalation'
    | 'condition'
    | 'any'
    | 'allOf'
    | 'change'
  readonly interrupting: boolean
  readonly path: readonly Block[]
}
