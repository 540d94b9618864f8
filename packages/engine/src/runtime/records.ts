import { type Collection, defineCollection, type Index } from '@leeway/storage'
import type { FormDetails } from '../kernel/events/wait-details.ts'
import type { Value, Values } from '../model/value.ts'
import type { InstanceRecord, ScopeRecord } from './instance-record.ts'
import { instancePacking, scopePacking } from './state-packing.ts'

export type { InstanceBody, InstanceRecord, ScopeRecord } from './instance-record.ts'

/** A deployed file, once by content: its id is the digest of its bytes. */
export interface ResourceRecord {
  readonly id: string
  /** The file as given: text, or bytes in base64. */
  readonly body: { readonly text: string } | { readonly base64: string }
}

export const resources: Collection<ResourceRecord> = defineCollection<ResourceRecord>({
  name: 'resources',
  version: 1,
  fields: {},
  indexes: [],
})

/** One deployed version of a process. */
export interface DefinitionRecord {
  readonly id: string
  readonly key: string
  /** From 1, by key and tenant. */
  readonly version: number
  readonly tenantId: string | null
  readonly versionTag: string | null
  readonly body: {
    readonly name: string | null
    /** The file that it stands in. */
    readonly resource: string
    readonly fileName: string | null
    readonly deploymentId: string
    readonly at: number
    /** What the model says of starting it, and of keeping what has ended; each absent where it says nothing. */
    readonly starterUsers?: readonly string[]
    readonly starterGroups?: readonly string[]
    readonly startableInTasklist?: false
    readonly timeToLiveMs?: number
  }
}

/** How much of an instance is kept: `none` a thin record a command, `activity` events without variable values, `full` all of them. */
export type HistoryLevel = 'none' | 'activity' | 'full'

export const definitions: Collection<DefinitionRecord> = defineCollection<DefinitionRecord>({
  name: 'definitions',
  version: 1,
  fields: { key: 'text', version: 'integer', tenantId: 'text', versionTag: 'text' },
  indexes: [{ fields: ['key', 'version'] }],
})

/** The latest version of a process key within a tenant. A start by key expects it as read, so that no start misses a newer version. */
export interface ProcessKeyRecord {
  /** {@link processKeyId} */
  readonly id: string
  readonly body: { readonly latestId: string; readonly version: number }
}

/** Which version of a process key is the latest: one record a key and tenant. */
export const processKeys: Collection<ProcessKeyRecord> = defineCollection<ProcessKeyRecord>({
  name: 'process_keys',
  version: 1,
  fields: {},
  indexes: [],
})

/** The key itself, with its tenant behind an `@` where it has one. */
export function processKeyId(key: string, tenantId: string | null): string {
  return tenantId === null ? key : `${key}@${tenantId}`
}

/** One deployed version of a decision. */
export type DecisionRecord = DefinitionRecord

export const decisions: Collection<DecisionRecord> = defineCollection<DecisionRecord>({
  name: 'decisions',
  version: 1,
  fields: { key: 'text', version: 'integer', tenantId: 'text', versionTag: 'text' },
  indexes: [{ fields: ['key', 'version'] }],
})

/** The latest version of a decision key within a tenant: {@link ProcessKeyRecord}. */
export const decisionKeys: Collection<ProcessKeyRecord> = defineCollection<ProcessKeyRecord>({
  name: 'decision_keys',
  version: 1,
  fields: {},
  indexes: [],
})

/** One accepted `deploy`. Its id follows from tenant and content, so that the same content is the same deployment. */
export interface DeploymentRecord {
  readonly id: string
  readonly body: {
    readonly at: number
    readonly actor: string | null
    readonly tenantId: string | null
    readonly definitionIds: readonly string[]
    readonly decisionIds?: readonly string[]
    /** The files that were given with names. */
    readonly files?: readonly { readonly name: string; readonly resource: string }[]
  }
}

export const deployments: Collection<DeploymentRecord> = defineCollection<DeploymentRecord>({
  name: 'deployments',
  version: 1,
  fields: {},
  indexes: [],
})

/** Process instances, each with the scope that it is. */
export const instances: Collection<InstanceRecord> = defineCollection<InstanceRecord>({
  name: 'instances',
  version: 2,
  packing: instancePacking,
  fields: {
    processKey: 'text',
    definitionId: 'text',
    businessKey: 'text',
    tenantId: 'text',
    status: 'text',
    startedAt: 'instant',
    endedAt: 'instant',
    searchable: 'textSet',
    extensions: 'textSet',
    parentId: 'text',
  },
  indexes: [
    // Not by status: each instance would be written into the index twice, which costs a tenth of a durable round trip. Not by process, which
    // costs a twentieth: whoever asks so has it made then, or by `indexed`.
    { fields: ['businessKey'], whereNotNull: 'businessKey' },
    { fields: ['searchable'] },
    { fields: ['parentId'], whereNotNull: 'parentId' },
  ],
})

/** The scopes inside of instances. */
export const scopes: Collection<ScopeRecord> = defineCollection<ScopeRecord>({
  name: 'scopes',
  version: 2,
  packing: scopePacking,
  fields: {},
  indexes: [],
})

