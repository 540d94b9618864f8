import { Refused } from '@leeway/engine'
import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { laterOf } from '../case/later.ts'
import { policyOf } from '../people/element-policy.ts'
import { sceneOfReturn } from '../people/return-rights.ts'
import { hasRight, holdersOf, isSamePerson } from '../people/rights.ts'
import { leftOut } from './left-out.ts'
import { doneIn } from './rules-of-work.ts'

/** What must be done and is passed over by a return. */
export interface PassedOver {
  /** Who would have to agree has not. */
  readonly refusal: Refused | null
  /** Elements that are passed over with approval: to be looked at afterwards. */
  readonly approved: readonly string[]
}

/**
 * Judges the mandatory steps that a return passes over, `certain` ones among them to which the path would have come; what was done, by an
 * item too, is not passed over.
 */
export function judgeMandatory(
  book: Book,
  command: Return,
  deviation: Deviation,
  instance: InstanceReader,
  actor: string,
  certain: readonly FlowNode[],
): PassedOver {
  const mandatory = mandatoryAmong(book, deviation, instance, certain, laterOf(command).to)
  if (mandatory.length === 0) return NOTHING
  const refusal = approvalMissing(book, command, deviation, instance, actor, mandatory)
  return { refusal, approved: refusal === null ? mandatory.map(({ id }) => id) : [] }
}

const NOTHING: PassedOver = { refusal: null, approved: [] }

function mandatoryAmong(
  book: Book,
  deviation: Deviation,
  instance: InstanceReader,
  certain: readonly FlowNode[],
  to: LaterDirective,
): readonly FlowNode[] {
  const { definition } = instance
  const isMandatory = (node: FlowNode): boolean => policyOf(node, definition.key, book.rules.policies).mandatory === true
  const must = [...new Set([...certain.filter(isMandatory), ...leftOut(to, deviation, instance, isMandatory)])]
  if (must.length === 0) return must
  const done = doneIn(book, deviation)
  return must.filter(({ id }) => !done.some(({ elementId }) => elementId === id))
}

function approvalMissing(
  book: Book,
  { approvedBy = [], to }: Return,
  deviation: Deviation,
  instance: InstanceReader,
  actor: string,
  mandatory: readonly FlowNode[],
): Refused | null {
  const { people, policies } = book.rules
  const needed = Math.max(...mandatory.map((node) => policyOf(node, instance.definition.key, policies).approvals ?? 1))
  const names = mandatory.map(({ id }) => `"${id}"`).join(', ')
  const scene = sceneOfReturn(deviation, instance)
  const others = approvedBy.filter(
    (id, k) =>
      !isSamePerson(people, id, actor) &&
      !approvedBy.slice(0, k).some((earlier) => isSamePerson(people, id, earlier)) &&
      hasRight(book, 'skipMandatory', id, scene),
  )
  if (others.length >= needed) return null
  const message = `${names} must be done. It takes the approval of ${needed === 1 ? 'one other person' : `${needed} other people`} to pass it over (approvedBy), or an item that counts for it.`
  return new Refused('MandatoryStep', message, {
    deviationId: deviation.id,
    missing: mandatory.map(({ id }) => id),
    approvals: { needed, given: others },
    holders: holdersOf(book, 'skipMandatory', scene),
    proposal: { operation: 'cases.return', right: 'skipMandatory', by: actor, command: { deviationId: deviation.id, to } },
  })
}
