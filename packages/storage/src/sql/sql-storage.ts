import { sql } from 'kysely'
import type { Collection, StoredRecord } from '../collection.ts'
import type { ChangeSet, ClaimRequest, CommitResult, Instant, Lease, LeasedRecord, Query, Storage, Stored, Where } from '../contract.ts'
import { checkDeclaration } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { checkLimit, type Filter, LIMIT_MAX, readQuery, readWhere } from '../query.ts'
import { isStorableText } from '../records.ts'
import { faultOfSet, type ShapeOf, soundIds } from './check-set.ts'
import { dueRows, leaseRows, releaseLease, renewLease } from './claim.ts'
import { applySet, deleteRow } from './commit.ts'
import { type CompiledSql, type RawRow, slot } from './dialect.ts'
import { type Asked, askCount, askRows, isById, type Wanted } from './find.ts'
import { eachMember } from './index-choice.ts'
import { fillOn, type LateIndex } from './late-index.ts'
import { prepareTables } from './prepare-tables.ts'
import { compile, sqlite } from './sqlite-dialect.ts'
import type { Prepared, StatementCache } from './statement-cache.ts'
import { readableOf, storedOf, type TableShape, tableShapeOf } from './table-shape.ts'

/** How a storage gets at its database: each piece of work runs at once and whole, or throws a StorageError. */
export interface Access {
  /** Runs work that only reads. */
  read<T>(work: (statements: StatementCache) => T): Promise<T>
  /** Runs work in a transaction of its own (a savepoint inside a host's): rolled back where it throws. */
  write<T>(work: (statements: StatementCache) => T): Promise<T>
  close(): Promise<void>
}

/** What a storage knows of its collections, shared with those that `within` makes of it. */
export interface Shapes {
  readonly prefix: string
  readonly byName: Map<string, TableShape>
}

/** The contract over SQL: collections as tables, change sets as transactions. */
export class SqlStorage implements Storage {
  readonly #access: Access
  readonly #shapes: Shapes
  readonly #now: () => Instant
  readonly #shapeOf: ShapeOf

