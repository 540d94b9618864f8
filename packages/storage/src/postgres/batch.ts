import type { StoredRecord } from '../collection.ts'
import type { ChangeSet, Expectation, Write } from '../contract.ts'
import { fieldOf } from '../records.ts'
import { bodyOf, type ShapeOf } from '../sql/check-set.ts'
import type { TableShape } from '../sql/table-shape.ts'

/** How rows of one table are written: `insert` must be new, `update` is there, `upsert` either. */
export type Verb = 'insert' | 'update' | 'upsert' | 'touch' | 'delete'

/** Rows of one table that are written in one way. */
export interface Writing {
  readonly shape: TableShape
  readonly verb: Verb
  readonly rows: Row[]
}

/** Rows of one table about which something is expected; they are locked, to be written or not. */
export interface Expecting {
  readonly shape: TableShape
  readonly isWritten: boolean
  readonly rows: Row[]
}

/** `s` the place of the set, then what `statement.ts` says. */
export type Row = Readonly<Record<string, unknown>>

/** What several sets ask of the tables, by table and verb, in a fixed order, so that sets of one kind make one statement. */
export interface Batch {
  readonly expecting: readonly Expecting[]
  readonly writing: readonly Writing[]
}

/** Puts sets that have nothing to do with each other together. */
export function batchOf(shapeOf: ShapeOf, sets: readonly ChangeSet[]): Batch {
  const expecting = new Map<string, Expecting>()
  const writing = new Map<string, Writing>()
  const write = (shape: TableShape, verb: Verb, row: Row): void => {
    const key = `${shape.table} ${verb}`
    const group = writing.get(key)
    if (group === undefined) writing.set(key, { shape, verb, rows: [row] })
    else group.rows.push(row)
  }
  for (const [s, set] of sets.entries()) {
    const expected = new Map<string, Expectation>()
    const written = idsWritten(shapeOf, set)
    for (const [n, expectation] of set.expect.entries()) {
      const shape = shapeOf(expectation.collection)
      const id = keyOf(shape, expectation.id)
      expected.set(id, expectation)
      const isWritten = written.has(id)
      const key = `${shape.table} ${isWritten}`
      const row = { s, n, id: expectation.id, r: expectation.revision ?? null, f: expectation.fence ?? null }
      const group = expecting.get(key)
      if (group === undefined) expecting.set(key, { shape, isWritten, rows: [row] })
      else group.rows.push(row)
    }
    for (const key of set.touch) write(shapeOf(key.collection), 'touch', { s, id: key.id })
    for (const one of set.put) {
      const shape = shapeOf(one.collection)
      const revision = expected.get(keyOf(shape, one.record.id))?.revision
      write(shape, revision === undefined ? 'upsert' : revision === 0 ? 'insert' : 'update', rowOf(shape, s, one))
    }
    for (const key of set.delete) write(shapeOf(key.collection), 'delete', { s, id: key.id })
    for (const one of set.append) write(shapeOf(one.collection), 'insert', rowOf(shapeOf(one.collection), s, one))
  }
  return { expecting: sorted(expecting), writing: sorted(writing) }
}

/**
 * Cuts sets into runs of which no two write, or one writes and another expects, the same record: those of one run can be judged at the
 * same moment, and a later run sees what an earlier one wrote.
 */
export function independentRuns(shapeOf: ShapeOf, sets: readonly ChangeSet[]): readonly (readonly ChangeSet[])[] {
  if (sets.length < 2) return [sets]
  const runs: ChangeSet[][] = []
  let run: ChangeSet[] = []
  let written = new Set<string>()
  let expected = new Set<string>()
  for (const set of sets) {
    const writes = idsWritten(shapeOf, set)
    const expects = set.expect.map(({ collection, id }) => keyOf(shapeOf(collection), id))
    const isFree = !expects.some((id) => written.has(id)) && ![...writes].some((id) => written.has(id) || expected.has(id))
    if (!isFree) {
      runs.push(run)
      run = []
      written = new Set()
      expected = new Set()
    }
    run.push(set)
    for (const id of writes) written.add(id)
    for (const id of expects) expected.add(id)
  }
  return [...runs, run]
}

function idsWritten(shapeOf: ShapeOf, { touch, put, delete: deleted, append }: ChangeSet): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { collection, id } of touch) ids.add(keyOf(shapeOf(collection), id))
  for (const { collection, record } of put) ids.add(keyOf(shapeOf(collection), record.id))
  for (const { collection, id } of deleted) ids.add(keyOf(shapeOf(collection), id))
  for (const { collection, record } of append) ids.add(keyOf(shapeOf(collection), record.id))
  return ids
}

function keyOf({ table }: TableShape, id: string): string {
  return `${table} ${id}`
}

/** The fields by their columns (an empty set is null), the body as JSON text, and the lease: its owner, its length, its beginning. */
function rowOf(shape: TableShape, s: number, { record, lease }: Write): Row {
  const row: Record<string, unknown> = { s, id: record.id }
  const { names } = shape.layout
  for (let i = 0; i < names.length; i++) row[shape.fieldColumns[i] as string] = keptValue(record, names[i] as string)
  row.body = bodyOf(shape, record)
  if (lease !== undefined) {
    row.lease_owner = lease.owner
    row.lease_ms = lease.leaseMs
    row.lease_from = lease.now ?? null
  }
  return row
}

/** A field's value as its column keeps it: an empty set is null. */
export function keptValue(record: StoredRecord, name: string): unknown {
  const value = fieldOf(record, name)
  return Array.isArray(value) && value.length === 0 ? null : value
}

function sorted<T>(groups: ReadonlyMap<string, T>): readonly T[] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}
