import type { Collection } from '@leeway/storage'
import { type Api, authorize, isSeen } from './api-context.ts'
import { checkBoolean, checkMembers, checkText, checkWhole } from './arguments.ts'
import { everyInOrder } from './every-record.ts'
import { type DecisionRecord, processKeyId } from './records/definition.ts'

/** Which versions of processes or decisions are listed. */
interface VersionQuery {
  readonly key?: string
  readonly version?: number
  readonly versionTag?: string
  readonly latest?: boolean
}

/** Lists what is deployed and the caller sees, by key, the newest version of each first; with `latest` no older one. */
export async function findVersions<R extends DecisionRecord>(
  api: Api,
  call: string,
  collection: Collection<R>,
  query: VersionQuery,
): Promise<readonly R[]> {
  checkMembers(call, 'query', query, QUERY)
  checkText(call, 'key', query.key)
  checkWhole(call, 'version', query.version, 1)
  checkText(call, 'versionTag', query.versionTag)
  checkBoolean(call, 'latest', query.latest)
  const asked = authorize(api, call)
  if (asked !== null) await asked
  const versions = collection as unknown as Collection<DecisionRecord> // definitions have all that is asked here
  const found: DecisionRecord[] = []
  const latest = new Set<string>()
  // Each has a key and a version; said, so that the next page begins in the index where the one before it ended.
  const ofKey = query.key === undefined ? { gte: '' } : { eq: query.key }
  const where = {
    ...((query.key !== undefined || query.versionTag === undefined) && { key: ofKey }),
    version: query.version === undefined ? { gte: 1 } : { eq: query.version },
    ...(query.versionTag !== undefined && { versionTag: { eq: query.versionTag } }),
  }
  const orderBy = [{ field: 'key' as const }, { field: 'version' as const, descending: true }]
  for await (const { record } of everyInOrder(api.host.storage, versions, { where, orderBy })) {
    const name = processKeyId(record.key, record.tenantId)
    if (!isSeen(api, record.tenantId) || (query.latest === true && latest.has(name))) continue
    latest.add(name)
    found.push(record)
  }
  return found as readonly DecisionRecord[] as readonly R[] // read from `collection`
}

const QUERY: ReadonlySet<string> = new Set(['key', 'latest', 'version', 'versionTag'])
