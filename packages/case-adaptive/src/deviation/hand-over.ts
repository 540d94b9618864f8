import { transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { HandOverDirective } from '../case/directives.ts'
import type { PlanItem } from '../case/item-state.ts'
import { addItem } from '../case/items.ts'
import type { PathReturn } from '../case/later.ts'
import type { Judgement } from '../guarantee/guard-return.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { besideOnly } from './refusals.ts'

/**
 * Another process, or a case of its own, takes the work over: an item that the path waits for. The return is under way from now on, and is
 * made when that item is done.
 */
export function handOver(book: Book, command: Return, to: HandOverDirective, deviation: Deviation, judged: Judgement, actor: string): void {
  if (deviation.mode === 'alongside') throw besideOnly(deviation)
  const { id, caseId, instanceId, body } = deviation
  const { kind, does, input, outputs, next } = to
  const { type: _type, deviationId: _deviationId, to: _to, cost, ...terms } = command
  const work = { kind, does, input, name: does, required: true, ...(outputs !== undefined && { outputs }) } as const
  const item = addItem(book, { type: 'addItem', ...NOBODY, ...work }, { caseId, deviationId: id, instanceId }, actor)
  const { class: guarantee } = judged.verdict
  book.putDeviation({
    ...deviation,
    state: transitionOf(deviationLifecycle, deviation.state, 'return'),
    body: { ...body, handedOver: { itemId: item.id, ...(cost !== undefined && { cost }), next, terms, actor, at: book.now } },
  })
  const position = { instanceId, elementId: body.anchor.elementId, elementInstanceId: body.anchor.elementInstanceId }
  book.note(caseId, { type: 'deviation:handOver', deviationId: id, position, itemId: item.id, to: next.type, guarantee })
}

const NOBODY = {
  after: [],
  assignee: null,
  candidateUsers: [],
  candidateGroups: [],
  dueAt: null,
  priority: 0,
  compensator: null,
  equivalentTo: null,
} as const

/** The return that a deviation waits to make; null where it waits for none, or what it was handed over to still works. */
export function dueReturn(
  { id, state, body }: Deviation,
  items: readonly PlanItem[],
): { readonly command: PathReturn; readonly actor: string } | null {
  const { handedOver } = body
  if (state !== 'returning' || handedOver === undefined) return null
  if (!items.some((item) => item.id === handedOver.itemId && item.state === 'completed')) return null
  const { next: to, terms, actor } = handedOver
  return { command: { type: 'return', deviationId: id, to, ...terms }, actor }
}

/** What it was handed over to came to no good end, or the return that was to follow is refused: someone must come back by hand. */
export function deny(book: Book, deviation: Deviation, why: { readonly code: string; readonly message: string }): void {
  const { id, caseId, body } = deviation
  const denied = { code: why.code, message: why.message, at: book.now }
  if (deviation.state === 'returning')
    book.putDeviation({ ...deviation, state: transitionOf(deviationLifecycle, deviation.state, 'deny'), body: { ...body, denied } })
  else book.putDeviation({ ...deviation, body: { ...body, denied } })
  book.note(caseId, { type: 'deviation:deny', deviationId: id, code: why.code })
}
