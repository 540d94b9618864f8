import type { Engine } from '@leeway/engine'
import { type ExtensionPort, revealVariables, type Variables } from '@leeway/engine/extension'
import { withTexts } from '../audit/free-text.ts'
import { readTexts } from '../audit/read-entries.ts'
import type { CaseCommand } from '../case/commands.ts'
import { ITEMS_MAX } from '../case/items.ts'
import { isOverdue } from '../case/service/service.ts'
import { remainingMs, type ServiceClock, type WorkingTime } from '../case/service/service-clock.ts'
import type {
  Anchor,
  AwayEvent,
  AwayTimer,
  Case,
  Cost,
  Deviation,
  DeviationMode,
  EntryText,
  ItemKind,
  LatchRecord,
  Moved,
  PlanItem,
  Reason,
  ResultTaken,
  Returned,
  TimelineEntry,
} from '../case/state.ts'
import type { Verdict } from '../case/verdict.ts'
import type { CaseState } from '../lifecycles/case.ts'
import type { DeviationState } from '../lifecycles/deviation.ts'
import type { PlanItemState } from '../lifecycles/plan-item.ts'
import type { ServiceClockState } from '../lifecycles/service-clock.ts'
import { caseRecords, deviations, entryId, facts, items, timeline } from './records.ts'

/** A case in short, as it is found. Instants are ISO 8601. */
export interface CaseSummary {
  readonly id: string
  readonly state: CaseState
  readonly template: string
  readonly title: string | null
  readonly customer: string | null
  /** Who answers for it. */
  readonly owner: string | null
  readonly openedAt: string
  readonly tenantId: string | null
  readonly instanceIds: readonly string[]
  /** What the customer was promised, where the template promises something. */
  readonly tier: string | null
  readonly severity: string | null
  /** When the earliest of its clocks is due; null where none runs. */
  readonly dueAt: string | null
  /** A clock is past its goal, and what was promised is still owed. */
  readonly overdue: boolean
  /** How often it was raised to a higher authority. */
  readonly escalations: number
}

/** A service level clock. Lengths are milliseconds of working time. */
export interface ClockView {
  readonly name: ServiceClock['name']
  readonly state: ServiceClockState
  readonly startedAt: string
  /** Null while it stands still. */
  readonly dueAt: string | null
  readonly goalMs: number
  /** Below zero where the goal was missed. */
  readonly remainingMs: number
  readonly paused?: { readonly at: string; readonly reason: string }
  readonly endedAt?: string
}

/** A case in context. */
export interface CaseView extends CaseSummary {
  readonly deviations: readonly DeviationView[]
  /** All items, those of deviations among them, the oldest first. */
  readonly items: readonly ItemView[]
  readonly facts: readonly FactView[]
  readonly clocks: readonly ClockView[]
  /** Where its process instances stand. */
  readonly path: readonly PathPosition[]
  /** What happened, the oldest first; of a longer one the latest 1,000 entries. */
  readonly timeline: readonly TimelineView[]
}

