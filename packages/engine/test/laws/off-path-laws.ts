import { isDeepStrictEqual } from 'node:util'
import type { AwayPolicy, Command, HoldToken } from '../../src/kernel/commands.ts'
import { tokenId } from '../../src/kernel/ids.ts'
import { isArmed, type Scope, type TimerWait } from '../../src/kernel/state.ts'
import { durationOfMs } from '../../src/model/duration.ts'
import { addWorkingTime } from '../../src/model/working-time.ts'
import {
  AWAY_MS,
  BY,
  dueOnReturn,
  eachHoldable,
  release,
  shifted,
  shiftedInside,
  stateAfter,
  withoutGrids,
  withToken,
} from './hold-laws.ts'
import { HOURS } from './kernel.ts'
import { unowned } from './ownership.ts'
import { type Placed, tokensOf } from './placed.ts'
import { type Law, plain } from './trace-laws.ts'
import { INSTANCE } from './walk.ts'

/** Taking a scope over and giving it back changes nothing but the due times of boundary timers in it. */
export const takingOverIsNeutral: Law = ({ moves, definition }, kernel) =>
  eachHoldable(
    moves,
    (state, placed, now) => {
      const away = stateAfter(kernel, definition, state, hold(placed, now, { whole: true }))
      const returned = away && stateAfter(kernel, definition, away, release(placed, now + AWAY_MS))
      if (!away || !returned) return ['a scope could not be taken over and given back']
      const taken = tokensOf(away).filter(({ token }) => token.hold?.by === BY)
      const expected = taken.reduce((sofar, { scopeId, n }) => {
        const before = state.scopes.get(scopeId)?.tokens[n]
        const isItself = scopeId === placed.scopeId && n === placed.n
        const moved = isItself ? shifted : shiftedInside
        return before ? withToken(sofar, { scopeId, n }, moved(definition, before, now, now + AWAY_MS)) : sofar
      }, state)
      return isDeepStrictEqual(plain(returned), plain(expected)) ? [] : ['taking over and giving back changed the process']
    },
    ({ token }) => token.child === true && token.phase !== 'held' && token.phase !== 'compensating',
  )

/** Taking the whole instance over and giving it back changes nothing but due times. */
export const takingItAllOverIsNeutral: Law = ({ moves, definition }, kernel) =>
  moves.flatMap(({ after, command: { now } }, k) => {
    const head = after.scopes.get(INSTANCE)?.instance
    if (k % LOOKED_AT_EVERY !== 0 || head?.status !== 'active' || head.hold !== undefined) return []
    const whole = { instanceId: INSTANCE, by: BY }
    const away = stateAfter(kernel, definition, after, { type: 'holdProcess', now, ...whole, timers: {} })
    const back = now + AWAY_MS
    const returned = away && stateAfter(kernel, definition, away, { type: 'releaseProcess', now: back, ...whole })
    if (!away || !returned) return ['an instance could not be taken over and given back']
    const expected = tokensOf(away).reduce((sofar, { scopeId, n, token }) => {
      const before = after.scopes.get(scopeId)?.tokens[n]
      return before && token.hold?.by === BY ? withToken(sofar, { scopeId, n }, shiftedInside(definition, before, now, back)) : sofar
    }, after)
    return isDeepStrictEqual(plain(returned), plain(expected))
      ? []
      : [`after move ${k}: taking it all over and giving it back changed the process`]
  })

/** A step that was taken back waits for nothing, and is not gone on with; begun anew it is another element instance. */
export const withdrawnWaitsForNothing: Law = ({ moves, definition }, kernel) =>
  eachHoldable(moves, (state, placed, now) => {
    const away = stateAfter(kernel, definition, state, hold(placed, now, { withdraw: true }))
    if (!away) return []
    const token = away.scopes.get(placed.scopeId)?.tokens[placed.n]
    if (token?.waits || token?.incident) return ['what was taken back still waits']
    if (stateAfter(kernel, definition, away, release(placed, now))) return ['what was taken back went on']
    const again = stateAfter(kernel, definition, away, { ...divert(placed, now), to: { type: 'redo' } })
    if (!again) return ['what was taken back cannot be begun anew']
    if (again.scopes.get(placed.scopeId)?.tokens[placed.n]?.hold) return ['what was begun anew is still there as it was']
    return unowned(definition, again)
  })

