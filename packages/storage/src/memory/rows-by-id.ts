import type { Row } from './row.ts'

/** How many rows a part takes before the next is begun: few enough that the part of the newest stays in the processor's nearest cache. */
const PART_ROWS = 128

/**
 * Rows by id. Never empty (no id is): V8 makes the table of a map anew each time its last entry goes, as the one open task of a quiet
 * engine does.
 */
type Part = Map<string, Row | null>

function newPart(): Part {
  return new Map([['', null]])
}

function sizeOf(part: Part): number {
  return part.size - 1
}

/**
 * The rows of a table by their ids, in parts that follow each other in the order of ids. Most ids begin with a time, so that a new one is
 * above all that were there and goes to the last part: who looks for one that is new, or not there yet, touches a small map, and not a
 * large one that no cache holds. What comes late goes to the part where its id belongs; ids of no order make one large part.
 */
export class RowsById {
  /** Each part but the last, with the greatest id that belongs to it. */
  readonly #parts: { readonly greatest: string; readonly rows: Part }[] = []
  #last = newPart()
  /** The last part takes what is above this. */
  #floor = ''

  get size(): number {
    return this.#parts.reduce((sum, { rows }) => sum + sizeOf(rows), sizeOf(this.#last))
  }

  get(id: string): Row | undefined {
    // Looked up before it is compared: most are in the last part, and ids begin alike.
    return this.#last.get(id) ?? (this.#isBefore(id) ? this.#parts[this.#indexOf(id)]?.rows.get(id) : undefined) ?? undefined
  }

  /** Adds a row whose id is not there yet. */
  add(row: Row): void {
    const { id } = row.record
    if (this.#isBefore(id)) this.#parts[this.#indexOf(id)]?.rows.set(id, row)
    else if (this.#last.set(id, row).size >= PART_ROWS) this.#beginPart()
  }

  delete(id: string): void {
    if (this.#last.delete(id) || !this.#isBefore(id)) return
    const index = this.#indexOf(id)
    const part = this.#parts[index]
    if (part?.rows.delete(id) && sizeOf(part.rows) === 0 && index < this.#parts.length - 1) this.#parts.splice(index, 1)
  }

  *values(): IterableIterator<Row> {
    for (const { rows } of this.#parts) for (const row of rows.values()) if (row !== null) yield row
    for (const row of this.#last.values()) if (row !== null) yield row
  }

  #isBefore(id: string): boolean {
    return this.#parts.length > 0 && id <= this.#floor
  }

  #beginPart(): void {
    let greatest = this.#floor
    for (const id of this.#last.keys()) if (id > greatest) greatest = id
    this.#parts.push({ greatest, rows: this.#last })
    this.#last = newPart()
    this.#floor = greatest
  }

  /** The part that an id up to the floor belongs to: the first whose greatest id is not below it. */
  #indexOf(id: string): number {
    let low = 0
    let high = this.#parts.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (id > (this.#parts[middle]?.greatest as string)) low = middle + 1
      else high = middle
    }
    return low
  }
}
