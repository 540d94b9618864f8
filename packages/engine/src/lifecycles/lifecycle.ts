import { isLeewayError, LeewayError } from '@leeway/storage'

/** A chart as a plain table: looked up at every step, in the hot path, without a state machine library. */
export interface Lifecycle<State extends string = string, Event extends string = string> {
  /** The chart's id, for messages. */
  readonly name: string
  /** The state in which a life begins. */
  readonly initial: State
  readonly states: readonly State[]
  readonly events: readonly Event[]
  /** The states that nothing leaves. */
  readonly final: ReadonlySet<State>
  /** For each state the events that it takes and the states that they lead to. Neither level has a prototype. */
  readonly table: { readonly [From in State]: { readonly [Each in Event]?: State } }
}

/** The state that an event leads to from a state. Throws a {@link LifecycleError} where the chart has no such transition. */
export function transitionOf<State extends string, Event extends string>(
  lifecycle: Lifecycle<State, Event>,
  state: NoInfer<State>,
  event: NoInfer<Event>,
): State {
  const next = lifecycle.table[state]?.[event]
  if (next === undefined) throw new LifecycleError(lifecycle, state, event)
  return next
}

/** Whether a state takes an event. */
export function takes<State extends string, Event extends string>(
  lifecycle: Lifecycle<State, Event>,
  state: NoInfer<State>,
  event: NoInfer<Event>,
): boolean {
  return lifecycle.table[state]?.[event] !== undefined
}

/** A transition that the chart does not have. `details`: chart, state, event, and the events `allowed` there. Nothing has changed. */
export class LifecycleError extends LeewayError {
  readonly code = 'illegalTransition' as const

  constructor(lifecycle: Lifecycle, state: string, event: string) {
    const allowed = Object.keys(lifecycle.table[state] ?? {})
    super('LifecycleError', messageOf(lifecycle, state, event, allowed), { chart: lifecycle.name, state, event, allowed })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLeewayError(value, 'LifecycleError')
  }
}

function messageOf(lifecycle: Lifecycle, state: string, event: string, allowed: readonly string[]): string {
  const asked = `The lifecycle ${lifecycle.name} has no transition "${event}" from "${state}"`
  if (!(state in lifecycle.table)) return `${asked}: it has no such state, only ${lifecycle.states.join(', ')}`
  return allowed.length === 0 ? `${asked}: that is its end` : `${asked}: there it takes ${allowed.join(', ')}`
}
