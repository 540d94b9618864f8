import type { Command } from '../../src/kernel/commands.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { drained, isOpen } from './drained.ts'
import type { Kernel } from './kernel.ts'
import { unowned } from './ownership.ts'
import { INSTANCE, type Trace } from './walk.ts'

/** What the law found, and how many instances went to the other model. */
export interface ToAnother {
  readonly problems: readonly string[]
  readonly migrated: number
}

/**
 * At some moments of a walk the instance is migrated to a model that is another: it is refused, or all that it waits for is that of the new
 * model, what it does there ends each element once, and its events tell its state. Whether it comes to its end is not said: a join may wait
 * for what is gone.
 */
export function anotherModelIsRefusedOrGoneOnBy({ moves, definition }: Trace, kernel: Kernel, target: Definition): ToAnother {
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  const draining = { movesMax: MOVES_MAX, ends: false, look: (state: InstanceState) => unowned(target, state) }
  const problems: string[] = []
  let migrated = 0
  for (const [k, { after, command }] of moves.entries()) {
    if (k % every !== 0 || !isOpen(after)) continue
    const { now } = command
    const migrate: Command = { type: 'migrateProcess', now, instanceId: INSTANCE, definitionId: 'D2', target, map: {} }
    const outcome = kernel.step(definition, after, migrate)
    if ('rejected' in outcome) continue
    migrated++
    const events = [...moves.slice(0, k + 1).flatMap((move) => move.events), ...outcome.events]
    const found = [...unowned(target, outcome.state), ...drained(kernel, target, { state: outcome.state, now, events }, draining)]
    problems.push(...found.map((one) => `after move ${k}: ${one}`))
  }
  return { problems, migrated }
}

const STATES_LOOKED_AT = 4
const MOVES_MAX = 200
