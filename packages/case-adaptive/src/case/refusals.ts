import { EngineError, Refused } from '@leeway/engine'
import { besideKey, type Token } from '@leeway/engine/extension'
import type { Proposal } from './proposal-state.ts'
import type { Deviation, PlanItem } from './state.ts'

/** The refusals of this package (docs/guide/leaving-the-path.md). Each names the ids involved and says what to do. */

export function unknownCase(caseId: string): Refused {
  return new Refused('UnknownCase', `There is no case ${caseId}.`, { caseId })
}

export function caseClosed(caseId: string, state: string): Refused {
  return new Refused('CaseClosed', `Case ${caseId} is ${state}; reopen it first.`, { caseId, state })
}

export function unknownTier(tier: string, known: readonly string[]): Refused {
  return new Refused('UnknownTier', `There is no tier "${tier}" in this template; there ${isAre(known)}.`, { tier, known })
}

export function unknownSeverity(severity: string, known: readonly string[]): Refused {
  return new Refused('UnknownSeverity', `There is no severity "${severity}" in this template; there ${isAre(known)}.`, { severity, known })
}

function isAre(known: readonly string[]): string {
  return known.length === 0 ? 'is none' : `are ${known.join(', ')}`
}

export function unknownOffer(offer: string, template: string, known: readonly string[]): Refused {
  return new Refused('UnknownOffer', `Template "${template}" offers no "${offer}"; there ${isAre(known)}.`, { offer, template, known })
}

export function notOffered(offer: string, why: string): Refused {
  return new Refused(
    'NotOffered',
    `"${offer}" is not offered: ${why}. cases.offers tells what is; any item can be added without an offer.`,
    { offer },
  )
}

export function pauseNotAllowed(caseId: string, reason: string, allowed: readonly string[]): Refused {
  const message = `The clocks of case ${caseId} do not stand still for "${reason}": the customer waits all the same. They do for ${allowed.join(', ')}.`
  return new Refused('PauseNotAllowed', message, { caseId, reason, allowed })
}

export function clockNotRunning(caseId: string, clocks: readonly { readonly name: string; readonly state: string }[]): Refused {
  const states = clocks.map(({ name, state }) => `${name} is ${state}`).join(', ')
  return new Refused('ClockNotRunning', `Case ${caseId} has no clock that could be paused${states === '' ? '' : `: ${states}`}.`, {
    caseId,
  })
}

export function clockNotPaused(caseId: string): Refused {
  return new Refused('ClockNotPaused', `No clock of case ${caseId} is paused.`, { caseId })
}

export function alreadyAttached(instanceId: string, caseId: string): Refused {
  return new Refused('AlreadyAttached', `Instance ${instanceId} belongs to case ${caseId} already.`, { instanceId, caseId })
}

export function unknownDeviation(deviationId: string): Refused {
  return new Refused('UnknownDeviation', `There is no deviation ${deviationId}.`, { deviationId })
}

export function unknownItem(itemId: string): Refused {
  return new Refused('UnknownItem', `There is no item ${itemId} here.`, { itemId })
}

/** As `engine.start` has it. */
export function notDeployed(processKey: string): EngineError {
  const message = `No process with the key "${processKey}" is deployed: deploy it first, then it can do the work.`
  return new EngineError('unknownDefinition', message, { key: processKey })
}

export function itemNotActive({ id, state, body }: PlanItem): Refused {
  const what = state === 'available' ? 'waits for the items before it' : `is ${state}`
  return new Refused('ItemNotActive', `"${body.name}" ${what}; it cannot be completed.`, { itemId: id, state })
}

export function itemAwaited({ id, body }: PlanItem, awaiting: readonly PlanItem[]): Refused {
  const names = awaiting.map((item) => `"${item.body.name}"`).join(', ')
  const missing = awaiting.map((item) => ({ id: item.id, name: item.body.name, state: item.state }))
  return new Refused('ItemAwaited', `${names} begins when "${body.name}" is done: cancel what waits for it first.`, { itemId: id, missing })
}

