import { transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownCase } from '../case/case-refusals.ts'
import { unknownFact } from '../case/customer-refusals.ts'
import { addItem, workFor } from '../case/items.ts'
import { attachInstance, openCase } from '../case/open-case.ts'
import type { CounterProposal, DecideProposal, DraftProposal, RejectProposal, WithdrawProposal } from '../case/proposal-commands.ts'
import type { Proposal, ProposalWay } from '../case/proposal-state.ts'
import { type ProposalEvent, proposalLifecycle } from '../lifecycles/proposal.ts'
import { charge, mayGrant } from './authority.ts'
import { toBeDecided, watchDecision } from './decide-by.ts'
import { needsAuthority, notProposer, proposalOver, sameProposer, unknownProposal, wishMissing } from './proposal-refusals.ts'
import { askReview } from './reviews.ts'
import { hasRight, isSamePerson, needRight, type Scene } from './rights.ts'

/**
 * Writes a proposal down, or one that was not agreed to anew. Gives its id. Throws `UnknownCase`, `UnknownProposal`, `UnknownFact`,
 * `ProposalOver`.
 */
export function draftProposal(book: Book, command: DraftProposal, instanceId: string | null, actor: string): string {
  const { words, reason, cost, settlement, factIds, decideBy, act } = command
  for (const id of factIds) if (book.fact(id) === null) throw unknownFact(id)
  const what = {
    words,
    reason,
    factIds,
    ...(cost && { cost }),
    ...(settlement && { settlement }),
    ...(decideBy !== null && { decideBy }),
    ...(act && { act }),
  }
  if (command.amends !== null) {
    const before = ownProposal(book, command.amends, actor)
    const draft = before.state === 'draft' ? before : moved(before, 'amend')
    const { cost: _cost, act: _act, ...rest } = draft.body
    put(
      book,
      { ...draft, body: { ...rest, ...(before.body.act && { act: before.body.act }), ...what, version: rest.version + 1 } },
      'draft',
    )
    return before.id
  }
  const caseId = placeOf(book, command, instanceId)
  const id = book.newId()
  const tenantId = book.case(caseId)?.tenantId ?? book.tenantId
  const body = { ...what, by: actor, version: 1, endorsedBy: [] }
  put(book, { id, caseId, instanceId, state: proposalLifecycle.initial, tenantId, body }, 'draft')
  return id
}

/** The case that it belongs to; an instance without one gets one. */
function placeOf(book: Book, { caseId, deviationId, template }: DraftProposal, instanceId: string | null): string {
  const deviation = deviationId === null ? null : book.deviation(deviationId)
  const known = caseId ?? deviation?.caseId ?? (instanceId === null ? null : (book.caseOfInstance(instanceId)?.id ?? null))
  if (known !== null && book.case(known) !== null) return known
  if (known !== null || instanceId === null) throw unknownCase(known ?? '')
  const opened = openCase(book, { template, customer: null, title: null, facts: {}, tier: null }, null)
  attachInstance(book, opened.id, instanceId)
  return opened.id
}

/** It is proposed otherwise, by the customer or somebody of the house. Throws `UnknownProposal`, `ProposalOver`. */
export function counterProposal(book: Book, { proposalId, words, reason, cost, settlement }: CounterProposal): void {
  const countered = moved(proposalOf(book, proposalId), 'counter')
  const { cost: _cost, ...body } = countered.body
  put(
    book,
    {
      ...countered,
      body: { ...body, words, reason, ...(cost && { cost }), ...(settlement && { settlement }), version: body.version + 1, endorsedBy: [] },
    },
    'countered',
  )
}

/** What a decision came to: whether the proposal takes effect with it. */
export interface Decided {
  readonly proposal: Proposal
  readonly isEffective: boolean
}

/**
 * A proposal is submitted, endorsed by a second person, or approved by somebody who may; it takes effect where that is enough. Throws
 * `SeparationOfDuties`, `NeedsAuthority`, `NotAllowed`, `WishMissing`, `ProposalOver`.
 */
export function decideProposal(book: Book, command: DecideProposal, actor: string): Decided {
  const proposal = proposalOf(book, command.proposalId)
  if (command.how === 'submit') return submit(book, proposal, actor)
  if (proposal.state !== 'open') throw proposalOver(proposal)
  if (isSamePerson(book.rules.people, actor, proposal.body.by)) throw sameProposer(proposal, actor)
  return command.how === 'endorse' ? endorse(book, proposal, actor) : approve(book, proposal, actor)
}

/** A remedy within the proposer's own authority, by which no rule is departed from, takes effect with that. */
function submit(book: Book, given: Proposal, actor: string): Decided {
  if (!isSamePerson(book.rules.people, actor, given.body.by)) throw notProposer(given, actor)
  const { reason, act, cost } = given.body
  if (act === undefined && reason.customerStatement === undefined && given.state === 'draft') throw wishMissing(given)
  const isRaised = given.state === 'rejected'
  const body = { ...toBeDecided(book, given), ...(isRaised && { raised: true as const }) }
  const open = put(book, { ...moved(given, isRaised ? 'raise' : 'submit'), body }, 'open')
  const isOwn = (act === undefined || act.right === null) && reason.rule === undefined && !isRaised && mayGrant(book, actor, cost)
  if (!isOwn) return { proposal: open, isEffective: false }
  charge(book, actor, cost)
  return effective(book, open, actor, 'authority')
}

