import type { Collection, Index } from '@leeway/storage'
import { batches, batchItems } from './batch.ts'
import { decisionKeys, decisions, definitions, deployments, processKeys, resources } from './definition.ts'
import { activities, commands, history } from './history.ts'
import { idempotency } from './idempotency.ts'
import { incidents } from './incident.ts'
import { chunks, instances, scopes } from './instance.ts'
import { jobs } from './job.ts'
import { messageIds, messages, subscriptions } from './message.ts'
import { tasks } from './task.ts'

/** An index that is made where a host asks for it, for it costs every instance, task or job: `collection.field`. */
export type OptionalIndex =
  | 'instances.processKey'
  | 'instances.status'
  | 'jobs.kind'
  | 'jobs.type'
  | 'tasks.elementId'
  | 'tasks.processKey'
  | 'tasks.state'

/** Of one collection, the more it tells the sooner. */
const OPTIONAL_INDEXES: Readonly<Record<OptionalIndex, { readonly of: Collection; readonly index: Index }>> = {
  'instances.processKey': { of: instances, index: { fields: ['processKey'] } },
  'instances.status': { of: instances, index: { fields: ['status'] } },
  'jobs.type': { of: jobs, index: { fields: ['type'] } },
  'jobs.kind': { of: jobs, index: { fields: ['kind'] } },
  'tasks.elementId': { of: tasks, index: { fields: ['elementId'], whereNotNull: 'elementId' } },
  'tasks.processKey': { of: tasks, index: { fields: ['processKey'], whereNotNull: 'processKey' } },
  'tasks.state': { of: tasks, index: { fields: ['state'] } },
}

export const optionalIndexes: readonly OptionalIndex[] = Object.keys(OPTIONAL_INDEXES) as OptionalIndex[] // its own keys

/** Everything that the engine keeps, with the indexes that a host asks for. */
export function collectionsWith(indexed: readonly OptionalIndex[]): readonly Collection[] {
  return indexed.length === 0 ? collections : collections.map((collection) => withIndexes(collection, indexed))
}

/** The collection that has this index, with those of the list that are its own. */
export function collectionOf(index: OptionalIndex, indexed: readonly OptionalIndex[]): Collection {
  return withIndexes(OPTIONAL_INDEXES[index].of, indexed)
}

function withIndexes(collection: Collection, indexed: readonly OptionalIndex[]): Collection {
  const own = optionalIndexes
    .filter((name) => indexed.includes(name))
    .map((name) => OPTIONAL_INDEXES[name])
    .filter(({ of }) => of.name === collection.name)
  return own.length === 0 ? collection : { ...collection, indexes: [...collection.indexes, ...own.map(({ index }) => index)] }
}

/** Everything that the engine keeps. What the ids of rows are made of is said in record-ids.ts. */
export const collections: readonly Collection[] = [
  resources,
  definitions,
  processKeys,
  decisions,
  decisionKeys,
  deployments,
  instances,
  scopes,
  chunks,
  history,
  activities,
  commands,
  tasks,
  jobs,
  subscriptions,
  messages,
  messageIds,
  incidents,
  idempotency,
  batches,
  batchItems,
]
