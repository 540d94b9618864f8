import {
  type AwayPolicy,
  type CommandBody,
  type EventLatched,
  type HoldToken,
  type InstanceReader,
  incidentId,
  type KernelEvent,
  type TokenHeld,
  type TokenReleased,
  takes,
  transitionOf,
  type Values,
  type Wait,
} from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { AwayEvent, AwayTimer, Deviation, LatchRecord, Preempted } from '../case/deviation-state.ts'
import { endItemInstance } from '../case/ends.ts'
import { closeItems } from '../case/item-ends.ts'
import { waitsOf } from '../case/waits.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { freeOfGone } from '../people/gone.ts'
import { askAgain, lapse, leaveAtNext, reached } from './ahead.ts'
import { checkGates, endBeside } from './beside.ts'
import { callsFollow, followCaller } from './cascade.ts'
import { undoing } from './compensables.ts'
import { migrated } from './migrated.ts'
import { goOnAfter, goOnCompensated } from './return.ts'

/**
 * Writes down what a step of the kernel did to tokens that are off the path: what stands still or is kept under them, what came
 * meanwhile, and where the path went on without the one who left. `before` is the instance before the command.
 */
export function observe(book: Book, { events, before, after, command }: ObservedStep): readonly CommandBody[] {
  const asked: HoldToken['timers'] = command.type === 'hold' || command.type === 'holdProcess' ? command.timers : {}
  const watch = after === null ? null : book.watch(after.id)
  if (watch !== null) checkGates(book, watch, command)
  const follows: CommandBody[] = []
  if (command.type === 'migrateProcess' && before !== null && after !== null)
    follows.push(...migrated(book, command, events, before, after))
  // Who was stopped in this step may be preempted in it.
  const stopped = new Map<string, string>()
  for (let at = 0; at < events.length; at++) {
    const event = events[at] as KernelEvent // within the length
    switch (event.type) {
      case 'tokenHeld':
        reached(book, event, after)
        stopped.set(`${event.scopeId}.${event.n}`, event.hold.by)
        held(book, event, before, asked)
        follows.push(...standsIn(book, event, after))
        break
      case 'tokenReleased':
        released(book, deviationAt(book, before, event.scopeId, event.n), events.slice(at + 1), event.scopeId, event.n)
        goesOn(book, deviationAt(book, before, event.scopeId, event.n), event)
        stuckAgain(book, deviationAt(book, before, event.scopeId, event.n), `${event.scopeId}.${event.n}`, after)
        break
      case 'eventLatched':
        latched(book, deviationAt(book, before, event.scopeId, event.n), event)
        break
      case 'lateResultDiscarded':
        discarded(book, deviationAt(book, before, event.scopeId, event.n), event.elementId)
        break
      case 'elementTerminated':
      case 'elementCompleted': {
        const by = stopped.get(`${event.scopeId}.${event.n}`)
        const deviation = by === undefined ? deviationAt(book, before, event.scopeId, event.n) : book.deviation(by)
        // What is taken over with a scope is not the step that was left.
        if (deviation?.body.anchor.elementInstanceId === `${event.scopeId}.${event.n}`) preempt(book, deviation, causeOf(events, event))
        const how = event.type === 'elementCompleted' ? 'completed' : { by: event.by }
        if (watch !== null) endBeside(book, watch.id, `${event.scopeId}.${event.n}`, how)
        break
      }
      // Nobody is away at a token that goes in one of these ways: at most somebody works alongside.
      case 'tokensJoined':
        if (watch !== null) for (const [, n] of event.tokens) endBeside(book, watch.id, `${event.scopeId}.${n}`, 'completed')
        break
      case 'elementCompensated':
        if (watch !== null) endBeside(book, watch.id, `${event.scopeId}.${event.n}`, 'completed')
        break
      case 'eventSubProcessDisarmed':
        if (watch !== null) endBeside(book, watch.id, `${event.scopeId}.${event.n}`, { by: null })
        break
      case 'compensationEnded': {
        const deviation = deviationAt(book, before, event.scopeId, event.n)
        const isHeld = after?.token(`${event.scopeId}.${event.n}`)?.phase === 'held'
        if (deviation !== null && after !== null && isHeld) follows.push(...goOnCompensated(book, deviation, after))
        break
      }
      case 'besideUndoing':
        follows.push(...undoing(book, event))
        break
      case 'processStarted':
      case 'processResumed':
        if (after !== null) follows.push(...followCaller(book, after))
        break
      case 'processEnded':
        ended(book, event.scopeId, event.status, after?.scope(event.scopeId)?.variables ?? {})
        break
    }
  }
  return watch === null || after === null
    ? follows
    : [...follows, ...askAgain(book, events, before, after), ...leaveAtNext(book, events, after)]
}

