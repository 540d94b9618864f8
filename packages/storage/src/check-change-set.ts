import { checkWrittenOnce } from './change-set.ts'
import type { ChangeSet, Write } from './contract.ts'
import { fieldTypesOf } from './declaration.ts'
import { StorageError } from './errors.ts'
import { faultOfRecord, layoutOf } from './records.ts'

/**
 * Refuses (`constraint`) a set that no store can keep, whatever is in it: a record that does not fit its declaration or whose body is not
 * JSON, a lease in a collection without leases, a record that is written twice. Whether appended records exist already is for the store to
 * say.
 */
export function checkChangeSet(set: ChangeSet): void {
  for (const write of set.put) checkWrite(write)
  for (const write of set.append) checkWrite(write)
  checkWrittenOnce(set)
}

function checkWrite({ collection, record, lease }: Write): void {
  const { name } = collection
  const refuse = (reason: string): never => {
    throw new StorageError('constraint', `Record "${record.id}" of collection "${name}" ${reason}.`, { collection: name, id: record.id })
  }
  const fault = faultOfRecord(layoutOf(fieldTypesOf(collection)), record, null)
  if (fault !== null) refuse(`cannot be kept: ${fault}`)
  if (lease !== undefined && collection.leased !== true) refuse('cannot be leased: its collection is not')
  if (!isJson(record.body)) refuse('has a body that is not JSON')
}

function isJson(body: unknown): boolean {
  try {
    return JSON.stringify(body) !== undefined
  } catch {
    return false
  }
}
