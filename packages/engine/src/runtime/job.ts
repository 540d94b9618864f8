import { isLeewayError } from '@leeway/storage'
import type { WorkResult } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import { conceal, concealVariables, reveal, revealVariables, type Variables } from '../model/variables.ts'
import { AD_HOC_MEMBERS, type AdHocInstructions, turnOf } from './ad-hoc-turn.ts'
import { checkMembers } from './arguments.ts'
import { BpmnError, type EngineError, NoRetry } from './errors.ts'
import { tokenIdOfRow } from './record-ids.ts'

/** What a handler is given. */
export interface Job {
  readonly id: string
  readonly type: string
  /** The same for the same activity, however often it is tried, also after a crash. */
  readonly idempotencyKey: string
  /** From 1. */
  readonly attempt: number
  /** Attempts that are left if this one fails. */
  readonly retriesLeft: number
  readonly instanceId: string
  readonly definitionId: string
  readonly processKey: string
  readonly businessKey: string | null
  readonly elementId: string
  readonly elementInstanceId: string
  readonly tenantId: string | null
  /** As seen from the activity, its input mappings included; frozen. */
  readonly variables: Variables
  /** Constants and expressions of the model for this work. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  /** The event that a listener of the model hears (`start`, `end`, `take`, `create`, `complete`, …); null for the work of an element. */
  readonly listener: string | null
  /** Aborted when the lease is lost or the activity is cancelled. */
  readonly signal: AbortSignal
  /**
   * Completes: `set` as usual, `local` in the scope around the activity. Of a job that drives an ad hoc sub-process `set` goes outward from
   * within it, `local` stays in it, and what is to begin or to end is said beside.
   */
  result(outcome: { readonly set?: Variables; readonly local?: Variables } & AdHocInstructions): JobOutcome
  /** Leaves the activity waiting for `engine.trigger`, `throwError` or `escalate`. */
  pending(): JobOutcome
  /** Completes, and throws an escalation: what catches it gets the variables. Interrupted by it, the activity ends as terminated. */
  escalate(code: string, variables?: Variables): JobOutcome
}

/** Made by the job's own methods only. */
export interface JobOutcome {
  readonly [outcome]: 'completed' | 'pending' | 'escalated'
}

const outcome: unique symbol = Symbol.for('leeway.outcome') as never

interface Completed extends JobOutcome {
  readonly set: Variables
  readonly local: Variables
  readonly instructions: AdHocInstructions
}

interface Escalated extends JobOutcome {
  readonly code: string
  readonly variables: Variables
}

/** What a job context is made of. */
export interface JobFacts {
  readonly type: string
  readonly key: string
  readonly failures: number
  readonly attempts: number
  readonly instanceId: string
  readonly definitionId: string
  readonly processKey: string
  readonly businessKey: string | null
  readonly elementId: string
  readonly tenantId: string | null
  readonly fields: Values
  readonly headers: Readonly<Record<string, string>>
  readonly listener?: string | null
}

/** Where a job stands: asked only when its handler asks. */
export interface JobPlace {
  /** The id that rows know it by. */
  readonly id: string
  /** Variables as seen from there. */
  readonly values: Values
}

/** A job in the hands of its handler. Variables and signal are made when they are first asked for. */
export class JobContext implements Job {
  /** In nobody's hands: as with `Step.idle`, what is compiled for it outlives a collection. */
  static readonly idle: JobContext = new JobContext({} as JobFacts, { id: '', values: {} })

  readonly #facts: JobFacts
  readonly #place: JobPlace
  #variables: Variables | null = null
  #abort: AbortController | null = null
  #reason: EngineError | null = null

  constructor(facts: JobFacts, place: JobPlace) {
    this.#facts = facts
    this.#place = place
  }

