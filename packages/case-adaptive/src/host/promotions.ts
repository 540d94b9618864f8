import { EngineError, Refused } from '@leeway/engine'
import { isoOf, type SubmitOptions, sha256 } from '@leeway/engine/extension'
import { REDACTED } from '../audit/free-text.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { ItemKind, PlanItem } from '../case/item-state.ts'
import type { ReleasePromotion } from '../case/promotion-state.ts'
import type { CaseCall } from './call.ts'
import { CALL, checkNames, checkObject, needName } from './check-request.ts'
import { allowed, answer, byName, type Context, contextFor, engineFor, submitOptions } from './context.ts'
import { inSight } from './in-sight.ts'
import { readSpan } from './read-all.ts'
import { readInstant } from './read-request.ts'
import { deviations, promotions } from './records.ts'
import { itemsOf } from './suggest.ts'

/** Ad hoc work that comes up so often that it should be a step of the model. */
export interface Promotions {
  /** Work that was done off the path at one step, and led back, at least `minSupport` times in the span: the most frequent first. Throws `invalidArgument`. */
  candidates(query?: CandidateQuery): Promise<readonly CandidateView[]>
  /** What would have to change in the model, as data: for whoever draws it. Nothing changes. Throws `UnknownCandidate`, `invalidArgument`. */
  draft(candidateId: string, query?: CandidateQuery): Promise<PromotionDraft>
  /** Deploys the changed model as the next version of its process, and notes that with the candidate; running instances stay with theirs. Throws `UnknownCandidate`, `OtherProcess`, and as `engine.deploy`. */
  accept(candidateId: string, request: AcceptRequest): Promise<{ readonly definitionId: string; readonly version: number }>
}

/** Which span is looked at, and how often is often. */
export interface CandidateQuery {
  /** Default: 90 days ago, and now. */
  readonly from?: string | number | Date
  readonly to?: string | number | Date
  /** From 1; default 5. */
  readonly minSupport?: number
}

/** Work that is done off the path again and again. */
export interface CandidateView {
  /** The same for the same work at the same step. */
  readonly id: string
  readonly processKey: string
  readonly elementId: string
  readonly item: { readonly name: string; readonly kind: ItemKind; readonly does?: string }
  /** In how many deviations it was done and led back. */
  readonly support: number
  /** How the path was taken up afterwards, by kind of return. */
  readonly returns: { readonly [kind: string]: number }
  /** The versions of the model that have it as a step. */
  readonly releases: readonly { readonly definitionId: string; readonly version: number; readonly at: string }[]
  /** Once it was released: by version of the model, how many instances were started in the span, up to now, and in how many deviations the work was done beside it. */
  readonly measured: readonly {
    readonly definitionId: string
    readonly version: number
    readonly instances: number
    readonly deviations: number
  }[]
}

/** A change of a model: an element that is to be added, before another one or in its place. */
export interface PromotionDraft {
  readonly candidate: CandidateView
  /** The version to change: the latest. */
  readonly definition: { readonly id: string; readonly version: number }
  readonly change: {
    /** `instead` where the step was passed over more often than not. */
    readonly place: 'before' | 'instead'
    readonly elementId: string
    readonly add: { readonly type: 'userTask' | 'serviceTask' | 'callActivity'; readonly name: string; readonly implementation?: string }
  }
}

/** The changed model: BPMN XML. */
export interface AcceptRequest extends CaseCall, CandidateQuery {
  readonly source: string
}

const SPAN_MS = 90 * 24 * 3_600_000
const QUERY = { from: 'instant', to: 'instant', minSupport: 'any' } as const

export function promotionMethods(context: Context): { readonly promotions: Promotions } {
  const one = async (id: string, query: CandidateQuery, of: Context = context): Promise<CandidateView> => {
    const found = (await candidatesOf(of, { ...query, minSupport: query.minSupport ?? 1 })).find((candidate) => candidate.id === id)
    if (found !== undefined) return found
    throw new Refused('UnknownCandidate', `There is no candidate ${id} in that span; cases.promotions.candidates has them.`, {
      candidateId: id,
    })
  }
  return {
    promotions: {
      async candidates(query = {}) {
        checkNames('cases.promotions.candidates', query, QUERY)
        await allowed(context, submitOptions(context, 'cases.promotions.candidates', {}), null)
        return candidatesOf(context, query)
      },
      async draft(id, query = {}) {
        checkNames('cases.promotions.draft', query, QUERY)
        needName('cases.promotions.draft', 'candidateId', id)
        await allowed(context, submitOptions(context, 'cases.promotions.draft', {}), null)
        return draftOf(context, await one(id, query))
      },
      async accept(id, given) {
        const operation = 'cases.promotions.accept'
        checkObject(operation, given)
        const { source, ...request } = given
        checkNames(operation, request, { ...QUERY, ...CALL })
        needName(operation, 'candidateId', id)
        if (typeof source !== 'string') throw new EngineError('invalidArgument', `${operation} needs the changed model as "source".`, {})
        const by = byName(context, operation, request)
        const asked = await allowed(context, by, null)
        const { timeZone } = context.templates
        const [from, to] = [readInstant('from', request.from, timeZone), readInstant('to', request.to, timeZone)]
        const wanted = { type: 'releasePromotion', id, source: sha256(source), from, to, minSupport: request.minSupport ?? null }
        const command = async (): Promise<ReleasePromotion> =>
          release(context, await one(id, request, contextFor(context, by)), source, asked)
        return answer(await context.port.submit(null, command, { ...asked, asked: wanted }))
      },
    },
  }
}

