import { EngineError } from '@leeway/engine'
import type { Collection, FieldConditions, FieldOf, StoredRecord, Where } from '@leeway/storage'
import { type Readers, whereSeen } from './read-case.ts'

/** Most records of a kind that one figure is made of. */
export const READ_MAX = 100_000

/**
 * All records whose instant lies in a span, as the bound tenant sees them, in order. Throws `invalidArgument` where there are more than
 * {@link READ_MAX}.
 */
export async function readSpan<R extends StoredRecord & { readonly tenantId: string | null }>(
  { port, bound }: Pick<Readers, 'port' | 'bound'>,
  collection: Collection<R>,
  field: FieldOf<R>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly R[]> {
  // The field is one of this collection's instants.
  const where = { [field]: [{ gte: from }, { lt: to }], ...whereSeen(bound.tenantId) } as unknown as FieldConditions<R> as Where<R>
  const all: R[] = []
  for await (const record of port.every(collection, where, [{ field }])) {
    all.push(record)
    if (all.length > READ_MAX)
      throw new EngineError('invalidArgument', `There are more than ${READ_MAX} ${collection.name} in that span; ask for a shorter one.`, {
        max: READ_MAX,
      })
  }
  return all
}
