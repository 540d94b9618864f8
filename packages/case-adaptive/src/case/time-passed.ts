import type { Book } from './book.ts'
import type { Case, Service } from './case-state.ts'
import { promisesDue } from './commitments.ts'
import { advanced, ageing, keep, raised } from './service/keep.ts'

/**
 * Time has passed: clocks come to be at risk, are breached, and escalate, who is away too long is told of, and promises fall due or are
 * broken, each step once.
 */
export function serviceDue(book: Book, id: string): void {
  const record = book.case(id)
  const service = record?.body.service
  if (record === null || service === undefined) return
  keep(book, record, promisesDue(book, record, advanced(book, record, aged(book, record, service))))
}

function aged(book: Book, record: Case, given: Service): Service {
  let service = given
  for (const { deviation, overdueAt } of ageing(book, record)) {
    if (overdueAt > book.now) continue
    book.putDeviation({ ...deviation, body: { ...deviation.body, overdueAt } })
    service = raised(book, record, service, `away:${deviation.elementId}`, null)
  }
  return service
}
