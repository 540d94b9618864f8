import type { Expectation, Storage } from '@leeway/storage'
import type { Decision } from '../decisions/decision.ts'
import { importBpmn } from '../import/import-bpmn.ts'
import { importModel } from '../import/import-model.ts'
import type { ImportOptions } from '../import/import-options.ts'
import type { Definition } from '../model/definition.ts'
import { EngineError } from './errors.ts'
import { createLru, type Lru } from './lru.ts'
import {
  type DecisionRecord,
  type DefinitionRecord,
  definitions,
  type ProcessKeyRecord,
  processKeyId,
  processKeys,
  resources,
} from './records/definition.ts'
import { contentOfResource } from './resource-content.ts'

/** A deployed definition, compiled. */
export interface LoadedDefinition {
  readonly record: DefinitionRecord
  /** Of the record as it was read. */
  readonly revision: number
  readonly definition: Definition
}

/** A deployed decision, compiled. */
export interface LoadedDecision {
  readonly record: DecisionRecord
  readonly decision: Decision
}

/** The latest version of a key, and what a change set must expect so that it is still the latest when it lands. */
export interface LatestDefinition {
  readonly loaded: LoadedDefinition
  readonly expect: readonly Expectation[]
  /** Nothing new begins by it. */
  readonly isSuspended: boolean
}

/** Compiled definitions by id, and which is the latest of a key: shared by all instances, bounded. */
export interface DefinitionCache {
  readonly byId: Lru<LoadedDefinition>
  readonly latest: Lru<LatestDefinition>
  readonly decisions: Lru<LoadedDecision>
  readonly storage: Storage
  readonly importOptions: ImportOptions
}

/** Most compiled definitions kept. */
export const DEFINITIONS_MAX = 500

export function createDefinitionCache(storage: Storage, importOptions: ImportOptions): DefinitionCache {
  return {
    byId: createLru(DEFINITIONS_MAX),
    latest: createLru(DEFINITIONS_MAX),
    decisions: createLru(DEFINITIONS_MAX),
    storage,
    importOptions,
  }
}

/** It was never deployed, is deleted, or another tenant's. */
export function unknownDefinition(id: string): EngineError {
  return new EngineError('unknownDefinition', `There is no definition ${id}. Deploy it first.`, { definitionId: id })
}

/** The definition with this id. Throws `unknownDefinition`. */
export async function loadDefinition(cache: DefinitionCache, id: string): Promise<LoadedDefinition> {
  const known = cache.byId.get(id)
  if (known !== undefined) return known
  const [stored] = await cache.storage.get(definitions, [id])
  if (stored === undefined) throw unknownDefinition(id)
  const loaded = { ...(await compile(cache, stored.record)), revision: stored.revision }
  cache.byId.set(id, loaded)
  return loaded
}

/** The latest version of a key for a tenant: the tenant's own, else the shared one. Throws `unknownDefinition`. */
export async function loadLatest(cache: DefinitionCache, key: string, tenantId: string | null): Promise<LatestDefinition> {
  const name = processKeyId(key, tenantId)
  const known = cache.latest.get(name)
  if (known !== undefined && !known.isSuspended) return known
  const ids = tenantId === null ? [name] : [name, processKeyId(key, null)]
  const found = await cache.storage.get(processKeys, ids)
  const expect: Expectation[] = []
  for (const id of ids) {
    const stored = found.find((candidate) => candidate.record.id === id)
    expect.push({ collection: processKeys, id, revision: stored?.revision ?? 0 })
    const { latestId = '', isSuspended = false } = (stored?.record as ProcessKeyRecord | undefined)?.body ?? {}
    if (latestId === '') continue
    const latest: LatestDefinition = { loaded: await loadDefinition(cache, latestId), expect, isSuspended }
    cache.latest.set(name, latest)
    return latest
  }
  const place = tenantId === null ? '' : ` for tenant ${tenantId}`
  throw new EngineError('unknownDefinition', `No process with the key "${key}" is deployed${place}.`, { key, tenantId })
}

/**
 * The latest version as {@link loadLatest} gives it, where something is to begin by it. Throws `unknownDefinition`, `definitionSuspended`.
 */
export async function loadStartableLatest(cache: DefinitionCache, key: string, tenantId: string | null): Promise<LatestDefinition> {
  const latest = await loadLatest(cache, key, tenantId)
  if (latest.isSuspended) throw definitionSuspended(latest.loaded.record.id)
  return latest
}

/**
 * A definition by which something is to begin, and what a change set must expect so that it still may when it lands. Throws
 * `unknownDefinition`, `definitionSuspended`.
 */
export async function loadStartable(cache: DefinitionCache, id: string): Promise<Omit<LatestDefinition, 'isSuspended'>> {
  // What is kept here may be behind the store: that it may begin is expected, that it may not is looked up.
  if (cache.byId.get(id)?.record.body.suspended !== undefined) cache.byId.delete(id)
  const loaded = await loadDefinition(cache, id)
  if (loaded.record.body.suspended !== undefined) throw definitionSuspended(id)
  return { loaded, expect: [asRead(loaded)] }
}

/** The definition is as it was read: neither suspended since then nor deleted. */
export function asRead({ record: { id }, revision }: LoadedDefinition): Expectation {
  return { collection: definitions, id, revision }
}

/** Forgets what is not as it was read, so that it is read anew. */
export function forgetStale(cache: DefinitionCache, conflict: readonly Pick<Expectation, 'collection' | 'id'>[]): void {
  for (const { collection, id } of conflict) {
    if (collection.name === definitions.name) cache.byId.delete(id)
    else if (collection.name === processKeys.name) cache.latest.delete(id)
  }
}

export function definitionSuspended(definitionId: string): EngineError {
  return new EngineError('definitionSuspended', `Definition ${definitionId} is suspended: nothing begins by it until processes.resume`, {
    definitionId,
  })
}

/** The compiled decision of a record. */
export async function compileDecision(cache: DefinitionCache, record: DecisionRecord): Promise<LoadedDecision> {
  const known = cache.decisions.get(record.id)
  if (known !== undefined) return known
  const { decisions, diagnostics } = await importModel(await contentOf(cache, record), cache.importOptions)
  const decision = decisions.find((candidate) => candidate.id === record.key)
  if (decision === undefined) {
    throw new EngineError('unknownDecision', `The file of decision ${record.id} cannot be read by this version of the engine.`, {
      decisionId: record.id,
      diagnostics,
    })
  }
  const loaded = { record, decision }
  cache.decisions.set(record.id, loaded)
  return loaded
}

/** The file that a definition or decision stands in, as it was deployed. */
async function contentOf(
  cache: DefinitionCache,
  { id, body: { resource } }: DefinitionRecord | DecisionRecord,
): Promise<string | Uint8Array> {
  const [stored] = await cache.storage.get(resources, [resource])
  if (stored === undefined)
    throw new EngineError('unknownDefinition', `The file of definition ${id} is not in the store.`, { definitionId: id })
  return contentOfResource(stored.record)
}

async function compile(cache: DefinitionCache, record: DefinitionRecord): Promise<Omit<LoadedDefinition, 'revision'>> {
  const imported = await importBpmn(await contentOf(cache, record), { ...cache.importOptions, soundness: false })
  const definition = imported.processes.find((candidate) => candidate.key === record.key)
  if (definition === undefined) {
    throw new EngineError('unknownDefinition', `The file of definition ${record.id} cannot be read by this version of the engine.`, {
      definitionId: record.id,
      diagnostics: imported.diagnostics,
    })
  }
  return { record, definition }
}
