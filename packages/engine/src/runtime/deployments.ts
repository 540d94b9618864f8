import type { Expectation, Key, Write } from '@leeway/storage'
import type { Decision } from '../decisions/decision.ts'
import { base64Of } from '../expressions/base64.ts'
import type { Diagnostic } from '../import/diagnostics.ts'
import { importForm, isForm } from '../import/import-form.ts'
import { importModel } from '../import/import-model.ts'
import { isScriptFile } from '../import/read-script.ts'
import type { Definition } from '../model/definition.ts'
import { type Api, actorOf, authorize, type CallOptions, tenantOf } from './api-context.ts'
import { checkBoolean, checkMembers, checkOptions, checkText, membersOf, needText, refuseArgument } from './arguments.ts'
import { AGAIN, contended } from './contended.ts'
import { type DeployedDecision, viewOf } from './decisions.ts'
import { type LoadedDecision, type LoadedDefinition, loadDefinition } from './definition-cache.ts'
import { decisionChanges } from './deploy-decisions.ts'
import { sha256 } from './digest.ts'
import { endlessDeployments } from './endless-deployments.ts'
import { EngineError, ModelError } from './errors.ts'
import type { Host } from './host.ts'
import { type DeployedProcess, processOf } from './processes.ts'
import {
  type DecisionRecord,
  type DefinitionRecord,
  type DeploymentRecord,
  decisions,
  definitions,
  deployments,
  processKeyId,
  processKeys,
  type ResourceRecord,
  resources,
} from './records/definition.ts'
import { commands } from './records/history.ts'
import { startEventChanges } from './start-events.ts'

/** A model to be deployed: its text or bytes, or several files with their names, of BPMN, DMN, or forms (`.form`, `.json`, `.html`). */
export type DeploySource = string | Uint8Array | readonly { readonly name: string; readonly content: string | Uint8Array }[]

/** How models are deployed. */
export interface DeployOptions extends CallOptions {
  /** Deploys processes that are marked as not executable too. */
  readonly includeDrawings?: boolean
}

