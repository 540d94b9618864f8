import { storeJobType } from '../import/read-data-stores.ts'
import type { Variables } from '../model/variables.ts'
import type { HandlerEntry } from './handler.ts'
import type { Job } from './job.ts'

/**
 * A store outside of all processes that models read and write by their data associations (BPMN 2.0.2 §10.4.1), by the name of its
 * `dataStore`, else of the reference. A model that reads or writes what it does not offer is told so at deployment.
 */
export interface DataStore {
  /** Gives what an element that begins reads. What it throws is tried again, as for any work, and then becomes an incident. */
  read?(request: DataStoreRequest): unknown
  /** Takes what an element that is done writes. It may come again after a crash, under the same idempotency key. */
  write?(value: unknown, request: DataStoreWrite): unknown
}

/** Who reads or writes. */
export interface DataStoreRequest {
  readonly idempotencyKey: string
  readonly instanceId: string
  readonly processKey: string
  readonly businessKey: string | null
  readonly elementId: string
  readonly tenantId: string | null
  /** As seen from the element. */
  readonly variables: Variables
  /** Aborted when the element is cancelled or the job's lease is lost. */
  readonly signal: AbortSignal
}

/** What is written. */
export interface DataStoreWrite extends DataStoreRequest {
  /** The member that an assignment leads to (`stock.count` gives `count`); null: all of it. */
  readonly path: string | null
}

/** The accesses to the host's stores as handlers, by job type. */
export function storeHandlers(stores: Readonly<Record<string, DataStore>>): Readonly<Record<string, HandlerEntry>> {
  const entries: Record<string, HandlerEntry> = {}
  for (const [name, store] of Object.entries(stores)) {
    if (store.read !== undefined) {
      const run = async (job: Job): Promise<Variables> => ({
        [job.headers.variable ?? name]: ((await store.read?.(requestOf(job))) ?? null) as never,
      })
      entries[storeJobType(name, 'read')] = { run }
    }
    if (store.write !== undefined) {
      const run = async (job: Job): Promise<void> => {
        await store.write?.(job.fields.value ?? null, { ...requestOf(job), path: job.headers.path ?? null })
      }
      entries[storeJobType(name, 'write')] = { run }
    }
  }
  return entries
}

function requestOf(job: Job): DataStoreRequest {
  const { idempotencyKey, instanceId, processKey, businessKey, elementId, tenantId, variables, signal } = job
  return { idempotencyKey, instanceId, processKey, businessKey, elementId, tenantId, variables, signal }
}
