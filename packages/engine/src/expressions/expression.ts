import type { Budget } from './feel-guard.ts'

/** An expression of a model, parsed once at import; evaluating it has no effects. */
export interface Expression {
  /** The text as the model has it. */
  readonly source: string
  readonly language: 'juel' | 'feel' | 'literal' | 'script'
  /** The top-level variables that it reads, or null where they cannot be told from the text. */
  readonly names: readonly string[] | null
  /** What it calls that its language does not have: functions by name, methods of host objects as `object.method`. */
  readonly functions: readonly string[]
  /**
   * The script that it is, where its language is none of expressions: whoever evaluates has an engine for scripts run it. Left out
   * elsewhere.
   */
  readonly script?: ScriptText
  /** Throws `ExpressionError` where the text cannot be evaluated on these variables, or a limit is passed. */
  evaluate(context: EvaluationContext): unknown
}

/** A script in a language that an engine for scripts runs. */
export interface ScriptText {
  /** In lower case: `javascript`. */
  readonly language: string
  /** Null where it stands in `file`. */
  readonly text: string | null
  /** The file of the same deployment that holds it, or null. */
  readonly file: string | null
}

/** What an expression may see, and nothing else. */
export interface EvaluationContext {
  /**
   * The variable of this name as seen from the scope, in its natural form (Date, bigint and bytes not tagged); undefined where there is
   * none.
   */
  variable(name: string): unknown
  /**
   * All variables as seen from the place, where the expression is work of its own; absent elsewhere: there names are asked for one by one.
   */
  variables?(): Readonly<Record<string, unknown>>
  /**
   * Takes what `execution.setVariable` sets, where the expression is work of its own; absent elsewhere: an expression then changes nothing.
   */
  assign?(name: string, value: unknown): void
  /**
   * Where it is evaluated, which JUEL's `execution` tells (`processBusinessKey`, `currentActivityId`, …); absent where there is no such
   * place.
   */
  place?(): ExecutionPlace
  /** The task that a listener hears of, which JUEL knows as `task`; absent elsewhere. */
  task?(): TaskPlace
  /** The instant of the command, epoch milliseconds: expressions have no other clock. */
  readonly now: number
  /** IANA zone of dates without one. */
  readonly timeZone: string
  /** Host functions by name: synchronous, free of effects. */
  readonly functions: Readonly<Record<string, HostFunction>>
  /** Host objects whose own methods may be called, by name. */
  readonly beans: Readonly<Record<string, object>>
  /** What is left of the work allowed, where several evaluations share one bound; without it each has its own. */
  readonly budget?: Budget
}

/** Where an expression is evaluated. */
export interface ExecutionPlace {
  /** The element instance; of an expression of a scope, the scope's. */
  readonly id: string
  readonly elementId: string
  readonly instanceId: string
  readonly definitionId: string
  readonly businessKey: string | null
  readonly processKey: string
  readonly elementName: string | null
  /** Known where the expression is work of its own, as what follows. */
  readonly tenantId?: string | null
  /** What a listener hears. */
  readonly eventName?: string
  /** The flow whose listener it is. */
  readonly transitionId?: string
}

/** What a listener may change of its task. */
export type TaskMember = 'name' | 'assignee' | 'priority' | 'dueDate' | 'followUpDate' | 'candidateUsers' | 'candidateGroups'

/** A task as its listener sees it. */
export interface TaskPlace {
  /** A member as it is now, changes of this listener included; dates as `Date`. */
  read(member: TaskMember | 'owner' | 'createdAt' | 'eventName'): unknown
  /** Takes a change. Throws where the task takes none any more. */
  change(member: TaskMember, value: unknown): void
}

export type HostFunction = (...args: never[]) => unknown