/** A deviation with its whole record. */
export interface DeviationView {
  readonly id: string
  readonly state: DeviationState
  readonly mode: DeviationMode
  readonly instanceId: string
  readonly definition: { readonly id: string; readonly key: string; readonly version: number }
  readonly anchor: Anchor
  readonly reason: Reason
  readonly actor: string
  readonly participants: readonly string[]
  readonly leftAt: string
  readonly timers: readonly {
    readonly elementId: string
    readonly policy: AwayTimer['policy']
    readonly dueAt: string | null
    readonly remainingMs: number | null
  }[]
  readonly events: readonly AwayEvent[]
  readonly latches: readonly (Omit<LatchRecord, 'at'> & { readonly at: string })[]
  readonly items: readonly ItemView[]
  /** Who does the work in its stead, and how the path is taken up when that has ended. */
  readonly handedOver?: { readonly itemId: string; readonly to: string; readonly actor: string; readonly at: string }
  /** Why a return that was to be made by itself was not. */
  readonly denied?: { readonly code: string; readonly message: string; readonly at: string }
  readonly returned?: {
    readonly to: string
    /** After a hand-over: how the path was taken up in the end. */
    readonly next?: string
    readonly target?: string
    readonly actor: string
    readonly at: string
    readonly reason: Reason | null
    readonly variables: Variables
    readonly cost?: Cost
    /** Those of them that items gave. */
    readonly results?: readonly ResultTaken[]
    /** How sure the end was, and what was passed over. */
    readonly verdict?: Verdict
    readonly role?: string
    readonly onBehalfOf?: string
    /** Required items that were not waited for. */
    readonly waived?: readonly string[]
    readonly approvedBy?: readonly string[]
    readonly override?: { readonly by: string; readonly reason: Reason }
  }
  /** Deferred: it is asked for again each time that it is over; `repeats` is the one before it. */
  readonly permanent?: true
  readonly repeats?: string
  /** What was taken back: the leaving, or the return. */
  readonly undone?: {
    readonly actor: string
    readonly at: string
    readonly reason: Reason | null
    readonly of: 'leaving' | 'return'
    /** Items that stay done. */
    readonly kept?: readonly string[]
  }
  /** What was judged when it was left. */
  readonly verdict?: Verdict
  /** Digests of the scopes around the anchor, before and after. */
  readonly stateBefore?: string
  readonly stateAfter?: string
  /** Whose claimed task was taken off the path. */
  readonly preempts?: string
  /** By which role the actor might leave, and whom they stood in for. */
  readonly role?: string
  readonly onBehalfOf?: string
  /** When it had lasted too long, and was escalated. */
  readonly overdueAt?: string
  /** What is to be looked at afterwards. */
  readonly review?: { readonly because: readonly string[] }
  /** By which models it went on while it was open. */
  readonly migrations?: readonly (Moved & { readonly at: string; readonly actor: string | null })[]
  readonly preempted?: { readonly cause: string; readonly elementId: string | null; readonly actor: string | null; readonly at: string }
}

/** A plan item. `taskId` is a human item's task, while there is one. */
export interface ItemView {
  readonly id: string
  readonly state: PlanItemState
  readonly kind: ItemKind
  readonly name: string
  readonly required: boolean
  readonly after: readonly string[]
  readonly deviationId: string | null
  readonly assignee: string | null
  readonly dueAt: string | null
  readonly addedBy: string
  readonly addedAt: string
  readonly taskId?: string
  /** A service item's job, while there is one. */
  readonly jobId?: string
  /** The process instance that it runs. */
  readonly instanceId?: string
  /** The case that it is. */
  readonly itemCaseId?: string
  /** What it was to cost when it was added. */
  readonly cost?: Cost
  readonly failure?: { readonly code: string; readonly message: string }
  readonly completed?: {
    readonly by: string | null
    readonly at: string
    readonly outcome: string | null
    readonly variables: Variables
    readonly cost?: Cost
  }
  readonly closed?: { readonly cause: 'returned' | 'preempted' | 'undone'; readonly at: string }
}

/** An item that the planning table offers: `cases.addItem(to, { offer: key })` adds it. */
export interface OfferView {
  readonly key: string
  readonly name: string
  readonly kind: ItemKind
  readonly required: boolean
}

/** A fact of the case file. */
export interface FactView {
  readonly id: string
  readonly key: string
  readonly value: unknown
  readonly givenBy: string | null
  readonly givenAt: string
  readonly source: string
  readonly state: string
}

/** Where one process instance of the case stands. */
export interface PathPosition {
  readonly instanceId: string
  readonly processKey: string
  readonly status: string
  /** It went on by an override, and was not proven since to come to its end. */
  readonly unproven?: true
  readonly activeElements: readonly { readonly elementId: string; readonly elementInstanceId: string; readonly phase: string }[]
}

/** One entry of a timeline: its `type`, who and when, and what it is about. */
export interface TimelineView {
  readonly seq: number
  readonly at: string
  readonly actor: string | null
  readonly type: string
  readonly [name: string]: unknown
}