/** What a deployment made, or had made before by the same content. */
export interface Deployment {
  readonly id: string
  readonly processes: readonly DeployedProcess[]
  readonly decisions: readonly DeployedDecision[]
  /** Warnings and infos. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Deploys models: all of them or none. The same content is the same deployment. Throws `ModelError` with every finding. */
export async function deploy(api: Api, source: DeploySource, options: DeployOptions = {}): Promise<Deployment> {
  checkOptions('deploy', options, DEPLOYING)
  checkBoolean('deploy', 'includeDrawings', options.includeDrawings)
  const { host } = api
  const actor = actorOf(api, options)
  const tenantId = tenantOf(api, options)
  const asked = authorize(api, 'deploy', { actor, tenantId })
  if (asked !== null) await asked
  const files = filesOf(source)
  const imported = await importAll(host, files, options.includeDrawings === true)
  const id = sha256(JSON.stringify([tenantId, options.includeDrawings === true, ...imported.map((file) => [file.name, file.digest])]))
  return contended('The deployment met others', { deploymentId: id }, async () => {
    const known = await host.storage.get(deployments, [id])
    const made =
      known[0] !== undefined && !known[0].record.body.isPartial
        ? await deployedBefore(host, known[0].record, imported)
        : await deployOnce(host, id, imported, { actor, tenantId, revision: known[0]?.revision ?? 0 })
    if (made === null) return AGAIN
    const { processes, decisions } = made
    const circles = await endlessDeployments(host, imported, tenantId)
    return {
      id,
      processes: processes.map(processOf),
      decisions: decisions.map(viewOf),
      diagnostics: [...imported.flatMap((file) => file.diagnostics), ...circles],
    }
  })
}

const DEPLOYING = membersOf('includeDrawings')
const FILE: ReadonlySet<string> = new Set(['name', 'content'])

interface SourceFile {
  readonly name: string | null
  readonly content: string | Uint8Array
}

interface ImportedFile extends SourceFile {
  readonly digest: string
  readonly processes: readonly Definition[]
  readonly decisions: readonly Decision[]
  readonly diagnostics: readonly Diagnostic[]
}

function filesOf(source: DeploySource): readonly SourceFile[] {
  if (typeof source === 'string' || source instanceof Uint8Array) return [{ name: null, content: source }]
  if (!Array.isArray(source) || source.length === 0)
    refuseArgument('deploy', 'source', source, 'the text or bytes of a model, or a list of { name, content }')
  const files = source as readonly SourceFile[] // checked below
  files.forEach((file, i) => {
    checkMembers('deploy', `source[${i}]`, file, FILE)
    needText('deploy', `source[${i}].name`, file.name)
    if (typeof file.content !== 'string' && !(file.content instanceof Uint8Array))
      refuseArgument('deploy', `source[${i}].content`, file.content, 'text or bytes')
  })
  return files
}

async function importAll(host: Host, files: readonly SourceFile[], includeDrawings: boolean): Promise<readonly ImportedFile[]> {
  const imported: ImportedFile[] = []
  const hasFile = (name: string): boolean => files.some((file) => file.name === name)
  for (const file of files) {
    const { processes, decisions, diagnostics: own } = await importFile(host, file, includeDrawings, hasFile)
    const diagnostics = [...own, ...processes.flatMap((process) => host.extensions.inspect(process))]
    const named = file.name === null ? diagnostics : diagnostics.map((diagnostic) => ({ ...diagnostic, file: file.name as string }))
    imported.push({
      ...file,
      digest: sha256(file.content),
      processes: processes.filter((process) => process.executable || includeDrawings),
      decisions,
      diagnostics: named,
    })
  }
  const all = imported.flatMap((file) => file.diagnostics)
  const errors = all.filter((diagnostic) => diagnostic.severity === 'error')
  const [first] = errors
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    throw new ModelError(`The model cannot be deployed: ${first.message}${more}`, all)
  }
  const processKeys = imported.flatMap((file) => file.processes.map((process) => process.key))
  const decisionKeys = imported.flatMap((file) => file.decisions.map((decision) => decision.id))
  for (const [kind, keys] of [['process', processKeys] as const, ['decision', decisionKeys] as const]) {
    const twice = keys.find((key, index) => keys.indexOf(key) !== index)
    if (twice !== undefined)
      throw new EngineError('invalidArgument', `The ${kind} "${twice}" stands in the deployment twice`, { key: twice })
  }
  return imported
}

async function importFile(
  host: Host,
  { name, content }: SourceFile,
  includeDrawings: boolean,
  hasFile: (name: string) => boolean,
): Promise<Pick<ImportedFile, 'processes' | 'decisions' | 'diagnostics'>> {
  if (name !== null && isForm(name)) return { processes: [], decisions: [], diagnostics: importForm(name, content) }
  if (isScriptFile(name)) return { processes: [], decisions: [], diagnostics: [] }
  return importModel(content, { ...host.definitions.importOptions, includeDrawings, hasFile })
}

/** What a deployment made. */
interface Made {
  readonly processes: readonly DefinitionRecord[]
  readonly decisions: readonly DecisionRecord[]
}

/** What was compiled of the same content is kept: a node that deploys its models when it starts compiles each once. */
async function deployedBefore(host: Host, { body }: DeploymentRecord, files: readonly ImportedFile[]): Promise<Made> {
  const { storage, definitions: cache } = host
  const { definitionIds, decisionIds = [] } = body
  const [processes, made] = await Promise.all([storage.get(definitions, definitionIds), storage.get(decisions, decisionIds)])
  for (const { record, revision } of processes) {
    const file = files.find(({ digest }) => digest === record.body.resource)
    const definition = file?.processes.find(({ key }) => key === record.key)
    if (definition !== undefined && cache.byId.get(record.id) === undefined) cache.byId.set(record.id, { record, definition, revision })
  }
  return {
    processes: definitionIds.flatMap((id) => processes.filter(({ record }) => record.id === id).map(({ record }) => record)),
    decisions: decisionIds.flatMap((id) => made.filter(({ record }) => record.id === id).map(({ record }) => record)),
  }
}