  constructor(access: Access, shapes: Shapes, now: () => Instant) {
    this.#access = access
    this.#shapes = shapes
    this.#now = now
    this.#shapeOf = ({ name }) => {
      const shape = shapes.byName.get(name)
      if (shape !== undefined) return shape
      throw new StorageError('invalidQuery', `Collection "${name}" was not prepared. Call prepare with it first.`, { collection: name })
    }
  }

  async prepare(collections: readonly Collection[]): Promise<void> {
    for (const collection of collections) checkDeclaration(collection)
    const { byName, prefix } = this.#shapes
    const shapes = collections.map((collection) => tableShapeOf(collection, prefix))
    const late = await this.#access.write((statements) => prepareTables(statements, prefix, shapes))
    const full = late.filter(({ isFull }) => isFull)
    for (const { collection } of shapes) keepShape(byName, shapeWith(collection, prefix, full))
    for (const index of late) {
      if (index.isFull) continue
      await this.#fill(index)
      full.push(index)
      keepShape(byName, shapeWith(index.shape.collection, prefix, full))
    }
  }

  /** Others write between two pieces: each is followed by a pause as long as it took. */
  async #fill(index: LateIndex): Promise<void> {
    for (let after: string | null = ''; after !== null; ) {
      const from: string = after
      const startedAt = performance.now()
      after = await this.#access.write((statements) => fillOn(statements, this.#shapes.prefix, index, from))
      await new Promise((resolve) => setTimeout(resolve, performance.now() - startedAt))
    }
  }

  get<R extends StoredRecord>(collection: Collection<R>, ids: readonly string[]): Promise<Stored<R>[]> {
    return this.#access.read((statements) => {
      if (ids.length > LIMIT_MAX) checkLimit(this.#shapeOf(collection).collection, ids.length)
      if (ids.length === 0) return []
      const shape = this.#shapeOf(collection)
      const sound = soundIds(ids)
      if (sound.length === 1) return storedAs<R>(shape, selectOne(statements, shape, sound[0] as string))
      const filter: Filter = { tests: [{ field: 'id', operator: 'in', value: sound }], branches: null }
      return storedAs<R>(shape, selectRows(statements, shape, filter, { order: null, limit: LIMIT_MAX, after: null }))
    })
  }

  find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): Promise<Stored<R>[]> {
    return this.#access.read((statements) => {
      const shape = this.#shapeOf(collection)
      const { filter, order, limit, after } = readQuery(shape.collection, query)
      return storedAs<R>(shape, selectRows(statements, shape, filter, { order, limit, after }))
    })
  }

  count<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, cap: number): Promise<number> {
    return this.#access.read((statements) => {
      const shape = this.#shapeOf(collection)
      const filter = readWhere(shape.collection, where)
      if (filter.branches?.length === 0) return 0
      const asked = askCount(sqlite, shape, filter, cap)
      return preparedOf(statements, shape, asked).first(asked.values)?.[0] as number // a count gives one row
    })
  }

  commit(changeSets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
    const faults = changeSets.map((set) => faultOfSet(this.#shapeOf, set))
    return faults.every((fault) => fault === null) ? this.#commitSound(changeSets) : this.#commitWithout(changeSets, faults)
  }

  async claim<R extends LeasedRecord>(collection: Collection<R>, request: ClaimRequest<R>): Promise<Stored<R>[]> {
    const shape = this.#shapeOf(collection)
    checkLimit(shape.collection, request.limit)
    const now = request.now === 'store' ? this.#now() : request.now
    const due = { filter: readWhere(shape.collection, request.where), now, limit: request.limit }
    // a look without a lock first: most claims of an idle node find nothing
    const isAny = await this.#access.read((statements) => dueRows(statements, shape, { ...due, limit: 1 }).length > 0)
    if (!isAny) return []
    const leased = await this.#access.write((statements) =>
      leaseRows(statements, shape, dueRows(statements, shape, due), request.owner, now + request.leaseMs),
    )
    return readableOf(leased) as unknown as Stored<R>[] // the rows of R's own table
  }

  async renew(leases: readonly Lease[], leaseMs: number, now?: Instant): Promise<readonly boolean[]> {
    if (leases.length === 0) return []
    const until = (now ?? this.#now()) + leaseMs
    return this.#access.write((statements) =>
      leases.map((lease) => isStorableText(lease.id) && renewLease(statements, this.#shapeOf(lease.collection), lease, until)),
    )
  }

  async release(leases: readonly Lease[]): Promise<void> {
    if (leases.length === 0) return
    await this.#access.write((statements) => {
      for (const lease of leases) if (isStorableText(lease.id)) releaseLease(statements, this.#shapeOf(lease.collection), lease)
    })
  }

  async purge<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, limit: number): Promise<number> {
    const shape = this.#shapeOf(collection)
    checkLimit(shape.collection, limit)
    const filter = readWhere(shape.collection, where)
    return this.#access.write((statements) => {
      const rows = selectRows(statements, shape, filter, { order: null, limit, after: null })
      for (const row of rows) deleteRow(statements, shape, { id: row[0] as string })
      return rows.length
    })
  }

  now(): Promise<Instant> {
    return this.#access.read(() => this.#now())
  }

  close(): Promise<void> {
    return this.#access.close()
  }

  /** Those in which no fault was found; the others failed. */
  async #commitWithout(changeSets: readonly ChangeSet[], faults: readonly (StorageError | null)[]): Promise<readonly CommitResult[]> {
    const landed = await this.#commitSound(changeSets.filter((_, i) => faults[i] === null))
    let next = 0
    return faults.map((fault) => (fault === null ? (landed[next++] as CommitResult) : { failed: fault })) // one for each sound set
  }

  /** All sets in one transaction; where that fails, one by one, so that the one which cannot land hinders no other. */
  #commitSound(sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
    if (sets.length === 0) return Promise.resolve([])
    return this.#access
      .write((statements): readonly CommitResult[] => sets.map((set) => applySet(statements, this.#shapeOf, set, this.#now)))
      .catch((error) => {
        if (!(error instanceof StorageError) || error.code === 'closed') throw error
        if (sets.length === 1 || error.code === 'busy' || error.code === 'unknownOutcome') return sets.map(() => ({ failed: error }))
        return this.#commitEach(sets)
      })
  }

  async #commitEach(sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
    const results: CommitResult[] = []
    for (const set of sets) results.push(...(await this.#commitSound([set])))
    return results
  }
}

function selectRows(statements: StatementCache, shape: TableShape, filter: Filter, wanted: Wanted): readonly RawRow[] {
  const spread = isById(wanted) ? eachMember(filter) : filter
  if (spread.branches?.length === 0) return []
  const asked = askRows(sqlite, shape, spread, wanted)
  return preparedOf(statements, shape, asked).all(asked.values)
}

/** The record with this id, looked up and not searched for. */
function selectOne(statements: StatementCache, shape: TableShape, id: string): readonly RawRow[] {
  const row = statements.of(shape, 'one', oneSql).first([id])
  return row === undefined ? [] : [row]
}

function oneSql({ table, columns }: TableShape): CompiledSql {
  const names = sql.join(columns.map((column) => sql.ref(column)))
  return compile(sql`select ${names} from ${sql.table(table)} where id = ${slot(0)}`)
}

function preparedOf(statements: StatementCache, shape: TableShape, { key, make }: Asked): Prepared {
  return statements.of(shape, key, make)
}

function shapeWith(collection: Collection, prefix: string, late: readonly LateIndex[]): TableShape {
  const own = late.filter(({ shape }) => shape.collection === collection)
  return tableShapeOf(collection, prefix, new Map(own.map(({ field, table }) => [field, table])))
}

/** A shape that says nothing new leaves the one that is there, with its prepared statements. */
function keepShape(byName: Map<string, TableShape>, shape: TableShape): void {
  const known = byName.get(shape.collection.name)
  const isOther = known?.columns.join() !== shape.columns.join() || !hasIndexes(known.collection, shape.collection)
  const isLater = [...shape.late.keys()].some((field) => known?.late.has(field) !== true)
  // one that a collection does without is kept all the same: by triggers, as other indexes are by themselves
  if (known === undefined || isOther || isLater)
    byName.set(shape.collection.name, { ...shape, late: new Map([...(known?.late ?? []), ...shape.late]) })
}

/** True where each index of the other is declared: a query goes by those that are. */
function hasIndexes({ indexes }: Collection, other: Collection): boolean {
  const declared = new Set(indexes.map((index) => JSON.stringify(index)))
  return other.indexes.every((index) => declared.has(JSON.stringify(index)))
}

/** The rows of R's own table hold the records that were put into its collection. */
function storedAs<R extends StoredRecord>(shape: TableShape, rows: readonly RawRow[]): Stored<R>[] {
  return rows.map((row) => storedOf(shape, row)) as unknown as Stored<R>[]
}
