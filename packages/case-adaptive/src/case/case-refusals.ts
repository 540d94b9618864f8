import { Refused } from '@leeway/engine'
import { isoOf } from '@leeway/engine/extension'
import type { Deviation } from './deviation-state.ts'
import type { PlanItem } from './item-state.ts'
import type { UnderWay } from './life-commands.ts'

/** Refusals on a case as a whole (docs/guide/cases.md). Each names the ids involved and says what to do. */

export function unknownCase(caseId: string): Refused {
  return new Refused('UnknownCase', `There is no case ${caseId}.`, { caseId })
}

export function caseClosed(caseId: string, state: string): Refused {
  return new Refused('CaseClosed', `Case ${caseId} is ${state}; reopen it first.`, { caseId, state })
}

export function alreadyAttached(instanceId: string, caseId: string): Refused {
  return new Refused('AlreadyAttached', `Instance ${instanceId} belongs to case ${caseId} already.`, { instanceId, caseId })
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

export function nobodyFits(caseId: string): Refused {
  const message = `Nobody fits the item's routing, and the template of case ${caseId} names nobody above (escalateTo) who could take it: name somebody.`
  return new Refused('NoPerformer', message, { caseId, missing: ['assignee'] })
}

export function nobodyAbove(caseId: string): Refused {
  const message = `The template of case ${caseId} names nobody above (escalateTo): say to whom it is escalated (to).`
  return new Refused('NoPerformer', message, { caseId, missing: ['to'] })
}

export function noRouting(caseId: string, template: string): Refused {
  const message = `Template "${template}" has no rule by which case ${caseId} finds somebody: say who it is for.`
  return new Refused('NoRouting', message, { caseId, template, missing: ['to'] })
}

export function handlerOfComplaint(caseId: string, about: string, person: string): Refused {
  const message = `${person} had to do with case ${about}, and cannot answer for the complaint about it.`
  return new Refused('SeparationOfDuties', message, { caseId, about, by: person })
}

export function notResolved(caseId: string, state: string): Refused {
  return new Refused('NotResolved', `Case ${caseId} is ${state}; resolve it first.`, { caseId, state })
}

export function notConfirmed(caseId: string, until: number): Refused {
  const at = isoOf(until)
  const message = `The customer has not agreed that case ${caseId} is resolved, and may object until ${at}: cases.confirm notes what they say.`
  return new Refused('NotConfirmed', message, { caseId, until: at, missing: ['confirm'] })
}

/** What was promised, or is being paid off, is not forgotten with the case. */
export function commitmentOpen(
  caseId: string,
  open: readonly { readonly id: string; readonly what: string; readonly dueAt: string }[],
): Refused {
  const names = open.map(({ what, dueAt }) => `"${what}" (due ${dueAt})`).join(', ')
  const message = `Case ${caseId} still owes, or is owed: ${names}. commitments.prove says that it was kept or paid, or with "released" and a reason that it is not asked for any more.`
  return new Refused('CommitmentOpen', message, { caseId, missing: open })
}

export function notReopenable(caseId: string, state: string): Refused {
  return new Refused('NotReopenable', `Case ${caseId} is ${state}; what is resolved, closed or failed can be opened again.`, {
    caseId,
    state,
  })
}

export function notClosed(caseId: string, state: string): Refused {
  const message = `Case ${caseId} is ${state}; only one that is closed can be deleted: resolve and close it first.`
  return new Refused('NotClosed', message, { caseId, state })
}

/** What still runs of a case, or beside it, is not left without it. */
export function caseInUse(caseId: string, underWay: readonly UnderWay[]): Refused {
  const names = underWay.map(({ type, id, name }) => `${type} "${name}"${name === id ? '' : ` (${id})`}`)
  const ways = [...new Set(underWay.map(({ type }) => WAYS_OUT[type]))]
  const message = `Case ${caseId} cannot be deleted yet, for there is still ${names.join(', ')}. First ${ways.join('; ')}.`
  return new Refused('CaseInUse', message, { caseId, missing: underWay })
}

/** How that comes to its end. */
const WAYS_OUT: { readonly [Type in UnderWay['type']]: string } = {
  process: 'let the process end, or cancel it (instances.cancel)',
  deviation: 'come back to the path (cases.return), or take the leaving back (cases.undo)',
  item: 'complete the item, or cancel it',
  job: 'let the job be done, or resolve its incident (incidents.resolve)',
  commitment: 'prove the commitment, or release it (commitments.prove)',
  contact: 'note that the contact is over (contacts.record, state "wrapped")',
  proposal: 'decide upon the proposal, or withdraw it',
  review: 'decide the review (reviews.decide)',
  case: 'close the case that this one is linked with',
}

/** It is worked on as an item of another, in which nothing can be done. */
export function outerCaseOver(caseId: string, outer: string, state: string): Refused {
  const message = `Case ${caseId} is an item of case ${outer}, which is ${state}: open that one again first.`
  return new Refused('OuterCaseOver', message, { caseId, outer, state })
}

export function alreadyLinked(caseId: string, to: string, as: string): Refused {
  return new Refused('AlreadyLinked', `Case ${to} is noted as "${as}" of case ${caseId} already.`, { caseId, other: to, as })
}

export function linkedInCircle(caseId: string, to: string): Refused {
  return new Refused('LinkedInCircle', `Case ${caseId} would stand above itself by that link to ${to}.`, { caseId, other: to })
}

/** What was complained of is not answered by a file that is shut. */
export function outcomeUntold(caseId: string): Refused {
  const message = `Nobody has told the customer the outcome of complaint ${caseId} since it was resolved: record the contact in which they were.`
  return new Refused('OutcomeUntold', message, { caseId, missing: ['contact'] })
}

export function unknownDeviation(deviationId: string): Refused {
  return new Refused('UnknownDeviation', `There is no deviation ${deviationId}.`, { deviationId })
}