/** A boundary timer of a held step does what its policy says. */
export const timersFollowTheirPolicy: Law = ({ moves, definition }, kernel) =>
  eachHoldable(moves, (state, placed, now) =>
    boundaryTimers(placed, now).flatMap((timer) =>
      POLICIES.flatMap(([policy, isRight]) => {
        const away = stateAfter(kernel, definition, state, hold(placed, now, { timers: { [timer.for]: policy } }))
        const returned = away && stateAfter(kernel, definition, away, release(placed, now + AWAY_MS))
        const token = returned?.scopes.get(placed.scopeId)?.tokens[placed.n]
        if (!token) return ['a step with a timer could not be held and released']
        const after = token.waits?.find((wait) => wait.type === 'timer' && wait.for === timer.for)
        const dueAt = after?.type === 'timer' ? after.dueAt : null
        return isRight({ ...timer, dueAt: timer.dueAt ?? 0 }, dueAt, now)
          ? []
          : [`the timer ${timer.for} did not do what ${JSON.stringify(policy)} says`]
      }),
    ),
  )

const EXTENDED_MS = 5_000
const POLICIES: readonly (readonly [
  AwayPolicy,
  (timer: TimerWait & { readonly dueAt: number }, after: number | null, now: number) => boolean,
])[] = [
  ['keep', ({ dueAt }, after) => after === dueAt],
  ['latch', ({ dueAt }, after) => after === dueAt],
  ['pause', (timer, after, now) => after === dueOnReturn(timer, now, now + AWAY_MS)],
  ['cancel', (_, after) => after === null],
  ['restart', (timer, after, now) => after !== null && after >= dueOnReturn(timer, now, now + AWAY_MS)],
  [{ extend: durationOfMs(EXTENDED_MS) }, (timer, after) => after === extended(timer)],
]

function extended({ dueAt, calendar }: { readonly dueAt: number; readonly calendar?: string }): number {
  return calendar === undefined ? dueAt + EXTENDED_MS : addWorkingTime(HOURS, dueAt, EXTENDED_MS)
}

/** A late result that is to be thrown away changes nothing; one that is accepted is as if nobody had left. */
export const lateResultsFollowTheirPolicy: Law = ({ moves, definition }, kernel) =>
  eachHoldable(moves, (state, placed, now) => {
    if (!placed.token.waits?.some((wait) => wait.type === 'job') || placed.token.phase !== 'waiting') return []
    const result = { type: 'completed' as const, set: { x: 3 }, local: {} }
    const finish: Command = { type: 'finishWork', now, scopeId: placed.scopeId, n: placed.n, result }
    const [ignored, came] = (['discard', 'accept'] as const).map((late) => {
      const away = stateAfter(kernel, definition, state, hold(placed, now, { late }))
      return { away, after: away && stateAfter(kernel, definition, away, finish) }
    })
    const direct = stateAfter(kernel, definition, state, finish)
    const isThrownAway = ignored?.after && ignored.away && isDeepStrictEqual(plain(ignored.after), plain(ignored.away))
    const isAccepted =
      hasOverdue(placed, now) || (came?.after && direct && isDeepStrictEqual(withoutGrids(came.after), withoutGrids(direct)))
    return [
      ...(isThrownAway ? [] : ['a late result was not thrown away']),
      ...(isAccepted ? [] : ['a late result was not accepted as if nobody had left']),
    ]
  })

/** A return by an event that the step waits for is as if that had come. */
export const anEventNamedIsAnEventThatCame: Law = ({ moves, definition }, kernel) =>
  eachHoldable(moves, (state, placed, now) =>
    eventsOf(placed).flatMap((event) => {
      const node = definition.nodes.get(event.for)
      // Of a parallel multiple event one alone does not make it occur.
      if (hasOverdue(placed, now) || (node && 'parallelMultiple' in node && node.parallelMultiple)) return []
      const away = stateAfter(kernel, definition, state, hold(placed, now))
      const values = { x: 2 }
      const named = away && stateAfter(kernel, definition, away, { ...divert(placed, now), to: { type: 'event', for: event.for, values } })
      if (!named) return [] // no event that ends it
      const direct = stateAfter(kernel, definition, state, {
        type: 'triggerWait',
        now,
        scopeId: placed.scopeId,
        n: placed.n,
        for: event.for,
        ...(event.definition !== undefined && { definition: event.definition }),
        kind: event.type,
        values,
      })
      return direct && isDeepStrictEqual(withoutGrids(named), withoutGrids(direct)) ? [] : [`${event.for} was not as if it had come`]
    }),
  )

