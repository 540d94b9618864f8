import { isDeepStrictEqual } from 'node:util'
import type { Command } from '../../src/kernel/commands.ts'
import { type Need, openDraft } from '../../src/kernel/draft.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { instanceIdOf, splitTokenId } from '../../src/kernel/ids.ts'
import type { InstanceState, Scope } from '../../src/kernel/state.ts'
import { advance } from '../../src/kernel/step.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { Value } from '../../src/model/value.ts'
import { environment } from './kernel.ts'
import { type Law, plain } from './trace-laws.ts'
import type { Trace } from './walk.ts'

/** What a command came to on a state of which only the root was there at first. */
export interface LazyOutcome {
  readonly events: readonly KernelEvent[]
  readonly state: InstanceState
  /** In how many rounds scopes had to be loaded. */
  readonly rounds: number
}

const ROUNDS_MAX = 500

/** Runs a command as a host does that holds next to nothing: each time the step says what it needs, just that is loaded. */
export function stepLazily(definition: Definition, store: InstanceState, command: Command, load: Loader = loadNamed): LazyOutcome {
  const scopes = new Map<string, Scope>()
  const chunks = new Map<string, readonly Value[]>()
  const known = new Set<string>()
  if (command.type !== 'startProcess')
    load(store, { scope: instanceIdOf('scopeId' in command ? command.scopeId : command.instanceId) }, scopes, chunks, known)
  for (let rounds = 1; rounds <= ROUNDS_MAX; rounds++) {
    const draft = openDraft({ scopes, chunks }, command.type === 'startProcess', known)
    const result = advance(draft, definition, command, environment)
    if ('needs' in result) {
      for (const need of result.needs) load(store, need, scopes, chunks, known)
      continue
    }
    if ('rejected' in result) return { events: [], state: store, rounds } // its draft is thrown away
    const state = { scopes: merged(store.scopes, draft.scopes), chunks: merged(store.chunks, draft.chunks) }
    return { events: result.events, state, rounds }
  }
  throw new Error(`${command.type} asks for ever more`)
}

/** Brings what is named from the store into the maps. `known`: scopes of whose children none is left to be loaded. */
export type Loader = (
  store: InstanceState,
  need: Need,
  scopes: Map<string, Scope>,
  chunks: Map<string, readonly Value[]>,
  known: Set<string>,
) => void

/** Loads just what is named. */
export const loadNamed: Loader = (store, need, scopes, chunks, known) => {
  if ('chunks' in need) {
    for (const id of need.chunks) {
      const items = store.chunks.get(id)
      if (items) chunks.set(id, items)
      else known.add(id)
    }
  } else if ('scope' in need) {
    const scope = store.scopes.get(need.scope)
    if (scope) scopes.set(need.scope, scope)
    else known.add(need.scope) // nothing is there, so nothing of it is left to be loaded
  } else if ('childrenOf' in need) {
    for (const scope of store.scopes.values()) if (splitTokenId(scope.id)?.scopeId === need.childrenOf) scopes.set(scope.id, scope)
    known.add(need.childrenOf)
  }
}

function merged<T>(base: ReadonlyMap<string, T>, changes: ReadonlyMap<string, T | null>): ReadonlyMap<string, T> {
  const all = new Map(base)
  for (const [id, value] of changes) {
    if (value === null) all.delete(id)
    else all.set(id, value)
  }
  return all
}

/** Running with scopes that are loaded when they are asked for gives the same events and the same state. */
export const partialStateIsEnough: Law = (trace) => comparedWithLazy(trace, loadNamed)

/** The same with a loader of one's own. */
export function comparedWithLazy(trace: Trace, loader: Loader): readonly string[] {
  for (const [k, move] of trace.moves.entries()) {
    const lazy = stepLazily(trace.definition, move.before, move.command, loader)
    if (JSON.stringify(lazy.events) !== JSON.stringify(move.events))
      return [`move ${k} (${move.command.type}) gives other events on a partial state`]
    if (!isDeepStrictEqual(plain(lazy.state), plain(move.after)))
      return [`move ${k} (${move.command.type}) gives another state on a partial state`]
    // Each scope may be named once, and once its children.
    if (lazy.rounds > 2 + 2 * move.before.scopes.size) return [`move ${k} (${move.command.type}) took ${lazy.rounds} rounds of loading`]
  }
  return []
}
