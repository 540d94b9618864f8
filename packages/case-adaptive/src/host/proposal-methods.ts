import { EngineError } from '@leeway/engine'
import type { SubmitOptions } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import type { DecideProposal, DraftProposal } from '../case/proposal-commands.ts'
import type { Proposal, Settlement } from '../case/proposal-state.ts'
import { unknownProposal, unknownReview } from '../people/proposal-refusals.ts'
import { isSamePerson } from '../people/rights.ts'
import type { CaseCall } from './call.ts'
import { noActor } from './call-refusals.ts'
import { asAsked, type TemplateNames } from './case-template.ts'
import { CALL, checkNames, needKinds, needName, needTitle, type Shape } from './check-request.ts'
import { allowed, answer, byName, type Context, submitOptions } from './context.ts'
import { listed } from './in-sight.ts'
import { checkLimit } from './paging.ts'
import type { DraftRequest, ProposalFaces } from './proposal-api.ts'
import type { ProposalView, ReviewView } from './proposal-view.ts'
import { type ActMethods, decideByCall, readCall, subjectOf } from './proposed-acts.ts'
import { isSeen, whereSeen } from './read-case.ts'
import { proposalView, reviewView } from './read-proposal.ts'
import { readCost, readInstant, readItem, readReason } from './read-request.ts'
import { deviations, proposals, reviews } from './records.ts'
import { weigh } from './weigh.ts'

/** Proposals and reviews. `actsOf` gives the methods whose calls can be proposed. */
export function proposalMethods(context: Context, actsOf: (context: Context) => ActMethods): ProposalFaces {
  const plain = async (operation: string, id: string, call: CaseCall, shape: Shape, command: () => CaseCommand): Promise<ProposalView> => {
    checkNames(operation, call, { ...shape, ...CALL })
    needName(operation, 'proposalId', id)
    await context.port.submit(null, command(), byName(context, operation, call))
    return viewOf(context, id)
  }
  const decide =
    (how: DecideProposal['how']) =>
    async (id: string, call: CaseCall = {}) => {
      const operation = `cases.proposals.${how}`
      checkNames(operation, call, CALL)
      needName(operation, 'proposalId', id)
      const by = byName(context, operation, call)
      const [proposal] = await context.port.get(proposals, [id])
      const asked = await allowed(context, by, proposal?.instanceId ?? null)
      if (proposal === undefined || !isSeen(proposal.tenantId, by)) throw unknownProposal(id)
      const decision: DecideProposal = { type: 'decideProposal', proposalId: id, how }
      const { act, by: proposer } = proposal.body
      if (act === undefined) await context.port.submit(null, decision, asked)
      else await decideByCall(context, act, decision, { proposer, options: asked }, actsOf)
      return viewOf(context, id)
    }
  return {
    proposals: {
      draft: (request) => draft(context, request),
      async weigh(request) {
        const actor = request?.actor ?? context.bound.actor
        const by = submitOptions(context, 'cases.proposals.weigh', actor === undefined ? {} : { actor })
        if (actor === undefined) throw noActor('cases.proposals.weigh')
        await allowed(context, by, null)
        return weigh(context, actor, request)
      },
      submit: decide('submit'),
      endorse: decide('endorse'),
      approve: decide('approve'),
      counter: (id, request) =>
        plain('cases.proposals.counter', id, request, { offer: 'title', reason: 'any', cost: 'any', settlement: 'object' }, () => ({
          type: 'counterProposal',
          proposalId: id,
          words: needTitle('cases.proposals.counter', 'offer', request.offer),
          reason: readReason(request.reason, 'cases.proposals.counter'),
          ...(request.cost !== undefined && { cost: readCost('cases.proposals.counter', request.cost) }),
          ...readSettlement('cases.proposals.counter', request),
        })),
      reject: (id, request) =>
        plain('cases.proposals.reject', id, request, { reason: 'any' }, () => ({
          type: 'rejectProposal',
          proposalId: id,
          reason: readReason(request.reason, 'cases.proposals.reject'),
        })),
      withdraw: (id, call = {}) => plain('cases.proposals.withdraw', id, call, {}, () => ({ type: 'withdrawProposal', proposalId: id })),
    },
    reviews: {
      async due(query = {}) {
        checkNames('cases.reviews.due', query, { actor: 'text', limit: 'any', after: 'text' })
        const actor = query.actor ?? context.bound.actor
        const by = submitOptions(context, 'cases.reviews.due', actor === undefined ? {} : { actor })
        if (actor === undefined) throw noActor('cases.reviews.due')
        await allowed(context, by, null)
        return dueFor(context, actor, query)
      },
      async decide(id, request) {
        const operation = 'cases.reviews.decide'
        checkNames(operation, request, { outcome: OUTCOMES, reason: 'any', remedy: 'text', ...CALL })
        const { outcome, remedy = null } = request
        if (outcome === undefined)
          throw new EngineError('invalidArgument', `${operation} needs an outcome; it is one of ${OUTCOMES.join(', ')}.`, { operation })
        const reason = readReason(request.reason, operation)
        const reviewId = needName(operation, 'reviewId', id)
        await context.port.submit(null, { type: 'decideReview', reviewId, outcome, reason, remedy }, byName(context, operation, request))
        const [review] = await context.port.get(reviews, [id])
        if (review === undefined) throw unknownReview(id)
        return reviewView(review)
      },
    },
  }
}

const OUTCOMES: readonly string[] = ['confirmed', 'corrected', 'admonished']

