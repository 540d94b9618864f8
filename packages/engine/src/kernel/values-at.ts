import type { Values } from '../model/value.ts'
import { type Draft, findScope } from './draft.ts'
import { splitTokenId } from './ids.ts'
import type { Scope, Token } from './state.ts'

/** The variables as seen from a token: its own, then those of the scopes around it. Frozen. */
export function valuesAt(draft: Draft, scopeId: string, n: number | null): Values {
  let scope: Scope | null = findScope(draft, scopeId)
  const layers: Values[] = []
  let token: Token | undefined = n === null ? undefined : scope?.tokens[n]
  while (scope !== null) {
    if (token?.locals !== undefined) layers.push(token.locals)
    if (token?.path !== undefined && scope.paths?.[token.path] !== undefined) layers.push(scope.paths[token.path] as Values)
    layers.push(scope.variables)
    const owner = splitTokenId(scope.id)
    if (owner === null) break
    scope = findScope(draft, owner.scopeId)
    token = scope?.tokens[owner.n]
  }
  if (layers.length === 1) return Object.freeze(layers[0] as Values)
  const values: { [name: string]: Values[string] } = {}
  for (let i = layers.length - 1; i >= 0; i--) Object.assign(values, layers[i])
  return Object.freeze(values)
}