/** Most entries of a timeline in one view. */
export const TIMELINE_MAX = 1_000
/** Most deviations and items of a case in one view. */
export const PARTS_MAX = 1_000

/** What the views are read from. */
export interface Readers {
  readonly engine: Pick<Engine, 'instances'>
  readonly port: ExtensionPort<CaseCommand>
  readonly time: WorkingTime
  /** For whom. */
  readonly bound: { readonly actor?: string; readonly tenantId?: string }
}

/** Reads a case with all that belongs to it; null where there is none. */
export async function readCase({ engine, port, bound, time }: Readers, id: string): Promise<CaseView | null> {
  const now = port.now()
  const [record] = await port.get(caseRecords, [id])
  if (record === undefined || !isSeen(record.tenantId, bound)) return null
  const ofCase = { where: { caseId: { eq: id } }, orderBy: [{ field: 'id' as const }], limit: PARTS_MAX }
  const [away, own, given, entries, path, texts] = await Promise.all([
    port.find(deviations, ofCase),
    port.find(items, { ...ofCase, limit: ITEMS_MAX }),
    port.find(facts, ofCase),
    port.find(timeline, { where: { id: range(record) }, orderBy: [{ field: 'id' }], limit: TIMELINE_MAX }),
    Promise.all(record.instanceIds.map((instanceId) => positionOf(engine, instanceId))),
    readTexts(port, id),
  ])
  return {
    ...summaryOf(record, now),
    clocks: (record.body.service?.clocks ?? []).map((clock) => clockView(clock, time, now)),
    deviations: away.map((deviation) => deviationView(deviation, own)),
    items: own.map(itemView),
    facts: given.map(({ id: factId, key, givenAt, body }) => {
      const { value } = revealVariables({ value: body.value })
      return { id: factId, key, value, givenBy: body.givenBy, givenAt: isoOf(givenAt), source: body.source, state: body.state }
    }),
    path: path.flatMap((position) =>
      position === null ? [] : [{ ...position, ...(record.body.unproven?.includes(position.instanceId) && { unproven: true as const }) }],
    ),
    timeline: entries.filter(({ body }) => body.type !== 'case:record').map((entry) => timelineView(entry, texts.get(entry.id))),
  }
}

/** A tenant sees its own records and those of no tenant; who names no tenant sees all. */
export function isSeen(tenantId: string | null, bound: Readers['bound']): boolean {
  return bound.tenantId === undefined || tenantId === null || tenantId === bound.tenantId
}

function range({ id, body }: Case): [{ readonly gte: string }, { readonly lte: string }] {
  return [{ gte: entryId(id, Math.max(1, body.entries - TIMELINE_MAX + 1)) }, { lte: entryId(id, body.entries) }]
}

export function summaryOf(record: Case, now: number): CaseSummary {
  const { id, state, template, customer, openedAt, tenantId, instanceIds, dueAt, body } = record
  const { title, owner, service } = body
  return {
    id,
    state,
    template,
    title,
    customer,
    owner,
    openedAt: isoOf(openedAt),
    tenantId,
    instanceIds,
    tier: service?.tier ?? null,
    severity: service?.severity ?? null,
    dueAt: dueAt === null ? null : isoOf(dueAt),
    overdue: isOverdue(record, now),
    escalations: service?.escalations ?? 0,
  }
}

function clockView(clock: ServiceClock, time: WorkingTime, now: number): ClockView {
  const { name, state, startedAt, dueAt, withinMs, paused, endedAt } = clock
  return {
    name,
    state,
    startedAt: isoOf(startedAt),
    dueAt: dueAt === null ? null : isoOf(dueAt),
    goalMs: withinMs,
    remainingMs: remainingMs(time, clock, now),
    ...(paused && { paused: { ...paused, at: isoOf(paused.at) } }),
    ...(endedAt !== undefined && { endedAt: isoOf(endedAt) }),
  }
}