/** One step of the kernel, as the extension is told of it. */
export interface ObservedStep {
  readonly events: readonly KernelEvent[]
  readonly command: CommandBody
  readonly before: InstanceReader | null
  readonly after: InstanceReader | null
}

/** Closes a deviation that the path has left behind: an interrupting event of its step or of a scope around it, or the instance's end. */
function preempt(book: Book, deviation: Deviation, how: Pick<Preempted, 'cause' | 'elementId'>): void {
  if (!takes(deviationLifecycle, deviation.state, 'preempt')) return
  const { anchor, latches } = deviation.body
  book.putDeviation({
    ...deviation,
    state: transitionOf(deviationLifecycle, deviation.state, 'preempt'),
    body: {
      ...deviation.body,
      latches: latches.map((latch) => (latch.became === 'kept' ? { ...latch, became: 'unused' } : latch)),
      preempted: { ...how, actor: book.actor, at: book.now },
      waits: waitsOf(book.rules.service.time, deviation, book.itemsOfDeviation(deviation.id), book.now),
    },
  })
  closeItems(book, book.itemsOfDeviation(deviation.id), 'preempted')
  const position = { instanceId: deviation.instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
  book.note(deviation.caseId, { type: 'deviation:preempt', deviationId: deviation.id, position, cause: how.cause })
  for (const to of deviation.body.participants)
    if (to !== book.actor) book.note(deviation.caseId, { type: 'deviation:notice', deviationId: deviation.id, to, because: 'pathMoved' })
}

function causeOf(
  events: readonly KernelEvent[],
  event: Extract<KernelEvent, { type: 'elementTerminated' | 'elementCompleted' }>,
): Pick<Preempted, 'cause' | 'elementId'> {
  if (event.type === 'elementTerminated' && event.by !== null) return { cause: 'event', elementId: event.by }
  return { cause: events.some(({ type }) => type === 'processEnded') ? 'instanceEnded' : 'scopeEnded', elementId: null }
}

/** Who is away at a token that was held before the command. */
function deviationAt(book: Book, before: InstanceReader | null, scopeId: string, n: number): Deviation | null {
  const by = before?.token(`${scopeId}.${n}`)?.hold?.by
  return by === undefined ? null : book.deviation(by)
}

/** Who came to a step whose work an item did before goes on. */
function standsIn(book: Book, { hold }: TokenHeld, after: InstanceReader | null): readonly CommandBody[] {
  const deviation = book.deviation(hold.by)
  return deviation?.body.standIn === undefined ? [] : goOnAfter(book, deviation.id, after, book.actor ?? deviation.body.actor)
}

function held(book: Book, { scopeId, n, hold, waits }: TokenHeld, before: InstanceReader | null, asked: HoldToken['timers']): void {
  const deviation = book.deviation(hold.by)
  if (deviation === null) return
  const earlier = before?.token(`${scopeId}.${n}`)?.waits ?? []
  const timers: AwayTimer[] = []
  const events: AwayEvent[] = []
  for (const wait of waits) {
    if (wait.type === 'timer') timers.push(timerOf(wait, earlier, asked[wait.for]))
    else if (wait.type === 'message' || wait.type === 'signal' || wait.type === 'condition') {
      const name = wait.type === 'condition' ? null : wait.name
      events.push({ elementId: wait.for, kind: wait.type, name, policy: POLICIES[wait.away ?? 'latch'] })
    }
  }
  for (const wait of earlier) {
    if (wait.type === 'timer' && !waits.some((one) => one.type === 'timer' && one.for === wait.for))
      timers.push({ elementId: wait.for, policy: 'cancel', dueAt: wait.dueAt, remainingMs: null })
  }
  const { timers: others, events: more } = deviation.body
  const body = { ...deviation.body, timers: [...others, ...timers], events: [...more, ...events] }
  book.putDeviation({ ...deviation, body: { ...body, ...stuckAt(deviation, before, `${scopeId}.${n}`) } })
  callsFollow(book, deviation, waits)
}

/** The incident of a token, beside those of the others that are held with it. */
function stuckAt({ body }: Deviation, before: InstanceReader | null, id: string): Pick<Deviation['body'], 'incidents'> {
  const token = before?.token(id)
  if (token?.incident === undefined) return {}
  const { code, message } = token.incident
  return { incidents: [...(body.incidents ?? []), { id: incidentId(id), elementId: token.elementId, code, message }] }
}

function stuckAgain(book: Book, deviation: Deviation | null, id: string, after: InstanceReader | null): void {
  if (deviation?.body.incidents === undefined || after?.token(id)?.incident === undefined) return
  const incidents = deviation.body.incidents.map((one) => (one.id === incidentId(id) ? { ...one, isOpenAgain: true as const } : one))
  book.putDeviation({ ...deviation, body: { ...deviation.body, incidents } })
}

const POLICIES = { live: 'live', latch: 'latch', paused: 'latch', closed: 'drop' } as const

function timerOf(wait: Extract<Wait, { type: 'timer' }>, earlier: readonly Wait[], asked: AwayPolicy | undefined): AwayTimer {
  const was = earlier.find((one) => one.type === 'timer' && one.for === wait.for)
  const given = typeof asked === 'object' ? 'extend' : asked === 'restart' ? 'restart' : null
  const policy = given ?? (wait.away === 'paused' ? 'pause' : wait.away === 'live' ? 'keep' : 'latch')
  return { elementId: wait.for, policy, dueAt: was?.type === 'timer' ? was.dueAt : wait.dueAt, remainingMs: wait.remaining ?? null }
}

function latched(book: Book, deviation: Deviation | null, { latch, elementId, scopeId, n }: EventLatched): void {
  if (deviation === null) return
  const { at } = latch
  const elementInstanceId = `${scopeId}.${n}`
  const record: LatchRecord =
    latch.type === 'event'
      ? { elementId: latch.for, elementInstanceId, kind: latch.kind, at, became: 'kept' }
      : { elementId, elementInstanceId, kind: latch.type, at, became: 'kept' }
  book.putDeviation({ ...deviation, body: { ...deviation.body, latches: [...deviation.body.latches, record] } })
}

function discarded(book: Book, deviation: Deviation | null, elementId: string): void {
  if (deviation === null) return
  const record: LatchRecord = { elementId, kind: 'work', at: book.now, became: 'discarded' }
  book.putDeviation({ ...deviation, body: { ...deviation.body, latches: [...deviation.body.latches, record] } })
}

/** What was kept is applied right after the release, in the same step: the events that follow tell which of it took effect. */
function released(book: Book, deviation: Deviation | null, after: readonly KernelEvent[], scopeId: string, n: number): void {
  if (deviation === null) return
  const isHere = ({ elementInstanceId: id = deviation.body.anchor.elementInstanceId }: LatchRecord): boolean => id === `${scopeId}.${n}`
  if (!deviation.body.latches.some(isHere)) return
  const effectOf = ({ kind, elementId }: LatchRecord): KernelEvent | undefined =>
    after.find((event) => {
      if (!('n' in event) || event.scopeId !== scopeId || event.n !== n) return false
      if (kind === 'work' || kind === 'call') return event.type === 'workFinished'
      if (kind === 'failure') return event.type === 'incidentRaised'
      return event.type === 'waitTriggered' && event.for === elementId
    })
  const latches = deviation.body.latches.map((latch): LatchRecord => {
    if (latch.became !== 'kept' || !isHere(latch)) return latch
    const effect = effectOf(latch)
    if (effect === undefined) return { ...latch, became: 'unused' }
    const missed = effect.type === 'waitTriggered' ? effect.came : undefined
    return { ...latch, became: 'applied', ...(missed !== undefined && { missed }) }
  })
  book.putDeviation({ ...deviation, body: { ...deviation.body, latches } })
}

/** What was called is released with its caller; a task is for somebody who is there. */
function goesOn(book: Book, deviation: Deviation | null, { scopeId, n, waits }: TokenReleased): void {
  if (deviation === null) return
  callsFollow(book, deviation, waits)
  if (waits.some(({ type }) => type === 'task')) freeOfGone(book, deviation, `${scopeId}.${n}`)
}

function ended(book: Book, instanceId: string, status: string, variables: Values): void {
  for (const deviation of book.openDeviations(instanceId))
    if (deviation.body.anchor.type === 'instance') preempt(book, deviation, { cause: 'instanceEnded', elementId: null })
  lapse(book, instanceId)
  const { itemId } = book.watch(instanceId).body
  if (itemId !== undefined) endItemInstance(book, itemId, status, variables)
  const record = book.caseOfInstance(instanceId)
  if (record !== null) book.note(record.id, { type: 'case:processEnded', instanceId, status })
}
