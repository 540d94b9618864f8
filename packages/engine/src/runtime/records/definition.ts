import { type Collection, defineCollection } from '@leeway/storage'

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
    /** Since when, and by whom, nothing new begins by it. */
    readonly suspended?: { readonly at: number; readonly actor: string | null; readonly isDeleting?: true }
  }
}

export const definitions: Collection<DefinitionRecord> = defineCollection<DefinitionRecord>({
  name: 'definitions',
  version: 1,
  fields: { key: 'text', version: 'integer', tenantId: 'text', versionTag: 'text' },
  indexes: [{ fields: ['key', 'version'] }, { fields: ['versionTag'], whereNotNull: 'versionTag' }],
})

/** The latest version of a process key within a tenant. A start by key expects it as read, so that no start misses a newer version. */
export interface ProcessKeyRecord {
  /** {@link processKeyId} */
  readonly id: string
  readonly body: {
    /** Empty: all versions were deleted. */
    readonly latestId: string
    /** The highest that was ever given. */
    readonly version: number
    /** Of the latest version: nothing new begins by it. */
    readonly isSuspended?: true
  }
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
  indexes: [{ fields: ['key', 'version'] }, { fields: ['versionTag'], whereNotNull: 'versionTag' }],
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
    /** A version that it made was deleted: the same content is deployed anew. */
    readonly isPartial?: true
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