export function itemNotCancelled({ id, state, body }: PlanItem): Refused {
  const why = state === 'completed' && body.compensator === undefined ? 'is done and has no compensator' : `is ${state}`
  const message = `"${body.name}" ${why}, or has been taken up by a return; it cannot be cancelled.`
  return new Refused('ItemNotCancelled', message, { itemId: id, state })
}

export function tooManyItems(id: string, max: number): Refused {
  return new Refused('TooManyItems', `${id} has ${max} items; that is the most there can be.`, { max })
}

export function noActor(operation: string): Refused {
  return new Refused('NotAllowed', `${operation} goes on record under a name: give "actor", or use cases.as({ actor }).`, {
    missing: ['actor'],
    operation,
  })
}

export function noReason(operation: string): Refused {
  return new Refused('ReasonMissing', `${operation} goes on record with its reason: give reason { code, text }.`, {
    missing: ['reason'],
    operation,
  })
}

export function alreadyAway({ id, body, caseId }: Deviation): Refused {
  const { actor, reason, anchor } = body
  return new Refused(
    'AlreadyAway',
    `${actor} has left the path at "${anchor.elementId}" already (${reason.code}); join deviation ${id} instead.`,
    {
      deviationId: id,
      caseId,
      by: actor,
      holders: [actor],
      reason,
    },
  )
}

export function anchorGone(message: string, details: Readonly<Record<string, unknown>>): Refused {
  return new Refused('AnchorGone', message, details)
}

export function preempted({ id, body }: Deviation): Refused {
  const { anchor, preempted: how } = body
  return anchorGone(`The path has gone on from "${anchor.elementId}" without deviation ${id}; its open work is at the case.`, {
    deviationId: id,
    elementInstanceId: anchor.elementInstanceId,
    cause: how ?? null,
  })
}

/** A step to come that something is pinned to is not in the model that the instance is to go on by. */
export function pinGone({ id, mode, body }: Deviation, elementId: string): Refused {
  const what = mode === 'deferred' ? 'Items are pinned to' : 'The path is to be left before'
  const message = `${what} "${body.anchor.elementId}", which is "${elementId}" nowhere in the new model: map it to an element there, or undo deviation ${id} first.`
  return new Refused('PinTargetGone', message, { deviationId: id, elementId: body.anchor.elementId, missing: [elementId] })
}

export function unprovenStays(instanceId: string, caseId: string): Refused {
  const message = `Instance ${instanceId} went on by an override and is not proven to come to its end: bring it to where it is proven before it is migrated.`
  return new Refused('UnprovenInstance', message, { instanceId, caseId })
}

export function alreadyReturned({ id, body }: Deviation): Refused {
  const { returned } = body
  return new Refused(
    'AlreadyReturned',
    `Deviation ${id} is over: ${returned?.actor ?? 'someone'} has come back to "${body.anchor.elementId}".`,
    {
      deviationId: id,
      by: returned?.actor ?? null,
      at: returned === undefined ? null : new Date(returned.at).toISOString(),
    },
  )
}

export function handedOver({ id, body }: Deviation): Refused {
  const itemId = body.handedOver?.itemId ?? null
  const message = `Deviation ${id} was handed over; it returns by itself when item ${itemId} is done. End what does that item to come back otherwise, or undo the deviation.`
  return new Refused('HandedOver', message, { deviationId: id, itemId, by: body.handedOver?.actor ?? null })
}

export function requiredOpen({ id }: Deviation, open: readonly PlanItem[]): Refused {
  const names = open.map(({ body }) => `"${body.name}"`).join(', ')
  return new Refused('RequiredOpen', `Deviation ${id} has required items that are not done: ${names}.`, {
    deviationId: id,
    missing: open.map((item) => ({ id: item.id, name: item.body.name, state: item.state })),
  })
}

