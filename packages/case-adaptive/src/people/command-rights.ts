import { Refused } from '@leeway/engine'
import type { InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { AddItem, CaseCommand, CompleteItem } from '../case/commands.ts'
import type { Cost } from '../case/directives.ts'
import type { PlanItem } from '../case/item-state.ts'
import type { DeleteCase } from '../case/life-commands.ts'
import { personsOf } from '../case/persons.ts'
import type { People } from '../case/rules.ts'
import { checkSeparation, doneIn } from '../guarantee/rules-of-work.ts'
import { charge, needAuthority } from './authority.ts'
import { policyOf } from './element-policy.ts'
import { isSamePerson, needRight, needStandIn, type Scene } from './rights.ts'

/**
 * The rights that commands need by themselves; leaving and coming back are judged where the step is known. Throws `NotAllowed`,
 * `NoPerformer`.
 */
export function checkRights(book: Book, command: CaseCommand, instance: InstanceReader | null): void {
  if (book.rules.people === null) return
  const actor = book.actor ?? ''
  switch (command.type) {
    case 'openCase':
      return needRight(book, 'open', actor, sceneOf(instance, null), command)
    case 'raiseAlerts':
      // What meets no rule opens nothing.
      if (command.alerts.length === 0) return
      return needRight(book, 'open', actor, sceneOf(null, null), command)
    case 'leaveAhead':
      needStandIn(book, actor, command.onBehalfOf)
      if (command.isOfMany) needRight(book, 'bulk', actor, sceneOf(instance, command.before, book), command)
      return needRight(book, 'leave', actor, sceneOf(instance, command.before, book), command)
    case 'defer':
      needRight(book, 'leave', actor, sceneOf(instance, command.before, book), command)
      needRight(book, `addItem.${command.item.kind}`, actor, { ...sceneOf(instance, null), ...costOf(command.item) }, command)
      charge(book, actor, command.item.cost)
      return checkPerformer(book, command.item)
    case 'attachInstance':
      return needRight(book, 'open', actor, { ...sceneOf(instance, null), caseId: command.caseId }, command)
    case 'joinDeviation': {
      const deviation = book.deviation(command.deviationId)
      if (deviation === null) return
      const { mode, elementId, caseId } = deviation
      // Who takes part does what could not be begun without the right.
      const right = mode === 'withdraw' || mode === 'takeOver' ? mode : 'leave'
      return needRight(book, right, actor, { ...sceneOf(instance, elementId, book), caseId, deviationId: deviation.id }, command)
    }
    case 'addItem': {
      const deviation = book.deviation(command.to)
      const caseId = deviation?.caseId ?? command.to
      const scene = { ...sceneOf(instance, deviation?.elementId ?? null), caseId, deviationId: deviation?.id ?? null, ...costOf(command) }
      needRight(book, `addItem.${command.kind}`, actor, { ...scene, roles: null }, command)
      charge(book, actor, command.cost)
      return checkPerformer(book, command)
    }
    case 'cancelItem': {
      const item = book.item(command.itemId)
      if (item === null) return
      const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
      const at = { caseId: item.caseId, deviationId: item.deviationId, roles: null }
      // Nobody does without a required item who may not waive it.
      const right = item.body.required ? 'waive' : (`addItem.${item.kind}` as const)
      return needRight(book, right, actor, { ...sceneOf(instance, deviation?.elementId ?? null), ...at }, command)
    }
    case 'undo': {
      const deviation = book.deviation(command.deviationId)
      const at = { caseId: deviation?.caseId ?? null, deviationId: command.deviationId }
      return needRight(book, 'undo', actor, { ...sceneOf(instance, deviation?.elementId ?? null), ...at, roles: null }, command)
    }
    case 'resumeClock':
      return needRight(book, 'pauseClock', actor, { ...sceneOf(null, null), caseId: command.caseId }, command)
    case 'deleteCase':
      if (command.because === 'retention') return
      return needRight(book, 'delete', actor, { ...sceneOf(null, null), caseId: command.caseId }, withoutFindings(command))
    case 'redact':
    case 'pauseClock':
    case 'setSeverity':
    case 'setTier':
    case 'escalate':
    case 'assign':
    case 'transfer':
    case 'confirm':
    case 'close':
    case 'reopen':
    case 'link':
    case 'complain':
    case 'recordContact':
    case 'recordFact':
    case 'askFact':
    case 'makeCommitment':
      return needRight(book, command.type, actor, { ...sceneOf(null, null), caseId: command.caseId }, command)
    case 'makePlan':
      return needRight(book, 'makeCommitment', actor, { ...sceneOf(null, null), caseId: command.caseId }, command)
    case 'draftProposal':
      return needRight(book, 'propose', actor, { ...sceneOf(instance, null), caseId: command.caseId }, command)
    case 'counterProposal':
    case 'withdrawProposal': {
      const caseId = book.proposal(command.proposalId)?.caseId ?? null
      return needRight(book, 'propose', actor, { ...sceneOf(null, null), caseId }, command)
    }
    case 'decideReview': {
      const caseId = book.review(command.reviewId)?.caseId ?? null
      return needRight(book, 'review', actor, { ...sceneOf(null, null), caseId }, command)
    }
    case 'releasePromotion':
      return needRight(book, 'promote', actor, sceneOf(null, null), command)
    case 'verifyFact':
    case 'revokeFact': {
      const caseId = book.fact(command.factId)?.caseId ?? null
      return needRight(book, command.type, actor, { ...sceneOf(null, null), caseId }, command)
    }
    case 'proveCommitment': {
      const caseId = book.commitment(command.commitmentId)?.caseId ?? null
      return needRight(book, command.type, actor, { ...sceneOf(null, null), caseId }, command)
    }
  }
}

/** Who may not delete a case is not told what the host found in it. */
function withoutFindings({ type, caseId }: DeleteCase): Pick<DeleteCase, 'type' | 'caseId'> {
  return { type, caseId }
}

/** C11: a required item is for somebody who is there. */
function checkPerformer(book: Book, { kind, required, name, assignee, candidateUsers }: Omit<AddItem, 'to'>): void {
  const { people } = book.rules
  const named = assignee === null ? candidateUsers : [assignee]
  if (people === null || kind !== 'human' || !required || named.length === 0) return
  if (named.some((id) => personsOf(people).some((person) => person.id === id))) return
  const message = `"${name}" is required, and ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} not known; name somebody who is.`
  throw new Refused('NoPerformer', message, { missing: named })
}

function costOf({ cost }: Pick<AddItem, 'cost'>): Pick<Scene, 'cost'> {
  return cost === undefined ? {} : { cost }
}

/**
 * An item is completed by those for whom it is (an item for nobody in particular: by anyone there is), or by who could have added it; and
 * what it comes to cost is within their limit. Throws `NotAllowed`.
 */
export function checkItemRight(
  book: Book,
  command: Pick<CompleteItem, 'itemId' | 'cost'>,
  actor: string | null,
  instance: InstanceReader | null,
): void {
  const { people } = book.rules
  const item = book.item(command.itemId)
  if (people === null || item === null || actor === null) return
  const more = beyond(command.cost, item.body.cost)
  needAuthority(book, actor, command.cost, 'cases.completeItem', command, more?.amount)
  charge(book, actor, more)
  if (item.kind === 'human' && isFor(book, people, item, actor)) return
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  const at = { caseId: item.caseId, deviationId: item.deviationId }
  needRight(book, `addItem.${item.kind}`, actor, { ...sceneOf(instance, deviation?.elementId ?? null), ...at }, command)
}

/** What was granted when the item was added counts once. */
function beyond(cost: Cost | undefined, granted: Cost | undefined): Cost | undefined {
  if (cost === undefined || granted === undefined || granted.kind !== cost.kind) return cost
  return { ...cost, amount: Math.max(0, cost.amount - granted.amount) }
}

function isFor(book: Book, people: People, { body }: PlanItem, actor: string): boolean {
  const { assignee, candidateUsers, candidateGroups } = body
  // Its task may have been claimed or given to someone since.
  const owner = (body.taskId === null ? null : book.task(body.taskId)?.assignee) ?? assignee
  if (owner !== null) return isSamePerson(people, owner, actor)
  const person = personsOf(people).find(({ id }) => id === actor)
  if (person === undefined) return false
  if (candidateUsers.length + candidateGroups.length === 0) return true
  return candidateUsers.some((id) => isSamePerson(people, id, actor)) || candidateGroups.some((group) => person.roles?.includes(group))
}

/** Who completes an item that counts for an element is held to the element's rules. Throws `SeparationOfDuties`. */
export function checkItemWork(book: Book, itemId: string, actor: string | null, processKey: string | null): void {
  const item: PlanItem | null = book.item(itemId)
  const elementId = item?.body.equivalentTo
  if (item === null || elementId === undefined || actor === null) return
  const deviation = item.deviationId === null ? null : book.deviation(item.deviationId)
  const done = [...(book.case(item.caseId)?.body.done ?? []), ...(deviation === null ? [] : doneIn(book, deviation))]
  const refusal = checkSeparation(book, deviation?.body.definition.key ?? processKey ?? '', elementId, actor, done)
  if (refusal !== null) throw refusal
}

function sceneOf(instance: InstanceReader | null, elementId: string | null, book?: Book): Scene {
  const node = elementId === null ? undefined : instance?.definition.nodes.get(elementId)
  const key = instance?.definition.key ?? null
  const roles = node === undefined || key === null || book === undefined ? null : (policyOf(node, key, book.rules.policies).roles ?? null)
  return { caseId: null, deviationId: null, processKey: key, elementId, roles }
}