const DRAFT: Shape = {
  proposal: 'any',
  amends: 'text',
  caseId: 'text',
  offer: 'title',
  reason: 'any',
  cost: 'any',
  settlement: 'object',
  facts: 'each',
  item: 'object',
  decideBy: 'instant',
}

async function draft(context: Context, request: DraftRequest): Promise<ProposalView> {
  const operation = 'cases.proposals.draft'
  checkNames(operation, request, { ...DRAFT, ...CALL })
  const by = byName(context, operation, request)
  const { amends = null, caseId = null, offer, cost, facts = [], item } = request
  const act = actOf(request, context.templates)
  const words = offer ?? act?.operation
  if (words === undefined) throw new EngineError('invalidArgument', `${operation} needs an "offer", or the "proposal" of a refusal.`, {})
  if (act === undefined && caseId === null && amends === null)
    throw new EngineError('invalidArgument', `${operation} needs the caseId.`, {})
  const reason =
    request.reason === undefined && act !== undefined ? { code: 'notAllowed', text: null } : readReason(request.reason, operation)
  const about = act === undefined || item !== undefined ? { id: null, instanceId: null } : subjectOf(act)
  const { asked, ...place } = await placeOf(context, by, about)
  const wanted = {
    type: 'draftProposal',
    amends,
    caseId: caseId ?? place.caseId,
    deviationId: place.deviationId,
    words,
    reason,
    factIds: facts,
    decideBy: readInstant('decideBy', request.decideBy, context.templates.timeZone),
    ...(cost !== undefined && { cost: readCost(operation, cost) }),
    ...readSettlement(operation, request),
    ...(act !== undefined && { act }),
  } as const
  const command: DraftProposal = { ...wanted, template: context.templates.default }
  const { id } = answer<{ id: string }>(await context.port.submit(place.instanceId, command, { ...asked, asked: wanted }))
  return viewOf(context, id)
}

/** Throws `invalidArgument`. */
function readSettlement(
  operation: string,
  { settlement, cost }: Pick<DraftRequest, 'settlement' | 'cost'>,
): { readonly settlement?: Settlement } {
  if (settlement === undefined) return {}
  checkNames(`${operation}: its settlement`, settlement, { question: 'title', shares: 'object', fullCost: 'amount' })
  const { shares, fullCost } = settlement
  const invalid = (message: string): EngineError => new EngineError('invalidArgument', `${operation}: ${message}`, { operation })
  if (shares !== undefined) {
    const both: Shape = { customer: 'amount', house: 'amount' }
    checkNames(`${operation}: its shares`, shares, both)
    needKinds(`${operation}: its shares`, shares, both)
    const { customer, house } = shares
    if (Math.abs(customer + house - 1) > 1e-9) throw invalid(`shares are ${customer} and ${house}; they are from 0 to 1, and together 1.`)
  }
  if (fullCost !== undefined && fullCost < (cost?.amount ?? 0))
    throw invalid(`fullCost is ${fullCost}; making good all of it costs no less than what is offered.`)
  return { settlement }
}

function actOf({ proposal, item, caseId }: DraftRequest, templates: TemplateNames): DraftProposal['act'] | undefined {
  if (proposal !== undefined && item !== undefined)
    throw new EngineError('invalidArgument', 'cases.proposals.draft takes the "proposal" of a refusal or an "item", one of them.', {})
  if (proposal !== undefined) return readCall(proposal)
  if (item === undefined) return undefined
  const act = readCall({ operation: 'cases.addItem', right: null, call: [caseId, item] })
  readItem('', item, asAsked(templates)) // what could not be added is not proposed
  return act
}

/** In whose order the call will be made. */
async function placeOf(
  context: Context,
  by: SubmitOptions,
  { id, instanceId }: { readonly id: string | null; readonly instanceId: string | null },
): Promise<{
  readonly caseId: string | null
  readonly deviationId: string | null
  readonly instanceId: string | null
  readonly asked: SubmitOptions
}> {
  const [found] = id === null ? [] : await context.port.get(deviations, [id])
  const deviation = found !== undefined && isSeen(found.tenantId, by) ? found : undefined
  const at = deviation?.instanceId ?? instanceId
  const asked = await allowed(context, by, at)
  return { caseId: deviation === undefined ? id : null, deviationId: deviation?.id ?? null, instanceId: at, asked }
}

async function viewOf({ port }: Context, id: string): Promise<ProposalView> {
  const [proposal] = await port.get(proposals, [id])
  if (proposal === undefined) throw unknownProposal(id)
  return proposalView(proposal satisfies Proposal)
}

/** Reviews in which somebody had no part. */
async function dueFor(
  context: Context,
  actor: string,
  { limit = 100, after }: { readonly limit?: number; readonly after?: string },
): Promise<readonly ReviewView[] & { readonly next?: string }> {
  const { port, bound, people } = context
  checkLimit(limit)
  const where = { state: { eq: 'due' }, ...(after !== undefined && { id: { gt: after } }), ...whereSeen(bound.tenantId) }
  const found = await port.find(reviews, { where, orderBy: [{ field: 'id' }], limit })
  const last = found.at(-1)
  const mine = (await listed(context, found, actor, () => false)).filter(
    ({ body }) => !body.involved.some((one) => isSamePerson(people, one, actor)),
  )
  return Object.assign(mine.map(reviewView), last !== undefined && found.length === limit && { next: last.id })
}
