import type { Collection, StoredRecord } from '@leeway/storage'
import { type Api, authorize } from './api-context.ts'
import { instanceOfRow } from './record-ids.ts'

/**
 * Asks the host's `authorize` about a row, with the instance that it belongs to. Ids of rows tell that, but for those that an extension
 * owns: these are looked up first. Null where there is none to ask.
 */
export function authorizeRow<R extends StoredRecord & { readonly instanceId: string | null }>(
  api: Api,
  operation: string,
  { collection, id }: { readonly collection: Collection<R>; readonly id: string },
  by: { readonly actor?: string | null; readonly tenantId?: string | null | undefined } = {},
): Promise<void> | null {
  const { host } = api
  if (host.settings.authorize == null) return authorize(api, operation)
  const instanceId = instanceOfRow(id)
  if (instanceId !== null || host.extensions.isEmpty()) return authorize(api, operation, { ...by, instanceId })
  return askAboutOwned(api, operation, collection, id, by)
}

async function askAboutOwned<R extends StoredRecord & { readonly instanceId: string | null }>(
  api: Api,
  operation: string,
  collection: Collection<R>,
  id: string,
  by: { readonly actor?: string | null; readonly tenantId?: string | null | undefined },
): Promise<void> {
  api.host.checkOpen()
  const [stored] = await api.host.storage.get(collection, [id])
  await authorize(api, operation, { ...by, instanceId: stored?.record.instanceId ?? null })
}
