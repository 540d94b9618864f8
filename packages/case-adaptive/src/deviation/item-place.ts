import type { Book } from '../case/book.ts'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { ItemPlace } from '../case/items.ts'
import { workedCase } from '../case/open-case.ts'
import { awayDeviation } from './return.ts'

/**
 * Where an item is added, by the id of a deviation or of a case: the deviation must be away, and is written so that its return and this
 * know of each other.
 */
export function placeOf(book: Book, id: string): ItemPlace {
  const known = book.deviation(id)
  if (known === null) {
    if (book.case(id) === null) throw unknownDeviation(id)
    workedCase(book, id)
    return { caseId: id, deviationId: null, instanceId: null }
  }
  const isAhead = known.state === 'requested'
  const deviation = isAhead ? known : awayDeviation(book, id)
  book.putDeviation(deviation)
  return { caseId: deviation.caseId, deviationId: id, instanceId: deviation.instanceId, isAhead }
}