export function unknownEntry(caseId: string, seq: number): Refused {
  return new Refused('UnknownEntry', `Case ${caseId} has no entry ${seq}.`, { caseId, seq })
}

export function caseNotDone(caseId: string, away: readonly Deviation[], required: readonly PlanItem[]): Refused {
  const open = [
    ...away.map(({ id, body }) => ({ id, name: body.anchor.elementId, type: 'deviation' })),
    ...required.map(({ id, body }) => ({ id, name: body.name, type: 'item' })),
  ]
  const names = open.map(({ name, type }) => `${type} "${name}"`).join(', ')
  return new Refused('CaseNotDone', `Case ${caseId} still has what must be done first: ${names}.`, { caseId, missing: open })
}

export function processRunning(caseId: string, instanceIds: readonly string[]): Refused {
  const message = `Process ${instanceIds.join(', ')} of case ${caseId} still runs: let it end, or return with "stayOff".`
  return new Refused('ProcessRunning', message, { caseId, missing: instanceIds })
}

export function notUndoable(id: string, why: string, missing: readonly unknown[] = []): Refused {
  return new Refused('NotUndoable', `Deviation ${id} cannot be undone: ${why}`, { deviationId: id, missing })
}

export function notWithdrawable(elementId: string): Refused {
  const message = `"${elementId}" joins what arrives there; a token that waits cannot be withdrawn alone. End its branch, or jump.`
  return new Refused('NotWithdrawable', message, { elementId, alternative: 'endBranch' })
}

export function handlerNotWithdrawable(elementId: string): Refused {
  const message = `"${elementId}" undoes something, and the compensation waits for it. Leave it with mode "detour", or take a second person who answers for it (override).`
  return new Refused('NotWithdrawable', message, { elementId, alternative: 'detour', missing: ['override'] })
}

export function handlerNotRedone({ id, body }: Deviation): Refused {
  const message = `"${body.anchor.elementId}" undoes something: to do it again say confirmNotIdempotent: true, or resume or skip it.`
  return new Refused('NotIdempotent', message, { deviationId: id, missing: ['confirmNotIdempotent'], alternatives: ['resume', 'skip'] })
}

export function compensationRuns({ elementId, compensation }: Token): Refused {
  const running = compensation?.running
  const message = `"${elementId}" waits for what it has undone, and goes on by itself. Leave at what undoes something now.`
  return new Refused('CompensationRuns', message, {
    elementId,
    alternatives: running === undefined || besideKey(running) !== null ? [] : [{ elementInstanceId: running }],
  })
}

export function notDivertible({ id, body }: Deviation, why: string, instead: string, alternatives: readonly string[]): Refused {
  const message = `"${body.anchor.elementId}" cannot be left in this way: ${why}. ${instead}`
  return new Refused('NotDivertible', message, { deviationId: id, alternatives })
}

export function withdrawn({ id, body }: Deviation): Refused {
  const message = `"${body.anchor.elementId}" was withdrawn: redo it, skip it, jump, or end its branch.`
  return new Refused('StepWithdrawn', message, { deviationId: id, alternatives: ['redo', 'skip', 'jump', 'endBranch'] })
}

export function notIdempotent({ id, body }: Deviation): Refused {
  const message = `The work of "${body.anchor.elementId}" was done already; to do it again say confirmNotIdempotent: true.`
  return new Refused('NotIdempotent', message, { deviationId: id, missing: ['confirmNotIdempotent'] })
}

export function scopeTaken({ id, body }: Deviation): Refused {
  const isWhole = body.anchor.type === 'instance'
  const ways = isWhole ? 'resume it, end it, or stay off' : 'resume it, end it, jump, or take one of its events'
  const alternatives = isWhole ? ['resume', 'endScope', 'stayOff'] : ['resume', 'endScope', 'jump', 'event']
  return new Refused('ScopeTakenOver', `"${body.anchor.elementId}" was taken over as a whole: ${ways}.`, { deviationId: id, alternatives })
}

