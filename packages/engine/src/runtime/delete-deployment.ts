import type { Expectation, Key, Write } from '@leeway/storage'
import { definitionInUse } from './definition-in-use.ts'
import { dropUnused } from './delete-resources.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { type Also, commitAlone, NOTHING, together } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { decisionKeys, decisions, deployments, processKeyId } from './records/definition.ts'

/** Decisions and files of a deployment, and itself. Processes that it still has keep it. */
export async function deleteRest(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const [stored] = await host.storage.get(deployments, [id])
    if (stored === undefined) return also === NOTHING || commitAlone(messageHostOf(host), 'deployments.delete', actor, also)
    const { definitionIds, decisionIds = [], files = [] } = stored.record.body
    const [used] = definitionIds
    if (used !== undefined) throw definitionInUse(used, `deployment ${id} keeps it; the report says why`, null)
    const expect: Expectation[] = [{ collection: deployments, id, revision: stored.revision }]
    const put: Write[] = []
    const gone: Key[] = [{ collection: deployments, id }]
    const made = decisionIds.length === 0 ? [] : await host.storage.get(decisions, decisionIds)
    for (const { record, revision } of made) {
      expect.push({ collection: decisions, id: record.id, revision })
      gone.push({ collection: decisions, id: record.id })
      const pointerId = processKeyId(record.key, record.tenantId)
      const [pointer] = await host.storage.get(decisionKeys, [pointerId])
      expect.push({ collection: decisionKeys, id: pointerId, revision: pointer?.revision ?? 0 })
      if (pointer?.record.body.latestId !== record.id) continue
      const tenantId = record.tenantId === null ? { isNull: true as const } : { eq: record.tenantId }
      const where = { key: { eq: record.key }, tenantId }
      const found = await host.storage.find(decisions, { where, orderBy: [{ field: 'version', descending: true }], limit: 2 })
      const previous = found.find((one) => one.record.id !== record.id)
      const body = { latestId: previous?.record.id ?? '', version: pointer.record.body.version }
      put.push({ collection: decisionKeys, record: { id: pointerId, body } })
    }
    const contents = [...new Set([...made.map(({ record }) => record.body.resource), ...files.map(({ resource }) => resource)])]
    await dropUnused(host.storage, contents, { decisionIds, deploymentId: id }, expect, gone)
    if (await commitAlone(messageHostOf(host), 'deployments.delete', actor, together({ expect, put, delete: gone }, also))) return true
  }
  throw new EngineError('tooManyConflicts', `Deployment ${id} was changed by others ${ATTEMPTS_MAX} times; try again`, { deploymentId: id })
}

const ATTEMPTS_MAX = 20
