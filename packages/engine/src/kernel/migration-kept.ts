import type { Definition } from '../model/definition.ts'
import type { FlowNode } from '../model/elements.ts'
import type { IdMap } from './commands.ts'
import { findScope } from './draft.ts'
import { besideKey, tokenId } from './ids.ts'
import { awaitedFlows } from './joins-of-paths.ts'
import type { Way } from './migration-way.ts'
import type { KeptCommand, WorkResult } from './occurrences.ts'
import type { Compensables, Latch, Scope } from './state.ts'

/** What came to a suspended instance and is applied at its resumption, by the new model's ids; undefined where that changes none of it. */
export function renamedKept(map: IdMap, kept: readonly KeptCommand[] = []): readonly KeptCommand[] | undefined {
  const renamed = kept.map((command) => {
    if (command.type === 'triggerWait') return renamedEvent(map, command)
    return command.type === 'finishWork' ? renamedWork(map, command) : command
  })
  return renamed.some((command, k) => command !== kept[k]) ? renamed : undefined
}

/** What came for a held token and is applied on its return, by the new model's ids. */
export function renamedLatches(map: IdMap, latches: readonly Latch[]): readonly Latch[] {
  return latches.map((latch) => {
    if (latch.type === 'event') return renamedEvent(map, latch)
    return latch.type === 'work' ? renamedWork(map, latch) : latch
  })
}

function renamedEvent<Came extends { readonly for: string }>(map: IdMap, came: Came): Came {
  const id = map[came.for]
  return id === undefined ? came : { ...came, for: id }
}

/** Who drives an ad hoc sub-process names activities in it. */
function renamedWork<Done extends { readonly result: WorkResult }>(map: IdMap, done: Done): Done {
  const { result } = done
  if (result.type !== 'completed' || result.turn === undefined) return done
  const { start } = result.turn
  if (start.every(({ activityId }) => map[activityId] === undefined)) return done
  const there = start.map((one) => ({ ...one, activityId: map[one.activityId] ?? one.activityId }))
  return { ...done, result: { ...result, turn: { ...result.turn, start: there } } }
}

/** A gateway that fired and waits for the rest keeps its name and flows. */
export function planJoins({ map, source, target, plan }: Way, scope: Scope): void {
  plan.joining.push(scope.id)
  for (const [gatewayId, join] of Object.entries(scope.joins ?? {})) {
    const next = target.nodes.get(gatewayId)
    const flows = awaitedFlows(join)
    const isThere = next !== undefined && isSameScope(source.nodes.get(gatewayId), next, source, target, map)
    const isNamed = isThere && (map[gatewayId] ?? gatewayId) === gatewayId
    if (flows.length === 0 || (isNamed && flows.every((id) => next.incoming.some((flow) => flow.id === id)))) continue
    plan.problems.push({
      code: 'changedJoin',
      message: `"${gatewayId}" fired and waits for its other flows, which are others in the new model`,
    })
  }
}

/** What can be compensated, and what a compensation under way has yet to undo, is kept under the ids of its activities. */
export function planCompensables(way: Way, scopeId: string, compensables: Pick<Compensables, 'latest'> | undefined): void {
  const { map, source, target, plan, there } = way
  for (const [elementId, latest] of Object.entries(compensables?.latest ?? {})) {
    const next = target.nodes.get(elementId)
    const before = source.nodes.get(elementId)
    // What was done beside the path is of no element.
    const isThere =
      besideKey(elementId) !== null || (next !== undefined && next.type === before?.type && isSameScope(before, next, source, target, map))
    if ((map[elementId] ?? elementId) !== elementId || !isThere)
      plan.problems.push({
        code: 'changedCompensation',
        message: `"${elementId}" completed and can be compensated, and is not what it was in the new model`,
      })
    const isUndone = next !== undefined && 'compensation' in next && next.compensation !== null
    for (let at: typeof latest | undefined = latest; at; ) {
      const kept: Scope | null = findScope(there.draft, tokenId(scopeId, at.n))
      // Of a scope what is in it is undone; of what has none its handler.
      if (isThere && kept?.kind === 'completed' && besideKey(elementId) === null && !isUndone)
        plan.problems.push({
          code: 'changedCompensation',
          message: `"${elementId}" completed and can be compensated, and nothing undoes it in the new model`,
        })
      planCompensables(way, tokenId(scopeId, at.n), kept?.compensables)
      at = kept?.kept?.previous
    }
  }
}

function isSameScope(before: FlowNode | undefined, next: FlowNode, source: Definition, target: Definition, map: IdMap): boolean {
  if (before === undefined) return false
  return before.scope === source.root ? next.scope === target.root : next.scope.id === (map[before.scope.id] ?? before.scope.id)
}
