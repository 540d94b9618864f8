import type { Collection, Expectation, Key, Storage, StoredRecord, Where } from '@leeway/storage'
import { everyRecord } from './every-record.ts'
import {
  type DecisionRecord,
  type DefinitionRecord,
  type DeploymentRecord,
  decisions,
  definitions,
  deployments,
  resources,
} from './records/definition.ts'

/** What is about to go: it does not count. */
interface Leaving {
  readonly definitionIds?: readonly string[]
  readonly decisionIds?: readonly string[]
  readonly deploymentId?: string
}

/** Files are kept once by content: those that nothing else has go too. Who deploys one of them meanwhile writes it anew. */
export async function dropUnused(
  storage: Storage,
  ids: readonly string[],
  without: Leaving,
  expect: Expectation[],
  gone: Key[],
): Promise<void> {
  const found = ids.length === 0 ? [] : await storage.get(resources, ids)
  for (const { record, revision } of found) {
    if (await isUsed(storage, record.id, without)) continue
    expect.push({ collection: resources, id: record.id, revision })
    gone.push({ collection: resources, id: record.id })
  }
}

/**
 * True where a version of a process or decision stands in this file, or a deployment names it. All are looked through: deleting is rare,
 * and pays so that deploying need not.
 */
async function isUsed(storage: Storage, resource: string, leaving: Leaving): Promise<boolean> {
  const { definitionIds = [], decisionIds = [], deploymentId = null } = leaving
  const standsIn = ({ body }: DefinitionRecord | DecisionRecord): boolean => body.resource === resource
  const names = ({ id, body }: DeploymentRecord): boolean =>
    id !== deploymentId && body.files?.some((file) => file.resource === resource) === true
  return (
    (await any(storage, definitions, (record) => !definitionIds.includes(record.id) && standsIn(record))) ||
    (await any(storage, decisions, (record) => !decisionIds.includes(record.id) && standsIn(record))) ||
    (await any(storage, deployments, names))
  )
}

async function any<R extends StoredRecord>(storage: Storage, collection: Collection<R>, isIt: (record: R) => boolean): Promise<boolean> {
  for await (const { record } of everyRecord(storage, collection, {} as Where<R>)) if (isIt(record)) return true // all of them
  return false
}
