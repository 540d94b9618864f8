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

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