/** Null where another deployment of one of the keys came first: versions must be counted again. */
async function deployOnce(
  host: Host,
  id: string,
  files: readonly ImportedFile[],
  { actor, tenantId, revision }: { readonly actor: string | null; readonly tenantId: string | null; readonly revision: number },
): Promise<Made | null> {
  const at = host.now()
  const expect: Expectation[] = [{ collection: deployments, id, revision }]
  const put: Write[] = []
  const deleted: Key[] = []
  const made: LoadedDefinition[] = []
  const madeDecisions: LoadedDecision[] = []
  for (const file of files) {
    const resource: ResourceRecord = {
      id: file.digest,
      body: typeof file.content === 'string' ? { text: file.content } : { base64: base64Of(file.content) },
    }
    if (!put.some((write) => write.record.id === resource.id)) put.push({ collection: resources, record: resource })
    for (const definition of file.processes) {
      const pointerId = processKeyId(definition.key, tenantId)
      const [pointer] = await host.storage.get(processKeys, [pointerId])
      const version = (pointer?.record.body.version ?? 0) + 1
      const record: DefinitionRecord = {
        id: `${definition.key}:${version}${tenantId === null ? '' : `@${tenantId}`}`,
        key: definition.key,
        version,
        tenantId,
        versionTag: definition.versionTag,
        body: { name: definition.name, resource: file.digest, fileName: file.name, deploymentId: id, at, ...metadataOf(definition) },
      }
      const latestId = pointer?.record.body.latestId ?? ''
      const previous = latestId === '' ? null : await loadDefinition(host.definitions, latestId)
      const changes = startEventChanges({ record, definition }, previous, { now: at, environment: host.environment })
      expect.push({ collection: processKeys, id: pointerId, revision: pointer?.revision ?? 0 })
      put.push(
        { collection: processKeys, record: { id: pointerId, body: { latestId: record.id, version } } },
        { collection: definitions, record },
        ...changes.put,
      )
      deleted.push(...changes.delete)
      made.push({ record, definition, revision: 1 })
    }
    const changes = await decisionChanges(host, file, { id, at, tenantId })
    expect.push(...changes.expect)
    put.push(...changes.put)
    madeDecisions.push(...changes.made)
  }
  const record: DeploymentRecord = {
    id,
    body: {
      at,
      actor,
      tenantId,
      definitionIds: made.map(({ record }) => record.id),
      decisionIds: madeDecisions.map(({ record }) => record.id),
      files: files.flatMap(({ name, digest }) => (name === null ? [] : [{ name, resource: digest }])),
    },
  }
  put.push({ collection: deployments, record })
  // Made of process, version, tenant and element.
  for (const write of put) checkText('deploy', 'the id of what it writes', write.record.id)
  const setId = host.newId()
  const trace = { id: setId, at, body: actor === null ? { type: 'deploy' } : { type: 'deploy', actor } }
  const landing = await host.commit({
    id: setId,
    expect,
    touch: [],
    put,
    delete: deleted,
    append: [{ collection: commands, record: trace }],
  })
  if (landing !== 'committed') return null
  for (const loaded of made) {
    host.definitions.byId.set(loaded.record.id, loaded)
    host.definitions.latest.delete(processKeyId(loaded.record.key, tenantId))
  }
  host.wake()
  if (host.events.isHeard())
    for (const { record } of made)
      host.events.tell({ type: 'deployed', instanceId: null, processKey: record.key, definitionId: record.id, at })
  return { processes: made.map(({ record }) => record), decisions: madeDecisions.map(({ record }) => record) }
}

function metadataOf(definition: Definition): Partial<DefinitionRecord['body']> {
  const { candidateStarterUsers: starterUsers, candidateStarterGroups: starterGroups, startableInTasklist, timeToLiveMs } = definition
  return {
    ...(starterUsers.length > 0 && { starterUsers }),
    ...(starterGroups.length > 0 && { starterGroups }),
    ...(!startableInTasklist && { startableInTasklist }),
    ...(timeToLiveMs !== null && { timeToLiveMs }),
  }
}
