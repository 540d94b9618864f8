import type { CommandBody, InstanceReader, Wait } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Deviation } from '../case/deviation-state.ts'
import { laterIn } from '../case/jobs.ts'
import { waitsAt, wholeHolderOf } from './anchors.ts'
import type { Caller } from './refusals.ts'

/** What holding or releasing a called instance comes to. */
export interface Followed {
  readonly commands: readonly CommandBody[]
  /** Instances that it has called in turn. */
  readonly called: readonly string[]
}

/** Where the instance was called; null where nobody did. */
export function callerOf({ record }: InstanceReader): Caller | null {
  return record?.body.parent ?? null
}

/** Instances that were called from an element instance, or from inside it. */
export function calledAt(instance: InstanceReader, elementInstanceId: string): readonly string[] {
  return waitsAt(instance, elementInstanceId).flatMap((wait) => (wait.type === 'call' ? [wait.instanceId] : []))
}

/**
 * A called instance is brought in line with its caller's deviation: held while that is away, released when it is over. Done again it
 * changes nothing.
 */
export function follow(book: Book, deviationId: string, instance: InstanceReader): Followed {
  const deviation = book.deviation(deviationId)
  const holder = wholeHolderOf(instance)
  const called = calledAt(instance, instance.id)
  if (instance.scope(instance.id)?.instance?.status !== 'active') return { commands: [], called: [] }
  if (deviation !== null && holdsCalled(deviation) && holder === null)
    return { commands: [{ type: 'holdProcess', instanceId: instance.id, by: deviationId, timers: {} }], called }
  if (holder === deviationId && (deviation === null || !holdsCalled(deviation)))
    return { commands: [{ type: 'releaseProcess', instanceId: instance.id, by: deviationId }], called }
  return { commands: [], called: [] }
}

/** A called instance begins, or goes on after it was suspended: its caller may have left the path, or come back, meanwhile. */
export function followCaller(book: Book, instance: InstanceReader): readonly CommandBody[] {
  const parent = callerOf(instance)
  if (parent === null) return []
  const holder = wholeHolderOf(instance)
  if (holder !== null) return follow(book, holder, instance).commands
  const away = book.openDeviations(parent.instanceId).find((one) => isAround(one, parent.elementInstanceId))
  return away === undefined ? [] : follow(book, away.id, instance).commands
}

/** Who has left at a call around this instance, however far out: it is held with that, or will be when its job has come to it. */
export function awayAround(book: Book, instance: InstanceReader): Deviation | null {
  for (let at = callerOf(instance); at !== null; ) {
    const { instanceId, elementInstanceId } = at
    // Read before its deviations are looked for, so that whoever leaves there meanwhile is not missed.
    at = book.callerOf(instanceId)
    const away = book.openDeviations(instanceId).find((one) => isAround(one, elementInstanceId) && holdsCalled(one))
    if (away !== undefined) return away
  }
  return null
}

/** What an instance is still held with though that is over: it is released before another comes back in it. Gives the kernel's commands. */
export function caughtUp(book: Book, deviationId: string, instance: InstanceReader): readonly CommandBody[] {
  const holder = wholeHolderOf(instance)
  return holder === null || holder === deviationId || book.deviation(holder) === null ? [] : follow(book, holder, instance).commands
}

/** What was called by a token that is held or released follows, each in its own order, later. */
export function callsFollow(book: Book, deviation: Deviation, waits: readonly Wait[]): void {
  if (deviation.body.runsOn) return
  for (const wait of waits) {
    if (wait.type !== 'call' || !book.isStarted(wait.instanceId)) continue
    laterIn(book, `${deviation.id}:${wait.instanceId}`, wait.instanceId, { type: 'follow', deviationId: deviation.id })
  }
}

function holdsCalled({ state, body }: Deviation): boolean {
  return (state === 'away' || state === 'returning') && !body.runsOn
}

function isAround({ mode, body }: Deviation, elementInstanceId: string): boolean {
  const { anchor } = body
  if (anchor.elementInstanceId === elementInstanceId) return mode !== 'alongside'
  return mode === 'takeOver' && elementInstanceId.startsWith(`${anchor.elementInstanceId}.`)
}
