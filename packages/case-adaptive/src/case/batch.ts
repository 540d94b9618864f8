import type { Book } from './book.ts'
import type { BeginBatch, EndBatch, RecordOutcome } from './commands.ts'

/** Writes down on which instances a call is to be done, where the engine's batches are found. Gives its id. */
export function beginBatch(book: Book, { operation }: BeginBatch, instanceIds: readonly string[]): string {
  const id = book.newId()
  const { actor, tenantId, now: createdAt } = book
  const body = { args: {}, actor, isTenantBound: tenantId !== null, total: instanceIds.length, done: 0, failed: 0 }
  book.putBatch(
    { id, operation, state: 'running', createdAt, tenantId, body },
    instanceIds.map((instanceId, k) => ({ id: `${id}#${String(k).padStart(6, '0')}`, body: { instanceId, outcome: 'pending' } })),
  )
  return id
}

/** What became of one of them. */
export function recordOutcome(book: Book, { itemId, entry }: RecordOutcome): void {
  book.putBatch(null, [{ id: itemId, body: entry }])
}

/** All of them are done, or could not be. */
export function endBatch(book: Book, { batchId, done, failed }: EndBatch): void {
  const batch = book.batch(batchId)
  if (batch !== null) book.putBatch({ ...batch, state: 'done', body: { ...batch.body, done, failed } }, [])
}