/** A breakpoint holds one token before its element begins, then it is gone; nothing goes past one. */
export const stopsHoldOnce: Law = ({ moves }) =>
  moves.flatMap(({ before, after, command, events, rejected }, k) => {
    let stops = command.type === 'setStops' && rejected === null ? command.stops : (before.scopes.get(INSTANCE)?.instance?.stops ?? {})
    const problems: string[] = []
    const begun = new Set<string>()
    for (const event of events) {
      if (event.type === 'elementActivated') begun.add(tokenId(event.scopeId, event.n))
      if (event.type === 'tokenHeld' && (event.hold.was === 'unbegun' || event.hold.was === 'occurred')) {
        const { [event.elementId]: by, ...left } = stops
        if (by !== event.hold.by) problems.push(`after move ${k}: ${event.elementId} was held and nobody asked for it`)
        stops = left
      }
      if (event.type === 'elementCompleted' && stops[event.elementId] !== undefined && begun.has(tokenId(event.scopeId, event.n)))
        problems.push(`after move ${k}: ${event.elementId} went past its breakpoint`)
    }
    const left = after.scopes.get(INSTANCE)?.instance
    const isActive = left?.status === 'active' || left?.status === 'suspended'
    if (isActive && !isDeepStrictEqual(left.stops ?? {}, stops)) problems.push(`after move ${k}: a breakpoint that held is still there`)
    return problems
  })

/** Ending a scope leaves nothing of it. */
export const endingAScopeLeavesNothing: Law = ({ moves, definition }, kernel) =>
  moves.flatMap(({ after, command: { now } }, k) => {
    if (k % LOOKED_AT_EVERY !== 0) return []
    const inner = [...after.scopes.values()].filter((scope) => scope.kind === 'subProcess' && scope.live > 0)
    return inner.flatMap(({ id }) => {
      const ended = stateAfter(kernel, definition, after, { type: 'endScope', now, scopeId: id, reason: null })
      if (!ended) return []
      // What its end begins there, to undo something, is new.
      const { counter } = after.scopes.get(id) as Scope // one of them
      const isLeft = ({ scopeId, n, isListening, token }: Placed): boolean =>
        scopeId === id && n <= counter && !isListening && token.drivenBy === undefined
      const left = tokensOf(ended).filter(isLeft)
      return [...unowned(definition, ended), ...(left.length > 0 ? [`${left.length} tokens are left in ${id}`] : [])]
    })
  })

const LOOKED_AT_EVERY = 5

function hold({ scopeId, n }: Placed, now: number, more: Partial<HoldToken> = {}): Command {
  return { type: 'hold', now, scopeId, n, by: BY, timers: {}, ...more }
}

function divert({ scopeId, n }: Placed, now: number): Omit<Extract<Command, { type: 'divert' }>, 'to'> & { readonly now: number } {
  return { type: 'divert', now, scopeId, n, by: BY }
}

function boundaryTimers({ token }: Placed, now: number): readonly TimerWait[] {
  const later = (wait: TimerWait): boolean => wait.dueAt !== null && wait.dueAt > now + AWAY_MS && wait.cycle === undefined
  return (token.waits ?? []).filter((wait): wait is TimerWait => wait.type === 'timer' && wait.for !== token.elementId && later(wait))
}

function eventsOf({ token }: Placed) {
  if (token.phase !== 'waiting') return []
  return (token.waits ?? []).flatMap((wait) => ((wait.type === 'message' || wait.type === 'signal') && isArmed(wait) ? [wait] : []))
}

/** A boundary timer that should have fired is due at the return, not before: a difference that is no fault. */
function hasOverdue({ token }: Placed, now: number): boolean {
  return (token.waits ?? []).some((wait) => wait.type === 'timer' && (wait.dueAt ?? now) < now)
}