/** A second person agrees: enough for a remedy, unless those who were asked have refused it. An act takes somebody who may do it. */
function endorse(book: Book, proposal: Proposal, actor: string): Decided {
  const { act, raised, endorsedBy } = proposal.body
  needRight(book, 'endorse', actor, sceneOf(proposal), { type: 'endorseProposal', proposalId: proposal.id })
  if (raised) throw needsAuthority(proposal)
  const endorsed = put(book, { ...proposal, body: { ...proposal.body, endorsedBy: [...endorsedBy, actor] } }, 'endorsed')
  if (act !== undefined && act.right !== null) return { proposal: endorsed, isEffective: false }
  return effective(book, endorsed, actor, 'endorsed')
}

/** Somebody agrees who might do it themselves: the right to what it does is looked at as it is done. */
function approve(book: Book, proposal: Proposal, actor: string): Decided {
  const { act, cost } = proposal.body
  if (act === undefined || act.right === null) {
    needRight(book, 'approve', actor, { ...sceneOf(proposal), ...(cost && { cost }) }, { type: 'approveProposal', proposalId: proposal.id })
    charge(book, actor, cost)
  }
  return effective(book, proposal, actor, 'approved')
}

function effective(book: Book, proposal: Proposal, by: string, way: ProposalWay): Decided {
  const agreed: Proposal = { ...moved(proposal, 'takeEffect'), body: { ...proposal.body, effective: { by, at: book.now, way } } }
  put(book, agreed, 'effective')
  const involved = [...new Set([proposal.body.by, by, ...proposal.body.endorsedBy])]
  if (way !== 'authority')
    askReview(book, agreed.caseId, {
      of: 'proposal',
      subjectId: agreed.id,
      because: [way],
      involved,
      ...(proposal.body.cost && { cost: proposal.body.cost }),
    })
  return { proposal: agreed, isEffective: true }
}

/** What was agreed is done, with the proposal; where it is no call of ours, somebody gets an item for it. */
export function carryOut(book: Book, { id, caseId, body }: Proposal): void {
  const proposal = proposalOf(book, id)
  if (body.act !== undefined) {
    put(book, { ...moved(proposal, 'execute'), body: { ...proposal.body, executedAt: book.now } }, 'executed')
    return
  }
  const work = workFor(`Carry out: ${body.words}`, body.by)
  const { id: itemId, ...added } = addItem(book, work, { caseId, deviationId: null, instanceId: null }, body.by)
  book.putItem({ ...added, id: itemId, body: { ...added.body, proposalId: id } })
  book.putProposal({ ...proposal, body: { ...proposal.body, itemId } })
}

/** The item by which a proposal is carried out was completed. */
export function carriedOut(book: Book, proposalId: string | undefined): void {
  const proposal = proposalId === undefined ? null : book.proposal(proposalId)
  if (proposal?.state !== 'effective') return
  put(book, { ...moved(proposal, 'execute'), body: { ...proposal.body, executedAt: book.now } }, 'executed')
}

/** Those who were asked do not agree. Throws `SeparationOfDuties`, `NotAllowed`, `ProposalOver`. */
export function rejectProposal(book: Book, command: RejectProposal, actor: string): void {
  const proposal = proposalOf(book, command.proposalId)
  if (isSamePerson(book.rules.people, actor, proposal.body.by)) throw sameProposer(proposal, actor)
  if (!hasRight(book, 'endorse', actor, sceneOf(proposal))) needRight(book, 'approve', actor, sceneOf(proposal), command)
  const rejected = moved(proposal, 'reject')
  book.putProposal(rejected)
  watchDecision(book, rejected)
  book.note(proposal.caseId, {
    type: 'case:proposal',
    proposalId: proposal.id,
    change: 'rejected',
    version: proposal.body.version,
    reason: command.reason,
  })
}

/** Who proposed it takes it back. Throws `NotProposer`, `ProposalOver`. */
export function withdrawProposal(book: Book, { proposalId }: WithdrawProposal, actor: string): void {
  put(book, moved(ownProposal(book, proposalId, actor), 'withdraw'), 'withdrawn')
}

/** What proposals rested on proved false: those that are not carried out yet are not to be. */
export function revokeProposals(book: Book, caseId: string, factId: string): void {
  for (const proposal of book.proposalsOfCase(caseId)) {
    if (proposal.state !== 'effective' || !proposal.body.factIds.includes(factId)) continue
    put(book, moved(proposal, 'revoke'), 'revoked')
  }
}

function sceneOf({ caseId }: Proposal): Scene {
  return { caseId, deviationId: null, processKey: null, elementId: null, roles: null }
}

function ownProposal(book: Book, id: string, actor: string): Proposal {
  const proposal = proposalOf(book, id)
  if (!isSamePerson(book.rules.people, actor, proposal.body.by)) throw notProposer(proposal, actor)
  return proposal
}

function proposalOf(book: Book, id: string): Proposal {
  const proposal = book.proposal(id)
  if (proposal === null) throw unknownProposal(id)
  return proposal
}

function put(book: Book, proposal: Proposal, change: Proposal['state'] | 'endorsed'): Proposal {
  const { id, caseId, body } = proposal
  book.putProposal(proposal)
  watchDecision(book, proposal)
  const isNew = change === 'draft' || change === 'countered'
  const { words, reason, version, effective: how } = body
  const more = { ...(isNew && { words, reason }), ...(change === 'effective' && how && { way: how.way }) }
  book.note(caseId, { type: 'case:proposal', proposalId: id, change, version, ...more })
  return proposal
}

function moved(proposal: Proposal, event: ProposalEvent): Proposal {
  if (!Object.hasOwn(proposalLifecycle.table[proposal.state], event)) throw proposalOver(proposal)
  return { ...proposal, state: transitionOf(proposalLifecycle, proposal.state, event) }
}
