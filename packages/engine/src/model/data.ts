import type { ResultMapping } from '../decisions/map-result.ts'
import type { Expression } from '../expressions/expression.ts'
import type { Value } from './value.ts'

/** Work that a handler does. */
export interface JobSpec {
  /** Key of the handler registry. An expression where the model computes it (`zeebe:taskDefinition type="=…"`). */
  readonly type: string | Expression
  /** Where the type came from: `id` = nothing named a handler, so the element's id stands for it. */
  readonly origin:
    | 'taskDefinition'
    | 'topic'
    | 'delegateExpression'
    | 'class'
    | 'expression'
    | 'type'
    | 'implementation'
    | 'connector'
    | 'id'
  /** Other names the handler may be registered under, in order (the simple name of a Java class). */
  readonly aliases: readonly string[]
  /**
   * What the model itself says how to do: done once by the worker, unless a handler stands for the element. Null where a handler is needed.
   */
  readonly own: OwnWork | null
  /** Variable that gets the work's result as a whole, or null. */
  readonly resultVariable: string | null
  /**
   * That variable is set in the scope around the element, and hides one of its name further out
   * (`flowable:useLocalScopeForResultVariable`).
   */
  readonly resultIsLocal?: true
  /** Static key/values for the worker (`zeebe:taskHeaders`). */
  readonly headers: Readonly<Record<string, string>>
  /** `camunda:field`: constants and expressions, evaluated when the job is made. */
  readonly fields: Readonly<Record<string, Expression>>
  readonly priority: Expression | null
  /** Mappings of a connector (`camunda:connector`): its inputs are given to the handler as fields, only its outputs leave it. */
  readonly connector?: IoMapping
  /** Errors that the model makes of finished or failed work, the first that holds (`camunda:errorEventDefinition`). */
  readonly throws?: readonly { readonly code: string; readonly message: Expression | null; readonly when: Expression }[]
  /** Errors that stand for a handler's exceptions by their names; null for any (`flowable:mapException`). */
  readonly exceptions?: readonly { readonly name: string | null; readonly code: string }[]
}

/**
 * Moments of an element at which listeners are heard, in the order of its life: before its rounds, before its work, when its work is done,
 * when its outputs are set, before its flows are taken.
 */
export type ListenerPoint = 'beforeAll' | 'start' | 'end' | 'ended' | 'take'

/**
 * Work that the model wants done at a moment of an element, beside the element's own (`camunda:executionListener`, `zeebe:taskListener`,
 * …): a job of its own.
 */
export interface Listener {
  /** Tells it from the others of its element: moment and number, `start0`; `take:flow:0` for a flow's. */
  readonly key: string
  /** As the model calls the moment: `start`, `end`, `take`, `create`, `complete`, … */
  readonly event: string
  readonly job: JobSpec
  readonly retry: RetryPolicy | null
  /**
   * Where what it sets goes: to where it is visible, into the element's own variables (zeebe's `start`), or to where the scope around sees
   * it.
   */
  readonly sets: 'visible' | 'inside' | 'around'
  /** Nothing waits for it: it hears that a task was given to somebody, was changed, or that the element ended without completing. */
  readonly notice?: 'assigned' | 'updated' | 'gone'
}

/** The listeners of an element by moment, each in the order of the file. */
export interface Listeners {
  readonly beforeAll: readonly Listener[]
  /** With the `create` listeners of a task behind them. */
  readonly start: readonly Listener[]
  /** Before the outputs are mapped; the `complete` listeners of a task first. */
  readonly end: readonly Listener[]
  /** After the outputs are mapped (zeebe's `end`). */
  readonly ended: readonly Listener[]
  /** By outgoing flow. */
  readonly take: ReadonlyMap<string, readonly Listener[]>
  /** Those that nothing waits for. */
  readonly notices: readonly Listener[]
}

/** Work that needs no handler: an expression, a decision of DMN, a script. */
export type OwnWork =
  | { readonly type: 'expression'; readonly expression: Expression }
  | { readonly type: 'decision'; readonly call: DecisionCall }
  | { readonly type: 'script'; readonly script: ScriptSource }

/** Which decision a task makes (`camunda:decisionRef`, `zeebe:calledDecision`), and what of its result becomes the result variable. */
export interface DecisionCall {
  readonly id: Expression
  /** `latest` of its key; that of the process's own deployment (or else the latest); a version; the latest with a version tag. */
  readonly binding:
    | { readonly type: 'latest' | 'deployment' | 'deploymentOrLatest' }
    | { readonly type: 'version' | 'versionTag'; readonly wanted: Expression }
  /** Null: the instance's tenant, else what is shared. */
  readonly tenantId: Expression | null
  /** `outputs`: each output becomes a variable, as in Flowable. */
  readonly mapping: ResultMapping | 'outputs'
  /** Gives true where it is a failure that no rule holds (`decisionTaskThrowErrorOnNoHits` of Flowable); left out where that is none. */
  readonly needsHit?: Expression
}

/** A script in a language that a host's script engine runs. */
export interface ScriptSource {
  /** As the host registers it: `javascript`. */
  readonly language: string
  /** Null where it stands in `file`. */
  readonly text: string | null
  /** The file of the same deployment that holds it (`camunda:resource="deployment://…"`), or null. */
  readonly file: string | null
  /** True where the script's own global variables become variables of the process (`flowable:autoStoreVariables`). */
  readonly storesGlobals: boolean
}

/**
 * How often and when a job is tried again. `attempts` counts all attempts; the waits are ISO 8601 durations, the last one repeats; no waits
 * = the engine's back-off.
 */
