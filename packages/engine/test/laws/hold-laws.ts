import { isDeepStrictEqual } from 'node:util'
import type { Command } from '../../src/kernel/commands.ts'
import { type InstanceState, isArmed, type TimerWait, type Token, type Wait } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { addWorkingTime, workingTimeBetween } from '../../src/model/working-time.ts'
import { HOURS, type Kernel } from './kernel.ts'
import { unowned } from './ownership.ts'
import { NOT_HELD, type Placed, tokensOf } from './placed.ts'
import { type Law, plain } from './trace-laws.ts'

export const BY = 'deviation-of-the-law'
export const AWAY_MS = 12_345

/** Leaving and coming back with nothing in between changes nothing but shifted due times, and leaves nothing behind. */
export const leavingIsNeutral: Law = (trace, kernel) =>
  eachHoldable(trace.moves, (state, placed, now) => {
    const back = now + AWAY_MS
    const away = stateAfter(kernel, trace.definition, state, hold(placed, now))
    const returned = away && stateAfter(kernel, trace.definition, away, release(placed, back))
    if (!away || !returned) return ['a token could not be held and released']
    const expected = withToken(state, placed, shifted(trace.definition, placed.token, now, back))
    if (!isDeepStrictEqual(plain(returned), plain(expected))) return ['leaving and returning changed the process']
    return unowned(trace.definition, returned)
  })

/** Leaving does not change the tokens of any scope. */
export const leavingKeepsTokens: Law = (trace, kernel) =>
  eachHoldable(trace.moves, (state, placed, now) => {
    const away = stateAfter(kernel, trace.definition, state, hold(placed, now))
    return away && isDeepStrictEqual(census(away), census(state)) ? [] : ['leaving changed the tokens']
  })

/** What comes to a held token is applied once on return: as if it had come without the leave. */
export const whatComesMeanwhileIsAppliedOnce: Law = (trace, kernel) =>
  eachHoldable(trace.moves, (state, placed, now) =>
    (isOverdue(trace.definition, placed.token, now) ? [] : occurrences(placed, now)).flatMap((command) => {
      const away = stateAfter(kernel, trace.definition, state, hold(placed, now))
      const meanwhile = away && stateAfter(kernel, trace.definition, away, command)
      if (!away) return []
      // Of a paused timer nothing is armed; what is not armed for is not refused.
      if (!meanwhile) return command.type === 'triggerWait' && command.kind === 'timer' ? [] : [`${command.type} is refused while away`]
      const gone = meanwhile.scopes.get(placed.scopeId)?.tokens[placed.n]?.hold?.by !== BY
      const returned = gone ? meanwhile : stateAfter(kernel, trace.definition, meanwhile, release(placed, now))
      const direct = stateAfter(kernel, trace.definition, state, command)
      return returned && direct && isDeepStrictEqual(withoutGrids(returned), withoutGrids(direct))
        ? []
        : [`${command.type} while away is not what it is on the path`]
    }),
  )

const STATES_LOOKED_AT = 4

/** Looks at some moments of a walk at the tokens that `isMeant` picks. Default: those that can be held by themselves. */
export function eachHoldable(
  moves: Parameters<Law>[0]['moves'],
  look: (state: InstanceState, placed: Placed, now: number) => readonly string[],
  isMeant: (placed: Placed) => boolean = ({ token }) => !token.child && !NOT_HELD.has(token.phase),
): readonly string[] {
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  return moves.flatMap((move, k) => {
    if (k % every !== 0 || move.after.scopes.values().next().value?.instance?.status !== 'active') return []
    const holdable = tokensOf(move.after).filter((placed) => !placed.isListening && isMeant(placed))
    return holdable.flatMap((placed) =>
      look(move.after, placed, move.command.now).map((problem) => `after move ${k}, ${placed.scopeId}.${placed.n}: ${problem}`),
    )
  })
}

function hold({ scopeId, n }: Placed, now: number): Command {
  return { type: 'hold', now, scopeId, n, by: BY, timers: {} }
}

export function release({ scopeId, n }: Placed, now: number): Command {
  return { type: 'release', now, scopeId, n, by: BY }
}

/** The state after a command; null where it is rejected. */
export function stateAfter(kernel: Kernel, definition: Definition, state: InstanceState, command: Command): InstanceState | null {
  const outcome = kernel.step(definition, state, command)
  return 'rejected' in outcome ? null : outcome.state
}

function census(state: InstanceState): readonly string[] {
  return tokensOf(state).map(({ scopeId, n, token }) => `${scopeId}.${n} at ${token.elementId}`)
}

/** A boundary timer that should have fired by now is due at the return, not before: a difference that is no fault. */
function isOverdue(definition: Definition, token: Token, now: number): boolean {
  return (token.waits ?? []).some(
    (wait) => wait.type === 'timer' && definition.nodes.get(wait.for)?.type === 'boundaryEvent' && (wait.dueAt ?? now) < now,
  )
}