function deviationView({ id, state, mode, instanceId, leftAt, body }: Deviation, all: readonly PlanItem[]): DeviationView {
  const { definition, anchor, reason, actor, participants, timers, events, latches, returned, preempted } = body
  const { verdict, stateBefore, stateAfter, preempts, role, onBehalfOf, review, handedOver, denied, undone, migrations } = body
  return {
    id,
    state,
    mode,
    instanceId,
    definition,
    anchor,
    reason,
    actor,
    participants,
    leftAt: isoOf(leftAt),
    timers: timers.map((timer) => ({ ...timer, dueAt: timer.dueAt === null ? null : isoOf(timer.dueAt) })),
    events,
    latches: latches.map((latch) => ({ ...latch, at: isoOf(latch.at) })),
    items: all.filter((item) => item.deviationId === id).map(itemView),
    ...(verdict && { verdict }),
    ...(stateBefore !== undefined && { stateBefore }),
    ...(stateAfter !== undefined && { stateAfter }),
    ...(preempts !== undefined && { preempts }),
    ...(body.permanent && { permanent: body.permanent }),
    ...(body.repeats !== undefined && { repeats: body.repeats }),
    ...(role !== undefined && { role }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(body.overdueAt !== undefined && { overdueAt: isoOf(body.overdueAt) }),
    ...(review && { review }),
    ...(handedOver && {
      handedOver: { itemId: handedOver.itemId, to: handedOver.next.type, actor: handedOver.actor, at: isoOf(handedOver.at) },
    }),
    ...(denied && { denied: { ...denied, at: isoOf(denied.at) } }),
    ...(returned && { returned: returnedView(returned) }),
    ...(undone && {
      undone: {
        actor: undone.actor,
        at: isoOf(undone.at),
        reason: undone.reason,
        of: undone.of ?? 'leaving',
        ...(undone.kept && { kept: undone.kept }),
      },
    }),
    ...(migrations && { migrations: migrations.map((one) => ({ ...one, at: isoOf(one.at) })) }),
    ...(preempted && { preempted: { ...preempted, at: isoOf(preempted.at) } }),
  }
}

function returnedView({ trail: _trail, ...returned }: Returned): NonNullable<DeviationView['returned']> {
  return { ...returned, at: isoOf(returned.at), variables: revealVariables(returned.variables) }
}

function itemView({ id, state, kind, deviationId, body }: PlanItem): ItemView {
  const { name, required, after, assignee, dueAt, addedBy, addedAt, taskId, completed, closed } = body
  return {
    id,
    state,
    kind,
    name,
    required,
    after,
    deviationId,
    assignee,
    dueAt: dueAt === null ? null : isoOf(dueAt),
    addedBy,
    addedAt: isoOf(addedAt),
    ...(taskId !== null && { taskId }),
    ...(body.jobId !== undefined && { jobId: body.jobId }),
    ...(body.itemInstanceId !== undefined && { instanceId: body.itemInstanceId }),
    ...(body.itemCaseId !== undefined && { itemCaseId: body.itemCaseId }),
    ...(body.cost && { cost: body.cost }),
    ...(body.failure && { failure: body.failure }),
    ...(completed && { completed: { ...completed, at: isoOf(completed.at), variables: revealVariables(completed.variables) } }),
    ...(closed && { closed: { ...closed, at: isoOf(closed.at) } }),
  }
}

function timelineView({ id, at, body }: TimelineEntry, text: EntryText | undefined): TimelineView {
  const { type, actor, records: _records, text: _text, previous: _previous, digest: _digest, ...rest } = body
  const about = withTexts(rest, text?.body.texts ?? null)
  return { seq: Number.parseInt(id.slice(id.lastIndexOf('#') + 1), 36), at: isoOf(at), type, actor, ...about }
}

async function positionOf(engine: Readers['engine'], instanceId: string): Promise<PathPosition | null> {
  const view = await engine.instances.get(instanceId)
  if (view === null) return null
  const activeElements = view.activeElements.map(({ elementId, elementInstanceId, phase }) => ({ elementId, elementInstanceId, phase }))
  return { instanceId, processKey: view.definition.key, status: view.status, activeElements }
}

function isoOf(at: number): string {
  return new Date(at).toISOString()
}
