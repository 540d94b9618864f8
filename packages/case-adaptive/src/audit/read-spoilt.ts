import type { ExtensionPort } from '@leeway/engine/extension'
import { type Collection, StorageError, type StoredRecord, type Where } from '@leeway/storage'
import type { CaseCommand } from '../case/commands.ts'

/** Most rows of a case that cannot be read and are passed over, in one collection: behind these the storage's `corrupt` is thrown. */
export const SPOILT_MAX = 100

/** Ids that stand between these two, or behind the first. */
export interface Ids {
  readonly gt: string
  readonly lt?: string
}

/** All records that match, in order of their ids. A row that the storage cannot read stands among them without a body. */
export function readSpoilt<R extends StoredRecord>(
  port: ExtensionPort<CaseCommand>,
  collection: Collection<R>,
  where: object,
  ids: Ids = { gt: '' },
): Promise<readonly R[]> {
  let spoilt = 0
  const between = async ({ gt, lt }: Ids): Promise<readonly R[]> => {
    const records: R[] = []
    // The conditions are on fields of the collection, and on the id that each has.
    const bounded = { ...where, id: lt === undefined ? [{ gt }] : [{ gt }, { lt }] } as unknown as Where<R>
    try {
      for await (const record of port.every(collection, bounded)) records.push(record)
      return records
    } catch (error) {
      const id = spoiltRow(collection, error)
      spoilt += 1
      if (id === null || id <= gt || (lt !== undefined && id >= lt) || spoilt > SPOILT_MAX) throw error
      return [...(await between({ gt, lt: id })), withoutBody<R>(id), ...(await between({ gt: id, ...(lt !== undefined && { lt }) }))]
    }
  }
  return between(ids)
}

/** As `get` of the storage; a row that it cannot read stands among the records without a body. */
export async function getSpoilt<R extends StoredRecord>(
  port: ExtensionPort<CaseCommand>,
  collection: Collection<R>,
  ids: readonly string[],
): Promise<readonly R[]> {
  const spoilt = new Set<string>()
  for (;;) {
    try {
      const readable = await port.get(
        collection,
        ids.filter((id) => !spoilt.has(id)),
      )
      return [...readable, ...[...spoilt].map((id) => withoutBody<R>(id))]
    } catch (error) {
      const id = spoiltRow(collection, error)
      if (id === null || spoilt.has(id) || !ids.includes(id) || spoilt.size === SPOILT_MAX) throw error
      spoilt.add(id)
    }
  }
}

/** The row of the collection that the storage names as one that it cannot read; null for any other error. */
function spoiltRow({ name }: Collection, error: unknown): string | null {
  if (!(error instanceof StorageError) || error.code !== 'corrupt' || error.details.collection !== name) return null
  return typeof error.details.id === 'string' ? error.details.id : null
}

/** Whoever judges records looks at their bodies first: somebody may have put anything there. */
function withoutBody<R extends StoredRecord>(id: string): R {
  return { id, body: null } as unknown as R
}
