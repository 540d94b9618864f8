import { type Collection, defineCollection } from '@leeway/storage'
import type { Value, Values } from '../../model/value.ts'

/** Someone waits for a message or a signal: a token, or (instanceId null) a start event of a definition. */
export interface SubscriptionRecord {
  /** A token's: `tokenId:for`. A start event's: `definitionId:elementId`. With `:k` for a further definition of a multiple event. */
  readonly id: string
  /**
   * `condition`: a conditional start event. `gathering`: what has come for a start event that needs several events. `unique`: which
   * instance has the key of which there is one.
   */
  readonly kind: 'message' | 'signal' | 'condition' | 'gathering' | 'unique'
  readonly name: string
  readonly key: string | null
  readonly instanceId: string | null
  readonly businessKey: string | null
  readonly tenantId: string | null
  readonly body: {
    readonly processKey: string
    readonly definitionId: string
    /** The event or receive task that is triggered. */
    readonly elementId: string
    /** The id of the correlation key that `key` is of; empty: the conversation had none yet, and `key` is empty. */
    readonly keyId?: string
    /** Which definition of a multiple start event it is; absent: the first. */
    readonly definition?: number
    /** What a message must carry to start the process, as texts by name; absent where any does. */
    readonly only?: { readonly [name: string]: string }
    /** How many events must come before the process starts; absent: this one. */
    readonly gathers?: number
    /** Of a start event: its definition is suspended. */
    readonly isSuspended?: true
    /** Kind `gathering`: what gathered-starts.ts keeps. */
    readonly gathered?: readonly Value[]
    /** The trace in which it was made. */
    readonly trace?: string
  }
}

export const subscriptions: Collection<SubscriptionRecord> = defineCollection<SubscriptionRecord>({
  name: 'subscriptions',
  version: 1,
  fields: { kind: 'text', name: 'text', key: 'text', instanceId: 'text', businessKey: 'text', tenantId: 'text' },
  indexes: [
    { fields: ['instanceId'], whereNotNull: 'instanceId' },
    { fields: ['businessKey', 'name'], whereNotNull: 'businessKey' },
    { fields: ['name', 'kind', 'key'] },
  ],
})

/** A published message that is kept until someone waits for it. Ids are time-ordered: the oldest goes first. */
export interface MessageRecord {
  readonly id: string
  readonly name: string
  readonly key: string | null
  readonly expiresAt: number
  readonly tenantId: string | null
  readonly body: {
    readonly values: Values
    readonly businessKey?: string
    readonly match?: Values
    readonly instanceId?: string
    readonly elementId?: string
    readonly target?: 'one' | 'all'
    readonly start?: 'never' | 'ifNone' | 'always'
    readonly actor?: string
    /** The trace in which it was published. */
    readonly trace?: string
  }
}

export const messages: Collection<MessageRecord> = defineCollection<MessageRecord>({
  name: 'messages',
  version: 1,
  fields: { name: 'text', key: 'text', expiresAt: 'instant', tenantId: 'text' },
  indexes: [{ fields: ['name', 'key'] }, { fields: ['expiresAt'] }],
})

/** A message id that was seen: the same message has one effect. Its id is made of tenant, name and message id. */
export interface MessageIdRecord {
  readonly id: string
  readonly expiresAt: number
  readonly body: { readonly instanceIds: readonly string[] }
}

export const messageIds: Collection<MessageIdRecord> = defineCollection<MessageIdRecord>({
  name: 'message_ids',
  version: 1,
  fields: { expiresAt: 'instant' },
  indexes: [{ fields: ['expiresAt'] }],
})
