import type { Engine } from '@leeway/engine'
import { type ExtensionPort, isoOf } from '@leeway/engine/extension'
import { withTexts } from '../audit/free-text.ts'
import { readTexts } from '../audit/read-entries.ts'
import type { AlertOrigin, Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import { ITEMS_MAX } from '../case/items.ts'
import type { People } from '../case/rules.ts'
import { isOverdue } from '../case/service/service.ts'
import { remainingMs, type ServiceClock, type WorkingTime } from '../case/service/service-clock.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { isInSight, sightOf } from '../people/sight.ts'
import type { CaseSummary, CaseView, ClockView, PathPosition, TimelineView } from './case-view.ts'
import { commitmentView, contactView, factView } from './read-customer.ts'
import { deviationView, itemView } from './read-deviation.ts'
import { proposalView, reviewView } from './read-proposal.ts'
import { caseRecords, commitments, contacts, deviations, entryId, facts, items, proposals, reviews, timeline } from './records.ts'

/** Most entries of a timeline in one view. */
export const TIMELINE_MAX = 1_000
/** Most deviations and items of a case in one view. */
export const PARTS_MAX = 1_000

/** Most other cases of the customer. */
const OTHERS_MAX = 20
const LATEST = [{ field: 'id' as const, descending: true }]

/** What the views are read from. */
export interface Readers {
  readonly engine: Pick<Engine, 'instances'>
  readonly port: ExtensionPort<CaseCommand>
  readonly time: WorkingTime
  readonly people: People | null
  /** For whom. */
  readonly bound: { readonly actor?: string; readonly tenantId?: string }
}

/** Reads a case with what belongs to it; null where there is none. The `latest` is bounded, the `whole` is not. */
export async function readCase(readers: Readers, id: string, extent: 'latest' | 'whole' = 'latest'): Promise<CaseView | null> {
  const { engine, port, time } = readers
  const now = port.now()
  const [record] = await port.get(caseRecords, [id])
  if (record === undefined || !mayRead(readers, record)) return null
  const { customer } = record
  const ofCustomer = { customer: { eq: customer ?? '' }, ...whereSeen(readers.bound.tenantId) }
  const ofCase = { where: { caseId: { eq: id } }, orderBy: [{ field: 'id' as const }], limit: PARTS_MAX }
  const find: typeof port.find = (collection, query) =>
    extent === 'whole' ? everyOf(port.every(collection, query.where, query.orderBy)) : port.find(collection, query)
  const from = extent === 'whole' ? 1 : Math.max(1, record.body.entries - TIMELINE_MAX + 1)
  const range = [{ gte: entryId(id, from) }, { lte: entryId(id, record.body.entries) }] as const
  const [away, own, given, entries, path, texts, said, promised, proposed, looked, others] = await Promise.all([
    find(deviations, ofCase),
    find(items, { ...ofCase, limit: ITEMS_MAX }),
    find(facts, ofCase),
    find(timeline, { where: { id: range }, orderBy: [{ field: 'id' }], limit: TIMELINE_MAX }),
    Promise.all(record.instanceIds.map((instanceId) => positionOf(engine, instanceId))),
    readTexts(port, id),
    find(contacts, { where: { caseId: { eq: id } }, orderBy: [{ field: 'at' }], limit: PARTS_MAX }),
    find(commitments, ofCase),
    find(proposals, ofCase),
    find(reviews, ofCase),
    customer === null ? [] : port.find(caseRecords, { where: ofCustomer, orderBy: LATEST, limit: OTHERS_MAX + 1 }),
  ])
  return {
    ...summaryOf(record, now),
    customerToken: record.token,
    ...lifeOf(record),
    clocks: (record.body.service?.clocks ?? []).map((clock) => clockView(clock, time, now)),
    deviations: away.map((deviation) => deviationView(deviation, { items: own, facts: given, reviews: looked, time, now })),
    items: own.map(itemView),
    facts: given.map((fact) => factView(fact, now)),
    contacts: said.map(contactView),
    commitments: promised.map(commitmentView),
    proposals: proposed.map(proposalView),
    reviews: looked.map(reviewView),
    otherCases: others.filter((one) => one.id !== id && mayRead(readers, one)).map((one) => summaryOf(one, now)),
    path: path.flatMap((position) =>
      position === null ? [] : [{ ...position, ...(record.body.unproven?.includes(position.instanceId) && { unproven: true as const }) }],
    ),
    timeline: entries.filter(({ body }) => body.type !== 'case:record').map((entry) => timelineView(entry, texts.get(entry.id))),
  }
}

/** The case is this tenant's, and one that this person may see. */
export function mayRead({ bound, people }: Pick<Readers, 'bound' | 'people'>, record: Case): boolean {
  return isSeen(record.tenantId, bound) && isInSight(sightOf(people, bound.actor), record)
}

/** A tenant sees its own records and those of no tenant; who names no tenant sees all. */
export function isSeen(tenantId: string | null, bound: Pick<Readers['bound'], 'tenantId'>): boolean {
  return bound.tenantId === undefined || tenantId === null || tenantId === bound.tenantId
}

/** The same as a condition: what others have takes no room among what is found. */
export function whereSeen(tenantId: string | undefined): { readonly anyOf?: readonly { readonly tenantId: OfTenant }[] } {
  return tenantId === undefined ? {} : { anyOf: [{ tenantId: { eq: tenantId } }, { tenantId: { isNull: true } }] }
}

/** Those in one of these states, as far as they are seen: each state is read by itself, so that an index gives the order of ids. */
export function whereIn<State extends string>(
  states: readonly State[],
  tenantId: string | undefined,
): { readonly anyOf: readonly { readonly state: { readonly eq: State }; readonly tenantId?: OfTenant }[] } {
  const seen: readonly { readonly tenantId?: OfTenant }[] = whereSeen(tenantId).anyOf ?? [{}]
  return { anyOf: states.flatMap((state) => seen.map((one) => ({ state: { eq: state }, ...one }))) }
}

type OfTenant = { readonly eq: string } | { readonly isNull: true }

async function everyOf<R>(records: AsyncIterable<R>): Promise<readonly R[]> {
  const all: R[] = []
  for await (const record of records) all.push(record)
  return all
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

function lifeOf({
  body,
}: Case): Pick<
  CaseView,
  'episode' | 'resolution' | 'confirmed' | 'closed' | 'transfers' | 'routed' | 'links' | 'complaintAbout' | 'alert'
> {
  const { resolution, confirmed, closed, complaint, alert } = body
  return {
    episode: body.episode ?? 1,
    ...(resolution && { resolution: { ...resolution, at: isoOf(resolution.at) } }),
    ...(confirmed && { confirmed: { ...confirmed, at: isoOf(confirmed.at) } }),
    ...(closed && {
      closed: {
        by: closed.by,
        at: isoOf(closed.at),
        ...(closed.route && { route: { to: closed.route.to, until: isoOf(closed.route.until) } }),
      },
    }),
    ...(body.routed && { routed: body.routed }),
    transfers: body.transfers ?? 0,
    links: body.links ?? [],
    ...(complaint && { complaintAbout: complaint.about }),
    ...(alert && { alert: alertView(alert) }),
  }
}

function alertView({ beside: _beside, respondedAt, ...alert }: AlertOrigin): NonNullable<CaseView['alert']> {
  return { ...alert, respondedAt: respondedAt === null ? null : isoOf(respondedAt) }
}

function clockView(clock: ServiceClock, time: WorkingTime, now: number): ClockView {
  const { name, state, startedAt, dueAt, withinMs, paused, endedAt, episode } = clock
  return {
    name,
    state,
    startedAt: isoOf(startedAt),
    dueAt: dueAt === null ? null : isoOf(dueAt),
    goalMs: withinMs,
    remainingMs: remainingMs(time, clock, now),
    ...(episode !== undefined && { episode }),
    ...(paused && { paused: { ...paused, at: isoOf(paused.at) } }),
    ...(endedAt !== undefined && { endedAt: isoOf(endedAt) }),
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
