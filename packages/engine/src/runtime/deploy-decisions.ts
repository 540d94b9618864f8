import type { Expectation, Write } from '@leeway/storage'
import type { Decision } from '../decisions/decision.ts'
import type { LoadedDecision } from './definition-cache.ts'
import type { Host } from './host.ts'
import { type DecisionRecord, decisionKeys, decisions, processKeyId } from './records/definition.ts'

/** What deploying the decisions of one file changes. */
export interface DecisionChanges {
  readonly expect: readonly Expectation[]
  readonly put: readonly Write[]
  readonly made: readonly LoadedDecision[]
}

/** Makes each decision of a file the next version of its key. */
export async function decisionChanges(
  host: Host,
  file: { readonly digest: string; readonly name: string | null; readonly decisions: readonly Decision[] },
  deployment: { readonly id: string; readonly at: number; readonly tenantId: string | null },
): Promise<DecisionChanges> {
  const { tenantId, at } = deployment
  const expect: Expectation[] = []
  const put: Write[] = []
  const made: LoadedDecision[] = []
  for (const decision of file.decisions) {
    const id = processKeyId(decision.id, tenantId)
    const [pointer] = await host.storage.get(decisionKeys, [id])
    const version = (pointer?.record.body.version ?? 0) + 1
    const record: DecisionRecord = {
      id: decisionIdOf(decision.id, version, tenantId),
      key: decision.id,
      version,
      tenantId,
      versionTag: decision.versionTag,
      body: { name: decision.name, resource: file.digest, fileName: file.name, deploymentId: deployment.id, at },
    }
    expect.push({ collection: decisionKeys, id, revision: pointer?.revision ?? 0 })
    put.push({ collection: decisionKeys, record: { id, body: { latestId: record.id, version } } }, { collection: decisions, record })
    made.push({ record, decision })
  }
  return { expect, put, made }
}

/** The id of one version of a decision. */
export function decisionIdOf(key: string, version: number, tenantId: string | null): string {
  return `${key}:${version}${tenantId === null ? '' : `@${tenantId}`}`
}