/** A paused cycle keeps its distances on a grid that begins anew, also where it was put at another time before. */
export function withoutGrids(state: InstanceState): unknown {
  return JSON.parse(JSON.stringify(plain(state), (name, value) => (name === 'first' || name === 'instead' ? undefined : value)))
}

/** What can come to a token without a person's doing. */
export function occurrences(placed: Placed, now: number): readonly Command[] {
  const { scopeId, n, token } = placed
  const isDriven = token.phase === 'active' && token.waits?.some((wait) => wait.type === 'job' && wait.turn !== undefined)
  if (token.phase !== 'waiting' && !isDriven) return []
  return (token.waits ?? []).flatMap((wait): Command[] => {
    if (wait.type === 'job' || wait.type === 'listener') {
      const listener = wait.type === 'listener' ? wait.at : wait.turn
      const work = { now, scopeId, n, ...(listener !== undefined && { listener }) }
      const turn = isDriven ? { turn: { start: [], ends: true, cancels: true } } : {}
      return [
        { type: 'finishWork', ...work, result: { type: 'completed', set: { x: 3 }, local: {}, ...turn } },
        { type: 'finishWork', ...work, result: { type: 'error', code: 'E1', message: '', values: {} } },
        { type: 'failWork', ...work, code: 'handlerFailed', message: '', retriesLeft: 0, retryAt: null },
      ]
    }
    if (wait.type === 'call') {
      const call = { now, scopeId, n, calledId: wait.instanceId }
      const variables = { x: 2 }
      return [
        { type: 'finishCall', ...call, result: { type: 'completed', values: { answer: 3 } } },
        { type: 'finishCall', ...call, result: { type: 'error', code: 'E1', message: '', values: {}, variables } },
        { type: 'finishCall', ...call, result: { type: 'ended', status: 'terminated', reason: null } },
        { type: 'escalateCall', ...call, code: 'E1', values: {}, variables },
      ]
    }
    if (!isArmed(wait)) return []
    if (wait.type === 'message' || wait.type === 'signal')
      return [{ type: 'triggerWait', now, scopeId, n, for: wait.for, definition: wait.definition ?? 0, kind: wait.type, values: { x: 2 } }]
    if (wait.type === 'timer' && wait.dueAt !== null && wait.dueAt <= now)
      return [
        {
          type: 'triggerWait',
          now,
          scopeId,
          n,
          for: wait.for,
          definition: wait.definition ?? 0,
          kind: 'timer',
          values: {},
          dueAt: wait.dueAt,
        },
      ]
    return []
  })
}

/** The token as it must be on return: its boundary timers later by the time away, all else as it was. */
export function shifted(definition: Definition, token: Token, left: number, back: number): Token {
  return shiftedWhere(token, left, back, (wait) => definition.nodes.get(wait.for)?.type === 'boundaryEvent')
}

/** Inside a scope that is taken over every timer stands still that is not at a date. */
export function shiftedInside(definition: Definition, token: Token, left: number, back: number): Token {
  return shiftedWhere(token, left, back, (wait) => {
    const event = definition.nodes.get(wait.for)
    const timer = event !== undefined && 'eventDefinitions' in event ? event.eventDefinitions[wait.definition ?? 0] : undefined
    return timer?.type !== 'timer' || timer.kind !== 'timeDate'
  })
}

function shiftedWhere(token: Token, left: number, back: number, stands: (wait: TimerWait) => boolean): Token {
  if (!token.waits) return token
  const waits = token.waits.map((wait): Wait => {
    if (wait.type !== 'timer' || wait.dueAt === null || !stands(wait)) return wait
    const dueAt = dueOnReturn(wait, left, back)
    const { instead: _instead, ...rest } = wait
    return wait.cycle ? { ...rest, dueAt, cycle: { ...wait.cycle, first: dueAt } } : { ...rest, dueAt }
  })
  return { ...token, waits }
}

/** When a timer is due that stood still from one instant to another: by its business hours, where it has some. */
export function dueOnReturn({ dueAt, calendar }: TimerWait, left: number, back: number): number {
  const at = Math.max(left, dueAt ?? left)
  return calendar === undefined ? back + at - left : addWorkingTime(HOURS, back, workingTimeBetween(HOURS, left, at))
}

export function withToken(state: InstanceState, { scopeId, n }: Pick<Placed, 'scopeId' | 'n'>, token: Token): InstanceState {
  const scope = state.scopes.get(scopeId)
  if (!scope) return state
  return { ...state, scopes: new Map([...state.scopes, [scopeId, { ...scope, tokens: { ...scope.tokens, [n]: token } }]]) }
}
