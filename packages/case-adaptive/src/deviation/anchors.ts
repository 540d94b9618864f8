import { type CommandBody, type InstanceReader, splitTokenId, type Token, type Wait } from '@leeway/engine/extension'
import type { Anchor } from '../case/deviation-state.ts'

/** A token where it stands. */
export interface PlacedToken {
  /** Its element instance id. */
  readonly id: string
  readonly token: Token
}

/** The tokens of an instance that have none inside them, in the order of their scopes; those that only listen are left out. */
export function leafTokens(instance: InstanceReader, scopeId: string = instance.id): readonly PlacedToken[] {
  return tokensWithin(instance, scopeId, false).filter(({ token }) => !token.child)
}

/** What an element instance waits for, and all inside it; of an instance's own id, all in the instance. */
export function tokensAt(instance: InstanceReader, elementInstanceId: string): readonly PlacedToken[] {
  const token = instance.token(elementInstanceId)
  const own = token === null ? [] : [{ id: elementInstanceId, token }]
  return [...own, ...tokensWithin(instance, elementInstanceId, true)]
}

export function waitsAt(instance: InstanceReader, elementInstanceId: string): readonly Wait[] {
  return tokensAt(instance, elementInstanceId).flatMap(({ token }) => token.waits ?? [])
}

/** Who holds the anchor's step, its scope, or the whole instance; null where nobody does. */
export function holderOf(instance: InstanceReader, { type, elementInstanceId }: Anchor): string | null {
  if (type === 'instance') return wholeHolderOf(instance)
  return instance.token(elementInstanceId)?.hold?.by ?? null
}

/** Who took the instance over as a whole. */
export function wholeHolderOf(instance: InstanceReader): string | null {
  return instance.scope(instance.id)?.instance?.hold?.by ?? null
}

/** The kernel's command that puts back what was held. */
export function releaseOf({ type, elementInstanceId }: Anchor, by: string): CommandBody {
  if (type === 'instance') return { type: 'releaseProcess', instanceId: elementInstanceId, by }
  const place = splitTokenId(elementInstanceId) as { scopeId: string; n: number } // the token was found by it
  return { type: 'release', ...place, by }
}

function tokensWithin(instance: InstanceReader, scopeId: string, listening: boolean): readonly PlacedToken[] {
  const scope = instance.scope(scopeId)
  if (scope === null) return []
  if (scope.rounds)
    return Array.from({ length: scope.rounds.begun }, (_, k) => tokensWithin(instance, `${scopeId}.${k + 1}`, listening)).flat()
  return Object.entries(scope.tokens).flatMap(([n, token]): readonly PlacedToken[] => {
    if (!listening && scope.armed?.includes(Number(n))) return []
    const id = `${scopeId}.${n}`
    return [{ id, token }, ...(token.child ? tokensWithin(instance, id, listening) : [])]
  })
}

/** True where the step has a scope of its own. */
export function isScope({ elementInstanceId }: Anchor, instance: InstanceReader): boolean {
  return instance.token(elementInstanceId)?.child === true
}
