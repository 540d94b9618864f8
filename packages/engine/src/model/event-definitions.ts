import type { Expression } from '../expressions/expression.ts'
import type { Passing } from './call.ts'
import type { JobSpec } from './data.ts'

/**
 * BPMN 2.0.2 §10.5.5. What an event waits for or throws. A definition referred to from the root (`eventDefinitionRef`) is resolved at
 * import.
 */
export type EventDefinition =
  | MessageEventDefinition
  | TimerEventDefinition
  | SignalEventDefinition
  | ErrorEventDefinition
  | EscalationEventDefinition
  | ConditionalEventDefinition
  | LinkEventDefinition
  | TerminateEventDefinition
  | CompensateEventDefinition
  | CancelEventDefinition

export interface MessageEventDefinition {
  readonly type: 'message'
  readonly message: MessageDefinition | null
  /** A throwing event's handler (`camunda:class`, `zeebe:taskDefinition`, …); null = sent natively. */
  readonly job: JobSpec | null
}

/** BPMN 2.0.2 §8.4.11. */
export interface MessageDefinition {
  readonly id: string
  /** Its name (the id where it has none), with expressions in it. */
  readonly name: Expression
  /** `zeebe:subscription@correlationKey`: evaluated when the subscription is armed and not updated; null = by business key or variables. */
  readonly correlationKey: Expression | null
  /** The correlation keys of BPMN that it yields, in the order of the file; absent where there are none. */
  readonly correlation?: readonly MessageCorrelation[]
  /**
   * What its message must carry to start the process: members of the payload and their values (Flowable's correlation of a start event);
   * absent where any does.
   */
  readonly startsBy?: readonly { readonly name: string; readonly value: Expression }[]
  /**
   * It starts the process only while no instance runs that it started with the same values of these members of the payload (Flowable's
   * `storeAsUniqueReferenceId`); absent where it always does.
   */
  readonly startsOnceBy?: readonly string[]
}

/** How one correlation key is found for a message; its properties are in the order of the key. BPMN 2.0.2 §8.4.2, §8.4.3 */
export interface MessageCorrelation {
  readonly keyId: string
  /** In the message's payload. */
  readonly retrieval: readonly Expression[]
  /** In the variables of the process, where it subscribes to the key; null: the first message of a conversation sets it. */
  readonly binding: readonly Expression[] | null
}

/** Exactly one of date, duration, cycle. */
export interface TimerEventDefinition {
  readonly type: 'timer'
  readonly kind: 'timeDate' | 'timeDuration' | 'timeCycle'
  readonly expression: Expression
  /** Name of the business calendar (`leeway:calendar`), or null. */
  readonly calendar: string | null
}

export interface SignalEventDefinition {
  readonly type: 'signal'
  readonly signal: SignalDefinition | null
}

export interface SignalDefinition {
  readonly id: string
  /** What a throwing event sends besides what its own inputs made (`camunda:in`); absent: nothing. */
  readonly passes?: Passing
  /** It is thrown within its process instance only (`flowable:scope="processInstance"`). */
  readonly isLocal: boolean
  readonly name: Expression
}

export interface ErrorEventDefinition {
  readonly type: 'error'
  /** Null catches every error. */
  readonly code: Expression | null
  readonly message: Expression | null
  /** Variables of the catching scope that get the code and the message (`camunda:errorCodeVariable`, `errorMessageVariable`). */
  readonly codeVariable: string | null
  readonly messageVariable: string | null
  /**
   * The code's variable is set in the scope around the event, and hides one of its name further out (`flowable:errorVariableLocalScope`).
   */
  readonly codeIsLocal?: true
}

/** Goes outward like an error, without ending the work that throws it. BPMN 2.0.2 §10.5.5, §13.5.3. */
export interface EscalationEventDefinition {
  readonly type: 'escalation'
  /** Null catches every escalation. */
  readonly code: Expression | null
  /** Variable that gets the code (`camunda:escalationCodeVariable`), where it is caught. */
  readonly codeVariable: string | null
}

/** Occurs when its condition comes true. BPMN 2.0.2 §10.5.5. */
export interface ConditionalEventDefinition {
  readonly type: 'conditional'
  readonly condition: Expression
  /** Changes of these variables have it judged (`camunda:variableName`, `zeebe:conditionalFilter`); null = of any. */
  readonly variables: readonly string[] | null
  /** Kinds of changes that have it judged (`variableEvents`); null = all. */
  readonly changes: readonly VariableChange[] | null
  /**
   * `onceTrue`: when it was not true before. `eachTime`: at each change after which it is true (Camunda 7). Matters where it stays armed.
   * `eachChange`: the same, but never by what was so when it was armed (Flowable's listener of a variable).
   */
  readonly occurs: 'onceTrue' | 'eachTime' | 'eachChange'
}

export type VariableChange = 'create' | 'update' | 'delete'

export interface LinkEventDefinition {
  readonly type: 'link'
  readonly name: string
}

export interface TerminateEventDefinition {
  readonly type: 'terminate'
  /**
   * What ends: the innermost scope; all rounds of the multi-instance around it (`flowable:terminateMultiInstance`); or the process instance
   * with those that called it (`flowable:terminateAll`).
   */
  readonly ends: 'scope' | 'rounds' | 'all'
}

export interface CompensateEventDefinition {
  readonly type: 'compensate'
  /** The activity to be compensated; null = all that completed. A throwing event's alone. */
  readonly activityId: string | null
  /** Whether a throwing event waits until all is undone. Default true. */
  readonly waitForCompletion: boolean
}

/** Thrown, it cancels the transaction around; caught, it is at the boundary of one. */
export interface CancelEventDefinition {
  readonly type: 'cancel'
}
