import type { Expectation, Key, Write } from '@leeway/storage'
import { type Also, commitAlone, NOTHING, together } from './also.ts'
import { AGAIN, contended } from './contended.ts'
import { definitionInUse } from './definition-in-use.ts'
import { dropUnused } from './delete-resources.ts'
import type { Host } from './host.ts'
import { DECISIONS, fallBack } from './latest-version.ts'
import { decisions, deployments } from './records/definition.ts'

/** Decisions and files of a deployment, and itself. Processes that it still has keep it. */
export async function deleteRest(host: Host, id: string, actor: string | null, also: Also): Promise<boolean> {
  return contended(`Deployment ${id} was changed by others`, { deploymentId: id }, async () => {
    const [stored] = await host.storage.get(deployments, [id])
    if (stored === undefined) return also === NOTHING || commitAlone(host, 'deployments.delete', actor, also)
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
      await fallBack(host.storage, DECISIONS, record, expect, put)
    }
    const contents = [...new Set([...made.map(({ record }) => record.body.resource), ...files.map(({ resource }) => resource)])]
    await dropUnused(host.storage, contents, { decisionIds, deploymentId: id }, expect, gone)
    const set = together({ expect, put, delete: gone }, also)
    return (await commitAlone(host, 'deployments.delete', actor, set)) ? true : AGAIN
  })
}
