import { type Api, isSeen } from './api-context.ts'
import { EngineError } from './errors.ts'
import { everyInOrder } from './every-record.ts'
import { type DefinitionRecord, definitions } from './records/definition.ts'
import type { VersionReference } from './version-reference.ts'

/**
 * Which versions are meant: all of a key that are deployed now, of these the one with a number, all with a version tag, or one by its id.
 */
export type ProcessVersions = string | VersionReference

/**
 * The versions that are meant, of one tenant or of none. Who is bound to a tenant changes nothing that others share. Throws
 * `unknownDefinition`, `notAuthorized`.
 */
export async function versionsOf(api: Api, versions: ProcessVersions, tenantId: string | null): Promise<readonly DefinitionRecord[]> {
  const { storage } = api.host
  const found: DefinitionRecord[] = []
  if (typeof versions === 'object' && 'id' in versions) {
    for (const { record } of await storage.get(definitions, [versions.id])) if (isSeen(api, record.tenantId)) found.push(record)
  } else {
    const { key, version, versionTag }: Extract<VersionReference, { key: string }> =
      typeof versions === 'string' ? { key: versions } : versions
    const where = {
      key: { eq: key },
      ...(version !== undefined && { version: { eq: version } }),
      ...(versionTag !== undefined && { versionTag: { eq: versionTag } }),
    }
    const orderBy = [{ field: 'version' as const, descending: true }]
    for await (const { record } of everyInOrder(storage, definitions, { where, orderBy }))
      if (record.tenantId === tenantId) found.push(record)
  }
  const [first] = found
  if (first === undefined)
    throw new EngineError('unknownDefinition', `No such version of a process is deployed: ${JSON.stringify(versions)}`, {
      process: versions,
    })
  if (api.bound.isTenantBound && first.tenantId !== api.bound.tenantId)
    throw new EngineError('notAuthorized', `Definition ${first.id} is shared by all tenants; one of them does not change it`, {
      definitionId: first.id,
    })
  return found
}
