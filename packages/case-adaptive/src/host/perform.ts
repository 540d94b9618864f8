import type { CommandBody, InstanceReader, Trial, Value } from '@leeway/engine/extension'
import { redact } from '../audit/redact.ts'
import { raiseAlerts } from '../case/alerts.ts'
import { beginBatch, endBatch, recordOutcome } from '../case/batch.ts'
import type { Book } from '../case/book.ts'
import { cancelItem } from '../case/cancel-item.ts'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { CaseCommand } from '../case/commands.ts'
import { makeCommitment, makePlan, proveCommitment } from '../case/commitments.ts'
import { recordContact } from '../case/contacts.ts'
import { deleteCase } from '../case/delete-case.ts'
import { bindItem, resolveCase } from '../case/ends.ts'
import { askFact, recordFact, revokeFact, verifyFact } from '../case/facts.ts'
import type { PlanItem } from '../case/item-state.ts'
import { addItem, completeItem, type ItemPlace } from '../case/items.ts'
import { liveOn } from '../case/life.ts'
import { complain, linkCases } from '../case/links.ts'
import { attachInstance, openCase, workedCase } from '../case/open-case.ts'
import { releasePromotion } from '../case/promotion.ts'
import type { DecideProposal } from '../case/proposal-commands.ts'
import { routeCase } from '../case/routing.ts'
import { checkOffer } from '../case/service/offers.ts'
import { escalate, pauseService, resumeService, setSeverity, setTier } from '../case/service/service.ts'
import { serviceDue } from '../case/time-passed.ts'
import { defer, leaveAhead } from '../deviation/ahead.ts'
import { calledAt, follow } from '../deviation/cascade.ts'
import { registered, undoneByHand, undoneFor, unregistered } from '../deviation/compensables.ts'
import { placeOf } from '../deviation/item-place.ts'
import { leave } from '../deviation/leave.ts'
import { awayDeviation, comeBack, goOnAfterItem } from '../deviation/return.ts'
import { compensateNext, goOnWithout, undo } from '../deviation/undo.ts'
import { checkItemRight, checkItemWork, checkRights } from '../people/command-rights.ts'
import { expireProposals } from '../people/decide-by.ts'
import {
  carriedOut,
  carryOut,
  counterProposal,
  decideProposal,
  draftProposal,
  rejectProposal,
  revokeProposals,
  withdrawProposal,
} from '../people/proposals.ts'
import { decideReview } from '../people/reviews.ts'
import { performPreview } from './perform-preview.ts'

