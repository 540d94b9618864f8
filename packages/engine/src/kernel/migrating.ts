import type { Step } from './agenda.ts'
import type { MigrateProcess } from './commands.ts'
import { scopeOf } from './draft.ts'
import { armEventSubProcess } from './event-sub-processes.ts'
import { renamedKept } from './migration-kept.ts'
import { migrationPlan, refusalOf } from './migration-plan.ts'
import { anchorAnew, leaveAnchor } from './reanchoring.ts'
import type { Rejection } from './rejection.ts'
import { relocate } from './relocating.ts'
import type { Scope } from './state.ts'
import { setStops } from './stopping.ts'

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
  const refusal = refusalOf(plan, root.id, SHOWN)
  if (refusal !== undefined) return refusal
  for (const anchor of plan.reanchored) leaveAnchor(step, anchor)
  const source = step.definition
  step.definition = command.target
  const kept = renamedKept(command.map, root.instance?.kept)
  const by = { definitionId: command.definitionId, processKey: command.target.key }
  step.emit({ type: 'processMigrated', scopeId: root.id, ...by, ...(kept && { kept }) })
  for (const event of plan.events) step.emit(event)
  renameStops(step, root, command)
  for (const { scopeId, node } of plan.listening) armEventSubProcess(step, scopeId, scopeOf(step.draft, scopeId).counter + 1, node)
  const paths = new Set<string>()
  for (const anchor of plan.reanchored) anchorAnew(step, anchor, paths)
  const changed = relocate(step, plan.relocated, plan.groups, source)
  if ('code' in changed) return changed
  if (!step.isStill) for (const scopeId of changed) step.moved(scopeId)
  if (!step.isStill) for (const scopeId of plan.joining) step.moved(scopeId)
  return undefined
}

/** A breakpoint is before the element that is its own in the new model, for all that the migration itself sends on too. */
function renameStops(step: Step, { id, instance }: Scope, { map, reanchor = {}, pins = {} }: MigrateProcess): void {
  const stops = Object.entries(instance?.stops ?? {})
  const renamed = stops.map(([elementId, by]) => [reanchor[elementId] ?? map[elementId] ?? elementId, by] as const)
  const all = { ...pins, ...Object.fromEntries(renamed) }
  if (Object.keys(pins).length > 0 || renamed.some(([elementId], k) => elementId !== stops[k]?.[0]))
    setStops(step, { instanceId: id, stops: all })
}

const SHOWN = 3
