import { type CommandBody, type InstanceReader, takes, transitionOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Deviation, Watch } from '../case/deviation-state.ts'
import { keepItems } from '../case/item-ends.ts'
import { isOpen } from '../case/item-state.ts'
import { waitsOf } from '../case/waits.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { requiredOpen } from './refusals.ts'

/** Someone works alongside the step: it is watched for its end. */
export function watchBeside(book: Book, deviation: Deviation, instance: InstanceReader): void {
  const watch = book.watch(instance.id)
  const id = deviation.body.anchor.elementInstanceId
  const { beside } = watch.body
  book.putWatch({ ...watch, body: { ...watch.body, beside: { ...beside, [id]: [...(beside[id] ?? []), deviation.id] } } })
}

/** The deviation alongside each step that has one, the oldest of several. */
export function besideOf(watch: Watch | null): { readonly [elementInstanceId: string]: string } {
  const all = Object.entries(watch?.body.beside ?? {})
  return Object.fromEntries(all.flatMap(([id, [oldest]]) => (oldest === undefined ? [] : [[id, oldest]])))
}

/** Nobody works alongside the step any more in this deviation. */
export function unwatch(book: Book, { id, instanceId, body }: Deviation): void {
  const watch = book.watch(instanceId)
  const { [body.anchor.elementInstanceId]: all = [], ...others } = watch.body.beside
  const left = all.filter((one) => one !== id)
  const beside = left.length > 0 ? { ...others, [body.anchor.elementInstanceId]: left } : others
  book.putWatch({ ...watch, body: { ...watch.body, beside } })
}

/** Refuses that a person completes a step whose gate has required items open. */
export function checkGates(book: Book, watch: Watch, command: CommandBody): void {
  if (command.type !== 'completeTask' && command.type !== 'triggerElement') return
  for (const id of watch.body.beside[`${command.scopeId}.${command.n}`] ?? []) {
    const deviation = book.deviation(id)
    if (deviation?.state !== 'away' || !deviation.body.gate) continue
    const open = book.itemsOfDeviation(id).filter((item) => item.body.required && isOpen(item))
    if (open.length > 0) throw requiredOpen(deviation, open)
  }
}

/** The step has ended. What is still open of the work alongside goes on at the case. */
export function endBeside(book: Book, instanceId: string, elementInstanceId: string, how: StepEnd): void {
  for (const id of book.watch(instanceId).body.beside[elementInstanceId] ?? []) {
    const deviation = book.deviation(id)
    if (deviation === null) continue
    unwatch(book, deviation)
    if (!takes(deviationLifecycle, deviation.state, 'preempt')) continue
    const { anchor } = deviation.body
    const items = book.itemsOfDeviation(id)
    const isCompleted = how === 'completed' && !items.some(isOpen)
    const position = { instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
    const waits = waitsOf(book.rules.service.time, deviation, items, book.now)
    if (isCompleted) {
      const returning = transitionOf(deviationLifecycle, deviation.state, 'return')
      const actor = book.actor ?? deviation.body.actor
      const returned = { to: 'resume', actor, at: book.now, reason: null, variables: {} } as const
      const state = transitionOf(deviationLifecycle, returning, 'commit')
      book.putDeviation({ ...deviation, state, body: { ...deviation.body, returned, waits } })
      book.note(deviation.caseId, { type: 'deviation:return', deviationId: id, position, to: 'resume' })
      continue
    }
    const elementId = how === 'completed' ? null : how.by
    const cause = elementId === null ? 'scopeEnded' : 'event'
    book.putDeviation({
      ...deviation,
      state: transitionOf(deviationLifecycle, deviation.state, 'preempt'),
      body: { ...deviation.body, preempted: { cause, elementId, actor: book.actor, at: book.now }, waits },
    })
    keepItems(book, items)
    book.note(deviation.caseId, { type: 'deviation:preempt', deviationId: id, position, cause })
  }
}

/** How a step ended: with its work done, or ended by another element (null: with what is around it). */
export type StepEnd = 'completed' | { readonly by: string | null }
