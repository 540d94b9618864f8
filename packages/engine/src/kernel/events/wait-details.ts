import type { Value, Values } from '../../model/value.ts'
import type { Caught, Instant } from '../state.ts'

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
  /** Which of the jobs it is that drive an ad hoc sub-process. */
  readonly turn?: string
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
  /** Whose it is, as the model says; left out where it does not. */
  readonly owner?: string | null
  readonly category?: string
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