export function besideOnly({ id, body }: Deviation): Refused {
  const message = `Deviation ${id} goes on alongside "${body.anchor.elementId}", which was never off the path; end it with "resume", or leave the step to move it.`
  return new Refused('NotAway', message, { deviationId: id, alternatives: ['resume'] })
}

/** C4: what is pinned lies in the part of the path that is not executed yet. */
export function stepPassed(elementId: string, instanceId: string): Refused {
  const message = `The path does not come to "${elementId}" any more: it has begun there, or has gone another way. Leave where it is now and add the item there, or add it to the case.`
  return new Refused('StepPassed', message, { elementId, instanceId, alternatives: ['leave', 'addItem'] })
}

/** `caller`: the call activity that waits for this instance. */
export function unknownTarget(target: string, caller: Caller | null = null): Refused {
  const message = `There is no "${target}" in this instance to return to.`
  if (caller === null) return new Refused('UnknownTarget', message, { target })
  const instead = `It was called: its caller ${caller.instanceId} goes on where this instance ends (endScope), or is left at ${caller.elementInstanceId}.`
  return new Refused('UnknownTarget', `${message} ${instead}`, { target, caller, alternatives: ['endScope'] })
}

export function callerWaits({ id }: Deviation, caller: Caller): Refused {
  const message = `This instance was called, and its caller ${caller.instanceId} waits for its end: end it with what it gives (endScope), or leave the caller at ${caller.elementInstanceId} and stay off there.`
  return new Refused('CallerWaits', message, { deviationId: id, caller, alternatives: ['endScope'] })
}

/** Where an instance was called. */
export interface Caller {
  readonly instanceId: string
  readonly elementInstanceId: string
}

/** `code` is one for each kind of target. */
export function illegalTarget(code: string, target: string, why: string, alternative: string): Refused {
  return new Refused(code, `The path cannot be taken up at "${target}": ${why}. ${alternative}`, { target, alternative })
}

export function notAssigned(caseId: string): Refused {
  return new Refused('NotAssigned', `Nobody answers for case ${caseId} yet; cases.assign says who does.`, { caseId })
}

export function sameOwner(caseId: string, owner: string): Refused {
  return new Refused('AlreadyAssigned', `${owner} answers for case ${caseId} already.`, { caseId, holders: [owner] })
}

export function noPerformer(what: string, named: readonly string[]): Refused {
  const message = `${what} is for ${named.join(', ')}, who ${named.length === 1 ? 'is' : 'are'} not known; name somebody who is.`
  return new Refused('NoPerformer', message, { missing: named })
}

export function handlerOfComplaint(caseId: string, about: string, person: string): Refused {
  const message = `${person} had to do with case ${about}, and cannot answer for the complaint about it.`
  return new Refused('SeparationOfDuties', message, { caseId, about, by: person })
}

export function notResolved(caseId: string, state: string): Refused {
  return new Refused('NotResolved', `Case ${caseId} is ${state}; resolve it first.`, { caseId, state })
}

export function notConfirmed(caseId: string, until: number): Refused {
  const at = new Date(until).toISOString()
  const message = `The customer has not agreed that case ${caseId} is resolved, and may object until ${at}: cases.confirm notes what they say.`
  return new Refused('NotConfirmed', message, { caseId, until: at, missing: ['confirm'] })
}

export function notReopenable(caseId: string, state: string): Refused {
  return new Refused('NotReopenable', `Case ${caseId} is ${state}; what is resolved, closed or failed can be opened again.`, {
    caseId,
    state,
  })
}

export function alreadyLinked(caseId: string, to: string, as: string): Refused {
  return new Refused('AlreadyLinked', `Case ${to} is noted as "${as}" of case ${caseId} already.`, { caseId, other: to, as })
}

export function linkedInCircle(caseId: string, to: string): Refused {
  return new Refused('LinkedInCircle', `Case ${caseId} would stand above itself by that link to ${to}.`, { caseId, other: to })
}

export function unknownContact(contactId: string): Refused {
  return new Refused('UnknownContact', `There is no contact ${contactId}.`, { contactId })
}

