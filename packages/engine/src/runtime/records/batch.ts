import { type Collection, defineCollection } from '@leeway/storage'
import type { Values } from '../../model/value.ts'

/** An operation on many instances, done one after the other by a job. */
export interface BatchRecord {
  readonly id: string
  /** The call: `instances.cancel`, … */
  readonly operation: string
  readonly state: 'running' | 'done'
  readonly createdAt: number
  readonly tenantId: string | null
  readonly body: {
    readonly args: Values
    readonly actor: string | null
    readonly isTenantBound: boolean
    readonly total: number
    readonly done: number
    readonly failed: number
  }
}

/** Operations on many instances at once, with what they were asked and how far they are. */
export const batches: Collection<BatchRecord> = defineCollection<BatchRecord>({
  name: 'batches',
  version: 1,
  fields: { operation: 'text', state: 'text', createdAt: 'instant', tenantId: 'text' },
  indexes: [{ fields: ['createdAt'] }],
})

/** What one turn of a batch is about. Its id is `batchId#number`; its outcome lands with its effect. */
export interface BatchItemRecord {
  readonly id: string
  readonly body: {
    readonly instanceId: string | null
    readonly incidentId?: string
    readonly jobId?: string
    readonly definitionId?: string
    /** `deferred`: it waits until nobody is off the path. `skipped`: it was as is wanted. */
    readonly outcome: 'pending' | 'deferred' | 'done' | 'failed' | 'skipped'
    readonly code?: string
    readonly reason?: string
  }
}

/** What a batch goes through, and what came of each: ids follow from the batch's and the position. */
export const batchItems: Collection<BatchItemRecord> = defineCollection<BatchItemRecord>({
  name: 'batch_items',
  version: 1,
  fields: {},
  indexes: [],
})
