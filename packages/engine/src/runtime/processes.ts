import type { Storage } from '@leeway/storage'
import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import { unknownDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { findVersions } from './find-versions.ts'
import { type DefinitionRecord, definitions, deployments, resources } from './records/definition.ts'
import { contentOfResource } from './resource-content.ts'

/** One deployed version of a process. */
export interface DeployedProcess {
  /** `key:version`, followed by `@tenant` where it belongs to one. */
  readonly id: string
  /** The id of the `process` element. */
  readonly key: string
  /** From 1, counted by key and tenant. */
  readonly version: number
  readonly name: string | null
  readonly versionTag: string | null
  readonly tenantId: string | null
  /** Who may start it, as the model says. Information: the engine lets everybody whom `authorize` allows. */
  readonly candidateStarterUsers: readonly string[]
  readonly candidateStarterGroups: readonly string[]
  /** True: nothing begins by it until `processes.resume`. */
  readonly isSuspended: boolean
  /** False where the model keeps it from lists of what people may start. */
  readonly startableInTasklist: boolean
}

/** Deployed definitions, the newest version of each key first. */
export interface ProcessQuery {
  readonly key?: string
  /** Only the latest version of each key. */
  readonly latest?: boolean
  readonly version?: number
  readonly versionTag?: string
}

/** Lists what is deployed. */
export async function findProcesses(api: Api, query: ProcessQuery = {}, call = 'processes.find'): Promise<readonly DeployedProcess[]> {
  return (await findVersions(api, call, definitions, query)).map(processOf)
}

/** The file that a definition was deployed with, as given. Throws `unknownDefinition`. */
export async function processXml(api: Api, definitionId: string): Promise<string | Uint8Array> {
  needText('processes.xml', 'definitionId', definitionId)
  const asked = authorize(api, 'processes.xml')
  if (asked !== null) await asked
  const [stored] = await api.host.storage.get(definitions, [definitionId])
  const [resource] =
    stored === undefined || !isSeen(api, stored.record.tenantId) ? [] : await api.host.storage.get(resources, [stored.record.body.resource])
  if (resource === undefined) throw unknownDefinition(definitionId)
  return contentOfResource(resource.record)
}

/** A named file of a deployment, such as a form, as it was given. Throws `unknownDeployment`, also where it has no such file. */
export async function deployedFile(api: Api, deploymentId: string, name: string): Promise<string | Uint8Array> {
  needText('deployments.file', 'deploymentId', deploymentId)
  needText('deployments.file', 'name', name)
  const asked = authorize(api, 'deployments.file')
  if (asked !== null) await asked
  const file = await fileOf(api.host.storage, deploymentId, name, (tenantId) => isSeen(api, tenantId))
  if (file !== null) return file
  throw new EngineError('unknownDeployment', `There is no deployment ${deploymentId} with a file "${name}"`, { deploymentId, name })
}

/** A named file of a deployment; null where there is none, or none that may be seen. */
export async function fileOf(
  storage: Storage,
  deploymentId: string,
  name: string,
  isSeen: (tenantId: string | null) => boolean = () => true,
): Promise<string | Uint8Array | null> {
  const [deployment] = await storage.get(deployments, [deploymentId])
  const file = deployment?.record.body.files?.find((one) => one.name === name)
  if (deployment === undefined || file === undefined || !isSeen(deployment.record.body.tenantId)) return null
  const [resource] = await storage.get(resources, [file.resource])
  return resource === undefined ? null : contentOfResource(resource.record)
}

/** A process's version as callers see it. */
export function processOf({ id, key, version, versionTag, tenantId, body }: DefinitionRecord): DeployedProcess {
  return {
    id,
    key,
    version,
    name: body.name,
    versionTag,
    tenantId,
    isSuspended: body.suspended !== undefined,
    candidateStarterUsers: body.starterUsers ?? [],
    candidateStarterGroups: body.starterGroups ?? [],
    startableInTasklist: body.startableInTasklist ?? true,
  }
}