/** A part of a sequential multi-instance's collection, written at its entry. Its id is the kernel's: `scopeId#k`. */
export interface ChunkRecord {
  readonly id: string
  readonly body: readonly Value[]
}

export const chunks: Collection<ChunkRecord> = defineCollection<ChunkRecord>({ name: 'chunks', version: 1, fields: {}, indexes: [] })

/** What one change set of an instance did; its id is the change set's, `instanceId#serial-random`, which orders it. */
export interface HistoryRecord {
  readonly id: string
  readonly at: number
  readonly body: HistoryBody
}

/** `a` who; `e` what, by level: absent for `none`. history-codec.ts writes and reads it. */
export interface HistoryBody {
  readonly a?: string
  readonly e?: unknown
}

export const history: Collection<HistoryRecord> = defineCollection<HistoryRecord>({
  name: 'history',
  version: 1,
  fields: { at: 'instant' },
  indexes: [],
})

/** One element instance, for reports: written by processes that keep such rows. Its id is the element instance's. */
export interface ActivityRecord {
  readonly id: string
  readonly instanceId: string
  readonly processKey: string
  readonly definitionId: string
  readonly elementId: string
  /** BPMN's own name, such as `userTask`. */
  readonly elementType: string
  readonly elementName: string | null
  readonly startedAt: number
  readonly endedAt: number | null
  /** `completed` or `terminated`; null while it lives. */
  readonly outcome: string | null
  /** Who gave the command that ended it; null where it ended in the command in which it began, or by no person's. */
  readonly endedBy: string | null
  readonly tenantId: string | null
  readonly body: { readonly [name: string]: never }
}

/** Rows for reports: the engine writes them and reads none of them. */
export const activities: Collection<ActivityRecord> = defineCollection<ActivityRecord>({
  name: 'activities',
  version: 1,
  fields: {
    instanceId: 'text',
    processKey: 'text',
    definitionId: 'text',
    elementId: 'text',
    elementType: 'text',
    elementName: 'text',
    startedAt: 'instant',
    endedAt: 'instant',
    outcome: 'text',
    endedBy: 'text',
    tenantId: 'text',
  },
  // An instance's rows are found by their ids. Whoever reports by other columns makes indexes for that: each costs every step.
  indexes: [],
})

/** The trace of a change set that belongs to no instance. */
export interface CommandRecord {
  readonly id: string
  readonly at: number
  readonly body: { readonly type: string; readonly actor?: string }
}

export const commands: Collection<CommandRecord> = defineCollection<CommandRecord>({
  name: 'commands',
  version: 1,
  fields: { at: 'instant' },
  indexes: [{ fields: ['at'] }],
})

/** An open user task, or a human item that an extension owns. */
export interface TaskRecord {
  readonly id: string
  readonly instanceId: string | null
  readonly processKey: string | null
  readonly elementId: string | null
  readonly assignee: string | null
  readonly candidateUsers: readonly string[]
  readonly candidateGroups: readonly string[]
  /** A state of lifecycles/user-task.ts. */
  readonly state: string
  readonly held: boolean
  readonly dueAt: number | null
  readonly followUpAt: number | null
  readonly priority: number
  readonly createdAt: number
  readonly tenantId: string | null
  /** The extension that owns it and answers its completion; null for a task of the model. */
  readonly extension: string | null
  readonly body: TaskBody
}

/** What is kept with a task and never searched by. */
export interface TaskBody {
  readonly name?: string | null
  readonly form?: FormDetails | null
  readonly lane?: string
  /** What the performer saved before completing. */
  readonly draft?: Values
  /** The definition whose listeners hear of its changes; absent where none do. */
  readonly heardBy?: string
  /** Who delegated it, while the delegate works on it. */
  readonly owner?: string
  /** Whose it is as the model says, whoever works on it. */
  readonly modelOwner?: string
  readonly category?: string
  readonly comments?: readonly { readonly at: number; readonly actor: string | null; readonly text: string }[]
  readonly kind?: string
  readonly itemId?: string
  readonly deviationId?: string
  /** Variables shown with a task that has no element instance. */
  readonly variables?: Values
  /** The trace in which it was made. */
  readonly trace?: string
}

/** Open tasks: {@link TaskRecord}. Read by extensions through `find`; a task ends by its removal. */
export const tasks: Collection<TaskRecord> = defineCollection<TaskRecord>({
  name: 'tasks',
  version: 1,
  fields: {
    instanceId: 'text',
    processKey: 'text',
    elementId: 'text',
    assignee: 'text',
    candidateUsers: 'textSet',
    candidateGroups: 'textSet',
    state: 'text',
    held: 'boolean',
    dueAt: 'instant',
    followUpAt: 'instant',
    priority: 'integer',
    createdAt: 'instant',
    tenantId: 'text',
    extension: 'text',
  },
  indexes: [
    // A task of the model is found by its id, which begins with the instance's.
    { fields: ['instanceId'], whereNotNull: 'extension' },
    { fields: ['assignee'], whereNotNull: 'assignee' },
    { fields: ['candidateUsers'] },
    { fields: ['candidateGroups'] },
    { fields: ['dueAt'], whereNotNull: 'dueAt' },
    // Not by element: it would be written at the beginning and the end of each task. Whoever asks so has it made then, or by `indexed`.
  ],
})

