import { type InstanceReader, isoOf } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { isOpen } from '../case/item-state.ts'
import type { Check } from '../case/verdict.ts'

/**
 * C12: a warning where what is known to be still to come is due after the customer's goal: open items that are required, and the timer that
 * the step itself waits for. Null where no goal is set. How long the rest of the path takes no model says.
 */
export function checkTime(book: Book, deviation: Deviation, to: LaterDirective, instance: InstanceReader): Check | null {
  const goalAt = book.case(deviation.caseId)?.dueAt ?? null
  if (goalAt === null) return null
  const goal = isoOf(goalAt)
  if (goalAt <= book.now) return { code: 'C12', holds: false, message: `The closure goal was ${goal}, and is past.` }
  const late = [...itemsDue(book, deviation), ...stepDue(book, deviation, to, instance)].filter(({ at }) => at > goalAt)
  if (late.length === 0) return { code: 'C12', holds: true, message: `Nothing that is known is due after the closure goal, ${goal}.` }
  const names = late.map(({ name, at }) => `"${name}" is due ${isoOf(at)}`).join(', ')
  return { code: 'C12', holds: false, message: `After the closure goal, ${goal}: ${names}.`, about: late.map(({ name }) => name) }
}

interface Due {
  readonly name: string
  readonly at: number
}

function itemsDue(book: Book, { id, caseId }: Deviation): readonly Due[] {
  return [...book.itemsOfDeviation(id), ...book.itemsOfCase(caseId)].flatMap((item) => {
    const { name, required, dueAt } = item.body
    return required && dueAt !== null && isOpen(item) ? [{ name, at: dueAt }] : []
  })
}

/** A timer that the step waits for; one that stands still has what is left before it. */
function stepDue(book: Book, { body }: Deviation, to: LaterDirective, instance: InstanceReader): readonly Due[] {
  if (to.type !== 'resume') return []
  const token = instance.token(body.anchor.elementInstanceId)
  return (token?.waits ?? []).flatMap((wait) => {
    if (wait.type !== 'timer' || wait.for !== token?.elementId) return []
    const at = wait.away === 'paused' ? book.now + (wait.remaining ?? 0) : wait.dueAt
    return at === null ? [] : [{ name: wait.for, at }]
  })
}
