import { checkWrittenOnce } from '../change-set.ts'
import type { StoredRecord } from '../collection.ts'
import type { ChangeSet, Write } from '../contract.ts'
import { StorageError } from '../errors.ts'
import { faultOfRecord } from '../records.ts'
import type { TableShape } from './table-shape.ts'

/** Gives the table of a prepared collection; throws for one that was not prepared. */
export type ShapeOf = (collection: { readonly name: string }) => TableShape

/** Why a set cannot land anywhere, found without looking into the store; null where it may. */
export function faultOfSet(shapeOf: ShapeOf, set: ChangeSet): StorageError | null {
  try {
    for (const { collection } of set.expect) shapeOf(collection)
    for (const { collection } of set.touch) shapeOf(collection)
    for (const { collection } of set.delete) shapeOf(collection)
    for (const write of set.put) checkWrite(shapeOf(write.collection), write)
    for (const write of set.append) checkWrite(shapeOf(write.collection), write)
    checkWrittenOnce(set)
    return null
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
}

function checkWrite(shape: TableShape, { record, lease }: Write): void {
  const fault = faultOfRecord(shape.layout, record, null)
  if (fault !== null) refuse(shape, record, `cannot be kept: ${fault}`)
  if (lease !== undefined && !shape.isLeased) refuse(shape, record, 'cannot be leased: its collection is not')
}

/** Throws `constraint` that names the record. */
export function refuse({ collection: { name } }: TableShape, { id }: StoredRecord, reason: string, cause?: unknown): never {
  throw new StorageError('constraint', `Record "${id}" of collection "${name}" ${reason}.`, { collection: name, id }, { cause })
}

/** The body as JSON, packed where its collection has a shorter form; refused where it is none. */
export function bodyOf(shape: TableShape, record: StoredRecord): string {
  const { packing } = shape.collection
  try {
    return (
      JSON.stringify(packing === undefined ? record.body : packing.pack(record)) ?? refuse(shape, record, 'has a body that is not JSON')
    )
  } catch (error) {
    return refuse(shape, record, 'has a body that is not JSON', error)
  }
}
