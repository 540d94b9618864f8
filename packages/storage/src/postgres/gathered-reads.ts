import type { TableShape } from '../sql/table-shape.ts'

/** A row by its columns; the id comes first. */
export type Row = readonly unknown[]

/** Reads rows by their ids. */
export type ReadRows = (shape: TableShape, ids: readonly string[]) => Promise<readonly Row[]>

interface Asked {
  readonly ids: readonly string[]
  readonly resolve: (rows: readonly Row[]) => void
  readonly reject: (error: unknown) => void
}

interface Gathering {
  readonly ids: Set<string>
  readonly asked: Asked[]
}

/**
 * Reads of one table that are asked for at the same moment are one statement: callers whose commits landed together go on together.
 * `idsMax` is the most that a statement is asked for.
 */
export function gatheredReads(read: ReadRows, idsMax: number): ReadRows {
  const open = new Map<TableShape, Gathering>()

  const ask = (shape: TableShape, { ids, asked }: Gathering): void => {
    if (open.get(shape)?.ids === ids) open.delete(shape)
    read(shape, [...ids]).then(
      (rows) => handOut(rows, asked),
      (error) => {
        for (const { reject } of asked) reject(error)
      },
    )
  }
  return (shape, ids) =>
    new Promise((resolve, reject) => {
      let gathering = open.get(shape)
      if (gathering !== undefined && gathering.ids.size + ids.length > idsMax) {
        ask(shape, gathering)
        gathering = undefined
      }
      if (gathering === undefined) {
        const begun: Gathering = { ids: new Set(), asked: [] }
        gathering = begun
        open.set(shape, begun)
        queueMicrotask(() => {
          if (open.get(shape) === begun) ask(shape, begun)
        })
      }
      for (const id of ids) gathering.ids.add(id)
      gathering.asked.push({ ids, resolve, reject })
    })
}

function handOut(rows: readonly Row[], asked: readonly Asked[]): void {
  if (asked.length === 1) {
    asked[0]?.resolve(rows)
    return
  }
  const byId = new Map(rows.map((row) => [row[0] as string, row]))
  for (const { ids, resolve } of asked) {
    const own: Row[] = []
    for (const id of new Set(ids)) {
      const row = byId.get(id)
      if (row !== undefined) own.push(row)
    }
    resolve(own)
  }
}
