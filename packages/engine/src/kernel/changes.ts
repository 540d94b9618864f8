import type { VariableChange } from '../model/event-definitions.ts'
import type { Values } from '../model/value.ts'
import { hasCondition } from './condition-counts.ts'
import { type Draft, findScope } from './draft.ts'
import type { KernelEvent } from './events.ts'
import { splitTokenId } from './ids.ts'

/** What conditions have to be judged for: in a scope and below, or at one of its tokens and below. */
export interface Change {
  readonly scopeId: string
  /** Null: the whole scope. */
  readonly n: number | null
  /**
   * The variables that changed, and how. `armed`: the token's own conditions are new; `resumed`: whatever changed meanwhile, or the model
   * did.
   */
  readonly what: ReadonlyMap<string, VariableChange> | 'armed' | 'resumed'
}

/** The change that an event, which is about to be applied, means for armed conditions; null for most. */
export function changeBy(draft: Draft, event: KernelEvent): Change | null {
  switch (event.type) {
    case 'variablesSet': {
      const scope = findScope(draft, event.scopeId)
      if (scope === null) return null
      const around = watchedFromOutside(draft, event.scopeId)
      if (scope.conditions === undefined && around === null) return null
      return { ...(around ?? { scopeId: event.scopeId, n: null }), what: changed(scope.variables, event.values, event.removed) }
    }
    case 'pathVariablesSet': {
      const scope = findScope(draft, event.scopeId)
      if (scope?.conditions === undefined) return null
      return { scopeId: event.scopeId, n: null, what: changed(scope.paths?.[event.path] ?? {}, event.values) }
    }
    case 'localsSet': {
      const scope = findScope(draft, event.scopeId)
      if (scope?.conditions === undefined) return null
      return { scopeId: event.scopeId, n: event.n, what: changed(scope.tokens[event.n]?.locals ?? {}, event.locals) }
    }
    case 'elementWaits':
    case 'eventSubProcessArmed':
      return hasCondition(event.waits) ? { scopeId: event.scopeId, n: event.n, what: 'armed' } : null
    case 'tokenReleased': // what was latched occurs now, and may be true no more
    case 'tokenMigrated':
      return hasCondition(event.waits) ? { scopeId: event.scopeId, n: event.n, what: 'resumed' } : null
    case 'tokenMoved': {
      const place = splitTokenId(event.to)
      return place === null || findScope(draft, event.scopeId)?.conditions === undefined ? null : { ...place, what: 'resumed' }
    }
    case 'processResumed':
      return { scopeId: event.scopeId, n: null, what: 'resumed' }
    default:
      return null
  }
}

/** The activity that opened the scope, where conditions at its boundary see what is in it. */
function watchedFromOutside(draft: Draft, scopeId: string): Pick<Change, 'scopeId' | 'n'> | null {
  const owner = splitTokenId(scopeId)
  const around = owner && findScope(draft, owner.scopeId)
  if (around?.conditions === undefined || owner === null) return null
  return around.tokens[owner.n]?.waits?.some((wait) => wait.type === 'condition') === true ? owner : null
}

function changed(before: Values, after: Values, removed: readonly string[] = []): ReadonlyMap<string, VariableChange> {
  const all = new Map<string, VariableChange>(Object.keys(after).map((name) => [name, Object.hasOwn(before, name) ? 'update' : 'create']))
  for (const name of removed) all.set(name, 'delete')
  return all
}
