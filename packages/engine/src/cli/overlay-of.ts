import type { Overlay } from '../diagram/overlay.ts'
import type { HistoryEntry } from '../runtime/history.ts'
import type { InstanceView } from '../runtime/instance-view.ts'

/** What an instance's view and history say of each element. */
export function overlayOf(view: InstanceView, history: readonly HistoryEntry[]): Overlay {
  const completed = new Map<string, number>()
  const taken = new Map<string, number>()
  for (const entry of history) {
    if (entry.type !== 'elementCompleted' || entry.elementId === undefined) continue
    count(completed, entry.elementId)
    if (Array.isArray(entry.taken)) for (const flow of entry.taken) count(taken, String(flow))
  }
  const tokens = new Map<string, number>()
  const held = new Map<string, number>()
  for (const { elementId, phase } of view.activeElements) {
    count(tokens, elementId)
    if (phase === 'held') count(held, elementId)
  }
  const incidents = new Map<string, string[]>()
  for (const { elementId, code, message } of view.incidents) {
    incidents.set(elementId, [...(incidents.get(elementId) ?? []), `${code}: ${message}`])
  }
  return { tokens, held, completed, taken, incidents }
}

/** An overlay of many instances in one: numbers add up, incidents of one kind are told once with their number. */
export class OverlaySum {
  readonly #tokens = new Map<string, number>()
  readonly #held = new Map<string, number>()
  readonly #completed = new Map<string, number>()
  readonly #taken = new Map<string, number>()
  readonly #incidents = new Map<string, Map<string, number>>()

  add({ tokens, held, completed, taken, incidents }: Overlay): void {
    addAll(this.#tokens, tokens)
    addAll(this.#held, held)
    addAll(this.#completed, completed)
    addAll(this.#taken, taken)
    for (const [elementId, messages] of incidents) {
      const counts = this.#incidents.get(elementId) ?? new Map<string, number>()
      for (const message of messages) if (counts.has(message) || counts.size < KINDS_MAX) count(counts, message)
      this.#incidents.set(elementId, counts)
    }
  }

  sum(): Overlay {
    const incidents = [...this.#incidents].map(
      ([id, counts]) => [id, [...counts].map(([message, number]) => `${number} × ${message}`)] as const,
    )
    return { tokens: this.#tokens, held: this.#held, completed: this.#completed, taken: this.#taken, incidents: new Map(incidents) }
  }
}

/** Most kinds of incidents that are told of one element. */
const KINDS_MAX = 20

function addAll(sums: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [key, number] of more) sums.set(key, (sums.get(key) ?? 0) + number)
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
