import type { Storage, Stored } from '@leeway/storage'
import type { Need } from '../kernel/draft.ts'
import { pathOf } from '../kernel/ids.ts'
import { type InstanceState, type Scope, tokenNumbers } from '../kernel/state.ts'
import type { Value } from '../model/value.ts'
import { type DefinitionCache, type LoadedDefinition, loadDefinition } from './definition-cache.ts'
import { everyPage } from './every-record.ts'
import { createLru, type Lru } from './lru.ts'
import { chunks, instances, scopes } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { idIn } from './row-places.ts'

/** An instance in hand: its record at a revision, and its state as far as it was loaded. The maps belong to the entry. */
export interface Entry {
  readonly id: string
  /** Null for an instance to be started. */
  readonly record: InstanceRecord | null
  readonly revision: number
  readonly definition: LoadedDefinition
  readonly state: InstanceState & { readonly scopes: Map<string, Scope>; chunks: ReadonlyMap<string, readonly Value[]> }
  readonly complete: boolean
  /** In a state that was loaded in parts: scopes whose children are all loaded, and what is known not to be there. */
  childrenLoaded: ReadonlySet<string>
}

/** Where instances are read from. */
export interface StateSource {
  readonly storage: Storage
  readonly definitions: DefinitionCache
}

/** Entries by instance, the least recently used go first; never trusted: each commit expects the entry's revision. */
export type StateCache = Lru<Entry>

/** Most scopes kept of stored instances, all together. */
export const SCOPES_CACHED_MAX = 1_000
/** An instance with more scopes than this is loaded in parts. */
export const SCOPES_WHOLE_MAX = 200
/** An instance with more scopes than this is not loaded whole again. */
const SCOPES_AGAIN_MAX = 16

export function createStateCache(): StateCache {
  return createLru(SCOPES_CACHED_MAX)
}

/**
 * Loads an instance from the store: whole where it is small, else with the scopes around `target`. `isLarge`: it is known not to be small.
 * Null where there is none.
 */
export async function loadEntry(source: StateSource, id: string, target: string | null, isLarge = false): Promise<Entry | null> {
  const [stored] = await source.storage.get(instances, [id])
  return stored === undefined ? null : entryOf(source, stored, target, isLarge)
}

/** True where to read all of an instance again, because another changed something in it, is too much. */
export function hasMany({ complete, state }: Entry): boolean {
  return !complete || state.scopes.size > SCOPES_AGAIN_MAX
}

/**
 * An instance as the store has it now, for a job that came from there. What is kept of it serves where nobody has changed it since, so that
 * each of many jobs does not read all that is around it; else, of an instance known to have much, only what is around `target` is read.
 */
export async function loadCurrent(
  source: StateSource & { readonly states: StateCache },
  id: string,
  target: string,
): Promise<Entry | null> {
  const [stored] = await source.storage.get(instances, [id])
  if (stored === undefined) return null
  const kept = source.states.get(id)
  if (kept?.revision === stored.revision && isSeenFrom(kept, target)) return kept
  return keepEntry(source, await entryOf(source, stored, target, kept !== undefined && hasMany(kept)))
}

/** The instance as it was just read: `kept`, where that is of the same revision. A promise only where more of it has to be loaded. */
export function unlessKept(source: StateSource, stored: Stored<InstanceRecord>, kept: Entry | undefined): Entry | Promise<Entry> {
  return kept?.revision === stored.revision && kept.complete ? kept : entryOf(source, stored, null)
}

/** Keeps an instance as it was read: who looks at a task often completes it next, and the commit tells whether it was still so. */
export function keepEntry({ states }: { readonly states: StateCache }, entry: Entry | null): Entry | null {
  if (entry !== null && (states.get(entry.id)?.revision ?? 0) < entry.revision) states.set(entry.id, entry, entry.state.scopes.size)
  return entry
}

/** The entry of an instance to be started. */
export function newEntry(id: string, definition: LoadedDefinition): Entry {
  return {
    id,
    record: null,
    revision: 0,
    definition,
    state: { scopes: new Map(), chunks: NO_CHUNKS },
    complete: true,
    childrenLoaded: NO_SCOPES,
  }
}

/** An instance as it was read. A promise only where more of it has to be loaded, as {@link loadEntry} does. */
function entryOf(source: StateSource, stored: Stored<InstanceRecord>, target: string | null, isLarge = false): Entry | Promise<Entry> {
  const definition = source.definitions.byId.get(stored.record.definitionId)
  if (definition === undefined)
    return loadDefinition(source.definitions, stored.record.definitionId).then((loaded) =>
      loadScopes(source, storedEntry(stored, loaded), target, isLarge),
    )
  const entry = storedEntry(stored, definition)
  return hasChildren(stored.record.body.root) ? loadScopes(source, entry, target, isLarge) : entry
}

