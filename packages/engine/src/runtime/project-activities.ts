import type { KernelEvent } from '../kernel/events.ts'
import type { Projected, Projection } from './projection.ts'
import { type ActivityRecord, activities } from './records/history.ts'
import { rowIdAt } from './row-places.ts'

/** A row for each element instance that the command began or ended, for processes that keep such rows. */
export function projectActivities(input: Projected, projection: Projection): void {
  const rows = new Map<string, ActivityRecord>()
  /** Ended by a person off the path: an element that is skipped is then completed, one that is withdrawn terminated. */
  const byHand = new Map<string, 'skipped' | 'withdrawn'>()
  for (const event of input.events) {
    if (event.type === 'elementActivated') {
      const row = rowOf(input, event.scopeId, event.n, event.elementId, event.at)
      rows.set(row.id, row)
    } else if (event.type === 'elementSkipped' || event.type === 'elementWithdrawn') {
      byHand.set(rowIdAt(input.draft, event), event.type === 'elementSkipped' ? 'skipped' : 'withdrawn')
    } else if (event.type === 'elementCompleted' || event.type === 'elementTerminated') {
      const id = rowIdAt(input.draft, event)
      const begun = rows.get(id)
      const outcome = byHand.get(id) ?? outcomeOf(input, event)
      rows.set(
        id,
        begun === undefined ? ended(before(input, event), outcome, input) : ended(begun, outcome, { now: input.now, actor: null }),
      )
    }
  }
  for (const record of rows.values()) projection.put.push({ collection: activities, record })
}

function rowOf(input: Projected, scopeId: string, n: number, elementId: string, startedAt: number): ActivityRecord {
  const { instanceId, definition, tenantId } = input
  const node = definition.definition.nodes.get(elementId)
  return {
    id: rowIdAt(input.draft, { scopeId, n }),
    instanceId,
    processKey: definition.record.key,
    definitionId: definition.record.id,
    elementId,
    elementType: node?.type ?? 'task',
    elementName: node?.name ?? null,
    startedAt,
    endedAt: null,
    outcome: null,
    endedBy: null,
    tenantId,
    body: {},
  }
}

/** It began in an earlier command: its token tells when. One that was only waiting at a join, or armed, has no row. */
function before(input: Projected, { scopeId, n, elementId }: Ended): ActivityRecord {
  const since = input.draft.base.scopes.get(scopeId)?.tokens[n]?.since ?? input.now
  return rowOf(input, scopeId, n, elementId, since)
}

function outcomeOf({ draft }: Projected, { type, scopeId, n }: Ended): string {
  if (type === 'elementCompleted') return 'completed'
  // It may have been taken back in an earlier command, by who left the path there.
  return draft.base.scopes.get(scopeId)?.tokens[n]?.hold?.withdrawn === true ? 'withdrawn' : 'terminated'
}

type Ended = Extract<KernelEvent, { type: 'elementCompleted' | 'elementTerminated' }>

/** What passes by itself behind an element that someone ended is not ended by that person. */
function ended(row: ActivityRecord, outcome: string, { now, actor }: Pick<Projected, 'now' | 'actor'>): ActivityRecord {
  return { ...row, endedAt: now, outcome, endedBy: actor }
}
