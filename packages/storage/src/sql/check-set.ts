import { checkWrittenOnce } from '../change-set.ts'
import type { StoredRecord } from '../collection.ts'
import type { ChangeSet, Write } from '../contract.ts'
import { StorageError } from '../errors.ts'
import { faultOfRecord, isStorableText } from '../records.ts'
import type { TableShape } from './table-shape.ts'

/** Gives the table of a prepared collection; throws for one that was not prepared. */
export type ShapeOf = (collection: { readonly name: string }) => TableShape

/** Why a set cannot land anywhere, found without looking into the store; null where it may. */
export function faultOfSet(shapeOf: ShapeOf, set: ChangeSet): StorageError | null {
  try {
    for (const key of set.expect) checkKey(shapeOf(key.collection), key)
    for (const key of set.touch) checkKey(shapeOf(key.collection), key)
    for (const key of set.delete) checkKey(shapeOf(key.collection), key)
    for (const write of set.put) checkWrite(shapeOf(write.collection), write)
    for (const write of set.append) checkWrite(shapeOf(write.collection), write)
    checkWrittenOnce(set)
    return null
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
}

/** The ids of records that there may be: a driver makes others of those that cannot be kept. */
export function soundIds(ids: readonly string[]): readonly string[] {
  return ids.every(isStorableText) ? ids : ids.filter(isStorableText)
}

function checkKey(shape: TableShape, key: { readonly id: string }): void {
  if (!isStorableText(key.id)) refuse(shape, key, 'cannot be there: its id holds NUL or a lone surrogate')
}

function checkWrite(shape: TableShape, { record, lease }: Write): void {
  const fault = faultOfRecord(shape.layout, record, null)
  if (fault !== null) refuse(shape, record, `cannot be kept: ${fault}`)
  if (lease !== undefined && !shape.isLeased) refuse(shape, record, 'cannot be leased: its collection is not')
}

/** Throws `constraint` that names the record. */
export function refuse({ collection: { name } }: TableShape, { id }: { readonly id: string }, reason: string, cause?: unknown): never {
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
