import type { KernelEvent, Tried, Wait } from '@leeway/engine/extension'
import type { Instant } from '../case/case-state.ts'
import type { AwayEvent } from '../case/deviation-state.ts'

/** What a return makes of what is waited for: it goes on from there, it begins, or it is waited for no more. */
export type Becomes = 'goesOn' | 'begins' | 'ends'

/** A timer that a return changes. */
export interface TimerAfter {
  readonly elementId: string
  /** At which element instance. */
  readonly elementInstanceId: string
  readonly becomes: Becomes
  /** Null where it ends. */
  readonly dueAt: Instant | null
}

/** A message, signal or condition that a return changes. */
export interface EventAfter extends Pick<AwayEvent, 'elementId' | 'kind' | 'name'> {
  /** At which element instance. */
  readonly elementInstanceId: string
  readonly becomes: Becomes
}

export interface Rearmed {
  readonly timers: readonly TimerAfter[]
  readonly events: readonly EventAfter[]
}

/** What is armed otherwise after what was tried, at the tokens that it moved, in the order in which it came to them. */
export function rearmed({ before, after, events: told }: Tried): Rearmed {
  const timers: TimerAfter[] = []
  const events: EventAfter[] = []
  for (const elementInstanceId of touchedBy(told)) {
    const was = before?.token(elementInstanceId)?.waits ?? []
    const is = after?.token(elementInstanceId)?.waits ?? []
    for (const [wait, becomes] of [
      ...was.filter((one) => !is.some((other) => isSame(one, other))).map((one) => [one, 'ends'] as const),
      ...is.map((one) => [one, was.some((other) => isSame(one, other)) ? 'goesOn' : 'begins'] as const),
    ]) {
      if (wait.type === 'timer')
        timers.push({ elementId: wait.for, elementInstanceId, becomes, dueAt: becomes === 'ends' ? null : wait.dueAt })
      else if (wait.type === 'message' || wait.type === 'signal' || wait.type === 'condition')
        events.push({
          elementId: wait.for,
          kind: wait.type,
          name: wait.type === 'condition' ? null : wait.name,
          elementInstanceId,
          becomes,
        })
    }
  }
  return { timers, events }
}

function touchedBy(events: readonly KernelEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => ('n' in event ? [`${event.scopeId}.${event.n}`] : [])))
}

function isSame(one: Wait, other: Wait): boolean {
  if (!('for' in one) || !('for' in other)) return false
  return one.type === other.type && one.for === other.for && (one.definition ?? 0) === (other.definition ?? 0)
}
