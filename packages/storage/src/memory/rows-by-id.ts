import type { Row } from './row.ts'

/** How many rows are kept apart as young. */
const YOUNG_MAX = 1_024

/**
 * The rows of a table by their ids. Most ids begin with a time, so that new ones are above all that were there: those are kept apart while
 * they are few. A look for one that is new, or not there yet, then touches a small map, and not a large one that no cache holds.
 */
export class RowsById {
  #old = new Map<string, Row>()
  #young = new Map<string, Row>()
  /** No old row has an id above this, and no young one has not. */
  #greatest = ''

  get size(): number {
    return this.#old.size + this.#young.size
  }

  get(id: string): Row | undefined {
    return (id > this.#greatest ? this.#young : this.#old).get(id)
  }

  /** Adds a row whose id is not there yet. */
  add(row: Row): void {
    const { id } = row.record
    if (id <= this.#greatest) this.#old.set(id, row)
    else if (this.#young.set(id, row).size > YOUNG_MAX) this.#age()
  }

  delete(id: string): void {
    ;(id > this.#greatest ? this.#young : this.#old).delete(id)
  }

  *values(): IterableIterator<Row> {
    yield* this.#old.values()
    yield* this.#young.values()
  }

  #age(): void {
    let greatest = this.#greatest
    for (const [id, row] of this.#young) {
      this.#old.set(id, row)
      if (id > greatest) greatest = id
    }
    this.#young.clear()
    this.#greatest = greatest
  }
}
