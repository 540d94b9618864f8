import { isDeepStrictEqual } from 'node:util'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { Kernel } from './kernel.ts'
import { ledgerProblems } from './ledger.ts'
import { drainingMove } from './moves.ts'
import { plain } from './trace-laws.ts'
import { INSTANCE } from './walk.ts'

/** An instance that has come to a model by a migration, and all its events until then. */
export interface Migrated {
  readonly state: InstanceState
  readonly now: number
  readonly events: readonly KernelEvent[]
}

/** How it goes on there, and what is asked of it besides. */
export interface Draining {
  readonly movesMax: number
  /** It is to come to its end. */
  readonly ends: boolean
  /** What is wrong with a state on the way. */
  readonly look?: (state: InstanceState) => readonly string[]
}

/** Lets it go on: no move is rejected, each element ends once, and the events tell the state. */
export function drained(kernel: Kernel, target: Definition, from: Migrated, { movesMax, ends, look }: Draining): readonly string[] {
  const events = [...from.events]
  let { state, now } = from
  for (let k = 0; k < movesMax; k++) {
    const next = isOpen(state) ? drainingMove(target, state, now) : null
    if (next === null) break
    now = next.now
    const outcome = kernel.step(target, state, next)
    if ('rejected' in outcome) return [`${next.type} is rejected: ${outcome.rejected.message}`]
    events.push(...outcome.events)
    state = outcome.state
    const problems = look?.(state) ?? []
    if (problems.length > 0) return problems.map((problem) => `after ${next.type} there: ${problem}`)
  }
  const stuck = ends && isOpen(state) ? [`goes no further: ${JSON.stringify(state.scopes.get(INSTANCE)?.tokens)}`] : []
  const told = isDeepStrictEqual(plain(kernel.replay(events)), plain(state)) ? [] : ['the events do not give the state']
  return [...stuck, ...told, ...ledgerProblems(events, !isOpen(state))]
}

/** Active or suspended. */
export function isOpen(state: InstanceState): boolean {
  const status = state.scopes.get(INSTANCE)?.instance?.status
  return status === 'active' || status === 'suspended'
}
