import type { Book } from './book.ts'
import type { RecordBatch } from './commands.ts'

/** Writes down what became of one call on many instances, where the engine's batches are found. Gives its id. */
export function recordBatch(book: Book, { operation, report }: RecordBatch): string {
  const id = book.newId()
  const done = report.filter(({ outcome }) => outcome === 'done').length
  const { actor, tenantId, now: createdAt } = book
  const body = { args: {}, actor, isTenantBound: tenantId !== null, total: report.length, done, failed: report.length - done }
  book.putBatch(
    { id, operation, state: 'done', createdAt, tenantId, body },
    report.map((entry, k) => ({ id: `${id}#${String(k).padStart(6, '0')}`, body: entry })),
  )
  return id
}
