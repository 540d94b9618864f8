import type { Row } from './row.ts'

const CHUNK_ROWS_MAX = 512

/**
 * Rows in order, in chunks of at most 512: a row is found, added and removed in logarithmic time plus the shifting of one
 * chunk. A row must be removed before a field that orders it changes.
 */
export class SortedRows {
  readonly #compare: (a: Row, b: Row) => number
  readonly #chunks: Row[][] = []

  constructor(rows: Iterable<Row>, compare: (a: Row, b: Row) => number) {
    this.#compare = compare
    const all = [...rows].sort(compare)
    for (let i = 0; i < all.length; i += CHUNK_ROWS_MAX / 2) this.#chunks.push(all.slice(i, i + CHUNK_ROWS_MAX / 2))
  }

  add(row: Row): void {
    const chunks = this.#chunks
    if (chunks.length === 0) {
      chunks.push([row])
      return
    }
    const at = Math.min(
      this.#chunkOf((other) => this.#compare(other, row) >= 0),
      chunks.length - 1,
    )
    const chunk = chunks[at] as Row[]
    chunk.splice(
      firstWhere(chunk, (other) => this.#compare(other, row) >= 0),
      0,
      row,
    )
    if (chunk.length > CHUNK_ROWS_MAX) chunks.splice(at + 1, 0, chunk.splice(CHUNK_ROWS_MAX / 2))
  }

  remove(row: Row): void {
    const at = this.#chunkOf((other) => this.#compare(other, row) >= 0)
    const chunk = this.#chunks[at]
    if (chunk === undefined) return
    const position = firstWhere(chunk, (other) => this.#compare(other, row) >= 0)
    if (chunk[position] !== row) return
    chunk.splice(position, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** The rows from the first that answers true; the answers along the order are false, then true. */
  *from(isReached: (row: Row) => boolean): Generator<Row> {
    let at = this.#chunkOf(isReached)
    const first = this.#chunks[at]
    if (first === undefined) return
    for (let i = firstWhere(first, isReached); i < first.length; i++) yield first[i] as Row
    for (at++; at < this.#chunks.length; at++) yield* this.#chunks[at] as Row[]
  }

  /** The rows backwards, beginning before the first that answers true; the answers along the order are false, then true. */
  *backFrom(isPassed: (row: Row) => boolean): Generator<Row> {
    let at = this.#chunkOf(isPassed)
    const last = this.#chunks[at]
    if (last !== undefined) for (let i = firstWhere(last, isPassed) - 1; i >= 0; i--) yield last[i] as Row
    for (at--; at >= 0; at--) {
      const chunk = this.#chunks[at] as Row[]
      for (let i = chunk.length - 1; i >= 0; i--) yield chunk[i] as Row
    }
  }

  /** The first chunk whose last row answers true. */
  #chunkOf(isReached: (row: Row) => boolean): number {
    return firstWhere(this.#chunks, (chunk) => isReached(chunk[chunk.length - 1] as Row))
  }
}

function firstWhere<T>(list: readonly T[], isReached: (item: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isReached(list[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}
