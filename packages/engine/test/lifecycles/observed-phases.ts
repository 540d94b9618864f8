import { apply } from '../../src/kernel/apply.ts'
import { emptyState, openDraft } from '../../src/kernel/draft.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { isArmedToken } from '../../src/kernel/state.ts'
import { elementInstanceLifecycle } from '../../src/lifecycles/element-instance.ts'

const NO_SCOPE = {}

/** Their numbers are those of rounds, and of what was done beside the path: no element instances. */
const NUMBERS_OF_OTHERS: ReadonlySet<KernelEvent['type']> = new Set(['iterationBegun', 'iterationEnded', 'besideKept', 'besideDropped'])

/** A change of phase that was seen; a token that appears comes from nowhere. */
export interface PhaseChange {
  readonly from: string | null
  readonly to: string
  readonly by: KernelEvent['type']
}

/** Folds the events of one instance, from its first, and tells the changes of phase of its tokens. */
export function phaseChanges(events: Iterable<KernelEvent>): readonly PhaseChange[] {
  const draft = openDraft(emptyState, true)
  const changes: PhaseChange[] = []
  const phaseOf = (scopeId: string, n: number): string | null => draft.scopes.get(scopeId)?.tokens[n]?.phase ?? null
  for (const event of events) {
    const { type: by } = event
    const isListening = (): boolean =>
      'n' in event && 'scopeId' in event && isArmedToken(draft.scopes.get(event.scopeId) ?? NO_SCOPE, event.n)
    const listened = isListening()
    const tokens: readonly (readonly [number, string | null])[] =
      event.type === 'tokensJoined'
        ? event.tokens.map(([, n]) => [n, phaseOf(event.scopeId, n)])
        : 'n' in event && !NUMBERS_OF_OTHERS.has(by)
          ? [[event.n, phaseOf(event.scopeId, event.n)]]
          : []
    apply(draft, event)
    if (listened || isListening()) continue // what only listens is no element instance
    for (const [n, before] of tokens) {
      const from = by === 'compensableTaken' ? 'completed' : before
      const end = by === 'elementTerminated' ? 'terminated' : by === 'elementCompensated' ? 'compensated' : 'completed'
      const to = phaseOf('scopeId' in event ? event.scopeId : '', n) ?? end
      if (from !== to) changes.push({ from, to, by })
    }
  }
  return changes
}

/** Whether the chart has the change: by one of its events, or at its beginning, arriving at a join counted as one move. */
export function isInChart({ from, to }: PhaseChange): boolean {
  const { table, initial } = elementInstanceLifecycle
  const edges: Readonly<Record<string, Readonly<Record<string, string>>>> = table
  const after = (state: string): readonly string[] => Object.values(edges[state] ?? {})
  if (from === null) return to === initial || (to === 'arrived' && after(initial).includes('arrived'))
  return after(from).includes(to)
}
