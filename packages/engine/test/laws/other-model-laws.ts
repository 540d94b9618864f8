import { isDeepStrictEqual } from 'node:util'
import type { Command } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { Kernel } from './kernel.ts'
import { ledgerProblems } from './ledger.ts'
import { drainingMove } from './moves.ts'
import { unowned } from './ownership.ts'
import { plain } from './trace-laws.ts'
import { INSTANCE, type Trace } from './walk.ts'

/** What the law found, and how many instances went to the other model. */
export interface ToAnother {
  readonly problems: readonly string[]
  readonly migrated: number
}

/**
 * At some moments of a walk the instance is migrated to a model that is another: it is refused, or all that it waits for is that of the new model,
 * what it does there ends each element once, and its events tell its state. Whether it comes to its end is not said: a join may wait for what is gone.
 */
export function anotherModelIsRefusedOrGoneOnBy({ moves, definition }: Trace, kernel: Kernel, target: Definition): ToAnother {
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  const problems: string[] = []
  let migrated = 0
  for (const [k, { after, command }] of moves.entries()) {
    const status = after.scopes.get(INSTANCE)?.instance?.status
    if (k % every !== 0 || (status !== 'active' && status !== 'suspended')) continue
    const { now } = command
    const migrate: Command = { type: 'migrateProcess', now, instanceId: INSTANCE, definitionId: 'D2', target, map: {} }
    const outcome = kernel.step(definition, after, migrate)
    if ('rejected' in outcome) continue
    migrated++
    const events = [...moves.slice(0, k + 1).flatMap((move) => move.events), ...outcome.events]
    const found = [...unowned(target, outcome.state), ...drained(kernel, target, outcome.state, now, events)]
    problems.push(...found.map((one) => `after move ${k}: ${one}`))
  }
  return { problems, migrated }
}

const STATES_LOOKED_AT = 4
const MOVES_MAX = 200

function drained(kernel: Kernel, target: Definition, from: InstanceState, at: number, before: readonly KernelEvent[]): readonly string[] {
  const events = [...before]
  let state = from
  let now = at
  for (let k = 0; k < MOVES_MAX; k++) {
    const status = state.scopes.get(INSTANCE)?.instance?.status
    const next = status === 'active' || status === 'suspended' ? drainingMove(target, state, now) : null
    if (next === null) break
    now = next.now
    const outcome = kernel.step(target, state, next)
    if ('rejected' in outcome) return [`${next.type} is rejected: ${outcome.rejected.message}`]
    events.push(...outcome.events)
    state = outcome.state
    const problems = unowned(target, state)
    if (problems.length > 0) return problems.map((problem) => `after ${next.type} there: ${problem}`)
  }
  const status = state.scopes.get(INSTANCE)?.instance?.status
  const told = isDeepStrictEqual(plain(kernel.replay(events)), plain(state)) ? [] : ['the events do not give the state']
  return [...told, ...ledgerProblems(events, status !== 'active' && status !== 'suspended')]
}
