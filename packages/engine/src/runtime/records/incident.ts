import { type Collection, defineCollection } from '@leeway/storage'

/** Something is stuck and a person must look. Gone when it is resolved. */
export interface IncidentRecord {
  readonly id: string
  readonly instanceId: string | null
  readonly elementId: string | null
  readonly processKey: string | null
  readonly jobType: string | null
  readonly createdAt: number
  readonly tenantId: string | null
  readonly body: {
    readonly code: string
    readonly message: string
    /** The job that stands still; absent where a step of the model failed. */
    readonly jobId?: string
    /** The deviation that deals with it. */
    readonly heldBy?: string
  }
}

/** What a person must look at, until it is resolved. */
export const incidents: Collection<IncidentRecord> = defineCollection<IncidentRecord>({
  name: 'incidents',
  version: 1,
  fields: { instanceId: 'text', elementId: 'text', processKey: 'text', jobType: 'text', createdAt: 'instant', tenantId: 'text' },
  indexes: [
    { fields: ['instanceId'], whereNotNull: 'instanceId' },
    { fields: ['elementId'], whereNotNull: 'elementId' },
    { fields: ['jobType'], whereNotNull: 'jobType' },
    { fields: ['processKey'], whereNotNull: 'processKey' },
  ],
})
