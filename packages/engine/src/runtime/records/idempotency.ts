import { type Collection, defineCollection } from '@leeway/storage'
import type { Value } from '../../model/value.ts'

/** An idempotency key that was used: its id is made of tenant, operation and key. */
export interface IdempotencyRecord {
  readonly id: string
  readonly expiresAt: number
  readonly body: { readonly digest: string; readonly answer: Value }
}

export const idempotency: Collection<IdempotencyRecord> = defineCollection<IdempotencyRecord>({
  name: 'idempotency',
  version: 1,
  fields: { expiresAt: 'instant' },
  indexes: [{ fields: ['expiresAt'] }],
})
