import { isDeepStrictEqual } from 'node:util'
import type { Command } from '../../src/kernel/commands.ts'
import { occurrences, stateAfter } from './hold-laws.ts'
import { tokensOf } from './placed.ts'
import { type Law, plain } from './trace-laws.ts'
import { INSTANCE, type Move } from './walk.ts'

/** Suspending and resuming with nothing in between changes nothing. */
export const suspendingIsNeutral: Law = (trace, kernel) =>
  eachActive(trace.moves, ({ after, command: { now } }) => {
    const still = stateAfter(kernel, trace.definition, after, suspend(now))
    const again = still && stateAfter(kernel, trace.definition, still, resume(now))
    return again && isDeepStrictEqual(plain(again), plain(after)) ? [] : ['suspending and resuming changed the process']
  })

/** What comes by itself while an instance is suspended moves nothing then, and is applied at its resumption as if it had come there. */
export const whatComesWhileSuspendedIsKept: Law = (trace, kernel) =>
  eachActive(trace.moves, ({ after, command: { now } }) => {
    const still = stateAfter(kernel, trace.definition, after, suspend(now))
    if (!still) return ['an active instance could not be suspended']
    return tokensOf(after)
      .flatMap((placed) => occurrences(placed, now))
      .filter((command) => command.type !== 'triggerWait' || command.kind !== 'timer')
      .flatMap((command) => {
        const kept = stateAfter(kernel, trace.definition, still, command)
        if (!kept) return [`${command.type} is not kept`]
        if (!isDeepStrictEqual(tokensOf(kept), tokensOf(still))) return [`${command.type} moves a token of a suspended instance`]
        const resumed = stateAfter(kernel, trace.definition, kept, resume(now))
        const direct = stateAfter(kernel, trace.definition, after, command)
        return resumed && direct && isDeepStrictEqual(plain(resumed), plain(direct))
          ? []
          : [`${command.type} while suspended is not what it is at the resumption`]
      })
  })

const STATES_LOOKED_AT = 4

function eachActive(moves: readonly Move[], look: (move: Move) => readonly string[]): readonly string[] {
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  return moves.flatMap((move, k) =>
    k % every === 0 && move.after.scopes.get(INSTANCE)?.instance?.status === 'active'
      ? look(move).map((problem) => `after move ${k}: ${problem}`)
      : [],
  )
}

function suspend(now: number): Command {
  return { type: 'suspendProcess', now, instanceId: INSTANCE, reason: null }
}

function resume(now: number): Command {
  return { type: 'resumeProcess', now, instanceId: INSTANCE }
}
