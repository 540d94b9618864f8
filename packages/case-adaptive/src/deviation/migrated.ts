import { type CommandBody, type InstanceReader, type KernelEvent, splitTokenId, type Wait } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Anchor, AwayTimer, Deviation, LatchRecord } from '../case/deviation-state.ts'
import { next } from '../guarantee/path.ts'
import { policyOf } from '../people/element-policy.ts'
import { adopted } from './adopted.ts'
import { pinGone, unprovenStays } from './refusals.ts'

type Migration = Extract<CommandBody, { readonly type: 'migrateProcess' }>

/**
 * The instance goes on by another definition. A deviation follows its step, and what is pinned to an element follows that; the record
 * keeps where it was. Throws `UnprovenInstance`, `PinTargetGone`: then the instance is not migrated.
 */
export function migrated(
  book: Book,
  command: Migration,
  events: readonly KernelEvent[],
  before: InstanceReader,
  after: InstanceReader,
): readonly CommandBody[] {
  const { map, reanchor = {} } = command
  const record = book.caseOfInstance(after.id)
  if (record?.body.unproven?.includes(after.id)) throw unprovenStays(after.id, record.id)
  const to = (elementId: string): string => map[elementId] ?? elementId
  const pinnedTo = (elementId: string): string => reanchor[elementId] ?? to(elementId)
  const anchors = reanchored(events)
  const now = placesNow(events)
  const waits = events.flatMap((event) => (event.type === 'tokenMigrated' ? event.waits : []))
  besideAnew(book, after.id, anchors)
  for (const deviation of book.openDeviations(after.id)) {
    const anchor = anchors.get(deviation.body.anchor.elementInstanceId)
    follow(book, deviation, { to, pinnedTo, anchor, waits, now }, before, after)
  }
  if (now !== null) elsewhere(book, after.id, now)
  if (record === null) return []
  tightened(book, to, before, after)
  return adopted(book, record.id, command, before, after)
}

/** MG1: those at whose place nobody is away any more, and the element instances before which they are instead. */
function reanchored(events: readonly KernelEvent[]): ReadonlyMap<string, Anchored> {
  const left = events.filter((event) => event.type === 'elementWithdrawn')
  const anew = events.filter((event) => event.type === 'tokenHeld')
  return new Map(
    left.flatMap(({ scopeId, n }, k) => {
      const held = anew[k]
      return held === undefined ? [] : [[`${scopeId}.${n}`, { id: `${held.scopeId}.${held.n}`, by: held.hold.by }] as const]
    }),
  )
}

/** The element instance before which somebody is, and by which deviation. */
interface Anchored {
  readonly id: string
  readonly by: string
}

/** MG1: of those alongside a step that was taken back one is off the path before the other, the rest are alongside that. */
function besideAnew(book: Book, instanceId: string, anchors: ReadonlyMap<string, Anchored>): void {
  const watch = book.watch(instanceId)
  const { beside } = watch.body
  if (!Object.keys(beside).some((id) => anchors.has(id))) return
  const anew = Object.entries(beside).flatMap(([id, by]) => {
    const to = anchors.get(id)
    const rest = by.filter((one) => one !== to?.by)
    return rest.length > 0 ? [[to?.id ?? id, rest] as const] : []
  })
  book.putWatch({ ...watch, body: { ...watch.body, beside: Object.fromEntries(anew) } })
}

/**
 * MG3: the ids of element instances that were put into sub-processes which are new around them, and of those inside. Null where none was.
 */
function placesNow(events: readonly KernelEvent[]): ((id: string) => string) | null {
  const moves = events.flatMap((event) => (event.type === 'tokenMoved' ? [[`${event.scopeId}.${event.n}`, event.to] as const] : []))
  if (moves.length === 0) return null
  return (id) => moves.reduce((at, [from, to]) => (at === from || at.startsWith(`${from}.`) ? `${to}${at.slice(from.length)}` : at), id)
}

/** Who works alongside does so there; a return before is not undone any more. */
function elsewhere(book: Book, instanceId: string, now: (id: string) => string): void {
  const watch = book.watch(instanceId)
  const beside = Object.fromEntries(Object.entries(watch.body.beside).map(([id, by]) => [now(id), by]))
  if (Object.keys(beside).length > 0) book.putWatch({ ...watch, body: { ...watch.body, beside } })
  for (const deviation of book.returnedDeviations(instanceId)) {
    const { returned } = deviation.body
    if (returned?.trail === undefined || !returned.trail.landed.some(({ elementInstanceId: id }) => now(id) !== id)) continue
    const trail = { ...returned.trail, barred: returned.trail.barred ?? 'a migration has put the step into another sub-process since.' }
    book.putDeviation({ ...deviation, body: { ...deviation.body, returned: { ...returned, trail } } })
  }
}

interface Ways {
  /** Where an element is in the new model. */
  readonly to: (elementId: string) => string
  /** The same for what somebody is to leave before. */
  readonly pinnedTo: (elementId: string) => string
  /** The element instance before which the deviation is from now on; absent where it stays. */
  readonly anchor: Anchored | undefined
  /** The id that an element instance has now; null where none was put into another scope. */
  readonly now: ((id: string) => string) | null
  /** What tokens wait for from now on, of those for which something changed. */
  readonly waits: readonly Wait[]
}