export function contactOver(contactId: string): Refused {
  return new Refused('ContactOver', `Contact ${contactId} is over; record another one.`, { contactId })
}

export function unknownFact(factId: string): Refused {
  return new Refused('UnknownFact', `There is no fact ${factId}.`, { factId })
}

export function factOver(factId: string, key: string, state: string): Refused {
  return new Refused('FactOver', `Fact ${factId} ("${key}") is ${state}; record what is so now.`, { factId, state })
}

export function unknownCommitment(commitmentId: string): Refused {
  return new Refused('UnknownCommitment', `There is no commitment ${commitmentId}.`, { commitmentId })
}

export function commitmentOver(commitmentId: string, state: string): Refused {
  return new Refused('CommitmentOver', `Commitment ${commitmentId} is ${state}.`, { commitmentId, state })
}

export function otherProof(commitmentId: string, needs: string, given: string): Refused {
  const message = `Commitment ${commitmentId} takes a proof of the kind "${needs}", not "${given}".`
  return new Refused('OtherProof', message, { commitmentId, missing: [needs] })
}

export function tooManyCommitments(caseId: string, max: number): Refused {
  return new Refused('TooManyCommitments', `Case ${caseId} has ${max} open commitments; that is the most there can be.`, { caseId, max })
}

/** What was complained of is not answered by a file that is shut. */
export function outcomeUntold(caseId: string): Refused {
  const message = `Nobody has told the customer the outcome of complaint ${caseId} since it was resolved: record the contact in which they were.`
  return new Refused('OutcomeUntold', message, { caseId, missing: ['contact'] })
}

export function unknownProposal(proposalId: string): Refused {
  return new Refused('UnknownProposal', `There is no proposal ${proposalId}.`, { proposalId })
}

export function proposalOver({ id, state }: Proposal): Refused {
  return new Refused('ProposalOver', `Proposal ${id} is ${state}; that cannot be done with it now.`, { proposalId: id, state })
}

export function sameProposer({ id, body }: Proposal, actor: string): Refused {
  const message = `${actor} counts as ${body.by}, who made proposal ${id}: a second person decides upon it.`
  return new Refused('SeparationOfDuties', message, { proposalId: id, by: body.by })
}

export function notProposer({ id, body }: Proposal, actor: string): Refused {
  return new Refused('NotProposer', `Proposal ${id} is ${body.by}'s, not ${actor}'s.`, { proposalId: id, by: body.by, holders: [body.by] })
}

export function needsAuthority({ id }: Proposal): Refused {
  const message = `Those who were asked did not agree to proposal ${id}: somebody with the authority approves it, or nobody does.`
  return new Refused('NeedsAuthority', message, { proposalId: id, missing: ['approve'] })
}

export function wishMissing({ id }: Proposal): Refused {
  const message = `Proposal ${id} says not what the customer wishes: give reason { code, customerStatement }.`
  return new Refused('WishMissing', message, { proposalId: id, missing: ['customerStatement'] })
}

export function notExecuted(id: string): Refused {
  return new Refused('NotExecuted', `Proposal ${id} is agreed to and not carried out yet; it is looked at when it is.`, { proposalId: id })
}

export function unknownReview(reviewId: string): Refused {
  return new Refused('UnknownReview', `There is no review ${reviewId}.`, { reviewId })
}

export function reviewOver(reviewId: string): Refused {
  return new Refused('ReviewOver', `Review ${reviewId} is done.`, { reviewId })
}

export function involvedInReview(reviewId: string, actor: string): Refused {
  return new Refused('SeparationOfDuties', `${actor} had a part in what review ${reviewId} is about, and cannot judge it.`, {
    reviewId,
    by: actor,
  })
}

/** What a decision answers its caller with; anything else that it throws is not the caller's. */
export function isRefusal(error: unknown): error is Refused | EngineError {
  return error instanceof Refused || error instanceof EngineError
}
