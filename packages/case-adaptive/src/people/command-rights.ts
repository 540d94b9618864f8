import { Refused } from '@leeway/engine'
import type { InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { CaseCommand } from '../case/commands.ts'
import { personsOf } from '../case/persons.ts'
import type { PlanItem } from '../case/state.ts'
import { checkSeparation, doneIn } from '../guarantee/rules-of-work.ts'
import { policyOf } from './element-policy.ts'
import { needRight, type Scene } from './rights.ts'

/** The rights that commands need by themselves; leaving and coming back are judged where the step is known. Throws `NotAllowed`, `NoPerformer`. */
export function checkRights(book: Book, command: CaseCommand, instance: InstanceReader | null): void {
  if (book.rules.people === null) return
  const actor = book.actor ?? ''
  switch (command.type) {
    case 'openCase':
      return needRight(book, 'open', actor, sceneOf(instance, null), command)
    case 'leaveAhead':
      return needRight(book, 'leave', actor, sceneOf(instance, command.before, book), command)
    case 'defer':
      needRight(book, 'leave', actor, sceneOf(instance, command.before, book), command)
      return needRight(book, `addItem.${command.item.kind}`, actor, sceneOf(instance, null), command)
    case 'addItem': {
      const deviation = book.deviation(command.to)
      const caseId = deviation?.caseId ?? command.to
      const cost = command.cost === undefined ? {} : { cost: command.cost }
      const scene = { ...sceneOf(instance, deviation?.elementId ?? null), caseId, deviationId: deviation?.id ?? null, ...cost }
      needRight(book, `addItem.${command.kind}`, actor, { ...scene, roles: null }, command)
      return checkPerformer(book, command)
    }
    case 'undo': {
      const deviation = book.deviation(command.deviationId)
      const at = { caseId: deviation?.caseId ?? null, deviationId: command.deviationId }
      return needRight(book, 'undo', actor, { ...sceneOf(instance, deviation?.elementId ?? null), ...at, roles: null }, command)
    }
    case 'resumeClock':
      return needRight(book, 'pauseClock', actor, { ...sceneOf(null, null), caseId: command.caseId }, command)
    case 'redact':
    case 'pauseClock':
    case 'setSeverity':
    case 'setTier':
    case 'escalate':
      return needRight(book, command.type, actor, { ...sceneOf(null, null), caseId: command.caseId }, command)
  }
}

/** C11: a required item is for somebody who is there. */
function checkPerformer(book: Book, { kind, required, name, assignee, candidateUsers }: Extract<CaseCommand, { type: 'addItem' }>): void {
  const { people } = book.rules
  const named = assignee === null ? candidateUsers : [assignee]
  if (people === null || kind !== 'human' || !required || named.length === 0) return
  if (named.some((id) => personsOf(people).some((person) => person.id === id))) return
  const message = `"${name}" is required, and ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} not known; name somebody who is.`
  throw new Refused('NoPerformer', message, { missing: named })
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