/** Carries out a command of cases: its rights, its decision, and the kernel's commands that follow. Throws the refusal of each. */
export function perform(book: Book, command: CaseCommand, instance: InstanceReader | null, known: unknown): Reaction {
  checkRights(book, command, instance)
  switch (command.type) {
    case 'openCase':
      return { answer: { id: routeCase(book, openCase(book, command, instance?.id ?? null).id).id } }
    case 'attachInstance':
      workedCase(book, command.caseId)
      attachInstance(book, command.caseId, present(instance).id)
      return { answer: { caseId: command.caseId } }
    case 'leave': {
      const { deviation, commands } = leave(book, command, present(instance), named(book))
      const called = calledBy(book, deviation.id, instance)
      return { answer: { id: deviation.id, caseId: deviation.caseId, called }, commands }
    }
    case 'leaveAhead': {
      const { deviation, commands } = leaveAhead(book, command, present(instance), named(book))
      return { answer: { id: deviation.id, caseId: deviation.caseId }, commands }
    }
    case 'defer': {
      const { deviation, commands, item } = defer(book, command, present(instance), named(book))
      return { answer: { id: item.id, deviationId: deviation.id, caseId: deviation.caseId }, commands }
    }
    case 'joinDeviation': {
      const deviation = awayDeviation(book, command.deviationId)
      const { participants } = deviation.body
      if (!participants.includes(named(book))) {
        book.putDeviation({ ...deviation, body: { ...deviation.body, participants: [...participants, named(book)] } })
        book.note(deviation.caseId, { type: 'deviation:join', deviationId: deviation.id })
      }
      return { answer: { id: deviation.id, caseId: deviation.caseId } }
    }
    case 'addItem': {
      const place = placeOf(book, command.to)
      if (command.offer !== undefined) checkOffered(book, command.offer, place)
      const item = addItem(book, command, place, named(book))
      return { answer: item.body.taskId === null ? { id: item.id } : { id: item.id, taskId: item.body.taskId } }
    }
    case 'completeItem':
      checkItemRight(book, command, book.actor, instance)
      checkItemWork(book, command.itemId, book.actor, instance?.definition.key ?? null)
      if (undoneByHand(book, command.itemId)) {
        const item = book.item(command.itemId)
        return { answer: { id: command.itemId }, commands: item === null ? [] : undoneFor(item, instance) }
      }
      return completed(book, completeItem(book, command, named(book)), instance, named(book))
    case 'cancelItem': {
      const item = cancelItem(book, command)
      const commands = [...unregistered([item], instance), ...goOnWithout(book, item, instance, named(book))]
      return { answer: { id: item.id }, commands }
    }
    case 'preview':
      return performPreview(book, command, present(instance))
    case 'redact':
      return { answer: redact(book, command, named(book)) }
    case 'beginBatch':
      return { answer: { batchId: beginBatch(book, command, (known ?? []) as readonly string[]) } } // as the host program gathered them
    case 'recordOutcome':
      recordOutcome(book, command)
      return {}
    case 'endBatch':
      endBatch(book, command)
      return {}
    case 'bindItem':
      return { commands: bindItem(book, command.itemId, present(instance)) }
    case 'itemEnded': {
      const item = book.item(command.itemId)
      if (item === null) return {}
      return { commands: [...registered(book, item, instance), ...goOnAfterItem(book, item, instance, command.by)] }
    }
    case 'cancelItemInstance':
      return {
        commands: isRunning(instance) ? [{ type: 'cancelProcess', instanceId: present(instance).id, reason: 'its item is over' }] : [],
      }
    case 'follow': {
      const { commands, called } = follow(book, command.deviationId, present(instance))
      return { answer: { called }, commands }
    }
    case 'undo':
      return {
        answer: { called: calledBy(book, command.deviationId, instance) },
        commands: undo(book, command, present(instance), named(book)),
      }
    case 'compensateNext': {
      const deviation = book.deviation(command.deviationId)
      if (deviation !== null) compensateNext(book, deviation)
      return {}
    }
    case 'resolveCase':
      resolveCase(book, command, named(book))
      return { answer: { id: command.caseId } }
    case 'serviceDue':
      timePassed(book, command.caseId)
      return {}
    case 'pauseClock':
    case 'resumeClock':
    case 'setSeverity':
    case 'setTier':
    case 'escalate':
      workedCase(book, command.caseId)
      changeService(book, command)
      return { answer: { id: command.caseId } }
    case 'assign':
    case 'transfer':
    case 'confirm':
    case 'close':
    case 'reopen':
      if (command.type === 'close') timePassed(book, command.caseId)
      return { answer: { id: liveOn(book, command, named(book)).id } }
    case 'deleteCase':
      deleteCase(book, command)
      return { answer: { id: command.caseId } }
    case 'recordContact':
      return { answer: recordContact(book, command, named(book)) }
    case 'recordFact':
      return { answer: { id: recordFact(book, command, named(book)) } }
    case 'verifyFact':
      verifyFact(book, command, named(book))
      return { answer: { id: command.factId } }
    case 'askFact':
      return { answer: askFact(book, command, named(book)) }
    case 'revokeFact':
      revokeProposals(book, revokeFact(book, command, named(book)).caseId, command.factId)
      return { answer: { id: command.factId } }
    case 'makeCommitment':
      return { answer: { id: makeCommitment(book, command, named(book)) } }
    case 'makePlan':
      return { answer: { id: makePlan(book, command, named(book)) } }
    case 'proveCommitment':
      timePassed(book, book.commitment(command.commitmentId)?.caseId)
      proveCommitment(book, command, named(book))
      return { answer: { id: command.commitmentId } }
    case 'draftProposal':
      return { answer: { id: draftProposal(book, command, instance?.id ?? null, named(book)) } }
    case 'counterProposal':
      timePassed(book, book.proposal(command.proposalId)?.caseId)
      counterProposal(book, command)
      return { answer: { id: command.proposalId } }
    case 'raiseAlerts':
      return { answer: raiseAlerts(book, command) as unknown as Value } // plain JSON
    case 'decideProposal':
      return decideUpon(book, command, instance, known)
    case 'rejectProposal':
      timePassed(book, book.proposal(command.proposalId)?.caseId)
      rejectProposal(book, command, named(book))
      return { answer: { id: command.proposalId } }
    case 'withdrawProposal':
      withdrawProposal(book, command, named(book))
      return { answer: { id: command.proposalId } }
    case 'decideReview':
      decideReview(book, command, named(book))
      return { answer: { id: command.reviewId } }
    case 'releasePromotion':
      releasePromotion(book, command, named(book))
      return { answer: { definitionId: command.definitionId, version: command.version } }
    case 'answered':
      return { answer: command.answer }
    case 'link':
      linkCases(book, command)
      return { answer: { id: command.caseId } }
    case 'complain':
      return { answer: { id: complain(book, command, named(book)) } }
    case 'return':
      return {
        answer: { called: calledBy(book, command.deviationId, instance) },
        commands: comeBack(book, command, present(instance), named(book)),
      }
  }
}