/** Deploys the model, and gives what is to be noted of it. Who may not, deploys nothing. */
async function release(
  context: Context,
  { id, processKey, elementId, item }: CandidateView,
  source: string,
  asked: SubmitOptions,
): Promise<ReleasePromotion> {
  const { actor, tenantId, idempotencyKey: _key, ...rest } = asked
  const about = { type: 'releasePromotion', id, processKey, elementId, name: item.name } as const
  const who = { ...(actor !== undefined && { actor }), ...(tenantId !== undefined && { tenantId }) }
  await context.port.submit(null, { ...about, definitionId: '', version: 0, isTrial: true }, { ...rest, ...who })
  const { processes } = await context.engine.deploy(source, who)
  const process = processes.find(({ key }) => key === processKey)
  if (process !== undefined) return { ...about, definitionId: process.id, version: process.version }
  throw new Refused('OtherProcess', `The model has no process "${processKey}", of which the candidate is.`, {
    missing: [processKey],
  })
}

async function candidatesOf(context: Context, query: CandidateQuery): Promise<readonly CandidateView[]> {
  const now = context.port.now()
  const { minSupport = 5 } = query
  const { timeZone } = context.templates
  const from = readInstant('from', query.from, timeZone) ?? now - SPAN_MS
  const to = readInstant('to', query.to, timeZone) ?? now + 1
  if (!Number.isSafeInteger(minSupport) || minSupport < 1 || from >= to)
    throw new EngineError(
      'invalidArgument',
      'cases.promotions.candidates: "to" is after "from", and minSupport is a whole number from 1.',
      {},
    )
  const back = (await inSight(context, await readSpan(context, deviations, 'leftAt', { from, to }))).filter(
    ({ state }) => state === 'returned' || state === 'reviewed',
  )
  const groups = new Map<string, { readonly item: PlanItem; readonly at: Deviation; readonly found: Deviation[] }>()
  for (const [deviation, own] of await itemsOf(context, back)) {
    for (const item of own) {
      if (item.state !== 'completed' || item.body.name === REDACTED) continue
      const id = idOf(deviation, item)
      const group = groups.get(id) ?? { item, at: deviation, found: [] }
      groups.set(id, group)
      if (group.found.at(-1) !== deviation) group.found.push(deviation)
    }
  }
  const often = [...groups].filter(([, { found }]) => found.length >= minSupport)
  const known = new Map<string, CandidateView['releases']>()
  for (let k = 0; k < often.length; k += GET_MAX)
    for (const { id, body } of await context.port.get(
      promotions,
      often.slice(k, k + GET_MAX).map(([id]) => id),
    ))
      known.set(
        id,
        body.releases.map(({ definitionId, version, at }) => ({ definitionId, version, at: isoOf(at) })),
      )
  const views = often.map(async ([id, { item, at, found }]): Promise<CandidateView> => {
    const releases = known.get(id) ?? []
    return {
      id,
      processKey: at.body.definition.key,
      elementId: at.elementId,
      item: { name: item.body.name.trim(), kind: item.kind, ...(item.body.does !== undefined && { does: item.body.does }) },
      support: found.length,
      returns: returnsOf(found),
      releases,
      measured: releases.length === 0 ? [] : await measure(context, found, releases, from),
    }
  })
  return (await Promise.all(views)).sort((a, b) => b.support - a.support || (a.id < b.id ? -1 : 1))
}

/** Before and after, by version. */
async function measure(
  { engine, bound }: Context,
  found: readonly Deviation[],
  releases: CandidateView['releases'],
  from: number,
): Promise<CandidateView['measured']> {
  const versions = new Map(
    [...found.map(({ body }) => body.definition), ...releases].map((one) => ['id' in one ? one.id : one.definitionId, one.version]),
  )
  const counted = [...versions].map(async ([definitionId, version]) => ({
    definitionId,
    version,
    instances: await engineFor(engine, bound).instances.count({ definitionId, startedAfter: from }),
    deviations: found.filter(({ body }) => body.definition.id === definitionId).length,
  }))
  return (await Promise.all(counted)).sort((a, b) => a.version - b.version)
}

/** Most records read at once, by storage's contract. */
const GET_MAX = 1_000

function idOf({ elementId, body, tenantId }: Deviation, { kind, body: { name, does = '' } }: PlanItem): string {
  return sha256(JSON.stringify([tenantId, body.definition.key, elementId, kind, does, name.trim().toLowerCase()])).slice(0, ID_DIGITS)
}

const ID_DIGITS = 32

function returnsOf(found: readonly Deviation[]): { readonly [kind: string]: number } {
  const counts = new Map<string, number>()
  for (const { body } of found) {
    const kind = body.returned?.to ?? 'resume'
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}

const TYPES = { human: 'userTask', service: 'serviceTask', process: 'callActivity', case: 'userTask' } as const

async function draftOf({ engine, bound }: Context, candidate: CandidateView): Promise<PromotionDraft> {
  const { processKey, elementId, item, support, returns } = candidate
  const found = await engineFor(engine, bound).processes.find({ key: processKey, latest: true })
  const latest = found.find(({ tenantId }) => tenantId === (bound.tenantId ?? null)) ?? found[0]
  if (latest === undefined) throw new EngineError('unknownDefinition', `There is no process "${processKey}"`, { key: processKey })
  const passed = (returns.skip ?? 0) + (returns.jump ?? 0)
  const add = { type: TYPES[item.kind], name: item.name, ...(item.does !== undefined && { implementation: item.does }) }
  return {
    candidate,
    definition: { id: latest.id, version: latest.version },
    change: { place: passed * 2 > support ? 'instead' : 'before', elementId, add },
  }
}
