import type { Instant } from '@leeway/storage'
import type { Remaining } from '../model/remaining.ts'
import type { Values } from '../model/value.ts'

/**
 * One thing that can move a token. `for` is the element that is triggered: the token's own, a boundary event of it, an event behind an
 * event-based gateway, or the start event of an event sub-process.
 */
export type Wait =
  /** `turn`: which of the jobs it is that drive an ad hoc sub-process; each has a row of its own, so that none is taken for another. */
  | { readonly type: 'job'; readonly turn?: string }
  | { readonly type: 'task' }
  /** Only `trigger` moves it. */
  | TriggerableWait
  | { readonly type: 'continuation'; readonly at: 'before' | 'after'; readonly priority?: number }
  /** A listener's job; `at` is the listener's key. */
  | { readonly type: 'listener'; readonly at: string }
  /** The end of a called instance, by its id. */
  | { readonly type: 'call'; readonly instanceId: string }
  | TimerWait
  | MessageWait
  | SignalWait
  | ConditionWait

/** What an event waits for: with one of its definitions, where it has several. */
export type EventWait = TriggerableWait | TimerWait | MessageWait | SignalWait | ConditionWait

interface EventWaitBase<Type extends string> {
  readonly type: Type
  readonly for: string
  /** Place of the definition among those of a multiple event, from 0; absent for the first. */
  readonly definition?: number
  /** It has come, with these values, and is kept until all of a parallel multiple event have. */
  readonly came?: Values
}

export type TriggerableWait = EventWaitBase<'trigger'>

export interface TimerWait extends EventWaitBase<'timer'> {
  /** Null while paused. */
  readonly dueAt: Instant | null
  /**
   * A cycle's text, evaluated when armed, how many occurrences are left after the one due (null = endless), and an instant of the grid that
   * it keeps: when it was armed.
   */
  readonly cycle?: { readonly text: string; readonly left: number | null; readonly first: Instant }
  /**
   * The due time by the model, where an operator gave it another one; what follows in a cycle comes when it would have come, or `shifts`
   * with it.
   */
  readonly instead?: { readonly of: Instant; readonly shifts?: true }
  /** The business hours that it goes by; absent where it has none. */
  readonly calendar?: string
  /** Milliseconds that were left when it was paused: of working time, where it has business hours. */
  readonly remaining?: number
  /** How far behind its working time it was due, outside of its hours. */
  readonly idle?: Remaining['idle']
  readonly away?: AwayMode
}

export interface MessageWait extends EventWaitBase<'message'> {
  readonly name: string
  readonly key: string | null
  /** The id of the correlation key that `key` is of; empty where the conversation has none yet, and `key` is empty too. */
  readonly keyId?: string
  readonly away?: AwayMode
}

export interface SignalWait extends EventWaitBase<'signal'> {
  readonly name: string
  readonly away?: AwayMode
}

export interface ConditionWait extends EventWaitBase<'condition'> {
  /** Whether it was true when it was judged last. */
  readonly holds: boolean
  readonly away?: AwayMode
}

/**
 * What an armed event does while its token is held: acts at once, is kept for the return, stands still, or is closed (what it waited for
 * came and is kept, or a sibling's did).
 */
export type AwayMode = 'live' | 'latch' | 'paused' | 'closed'

export type OccurrenceKind = EventWait['type']

/**
 * True where something outside must be kept for this wait: a subscription, a timer job. Paused and closed ones have none, nor what has come
 * already.
 */
export function isArmed(wait: Wait): boolean {
  if ('came' in wait && wait.came !== undefined) return false
  return !('away' in wait) || wait.away === undefined || wait.away === 'live' || wait.away === 'latch'
}

/** True where a token waits for something of this type: a loop, for every command asks it of some token. */
export function waitsFor({ waits }: { readonly waits?: readonly Wait[] }, type: Wait['type']): boolean {
  if (waits !== undefined) for (let i = 0; i < waits.length; i++) if (waits[i]?.type === type) return true
  return false
}