function storedEntry({ record, revision }: Stored<InstanceRecord>, definition: LoadedDefinition): Entry {
  const { root } = record.body
  const state = { scopes: new Map<string, Scope>().set(root.id, root), chunks: NO_CHUNKS }
  return { id: record.id, record, revision, definition, state, complete: true, childrenLoaded: NO_SCOPES }
}

async function loadScopes(source: StateSource, entry: Entry, target: string | null, isLarge: boolean): Promise<Entry> {
  if (!hasChildren(entry.state.scopes.get(entry.id) as Scope)) return entry // its own is there
  if (!isLarge && (await loadWhole(source, entry))) return entry
  if (target !== null) {
    const path = pathOf(idIn(entry.state.scopes, target)).slice(1)
    for (const { record: scope } of await source.storage.get(scopes, path)) entry.state.scopes.set(scope.id, scope.body)
  }
  return { ...entry, complete: false }
}

/** Whether all that an instance has is loaded now: not where it has more than is kept of one. */
async function loadWhole({ storage }: StateSource, { id, state }: Entry): Promise<boolean> {
  const inside = { where: { id: within(id) }, orderBy: [{ field: 'id' }] } as const
  const below = await storage.find(scopes, { ...inside, limit: SCOPES_WHOLE_MAX + 1 })
  if (below.length > SCOPES_WHOLE_MAX) return false
  for (const { record: scope } of below) state.scopes.set(scope.id, scope.body)
  const kept = await storage.find(chunks, { ...inside, limit: CHUNKS_WHOLE_MAX + 1 })
  if (kept.length > CHUNKS_WHOLE_MAX) return false
  if (kept.length > 0) state.chunks = new Map(kept.map(({ record: chunk }) => [chunk.id, chunk.body]))
  return true
}

/** Whether all scopes around this one are loaded. */
export function isSeenFrom({ complete, state }: Entry, target: string): boolean {
  return complete || pathOf(idIn(state.scopes, target)).every((id) => state.scopes.has(id))
}

/** Shared by all entries without stored collections: most. Never written. */
export const NO_CHUNKS: ReadonlyMap<string, readonly Value[]> = new Map()
export const NO_SCOPES: ReadonlySet<string> = new Set()

const CHUNKS_WHOLE_MAX = 8
const PAGE = 1_000

function hasChildren(scope: Scope): boolean {
  for (const _ in scope.compensables?.latest) return true
  for (const n of tokenNumbers(scope)) {
    const token = scope.tokens[n]
    if (token?.child || token?.keeps || token?.compensation) return true
  }
  return false
}

/** Ids of all that is inside a scope or instance: `.` is followed by `/` in the order of ids. */
export function within(id: string): [{ readonly gt: string }, { readonly lt: string }] {
  return [{ gt: `${id}.` }, { lt: `${id}/` }]
}

/** Loads into the entry what a step said it needs, as far as it is stored. */
export async function loadNeeds(source: StateSource, entry: Entry, needs: readonly Need[]): Promise<void> {
  for (const need of needs) {
    if ('scope' in need) {
      const found = await source.storage.get(scopes, [need.scope])
      for (const { record } of found) entry.state.scopes.set(record.id, record.body)
      // What is not there has no children: so the kernel knows that it was looked for.
      if (found.length === 0) entry.childrenLoaded = new Set(entry.childrenLoaded).add(need.scope)
    } else if ('chunks' in need) {
      const found = await source.storage.get(chunks, need.chunks)
      const loaded = new Map(entry.state.chunks)
      for (const { record } of found) loaded.set(record.id, record.body)
      entry.state.chunks = loaded
      if (found.length < need.chunks.length)
        entry.childrenLoaded = new Set([...entry.childrenLoaded, ...need.chunks.filter((id) => !loaded.has(id))])
    } else if ('childrenOf' in need) {
      await loadScopesWithin(source, need.childrenOf, (scope) => entry.state.scopes.set(scope.id, scope))
      entry.childrenLoaded = new Set(entry.childrenLoaded).add(need.childrenOf)
    }
  }
}

/** Reads all stored scopes inside a scope or instance, in the order of their ids. */
export async function loadScopesWithin(source: StateSource, id: string, take: (scope: Scope) => void): Promise<void> {
  const [from, below] = within(id)
  for await (const page of everyPage(source.storage, scopes, { id: below }, { from, size: PAGE }))
    for (const { record } of page) take(record.body)
}
