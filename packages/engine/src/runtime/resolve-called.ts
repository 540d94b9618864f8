import type { Expectation } from '@leeway/storage'
import type { CallDetails } from '../kernel/events/wait-details.ts'
import type { CommandBody } from './command-body.ts'
import { type LoadedDefinition, loadStartable, loadStartableLatest } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { nearestVersion } from './latest-version.ts'
import { type DefinitionRecord, definitions, deployments } from './records/definition.ts'

/** The definition that a call means, and what must still be so when the call lands; or that there is none. */
export type ResolvedCall =
  | { readonly loaded: LoadedDefinition; readonly expect: readonly Expectation[]; readonly tenantId: string | null }
  | { readonly missing: string; readonly code: 'calledElementNotFound' | 'definitionSuspended' }

/** Looks up what is called: the tenant's own process, else the shared one. `caller` is the definition that the call activity stands in. */
export async function resolveCalled(
  host: Host,
  caller: DefinitionRecord,
  tenantId: string | null,
  call: CallDetails,
): Promise<ResolvedCall> {
  const { processKey, binding } = call
  const tenant = call.tenantId ?? tenantId
  try {
    if (binding === 'latest') return { ...(await loadStartableLatest(host.definitions, processKey, tenant)), tenantId: tenant }
    const id =
      typeof binding === 'string'
        ? await deployedWith(host, caller, processKey)
        : ((await nearestVersion(host.storage, definitions, { key: processKey, ...binding }, tenant))?.id ?? null)
    if (id !== null) return { ...(await loadStartable(host.definitions, id)), tenantId: tenant }
    if (binding === 'deploymentOrLatest') return { ...(await loadStartableLatest(host.definitions, processKey, tenant)), tenantId: tenant }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (error.code === 'definitionSuspended') return { missing: `${error.message}; then resolve the incident`, code: error.code }
    if (error.code !== 'unknownDefinition') throw error
  }
  const version =
    binding === 'latest' || binding === 'deploymentOrLatest'
      ? ''
      : binding === 'deployment'
        ? ' in the deployment of its caller'
        : 'version' in binding
          ? ` in version ${binding.version}`
          : ` with version tag "${binding.versionTag}"`
  const place = tenant === null ? '' : ` for tenant ${tenant}`
  const missing = `no process or global task "${processKey}" is deployed${version}${place}; deploy it, then resolve the incident`
  return { missing, code: 'calledElementNotFound' }
}

/** The command that starts what is called. */
export function startCommandOf(
  instanceId: string,
  { record }: LoadedDefinition,
  { businessKey, variables, caught }: CallDetails,
): CommandBody {
  return { type: 'startProcess', instanceId, definitionId: record.id, businessKey, variables, actor: null, called: caught }
}

/** What a deployment made never changes. */
async function deployedWith({ storage }: Host, caller: DefinitionRecord, key: string): Promise<string | null> {
  if (caller.key === key) return caller.id
  const [stored] = await storage.get(deployments, [caller.body.deploymentId])
  return stored?.record.body.definitionIds.find((id) => id.startsWith(`${key}:`)) ?? null
}
