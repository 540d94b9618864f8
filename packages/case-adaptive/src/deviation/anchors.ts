import type { InstanceReader, Token } from '@leeway/engine/extension'

/** A token where it stands. */
export interface PlacedToken {
  /** Its element instance id. */
  readonly id: string
  readonly token: Token
}

/** The tokens of an instance that have none inside them, in the order of their scopes; those that only listen are left out. */
export function leafTokens(instance: InstanceReader, scopeId: string = instance.id): readonly PlacedToken[] {
  const scope = instance.scope(scopeId)
  if (scope === null) return []
  if (scope.rounds) return Array.from({ length: scope.rounds.begun }, (_, k) => leafTokens(instance, `${scopeId}.${k + 1}`)).flat()
  return Object.entries(scope.tokens).flatMap(([n, token]): readonly PlacedToken[] => {
    if (scope.armed?.includes(Number(n))) return []
    const id = `${scopeId}.${n}`
    return token.child ? leafTokens(instance, id) : [{ id, token }]
  })
}
