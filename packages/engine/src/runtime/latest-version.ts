import type { Collection, Condition, Expectation, Storage, Stored, Write } from '@leeway/storage'
import {
  type DecisionRecord,
  type DefinitionRecord,
  decisionKeys,
  decisions,
  definitions,
  type ProcessKeyRecord,
  processKeyId,
  processKeys,
} from './records/definition.ts'
import type { VersionReference } from './version-reference.ts'

/** Versions of processes or of decisions, and which is the latest of a key. */
interface Versioned {
  readonly versions: Collection<DefinitionRecord>
  readonly latest: Collection<ProcessKeyRecord>
}

export const PROCESSES: Versioned = { versions: definitions, latest: processKeys }
export const DECISIONS: Versioned = { versions: decisions, latest: decisionKeys }

/**
 * Of the versions of a key, with a number or a tag where they are given, the latest: the tenant's own, else the shared one. Null where there
 * is none.
 */
export async function nearestVersion<R extends DecisionRecord>(
  storage: Storage,
  collection: Collection<R>,
  { key, version, versionTag }: Extract<VersionReference, { readonly key: string }>,
  tenantId: string | null,
): Promise<R | null> {
  const versions = collection as unknown as Collection<DecisionRecord> // definitions have all that is asked here
  for (const tenant of tenantId === null ? [null] : [tenantId, null]) {
    const where = {
      key: { eq: key },
      tenantId: ofTenant(tenant),
      ...(version !== undefined && { version: { eq: version } }),
      ...(versionTag !== undefined && { versionTag: { eq: versionTag } }),
    }
    const [latest] = await storage.find(versions, { where, orderBy: [{ field: 'version', descending: true }], limit: 1 })
    if (latest !== undefined) return latest.record as DecisionRecord as R // read from `collection`
  }
  return null
}

/**
 * Where a version that goes is the latest of its key, the highest that is left is it, or none: gives that one. Null where it was not the
 * latest.
 */
export async function fallBack(
  storage: Storage,
  { versions, latest }: Versioned,
  { id, key, tenantId }: DefinitionRecord,
  expect: Expectation[],
  put: Write[],
): Promise<{ readonly previous: Stored<DefinitionRecord> | null } | null> {
  const pointerId = processKeyId(key, tenantId)
  const [pointer] = await storage.get(latest, [pointerId])
  expect.push({ collection: latest, id: pointerId, revision: pointer?.revision ?? 0 })
  if (pointer?.record.body.latestId !== id) return null
  const where = { key: { eq: key }, tenantId: ofTenant(tenantId) }
  const found = await storage.find(versions, { where, orderBy: [{ field: 'version', descending: true }], limit: 2 })
  const previous = found.find(({ record }) => record.id !== id) ?? null
  const { version } = pointer.record.body
  const isSuspended = previous?.record.body.suspended !== undefined
  const body = { latestId: previous?.record.id ?? '', version, ...(isSuspended && { isSuspended: true as const }) }
  put.push({ collection: latest, record: { id: pointerId, body } })
  if (previous !== null) expect.push({ collection: versions, id: previous.record.id, revision: previous.revision })
  return { previous }
}

function ofTenant(tenantId: string | null): Condition {
  return tenantId === null ? { isNull: true } : { eq: tenantId }
}