export type RetryPolicy =
  | { readonly attempts: number | Expression; readonly waits: readonly string[] }
  /** An expression that gives `R3/PT10M` or `PT1M,PT5M` when the job is made. */
  | { readonly cycle: Expression }

/** Input and output mappings of an activity or event, in document order. */
export interface IoMapping {
  readonly inputs: readonly Mapping[]
  readonly outputs: readonly Mapping[]
  /** `mapped`: where outputs exist, only they leave the activity (zeebe). `all`: results are set as usual and outputs besides (camunda). */
  readonly propagation: 'all' | 'mapped'
}

/** Target is a variable's name, or a path (`a.b`) in zeebe's sense. */
export interface Mapping {
  readonly target: readonly string[]
  readonly source: MappingSource
}

/**
 * A mapping's value: that of a variable (as an output, nothing is set while it has none), one that the file gives, an expression, or lists
 * and maps of such (`camunda:list`, `camunda:map`).
 */
export type MappingSource =
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'expression'; readonly expression: Expression }
  | { readonly type: 'list'; readonly items: readonly MappingSource[] }
  | { readonly type: 'map'; readonly entries: Readonly<Record<string, MappingSource>> }

/** Who a user task is for. All expressions; candidates give a list or a comma-separated text. */
export interface Assignment {
  readonly assignee: Expression | null
  readonly candidateUsers: Expression | null
  readonly candidateGroups: Expression | null
  /** ISO date or duration. */
  readonly dueDate: Expression | null
  readonly followUpDate: Expression | null
  /** 0 to 100; default 50. */
  readonly priority: Expression | null
  /** Whose task it is, whoever does it (`flowable:owner`); left out where the model does not say. */
  readonly owner?: Expression
  /** What kind of task it is, for lists (`flowable:category`); left out where the model does not say. */
  readonly category?: Expression
}

export type Repetition = StandardLoop | MultiInstance

/** BPMN 2.0.2 §10.3.8: repeats while the condition is true; `testBefore` asks before the first round; the maximum caps. */
export interface StandardLoop {
  readonly type: 'standardLoop'
  readonly testBefore: boolean
  readonly condition: Expression | null
  readonly maximum: Expression | null
  /** The first round's `loopCounter`: 1 in the specification and zeebe, 0 in the camunda family. */
  readonly counterBase: 0 | 1
}

/** BPMN 2.0.2 §10.3.8, §13.3.7. Cardinality and collection are evaluated once at entry. */
export interface MultiInstance {
  readonly type: 'multiInstance'
  readonly isSequential: boolean
  /** Rounds of a parallel one begin one after the other all the same: those that the completion condition makes superfluous never begin. */
  readonly oneByOne: boolean
  readonly cardinality: Expression | null
  readonly collection: Expression | null
  readonly elementVariable: string | null
  /** Variable that gets the round's number from 0 (`flowable:elementIndexVariable`), or null. */
  readonly indexVariable: string | null
  /** Collects the iterations' results, ordered by index; null where an iteration gave none. */
  readonly outputCollection: string | null
  /**
   * What is made of the collection (a data association with a transformation): it is set nowhere by itself then, and seen by its name here.
   */
  readonly given: readonly Mapping[] | null
  /** Evaluated in each iteration when it completes. */
  readonly outputElement: Expression | null
  /**
   * Variable of each iteration for its result (`outputDataItem`; of zeebe the variable that its output element is), or null: iterations do
   * not see each other's.
   */
  readonly outputVariable: string | null
  /** Evaluated after each completed iteration; true ends the rest as terminated. */
  readonly completionCondition: Expression | null
  readonly counterBase: 0 | 1
  /**
   * Each round has a commit and a job before it, or behind it (`camunda:asyncBefore`, `asyncAfter` of the multi-instance); left out where
   * none has.
   */
  readonly continues?: { readonly before: boolean; readonly after: boolean; readonly retry: RetryPolicy | null }
}

/** How the content of an ad hoc sub-process runs. BPMN 2.0.2 §10.3.5, Table 10.22. */
export interface AdHocRules {
  /** `Sequential`: one activity at a time. Default `Parallel`. */
  readonly ordering: 'Parallel' | 'Sequential'
  /** Evaluated after each completed activity; true ends the sub-process. Null: it ends by `adHoc.complete`, or see `endsWhenIdle`. */
  readonly completionCondition: Expression | null
  /** Whether what still runs is cancelled at the end, the default, or waited for. */
  readonly cancelRemainingInstances: boolean
  /** Ids of the activities that start by themselves (`zeebe:adHoc activeElementsCollection`): an expression that gives a list. */
  readonly activeElements: Expression | null
  /** Without a condition it ends when something ran and nothing runs any more: zeebe's rule, unless a handler drives it. */
  readonly endsWhenIdle: boolean
  /** Variable that collects a result of each path that ends inside (`zeebe:adHoc outputCollection`). */
  readonly outputCollection: string | null
  /** Evaluated as seen from the last activity of the path. */
  readonly outputElement: Expression | null
  /** The variable that this is, or is a member of: each path has its own. */
  readonly outputVariable: string | null
  /** What the model says of the activities in it for whoever chooses among them, by id; left out where nobody is told. */
  readonly described?: Readonly<Record<string, AdHocDescription>>
}

/** An activity of an ad hoc sub-process as who drives it is told of it. */
export interface AdHocDescription {
  readonly documentation: string | null
  /** What its inputs ask for by `fromAi`. */
  readonly parameters: readonly Value[]
}
