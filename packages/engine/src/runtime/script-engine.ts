import type { Values } from '../model/value.ts'
import type { Variables } from '../model/variables.ts'

/**
 * Runs scripts of models in languages that are not expressions. Given to `createEngine` under `scripts`; `quickjs()` of
 * `@leeway/engine/quickjs` is one for JavaScript.
 */
export interface ScriptEngine {
  /** The languages that it runs, in lower case: `javascript` stands for all its spellings. */
  readonly languages: readonly string[]
  /**
   * Runs one script. What it throws is a failed attempt: a `BpmnError` is caught by the model, a `NoRetry` is an incident at once. It may
   * run again after a crash, so it must have no effects but what it gives back.
   */
  run(script: ScriptRun): ScriptOutcome | Promise<ScriptOutcome>
}

/** A script, and what it may see. */
export interface ScriptRun {
  readonly language: string
  readonly source: string
  /** The element's id: for messages. */
  readonly name: string
  /** The variables as seen from the element, as they are kept: JSON, in which dates, bigints and bytes are tagged objects. */
  readonly values: Values
  /** The instant of the work, epoch milliseconds: scripts should have no other clock. */
  readonly now: number
  /** The same for the same activity, however often it is tried: what chance should follow from. */
  readonly seed: string
  /** True where global variables that the script makes become variables of the process. */
  readonly storesGlobals: boolean
  readonly facts: {
    /** The element instance. */
    readonly id: string
    readonly elementId: string
    readonly instanceId: string
    readonly definitionId: string
    readonly businessKey: string | null
    readonly tenantId: string | null
    readonly processKey?: string
    readonly elementName?: string | null
    /** What a listener hears. */
    readonly eventName?: string
    /** The flow whose listener it is. */
    readonly transitionId?: string
  }
  /**
   * The task that a listener's script hears of: `name`, `assignee`, `priority`, `dueDate` and so on, and whether the script may change
   * them.
   */
  readonly task?: { readonly members: Values; readonly takesChanges: boolean }
}

/** What came of a script. */
export interface ScriptOutcome {
  /** The value of its last statement: for the result variable. */
  readonly value: unknown
  /** Variables that it set. */
  readonly set: Variables
  /** Members of its task that it changed. */
  readonly task?: Variables
}
