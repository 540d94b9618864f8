import { type Api, isSeen } from './api-context.ts'
import { checkMembers, checkWhole, needText, refuseArgument } from './arguments.ts'
import { EngineError } from './errors.ts'
import { everyInOrder } from './every-record.ts'
import { type DefinitionRecord, definitions } from './records/definition.ts'

/** Which versions are meant: all of a key that are deployed now, one by its id, or by key and number. */
export type ProcessVersions = string | { readonly id: string } | { readonly key: string; readonly version?: number }

const VERSIONS: ReadonlySet<string> = new Set(['id', 'key', 'version'])

/** Throws `invalidArgument` for what names no versions of a process. */
export function checkVersions(call: string, versions: unknown): void {
  if (typeof versions === 'string') return needText(call, 'process', versions)
  if (typeof versions !== 'object' || versions === null || !('id' in versions || 'key' in versions))
    refuseArgument(call, 'process', versions, 'the key of a process, { id } of a definition, or { key, version }')
  checkMembers(call, 'process', versions, VERSIONS)
  const { id, key, version } = versions as { readonly [name: string]: unknown }
  if (id === undefined) needText(call, 'process.key', key)
  else needText(call, 'process.id', id)
  checkWhole(call, 'process.version', version, 1)
}

/** The versions that are meant, of one tenant or of none. Who is bound to a tenant changes nothing that others share. Throws `unknownDefinition`, `notAuthorized`. */
export async function versionsOf(api: Api, versions: ProcessVersions, tenantId: string | null): Promise<readonly DefinitionRecord[]> {
  const { storage } = api.host
  const found: DefinitionRecord[] = []
  if (typeof versions === 'object' && 'id' in versions) {
    for (const { record } of await storage.get(definitions, [versions.id])) if (isSeen(api, record.tenantId)) found.push(record)
  } else {
    const { key, version = null } = typeof versions === 'string' ? { key: versions } : versions
    const where = { key: { eq: key }, ...(version !== null && { version: { eq: version } }) }
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
