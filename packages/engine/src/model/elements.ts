import type { Expression } from '../expressions/expression.ts'
import type { Call } from './call.ts'
import type { AdHocRules, Assignment, IoMapping, JobSpec, Listeners, Repetition, RetryPolicy } from './data.ts'
import type { EventDefinition, MessageDefinition } from './event-definitions.ts'
import type { FormRef } from './forms.ts'
import type { LeavePolicy } from './leave-policy.ts'
import type { RoundEvent } from './round-event.ts'
import type { Values } from './value.ts'

/**
 * Every element that a token can stand at. A new one is a member here, a reader line at import and a behaviour in the kernel: the compiler
 * demands them.
 */
export type FlowNode = Activity | Gateway | StartEvent | EndEvent | IntermediateCatchEvent | IntermediateThrowEvent | BoundaryEvent

export type Activity =
  | Task
  | UserTask
  | ManualTask
  | ServiceTask
  | SendTask
  | ScriptTask
  | BusinessRuleTask
  | ReceiveTask
  | SubProcess
  | Transaction
  | CallActivity
  | AdHocSubProcess

export type Gateway = ExclusiveGateway | ParallelGateway | InclusiveGateway | EventBasedGateway | ComplexGateway

/** BPMN 2.0.2 §10.6.2: what every flow node has. */
interface FlowNodeBase<Type extends string> {
  readonly type: Type
  readonly id: string
  readonly name: string | null
  /** The process or sub-process that contains it. */
  readonly scope: FlowScope
  /** Derived from the sequence flows, in document order of the flows. */
  readonly incoming: readonly SequenceFlow[]
  readonly outgoing: readonly SequenceFlow[]
  /** True where it may be activated more than once in one scope instance (behind a merge, in a loop): only then are activations counted. */
  readonly repeatable: boolean
  /** Vendor properties (`camunda:property`, `zeebe:property`), handed to handlers and listeners. */
  readonly properties: Readonly<Record<string, string>>
  /** Commit, then a job before (after) the element: `asyncBefore`, `asyncAfter`, `async` of the camunda family. */
  readonly asyncBefore: boolean
  readonly asyncAfter: boolean
  /** Retry policy of its own jobs (continuations and work), or null for the engine's. */
  readonly retry: RetryPolicy | null
  /** Of the jobs of its continuations (`camunda:jobPriority`, its own or its process's); left out where it is 0. */
  readonly jobPriority?: Expression
  /** Null where it has none: then nothing is paid for them. */
  readonly listeners: Listeners | null
  /** What the model says of leaving the path here; null where it says nothing. */
  readonly leaving: LeavePolicy | null
}

/** BPMN 2.0.2 §10.3: what every activity has. */
interface ActivityBase<Type extends string> extends FlowNodeBase<Type> {
  readonly repetition: Repetition | null
  readonly boundaryEvents: readonly BoundaryEvent[]
  readonly defaultFlow: SequenceFlow | null
  readonly io: IoMapping | null
  /** Where it holds, and the instance asks for it, the activity is passed over (`flowable:skipExpression`). */
  readonly skip: Expression | null
  readonly isForCompensation: boolean
  /** What undoes it once it has completed: the activity associated with its compensation boundary event. */
  readonly compensation: CompensationHandler | null
  /** How many tokens must have come before it begins. Default 1. BPMN 2.0.2 Table 10.3. */
  readonly startQuantity: number
  /** How many tokens leave by each flow that it takes. Default 1. */
  readonly completionQuantity: number
  /** Of a multi-instance: what rounds throw when they completed; absent where they throw nothing. */
  readonly roundEvents?: readonly RoundEvent[]
}

/** BPMN 2.0.2 §10.7, §13.5.5. */
export interface CompensationHandler {
  readonly handler: Activity
  /** Of a repeated activity: once for each of its instances (the specification, the camunda family), or once in all (zeebe). */
  readonly of: 'instance' | 'body'
}

/**
 * BPMN 2.0.2 §8.4.13. A condition on a flow from an exclusive, inclusive or complex gateway or from an activity steers; elsewhere it is a
 * diagnostic.
 */
export interface SequenceFlow {
  readonly id: string
  readonly name: string | null
  readonly source: FlowNode
  readonly target: FlowNode
  readonly condition: Expression | null
  /** Asked instead of the condition where skipping is turned on (`flowable:skipExpression`). */
  readonly skip?: Expression
}

/** The abstract task: completes at once. */
export type Task = ActivityBase<'task'>

/** Passed through, as the engines do: work outside any system. */
export type ManualTask = ActivityBase<'manualTask'>

/** A human work item. BPMN 2.0.2 §10.3.4, WS-HumanTask. */
export interface UserTask extends ActivityBase<'userTask'> {
  readonly assignment: Assignment
  /** Name of the innermost lane around it, told with its tasks. Null: none. BPMN 2.0.2 §10.8 */
  readonly lane: string | null
  readonly form: FormRef | null
  /** Variable that gets the task's id when it is made (`flowable:taskIdVariableName`); left out where none does. */
  readonly taskIdVariable?: Expression
  /**
   * Variable that gets who completed it, or null where nobody is named (`flowable:taskCompleterVariableName`); left out where none does.
   */
  readonly completerVariable?: Expression
  /** What its tasks are called, where the dialect lets the name be evaluated; left out where the name is the text that it is. */
  readonly title?: Expression
}

export interface ServiceTask extends ActivityBase<'serviceTask'> {
  readonly job: JobSpec
  /** Its work done, it waits for `engine.trigger` (`flowable:triggerable`). */
  readonly isTriggerable: boolean
}

