import type { Value } from '../model/value.ts'
import { type Draft, Missing, noChunks } from './draft.ts'

/** How many items of a collection one stored chunk holds. */
export const CHUNK_ITEMS = 256

/** Item `index` (from 0) of a sequential multi-instance's collection. */
export function itemOf(draft: Draft, bodyId: string, index: number): Value {
  const id = chunkId(bodyId, Math.floor(index / CHUNK_ITEMS))
  if (!isChunkKnown(draft, id)) throw new Missing({ chunks: [id] })
  return chunkIn(draft, id)?.[index % CHUNK_ITEMS] ?? null
}

/** The chunks of a body that are stored, by their number. All are asked for at once. */
export function chunksOf(draft: Draft, bodyId: string, items: number): Map<number, readonly Value[]> {
  const stored = new Map<number, readonly Value[]>()
  const missing: string[] = []
  for (let k = 0; k * CHUNK_ITEMS < items; k++) {
    const id = chunkId(bodyId, k)
    const chunk = chunkIn(draft, id)
    if (chunk) stored.set(k, chunk)
    else if (!isChunkKnown(draft, id)) missing.push(id)
  }
  if (missing.length > 0) throw new Missing({ chunks: missing })
  return stored
}

/** Null where the step took it away, undefined where it was not there. */
function chunkIn(draft: Draft, id: string): readonly Value[] | null | undefined {
  const own = draft.chunks.get(id)
  return own === undefined ? draft.base.chunks.get(id) : own
}

function isChunkKnown(draft: Draft, id: string): boolean {
  return draft.complete || chunkIn(draft, id) !== undefined || draft.childrenLoaded.has(id)
}

/** Writes a chunk, or marks it as gone. Few commands do: the map is made by the first that does. */
export function putChunk(draft: Draft, id: string, chunk: readonly Value[] | null): void {
  const own =
    draft.chunks === noChunks ? new Map<string, readonly Value[] | null>() : (draft.chunks as Map<string, readonly Value[] | null>) // made here
  own.set(id, chunk)
  draft.chunks = own
}

export function chunkId(bodyId: string, k: number): string {
  return `${bodyId}#${k}`
}
