import { type Collection, defineCollection } from '@leeway/storage'

/** How much of an instance is kept: `none` a thin record a command, `activity` events without variable values, `full` all of them. */
export type HistoryLevel = 'none' | 'activity' | 'full'

/**
 * What one change set of an instance did; its id is the change set's, `instanceId#serial-random`, which orders it. Small ones stand in the
 * instance's own record first (rounds.ts).
 */
export interface HistoryRecord {
  readonly id: string
  readonly at: number
  readonly body: HistoryBody
}

/**
 * `a` who; `e` what, by level: absent for `none`; history-codec.ts writes and reads it. `r`: the rounds before it, which stood in the
 * instance's record.
 */
export interface HistoryBody {
  readonly a?: string
  readonly e?: unknown
  readonly r?: string
}

export const history: Collection<HistoryRecord> = defineCollection<HistoryRecord>({
  name: 'history',
  version: 2,
  fields: { at: 'instant' },
  indexes: [],
})

/** One element instance, for reports: written by processes that keep such rows. Its id is the element instance's. */
export interface ActivityRecord {
  readonly id: string
  readonly instanceId: string
  readonly processKey: string
  readonly definitionId: string
  readonly elementId: string
  /** BPMN's own name, such as `userTask`. */
  readonly elementType: string
  readonly elementName: string | null
  readonly startedAt: number
  readonly endedAt: number | null
  /** `completed` or `terminated`; by a person off the path `skipped` or `withdrawn`; null while it lives. */
  readonly outcome: string | null
  /** Who gave the command that ended it; null where it ended in the command in which it began, or by no person's. */
  readonly endedBy: string | null
  readonly tenantId: string | null
  readonly body: { readonly [name: string]: never }
}

/** Rows for reports: the engine writes them and reads none of them. */
export const activities: Collection<ActivityRecord> = defineCollection<ActivityRecord>({
  name: 'activities',
  version: 1,
  fields: {
    instanceId: 'text',
    processKey: 'text',
    definitionId: 'text',
    elementId: 'text',
    elementType: 'text',
    elementName: 'text',
    startedAt: 'instant',
    endedAt: 'instant',
    outcome: 'text',
    endedBy: 'text',
    tenantId: 'text',
  },
  // An instance's rows are found by their ids. Whoever reports by other columns makes indexes for that: each costs every step.
  indexes: [],
})

/** The trace of a change set that belongs to no instance. */
export interface CommandRecord {
  readonly id: string
  readonly at: number
  readonly body: { readonly type: string; readonly actor?: string }
}

export const commands: Collection<CommandRecord> = defineCollection<CommandRecord>({
  name: 'commands',
  version: 1,
  fields: { at: 'instant' },
  indexes: [{ fields: ['at'] }],
})
