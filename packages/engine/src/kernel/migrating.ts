import type { Step } from './agenda.ts'
import type { MigrateProcess } from './commands.ts'
import { scopeOf } from './draft.ts'
import { armEventSubProcess } from './event-sub-processes.ts'
import { migrationPlan } from './migration-plan.ts'
import type { Rejection } from './rejection.ts'
import type { Scope } from './state.ts'

/**
 * Puts an instance on another definition: each token stays where it is, what it waits for follows the new model, and joins are looked at
 * again. Rejects where some token has no place there; then nothing has changed.
 */
export function migrate(step: Step, root: Scope, command: MigrateProcess): Rejection | undefined {
  const plan = migrationPlan(step, root.id, command)
  if (command.afterReturn && (root.instance?.hold !== undefined || plan.held.length > 0))
    return {
      code: 'offPath',
      message: `somebody has left the path${plan.held.map((id) => ` at "${id}"`).join()}; it is migrated when they are back`,
    }
  const problems = [...plan.problems, ...plan.tokens.flatMap(({ problem }) => problem ?? [])]
  if (problems.length > 0) {
    const more = problems.length > SHOWN ? ` and ${problems.length - SHOWN} more` : ''
    return {
      code: 'notMigratable',
      message: `${problems
        .slice(0, SHOWN)
        .map(({ message }) => message)
        .join('; ')}${more}`,
    }
  }
  step.definition = command.target
  step.emit({ type: 'processMigrated', scopeId: root.id, definitionId: command.definitionId, processKey: command.target.key })
  for (const event of plan.events) step.emit(event)
  for (const { scopeId, node } of plan.listening) armEventSubProcess(step, scopeId, scopeOf(step.draft, scopeId).counter + 1, node)
  if (!step.isStill) for (const scopeId of plan.joining) step.moved(scopeId)
  return undefined
}

const SHOWN = 3
