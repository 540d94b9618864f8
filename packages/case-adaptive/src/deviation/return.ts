import { type CommandBody, type InstanceReader, splitTokenId, transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import { closeItems, isOpen } from '../case/items.ts'
import { alreadyReturned, anchorGone, preempted, requiredOpen, unknownDeviation } from '../case/refusals.ts'
import type { Deviation } from '../case/state.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'

/**
 * Comes back to the step: the same element instance goes on, and what was latched is applied once, by the kernel.
 * Gives the kernel's commands.
 */
export function comeBack(book: Book, command: Return, instance: InstanceReader, actor: string): readonly CommandBody[] {
  const deviation = awayDeviation(book, command.deviationId)
  const { anchor } = deviation.body
  const items = book.itemsOfDeviation(deviation.id)
  const required = items.filter((item) => item.body.required && isOpen(item))
  if (required.length > 0) throw requiredOpen(deviation, required)
  const place = splitTokenId(anchor.elementInstanceId)
  if (place === null || instance.token(anchor.elementInstanceId)?.hold?.by !== deviation.id) {
    const message = `"${anchor.elementId}" is no longer held by deviation ${deviation.id}.`
    throw anchorGone(message, { deviationId: deviation.id, elementInstanceId: anchor.elementInstanceId })
  }
  const returning = transitionOf(deviationLifecycle, deviation.state, 'return')
  const { to, reason, variables } = command
  book.putDeviation({
    ...deviation,
    state: transitionOf(deviationLifecycle, returning, 'commit'),
    body: { ...deviation.body, returned: { to, actor, at: book.now, reason, variables } },
  })
  closeItems(book, items, 'returned')
  const position = { instanceId: deviation.instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
  book.note(deviation.caseId, { type: 'deviation:return', deviationId: deviation.id, position, to })
  const set: readonly CommandBody[] =
    Object.keys(variables).length === 0 ? [] : [{ type: 'setVariables', scopeId: anchor.scopeId, values: variables }]
  return [...set, { type: 'release', ...place, by: deviation.id }]
}

/** The deviation, while it is away; else the refusal that says what became of it. */
export function awayDeviation(book: Book, id: string): Deviation {
  const deviation = book.deviation(id)
  if (deviation === null) throw unknownDeviation(id)
  if (deviation.state === 'away') return deviation
  throw deviation.state === 'preempted' ? preempted(deviation) : alreadyReturned(deviation)
}