/** Everything that is to be done later or elsewhere, in one queue. `type` is a handler's for kind `work`, else `$` and the kind. */
export interface JobRecord {
  readonly id: string
  /** Null: not to be claimed (frozen while its token is held, or stuck with an incident). */
  readonly dueAt: number | null
  readonly priority: number
  /**
   * The engine's: `work` (a handler's), `timer`, `continuation`, `startTimer`, and deliveries: `message` (to be correlated), `signal` (to be
   * broadcast), `condition` (start events to be asked), `look` (a subscription looks for a buffered message), `call`, `callEnd`, `callCancel` (from and to called instances).
   * Extensions add kinds of their own.
   */
  readonly kind: string
  readonly type: string
  readonly instanceId: string | null
  readonly tenantId: string | null
  readonly body: JobBody
}

/** Kind `work` has all of `work`; the others what their kind's file says in `data`. */
export interface JobBody {
  readonly definitionId?: string
  readonly processKey?: string
  readonly elementId?: string
  readonly work?: WorkBody
  /** `timer`: the element that it triggers. */
  readonly for?: string
  /** How often it was tried and failed. */
  readonly failures?: number
  readonly error?: { readonly code: string; readonly message: string }
  /** `timer` that is tried again: when it was due, by which its token knows it. */
  readonly occursAt?: number
  /** While frozen: when it was due. */
  readonly wasDueAt?: number
  readonly data?: Values
  /** The trace in which it was made: the span of the job follows from it. */
  readonly trace?: string
}

export interface WorkBody {
  /** The job type of the model, where the row's type is another name for it. */
  readonly type?: string
  /** The idempotency key. */
  readonly key: string
  readonly aliases?: readonly string[]
  readonly fields?: Values
  readonly headers?: { readonly [name: string]: string }
  readonly resultVariable?: string
  readonly evaluates?: true
  /** Attempts in all, where the model says. */
  readonly attempts?: number
  /** ISO durations between attempts. */
  readonly waits?: readonly string[]
  /** Set by hand: attempts left, whatever was tried before. */
  readonly retriesLeft?: number
  /** It is a listener's: its key. */
  readonly listener?: string
  /** It drives an ad hoc sub-process: which turn it is. */
  readonly turn?: string
  /** The handler answered `pending`: no one is to run it again; the element is moved by trigger, throwError or escalate. */
  readonly pending?: true
}

/** The queue of jobs, leased: {@link JobRecord}. An extension puts jobs of its own kind here. */
export const jobs: Collection<JobRecord> = defineCollection<JobRecord>({
  name: 'jobs',
  version: 1,
  leased: true,
  fields: { dueAt: 'instant', priority: 'integer', kind: 'text', type: 'text', instanceId: 'text', tenantId: 'text' },
  indexes: [
    { fields: ['type', 'tenantId', 'dueAt'], whereNotNull: 'dueAt' },
    { fields: ['dueAt'], whereNotNull: 'dueAt' },
    { fields: ['instanceId'], whereNotNull: 'instanceId' },
  ],
})

/** Someone waits for a message or a signal: a token, or (instanceId null) a start event of a definition. */
export interface SubscriptionRecord {
  /** A token's: `tokenId:for`. A start event's: `definitionId:elementId`. With `:k` for a further definition of a multiple event. */
  readonly id: string
  /** `condition`: a conditional start event. `gathering`: what has come for a start event that needs several events. `unique`: which instance has the key of which there is one. */
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
    { fields: ['name', 'kind', 'key'] },
    { fields: ['businessKey', 'name'], whereNotNull: 'businessKey' },
    { fields: ['instanceId'], whereNotNull: 'instanceId' },
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
    { fields: ['processKey'], whereNotNull: 'processKey' },
    { fields: ['elementId'], whereNotNull: 'elementId' },
    { fields: ['jobType'], whereNotNull: 'jobType' },
  ],
})

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
    /** `deferred`: it waits until nobody is off the path. */
    readonly outcome: 'pending' | 'deferred' | 'done' | 'failed'
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

/** An index that is made where a host asks for it, for it costs every instance or every task: `collection.field`. */
export type OptionalIndex = 'instances.processKey' | 'tasks.elementId' | 'tasks.processKey'

const OPTIONAL_INDEXES: Readonly<Record<OptionalIndex, { readonly of: Collection; readonly index: Index }>> = {
  'instances.processKey': { of: instances, index: { fields: ['processKey'] } },
  'tasks.elementId': { of: tasks, index: { fields: ['elementId'], whereNotNull: 'elementId' } },
  'tasks.processKey': { of: tasks, index: { fields: ['processKey'], whereNotNull: 'processKey' } },
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
  const own = indexed.map((name) => OPTIONAL_INDEXES[name]).filter(({ of }) => of.name === collection.name)
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