/** MG10: what was passed over before it was mandatory is to be looked at. */
function tightened(book: Book, to: (elementId: string) => string, before: InstanceReader, after: InstanceReader): void {
  const isMandatory = ({ definition }: InstanceReader, id: string): boolean => {
    const node = definition.nodes.get(id)
    return node !== undefined && policyOf(node, definition.key, book.rules.policies).mandatory === true
  }
  for (const deviation of book.returnedDeviations(after.id)) {
    const { returned, review } = deviation.body
    const skipped = (returned?.verdict?.bypassed ?? []).filter((id) => !isMandatory(before, id) && isMandatory(after, to(id)))
    const because = skipped.map((id) => `mandatory:${to(id)}`).filter((one) => review?.because.includes(one) !== true)
    if (because.length === 0) continue
    const all = [...(review?.because ?? []), ...because]
    book.putDeviation({ ...deviation, body: { ...deviation.body, review: { ...review, because: all } } })
    book.note(deviation.caseId, { type: 'deviation:review', deviationId: deviation.id, because })
  }
}

function follow(
  book: Book,
  deviation: Deviation,
  { to, pinnedTo, anchor: anew, waits, now }: Ways,
  before: InstanceReader,
  after: InstanceReader,
): void {
  const { body } = deviation
  const { anchor } = body
  // One that goes on alongside does so there.
  const isDetour = anew !== undefined && deviation.mode !== 'deferred' && (deviation.mode !== 'alongside' || anew.by === deviation.id)
  const first = anew?.id ?? anchor.elementInstanceId
  const elementInstanceId = now?.(first) ?? first
  const there = deviation.state === 'requested' ? pinnedTo(anchor.elementId) : to(anchor.elementId)
  const elementId = after.token(elementInstanceId)?.elementId ?? there
  const isPinned = deviation.state === 'requested' && anchor.elementId !== ''
  if (isPinned && !after.definition.nodes.has(elementId))
    throw pinGone(deviation, elementId, successorOf(anchor.elementId, to, before, after))
  const { id, key, version } = after.definitionRecord
  const definition = { id, key, version }
  const from = { definition: body.definition, elementId: anchor.elementId }
  const renamed = <T extends { readonly elementId: string }>(all: readonly T[]): readonly T[] =>
    all.map((one) => ({ ...one, elementId: to(one.elementId) }))
  const moved = { from, to: { definition, elementId }, ...(anew !== undefined && { reanchored: true as const }) }
  book.putDeviation({
    ...deviation,
    elementId,
    // What was taken back, or taken over, is not the step that it is at now.
    ...(isDetour && { mode: 'detour' as const }),
    body: {
      ...(isDetour ? ungated(body) : body),
      definition,
      anchor: { ...anchor, elementId, elementInstanceId, ...scopeOf(elementInstanceId, anchor, after) },
      timers: anew === undefined ? renamed(body.timers).map((timer) => retimed(timer, waits)) : [],
      events: anew === undefined ? renamed(body.events) : [],
      latches: anew === undefined ? placed(renamed(body.latches), now) : unused(body.latches),
      migrations: [...(body.migrations ?? []), { at: book.now, actor: book.actor, ...moved }],
    },
  })
  book.note(deviation.caseId, { type: 'deviation:migrate', deviationId: deviation.id, ...moved })
}

/** A gate is for those who work alongside. */
function ungated({ gate: _gate, ...body }: Deviation['body']): Deviation['body'] {
  return body
}

/** The scope around the step, as the migration left it. */
function scopeOf(elementInstanceId: string, { type }: Anchor, after: InstanceReader): Partial<Anchor> {
  const place = type === 'token' ? splitTokenId(elementInstanceId) : null
  return place === null ? {} : { scopeId: place.scopeId, scopePath: after.scope(place.scopeId)?.path ?? '' }
}

function placed(latches: readonly LatchRecord[], now: Ways['now']): readonly LatchRecord[] {
  if (now === null) return latches
  return latches.map((one) => (one.elementInstanceId === undefined ? one : { ...one, elementInstanceId: now(one.elementInstanceId) }))
}

/** MG2: a timer that counts anew is due otherwise, or has more or less left. */
function retimed(timer: AwayTimer, waits: readonly Wait[]): AwayTimer {
  const wait = waits.find((one) => one.type === 'timer' && one.for === timer.elementId)
  if (wait?.type !== 'timer') return timer
  return wait.away === 'paused' ? { ...timer, remainingMs: wait.remaining ?? null } : { ...timer, dueAt: wait.dueAt }
}

/** What came for a step that is there no more. */
function unused(latches: readonly LatchRecord[]): readonly LatchRecord[] {
  return latches.map((latch) => (latch.became === 'kept' ? { ...latch, became: 'unused' } : latch))
}

/** MG5: the nearest element behind one that is gone which both models have; null where there is none. */
function successorOf(gone: string, to: (elementId: string) => string, before: InstanceReader, after: InstanceReader): string | null {
  const start = before.definition.nodes.get(gone)
  const open = start === undefined ? [] : [start]
  const seen = new Set(open)
  for (let node = open.shift(); node !== undefined; node = open.shift()) {
    if (after.definition.nodes.has(to(node.id))) return to(node.id)
    for (const one of next(node)) {
      if (seen.has(one)) continue
      seen.add(one)
      open.push(one)
    }
  }
  return null
}
