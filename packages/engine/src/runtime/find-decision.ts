import { compileDecision, type LoadedDecision } from './definition-cache.ts'
import { decisionIdOf } from './deploy-decisions.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { nearestVersion } from './latest-version.ts'
import { type DecisionRecord, decisionKeys, decisions, deployments, processKeyId } from './records/definition.ts'

/** Which decision is meant: a version by its id, or one of a key. */
export type DecisionWanted =
  | { readonly id: string }
  | { readonly key: string }
  | { readonly key: string; readonly version: number }
  | { readonly key: string; readonly versionTag: string }
  | { readonly key: string; readonly deploymentId: string }

/** The decision that is meant, compiled; of a key the tenant's own, else the shared one. Throws `unknownDecision`, which names it. */
export async function findDecision(host: Host, wanted: DecisionWanted, tenantId: string | null): Promise<LoadedDecision> {
  const record = await recordOf(host, wanted, tenantId)
  if (record !== null) return compileDecision(host.definitions, record)
  const place = tenantId === null ? '' : ` for tenant ${tenantId}`
  throw new EngineError('unknownDecision', `${titleOf(wanted)} is not deployed${place}.`, { ...wanted, tenantId })
}

async function recordOf({ storage }: Host, wanted: DecisionWanted, tenantId: string | null): Promise<DecisionRecord | null> {
  const tenants = tenantId === null ? [null] : [tenantId, null]
  const byIds = async (ids: readonly string[]): Promise<DecisionRecord | null> => {
    const found = await storage.get(decisions, ids)
    for (const id of ids) {
      const stored = found.find(({ record }) => record.id === id)
      if (stored !== undefined) return stored.record
    }
    return null
  }
  if ('id' in wanted) {
    const record = await byIds([wanted.id])
    return record !== null && tenants.includes(record.tenantId) ? record : null
  }
  const { key } = wanted
  if ('version' in wanted) return byIds(tenants.map((tenant) => decisionIdOf(key, wanted.version, tenant)))
  if ('deploymentId' in wanted) {
    const [deployment] = await storage.get(deployments, [wanted.deploymentId])
    const found = await storage.get(decisions, deployment?.record.body.decisionIds ?? [])
    return found.find(({ record }) => record.key === key)?.record ?? null
  }
  if ('versionTag' in wanted) return nearestVersion(storage, decisions, wanted, tenantId)
  const pointers = await storage.get(
    decisionKeys,
    tenants.map((tenant) => processKeyId(key, tenant)),
  )
  const nearest = tenants
    .map((tenant) => pointers.find(({ record }) => record.id === processKeyId(key, tenant)))
    .find((one) => one !== undefined && one.record.body.latestId !== '')
  return nearest === undefined ? null : byIds([nearest.record.body.latestId])
}

function titleOf(wanted: DecisionWanted): string {
  if ('id' in wanted) return `The decision ${wanted.id}`
  if ('version' in wanted) return `Version ${wanted.version} of the decision "${wanted.key}"`
  if ('versionTag' in wanted) return `A decision "${wanted.key}" with the version tag "${wanted.versionTag}"`
  return 'deploymentId' in wanted
    ? `A decision "${wanted.key}" in the deployment of the process`
    : `A decision with the key "${wanted.key}"`
}
