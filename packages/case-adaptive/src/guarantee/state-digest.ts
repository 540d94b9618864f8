import { canonicalJson, type InstanceReader, type KernelEvent, sha256 } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { trailOf } from '../deviation/trail.ts'

/** SHA-256 over the scopes from the process down to one: where tokens stand, what they wait for, the variables. */
export function stateDigest(instance: InstanceReader, scopeId: string): string {
  const ids: string[] = []
  for (let id = scopeId; ; id = id.slice(0, id.lastIndexOf('.'))) {
    ids.push(id)
    if (!id.includes('.')) break
  }
  return sha256(canonicalJson(ids.map((id) => instance.scope(id))))
}

/** Writes down the state that a return led to. `before` is the instance before the command, `after` that after its step. */
export function recordStateAfter(
  book: Book,
  events: readonly KernelEvent[],
  before: InstanceReader | null,
  after: InstanceReader | null,
): void {
  if (before === null || after === null) return
  const seen = new Set<string>()
  for (const event of events) {
    if (!('n' in event) || !('scopeId' in event)) continue
    const by = before.token(`${event.scopeId}.${event.n}`)?.hold?.by
    if (by === undefined || seen.has(by)) continue
    seen.add(by)
    const deviation = book.deviation(by)
    const { returned } = deviation?.body ?? {}
    if (deviation?.state !== 'returned' || returned === undefined) continue
    const stateAfter = stateDigest(after, deviation.body.anchor.scopeId)
    const trail = trailOf(deviation, events, before, after)
    book.putDeviation({ ...deviation, body: { ...deviation.body, stateAfter, returned: { ...returned, trail } } })
  }
}