/** Work of a handler where it names one or the host has one for it; else it sends its message natively. */
export interface SendTask extends ActivityBase<'sendTask'> {
  readonly job: JobSpec | null
  readonly message: MessageDefinition | null
  /**
   * What it waits for when it has sent: a message, or a trigger of the host (a task of Flowable that sends an event and receives one); left
   * out where it goes on.
   */
  readonly awaits?: MessageDefinition | 'trigger'
}

export interface ScriptTask extends ActivityBase<'scriptTask'> {
  readonly job: JobSpec
  readonly script: { readonly format: string | null; readonly text: string } | null
}

export interface BusinessRuleTask extends ActivityBase<'businessRuleTask'> {
  readonly job: JobSpec
}

/** Waits for its message; without a message it waits for `engine.trigger`. */
export interface ReceiveTask extends ActivityBase<'receiveTask'> {
  readonly message: MessageDefinition | null
  readonly instantiate: boolean
}

/** Embedded sub-process, or an event sub-process of its scope. BPMN 2.0.2 §10.3.5. */
export interface SubProcess extends ActivityBase<'subProcess'> {
  readonly content: FlowScope
  /**
   * True for an event sub-process: no flow leads to it, the event of its only start event begins it while its scope is active. BPMN 2.0.2
   * §13.5.4.
   */
  readonly triggeredByEvent: boolean
}

/** A sub-process that can be cancelled: what completed in it is then compensated. BPMN 2.0.2 §10.3.5, §13.5.5. */
export interface Transaction extends ActivityBase<'transaction'> {
  readonly content: FlowScope
}

/** Starts an instance of another process, or a global task, and waits for its end. BPMN 2.0.2 §10.3.6. */
export interface CallActivity extends ActivityBase<'callActivity'> {
  readonly call: Call
}

/** Its activities are started by people or the host, in any number. BPMN 2.0.2 §10.3.5, §13.3.5. */
export interface AdHocSubProcess extends ActivityBase<'adHocSubProcess'> {
  readonly content: FlowScope
  readonly adHoc: AdHocRules
  /**
   * The handler that says, turn by turn, what begins in it and when it ends (`zeebe:taskDefinition`), or null: the model and the host do.
   */
  readonly job: JobSpec | null
}

/** BPMN 2.0.2 §13.4.2. */
export interface ExclusiveGateway extends FlowNodeBase<'exclusiveGateway'> {
  readonly defaultFlow: SequenceFlow | null
}

/** BPMN 2.0.2 §13.4.1. */
export type ParallelGateway = FlowNodeBase<'parallelGateway'>

/** BPMN 2.0.2 §13.4.3. */
export interface InclusiveGateway extends FlowNodeBase<'inclusiveGateway'> {
  readonly defaultFlow: SequenceFlow | null
}

/** BPMN 2.0.2 §13.4.4. Its outgoing flows lead to catch events or receive tasks. */
export interface EventBasedGateway extends FlowNodeBase<'eventBasedGateway'> {
  readonly instantiate: boolean
  readonly eventGatewayType: 'Exclusive' | 'Parallel'
}

/** BPMN 2.0.2 §13.4.5. Without a condition any one token activates it. */
export interface ComplexGateway extends FlowNodeBase<'complexGateway'> {
  readonly defaultFlow: SequenceFlow | null
  readonly activationCondition: Expression | null
}

/** BPMN 2.0.2 §10.5: what every event has. None = a none event; several = multiple (all of them where `parallelMultiple`). */
interface EventBase<Type extends string> extends FlowNodeBase<Type> {
  readonly eventDefinitions: readonly EventDefinition[]
  readonly io: IoMapping | null
}

export interface StartEvent extends EventBase<'startEvent'> {
  /** Matters in event sub-processes only. Default true. */
  readonly isInterrupting: boolean
  readonly parallelMultiple: boolean
  /** Variable that gets the starting actor, or null. */
  readonly initiator: string | null
  readonly form: FormRef | null
}

export type EndEvent = EventBase<'endEvent'>

export interface IntermediateCatchEvent extends EventBase<'intermediateCatchEvent'> {
  readonly parallelMultiple: boolean
}

export type IntermediateThrowEvent = EventBase<'intermediateThrowEvent'>

export interface BoundaryEvent extends EventBase<'boundaryEvent'> {
  readonly attachedTo: Activity
  /** True (the default) interrupts the activity. */
  readonly cancelActivity: boolean
  readonly parallelMultiple: boolean
}

/** The content of a process or sub-process. */
export interface FlowScope {
  /** Id of the process or sub-process element. */
  readonly id: string
  /** The enclosing content, null for the process. */
  readonly parent: FlowScope | null
  /** Directly contained, in document order. */
  readonly nodes: readonly FlowNode[]
  readonly flows: readonly SequenceFlow[]
  /**
   * Where an instance of this scope begins by itself: none start events, else nodes without incoming flow that nothing else starts. BPMN
   * 2.0.2 §13.2.
   */
  readonly initial: readonly FlowNode[]
  readonly startEvents: readonly StartEvent[]
  /** What an instance of this scope listens to while it is active. BPMN 2.0.2 §13.5.4. */
  readonly eventSubProcesses: readonly SubProcess[]
  /** The event sub-process that undoes an instance of this scope once it has completed: it is not listened for. BPMN 2.0.2 §10.7 */
  readonly compensation: SubProcess | null
  /** How the content of an ad hoc sub-process runs; null everywhere else. */
  readonly adHoc: AdHocRules | null
  /**
   * The variables that each instance of this scope begins with: its data objects and properties. Null where it has none. BPMN 2.0.2 §10.4.1
   */
  readonly data: Values | null
}
