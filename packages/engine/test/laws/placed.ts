import { type InstanceState, isArmedToken, type Token } from '../../src/kernel/state.ts'

/** All tokens of an instance, in the order of their scopes. */
export function tokensOf(state: InstanceState): readonly Placed[] {
  return [...state.scopes.values()].flatMap((scope) =>
    Object.entries(scope.tokens).map(([n, token]) => ({
      scopeId: scope.id,
      n: Number(n),
      token,
      isListening: isArmedToken(scope, Number(n)),
    })),
  )
}

/** A live token and where it is. */
export interface Placed {
  readonly scopeId: string
  readonly n: number
  readonly token: Token
  /** It only listens for the start of an event sub-process. */
  readonly isListening: boolean
}

/** Phases in which a token cannot be taken off the path. */
export const NOT_HELD: ReadonlySet<Token['phase']> = new Set(['active', 'held', 'compensating'])