  get id(): string {
    return this.#place.id
  }
  get type(): string {
    return this.#facts.type
  }
  get idempotencyKey(): string {
    return this.#facts.key
  }
  get attempt(): number {
    return this.#facts.failures + 1
  }
  get retriesLeft(): number {
    return Math.max(0, this.#facts.attempts - this.#facts.failures - 1)
  }
  get instanceId(): string {
    return this.#facts.instanceId
  }
  get definitionId(): string {
    return this.#facts.definitionId
  }
  get processKey(): string {
    return this.#facts.processKey
  }
  get businessKey(): string | null {
    return this.#facts.businessKey
  }
  get elementId(): string {
    return this.#facts.elementId
  }
  get elementInstanceId(): string {
    return tokenIdOfRow(this.#place.id)
  }
  get tenantId(): string | null {
    return this.#facts.tenantId
  }
  get variables(): Variables {
    this.#variables ??= revealVariables(this.#place.values)
    return this.#variables
  }
  get fields(): Variables {
    return revealVariables(this.#facts.fields)
  }
  get headers(): Readonly<Record<string, string>> {
    return this.#facts.headers
  }
  get listener(): string | null {
    return this.#facts.listener ?? null
  }
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController()
      if (this.#reason !== null) this.#abort.abort(this.#reason)
    }
    return this.#abort.signal
  }

  result({
    set = {},
    local = {},
    ...instructions
  }: { readonly set?: Variables; readonly local?: Variables } & AdHocInstructions): JobOutcome {
    return { [outcome]: 'completed', set, local, instructions } as Completed
  }
  pending(): JobOutcome {
    return { [outcome]: 'pending' }
  }
  escalate(code: string, variables: Variables = {}): JobOutcome {
    return { [outcome]: 'escalated', code, variables } as Escalated
  }

  /** Keeps what the variables are now: the handler goes on while the instance moves. */
  keepVariables(): void {
    void this.variables
  }
  /** Tells the handler that its result is not wanted any more, and why. The first reason stays. */
  abort(reason: EngineError): void {
    this.#reason ??= reason
    this.#abort?.abort(this.#reason)
  }
}

/** How an attempt ended. */
export type Answer =
  | { readonly result: WorkResult }
  | { readonly pending: true }
  | { readonly failed: { readonly code: string; readonly message: string; readonly final: boolean; readonly name?: string } }

const RESULT_MEMBERS: ReadonlySet<string> = new Set(['set', 'local', ...AD_HOC_MEMBERS])
const NOTHING: Values = Object.freeze({})
const DONE: Answer = Object.freeze({ result: Object.freeze({ type: 'completed' as const, set: NOTHING, local: NOTHING }) })
const PENDING: Answer = Object.freeze({ pending: true as const })

/** Reads what a handler returned. What cannot be kept is a failure of the handler, not of the engine. */
export function answerOf(returned: unknown, asWhole: boolean): Answer {
  try {
    if (asWhole && !isOutcome(returned)) {
      return { result: { type: 'completed', set: NOTHING, local: NOTHING, result: conceal(returned ?? null, 'result') } }
    }
    if (returned === undefined || returned === null) return DONE
    if (isOutcome(returned)) {
      if (returned[outcome] === 'pending') return PENDING
      if (returned[outcome] === 'escalated') {
        const { code, variables } = returned as Escalated
        if (typeof code !== 'string') return failed('invalidResult', `The code of an escalation is a ${typeof code}, not a text.`, true)
        return { result: { type: 'escalation', code, values: concealVariables(variables) } }
      }
      const { set, local, instructions } = returned as Completed
      checkMembers('job.result', 'outcome', instructions, RESULT_MEMBERS)
      const turn = turnOf('job.result', instructions)
      return { result: { type: 'completed', set: concealVariables(set), local: concealVariables(local), ...(turn && { turn }) } }
    }
    if (typeof returned !== 'object')
      return failed(
        'invalidResult',
        `The handler returned a ${typeof returned}; it must return variables, an outcome of the job, or nothing.`,
        true,
      )
    return { result: { type: 'completed', set: concealVariables(returned as Variables), local: NOTHING } }
  } catch (error) {
    return failed('invalidResult', `The handler's result cannot be kept: ${messageOf(error)}`, true)
  }
}

/** Reads what a handler threw, whatever it is. */
export function answerOfThrown(error: unknown): Answer {
  try {
    return answerOfError(error)
  } catch {
    return failed('handlerFailed', messageOf(error), false)
  }
}

function answerOfError(error: unknown): Answer {
  if (error instanceof BpmnError) {
    try {
      return { result: { type: 'error', code: error.code, message: error.message, values: concealVariables(error.variables) } }
    } catch (fault) {
      return failed('invalidResult', `The variables of BPMN error "${error.code}" cannot be kept: ${messageOf(fault)}`, true)
    }
  }
  if (error instanceof NoRetry) return failed('noRetry', messageOf(error), true)
  const answer = failed(isLeewayError(error) && typeof error.code === 'string' ? error.code : 'handlerFailed', messageOf(error), false)
  return 'failed' in answer && error instanceof Error ? { failed: { ...answer.failed, name: nameOf(error) } } : answer
}

/** What tells an exception from others: its name, where that says no more than `Error` its class's. */
function nameOf(error: Error): string {
  return error.name === 'Error' ? error.constructor.name : error.name
}

function failed(code: string, message: string, final: boolean): Answer {
  return { failed: { code, message, final } }
}

function isOutcome(value: unknown): value is JobOutcome {
  return typeof value === 'object' && value !== null && outcome in value
}

/** The text of whatever was thrown, bounded. */
export function messageOf(error: unknown): string {
  let text: string
  try {
    const said: unknown = error instanceof Error ? error.message || error.name : error
    text = typeof said === 'string' ? said : (JSON.stringify(said) ?? String(said))
  } catch {
    text = 'something that has no text'
  }
  return text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text
}

const MESSAGE_MAX = 2_000

/** One variable in its natural form, as an expression sees it. */
export function naturalVariable(values: Values, name: string): unknown {
  return Object.hasOwn(values, name) ? reveal(values[name] ?? null) : undefined
}