/** What a decision answers, and what follows from it. */
export interface Reaction {
  readonly answer?: Value
  readonly commands?: readonly CommandBody[]
  /** It is only tried, and this makes the answer of what it came to. */
  readonly trial?: Trial
}

/** What somebody changes of the promises that a case's service keeps. */
function changeService(
  book: Book,
  command: Extract<CaseCommand, { type: 'pauseClock' | 'resumeClock' | 'setSeverity' | 'setTier' | 'escalate' }>,
): void {
  const { caseId } = command
  if (command.type === 'pauseClock') pauseService(book, caseId, command.because)
  else if (command.type === 'resumeClock') resumeService(book, caseId)
  else if (command.type === 'setSeverity') setSeverity(book, caseId, command.severity, command.reason)
  else if (command.type === 'setTier') setTier(book, caseId, command.tier, command.reason)
  else escalate(book, caseId, command.to, command.reason)
}

/** What is due by now is so, whether its job has come to it or not. */
function timePassed(book: Book, caseId: string | undefined): void {
  if (caseId === undefined) return
  expireProposals(book, caseId)
  serviceDue(book, caseId)
}

/**
 * Where a proposal takes effect, what it proposes is done in the same commit, in the name of who proposed it and with the rights of who
 * agreed.
 */
function decideUpon(book: Book, command: DecideProposal, instance: InstanceReader | null, known: unknown): Reaction {
  const actor = named(book)
  timePassed(book, book.proposal(command.proposalId)?.caseId)
  const { proposal, isEffective } = decideProposal(book, command, actor)
  if (!isEffective) return { answer: { pending: proposal.state } }
  carryOut(book, proposal)
  if (command.act === undefined) return { answer: { pending: proposal.state } }
  // The host program read it from the proposal's own call.
  const act = withApprover(command.act as CaseCommand, actor)
  const { answer = true, commands = [] } = perform(book.as(proposal.body.by, actor), act, instance, known)
  return { answer: { done: answer }, commands }
}

/** Who agrees to a return agrees that what is mandatory is passed over. */
function withApprover(act: CaseCommand, approver: string): CaseCommand {
  return act.type === 'return' ? { ...act, approvedBy: [...(act.approvedBy ?? []), approver] } : act
}

/** Instances that follow what is done to a deviation. */
function calledBy(book: Book, deviationId: string, instance: InstanceReader | null): readonly string[] {
  const deviation = book.deviation(deviationId)
  if (deviation === null || instance === null || deviation.mode === 'alongside' || deviation.body.runsOn) return []
  return calledAt(instance, deviation.body.anchor.elementInstanceId)
}

/** An item was completed: what waited for it alone goes on. */
export function completed(book: Book, item: PlanItem, instance: InstanceReader | null, actor: string): Reaction {
  const { id } = item
  carriedOut(book, item.body.proposalId)
  const kept = registered(book, book.item(id), instance)
  return { answer: { id }, commands: [...kept, ...goOnAfterItem(book, item, instance, actor)] }
}

function checkOffered(book: Book, offer: string, { caseId, deviationId }: ItemPlace): void {
  const record = book.case(caseId)
  if (record === null) throw unknownDeviation(deviationId ?? caseId)
  checkOffer(book.rules, offer, { case: record, deviation: deviationId === null ? null : book.deviation(deviationId) }, named(book))
}

function isRunning(instance: InstanceReader | null): boolean {
  const status = instance?.scope(instance.id)?.instance?.status
  return status === 'active' || status === 'suspended'
}

function present(instance: InstanceReader | null): InstanceReader {
  if (instance === null) throw new Error('this command concerns an instance and was given none')
  return instance
}

/** Its public method let no one without a name through. */
function named({ actor }: Book): string {
  if (actor === null) throw new Error('this command goes on record under a name and was given none')
  return actor
}
