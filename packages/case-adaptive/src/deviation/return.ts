import type { CommandBody, InstanceReader } from '@leeway/engine/extension'
import { transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import { closeItems, isOpen, keepItems } from '../case/items.ts'
import { alreadyReturned, anchorGone, preempted, unknownDeviation } from '../case/refusals.ts'
import type { Deviation, Directive } from '../case/state.ts'
import { guardReturn } from '../guarantee/guard-return.ts'
import { markProof, recordOf, reviewOf } from '../guarantee/record.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { unwatch } from './beside.ts'
import { checkReturn } from './checks.ts'
import { commandsOf, valuesSet } from './moves.ts'
import { valuesOfReturn } from './results.ts'

/**
 * Comes back to the path as the directive says; on a resume the same element instance goes on, and what was latched is applied once,
 * by the kernel. Gives the kernel's commands.
 */
export function comeBack(book: Book, command: Return, instance: InstanceReader, actor: string): readonly CommandBody[] {
  const deviation = awayDeviation(book, command.deviationId)
  const { anchor } = deviation.body
  if (deviation.mode !== 'alongside' && instance.token(anchor.elementInstanceId)?.hold?.by !== deviation.id) {
    const message = `"${anchor.elementId}" is no longer held by deviation ${deviation.id}.`
    throw anchorGone(message, { deviationId: deviation.id, elementInstanceId: anchor.elementInstanceId })
  }
  const { values: variables, taken } = valuesOfReturn(book, command, deviation)
  const whole: Return = { ...command, variables }
  checkReturn(book, whole, deviation, instance)
  const judged = guardReturn(book, whole, deviation, instance, actor)
  const { to, reason } = command
  const commands =
    deviation.mode === 'alongside'
      ? valuesSet(anchor.scopeId, variables, instance)
      : commandsOf(to, anchor, deviation.id, variables, instance)
  if (deviation.mode === 'alongside') unwatch(book, deviation)
  const returning = transitionOf(deviationLifecycle, deviation.state, 'return')
  const target = targetOf(to)
  book.putDeviation({
    ...deviation,
    state: transitionOf(deviationLifecycle, returning, 'commit'),
    body: {
      ...deviation.body,
      latches:
        to.type === 'resume'
          ? deviation.body.latches
          : deviation.body.latches.map((latch) => (latch.became === 'kept' ? { ...latch, became: 'unused' } : latch)),
      returned: {
        to: to.type,
        ...(target !== null && { target }),
        actor,
        at: book.now,
        reason,
        variables,
        ...(taken.length > 0 && { results: taken }),
        ...recordOf(command, judged),
      },
      ...reviewOf(judged),
    },
  })
  markProof(book, deviation, judged)
  if (command.waive !== undefined && command.waive.length > 0 && reason !== null)
    book.note(deviation.caseId, { type: 'deviation:waive', deviationId: deviation.id, items: command.waive, reason })
  const items = book.itemsOfDeviation(deviation.id)
  if (to.type === 'stayOff') keepItems(book, items)
  else closeItems(book, items, 'returned')
  const position = { instanceId: deviation.instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
  const { class: guarantee } = judged.verdict
  const entry = { deviationId: deviation.id, position, to: to.type, guarantee, ...(target !== null && { target }) }
  book.note(deviation.caseId, { type: 'deviation:return', ...entry })
  return commands
}

function targetOf(to: Directive): string | null {
  return to.type === 'jump' || to.type === 'event' ? to.elementId : null
}

/** The deviation, while it is away; else the refusal that says what became of it. */
export function awayDeviation(book: Book, id: string): Deviation {
  const deviation = book.deviation(id)
  if (deviation === null) throw unknownDeviation(id)
  if (deviation.state === 'away') return deviation
  throw deviation.state === 'preempted' ? preempted(deviation) : alreadyReturned(deviation)
}

/** An item is done. Where a step only waited for the items that were pinned to it, it goes on. Gives the kernel's commands. */
export function goOnAfter(book: Book, deviationId: string | null, instance: InstanceReader | null, actor: string): readonly CommandBody[] {
  const deviation = deviationId === null ? null : book.deviation(deviationId)
  if (deviation === null || instance === null || deviation.mode !== 'deferred' || deviation.state !== 'away') return []
  if (book.itemsOfDeviation(deviation.id).some(isOpen)) return []
  const to = { type: 'resume' } as const
  return comeBack(
    book,
    { type: 'return', deviationId: deviation.id, to, confirmNotIdempotent: false, reason: null, variables: {} },
    instance,
    actor,
  )
}
