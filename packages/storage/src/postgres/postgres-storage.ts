import { sql } from 'kysely'
import type { Collection, StoredRecord } from '../collection.ts'
import { compareText } from '../compare.ts'
import type { ChangeSet, ClaimRequest, CommitResult, Instant, Lease, LeasedRecord, Query, Storage, Stored, Where } from '../contract.ts'
import { checkDeclaration } from '../declaration.ts'
import { StorageError } from '../errors.ts'
import { checkLimit, type Filter, LIMIT_MAX, readQuery, readWhere } from '../query.ts'
import { isStorableText } from '../records.ts'
import { type ShapeOf, soundIds } from '../sql/check-set.ts'
import { type CompiledSql, compileFor } from '../sql/dialect.ts'
import { type Asked, askCount, askRows } from '../sql/find.ts'
import { readableOf, storedOf, type TableShape, tableShapeOf } from '../sql/table-shape.ts'
import { claimSql, releaseSql, renewSql } from './claim.ts'
import { commitSets } from './commit.ts'
import type { Answer, Run, Runner } from './connection.ts'
import { failureOf } from './failure.ts'
import { gatheredReads, type ReadRows } from './gathered-reads.ts'
import { indexLockOf, makeIndexes } from './make-indexes.ts'
import { CLOCK, inWholeNumbers, postgres } from './postgres-dialect.ts'
import { keepIndexes, missingOf, type Place, prefixOf, prepareTables } from './tables.ts'

/** What a storage knows of its collections, shared with those that `within` makes of it. */
export interface Known {
  readonly place: Place
  readonly byName: Map<string, TableShape>
  readonly statements: Map<string, CompiledSql>
}

const STATEMENTS_MAX = 2_000

/** The contract over PostgreSQL: collections as tables, each call one statement. */
export class PostgresStorage implements Storage {
  readonly #runner: Runner
  readonly #known: Known
  readonly #shapeOf: ShapeOf
  readonly #onWork: () => void | Promise<void>
  readonly #byIds: ReadRows

  /** `onWork` hears of sets that landed with work that anyone may claim. */
  constructor(runner: Runner, known: Known, onWork: () => void | Promise<void>) {
    this.#runner = runner
    this.#known = known
    this.#onWork = onWork
    this.#byIds = gatheredReads(async (shape, ids) => {
      const byId = ids.length === 1 ? ({ operator: 'eq', value: ids[0] } as const) : ({ operator: 'in', value: ids } as const)
      const filter: Filter = { tests: [{ field: 'id', ...byId }], branches: null }
      const asked = askRows(postgres, shape, filter, { order: null, limit: LIMIT_MAX, after: null })
      return (await this.#run(this.#compiled(shape, asked), asked.values, true)).rows
    }, LIMIT_MAX)
    this.#shapeOf = ({ name }) => {
      const shape = known.byName.get(name)
      if (shape !== undefined) return shape
      throw new StorageError('invalidQuery', `Collection "${name}" was not prepared. Call prepare with it first.`, { collection: name })
    }
  }

  async prepare(collections: readonly Collection[]): Promise<void> {
    for (const collection of collections) checkDeclaration(collection)
    const { byName, place } = this.#known
    const shapes = collections.map((collection) => tableShapeOf(collection, prefixOf(place)))
    const ask: Run = (statement, values = []) => this.#run(statement, values, true)
    const { beside } = this.#runner
    let missing = await missingOf(ask, place, shapes)
    if (missing.tables || (missing.indexes.length > 0 && beside === null)) {
      await this.#runner.transact((run) => prepareTables(run, place, shapes, beside === null))
      missing = await missingOf(ask, place, shapes)
    }
    const { indexes } = missing
    if (indexes.length > 0 && beside !== null) {
      await beside(indexLockOf(place), (run) => makeIndexes(run, place, indexes)).catch((error) => {
        throw failureOf(error)
      })
      await this.#runner.transact((run) => keepIndexes(run, place, indexes))
    }
    for (const shape of shapes) byName.set(shape.collection.name, shape)
  }

  async get<R extends StoredRecord>(collection: Collection<R>, ids: readonly string[]): Promise<Stored<R>[]> {
    const shape = this.#shapeOf(collection)
    if (ids.length > LIMIT_MAX) checkLimit(shape.collection, ids.length)
    const sound = soundIds(ids)
    if (sound.length === 0) return []
    return storedAs(shape, await this.#byIds(shape, sound))
  }

  async find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): Promise<Stored<R>[]> {
    const shape = this.#shapeOf(collection)
    const { filter, order, limit, after } = readQuery(shape.collection, query)
    if (filter.branches?.length === 0) return []
    return this.#rows(shape, askRows(postgres, shape, inWholeNumbers(shape, filter), { order, limit, after }))
  }

  async count<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, cap: number): Promise<number> {
    const shape = this.#shapeOf(collection)
    const filter = readWhere(shape.collection, where)
    if (filter.branches?.length === 0) return 0
    const asked = askCount(postgres, shape, inWholeNumbers(shape, filter), cap)
    const { rows } = await this.#run(this.#compiled(shape, asked), asked.values, true)
    return Number(rows[0]?.[0]) // a count gives one row
  }

  async commit(changeSets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
    const results = await commitSets((statement, values = []) => this.#runner.write(statement, values), this.#shapeOf, changeSets)
    if (changeSets.some((set, i) => results[i] === 'committed' && bringsWork(set))) await this.#onWork()
    return results
  }

  async claim<R extends LeasedRecord>(collection: Collection<R>, request: ClaimRequest<R>): Promise<Stored<R>[]> {
    const shape = this.#shapeOf(collection)
    const { owner, leaseMs, limit } = request
    checkLimit(shape.collection, limit)
    const filter = inWholeNumbers(shape, readWhere(shape.collection, request.where))
    if (filter.branches?.length === 0) return []
    const { statement, values } = claimSql(shape, { filter, owner, leaseMs, limit, now: request.now === 'store' ? null : request.now })
    const { rows } = await this.#run(statement, values, true)
    const leased = readableOf(rows.map((row) => () => storedOf(shape, inNumbers(shape, row)))) as unknown as Stored<R>[] // the rows of R's own table
    return leased.sort(inOrderOfClaims)
  }

  async renew(leases: readonly Lease[], leaseMs: number, now?: Instant): Promise<readonly boolean[]> {
    const held = new Set<string>()
    for (const [shape, list] of this.#byTable(leases)) {
      const { rows } = await this.#run(this.#kept(shape, 'renew', renewSql), [now ?? null, leaseMs, ...columnsOf(list)], true)
      for (const [id, fence] of rows) held.add(`${shape.table} ${id} ${fence}`)
    }
    return leases.map(({ collection, id, fence }) => held.has(`${this.#shapeOf(collection).table} ${id} ${fence}`))
  }

  async release(leases: readonly Lease[]): Promise<void> {
    for (const [shape, list] of this.#byTable(leases)) await this.#run(this.#kept(shape, 'release', releaseSql), columnsOf(list), true)
    if (leases.length > 0) await this.#onWork()
  }

  async purge<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, limit: number): Promise<number> {
    const shape = this.#shapeOf(collection)
    checkLimit(shape.collection, limit)
    const filter = inWholeNumbers(shape, readWhere(shape.collection, where))
    if (filter.branches?.length === 0) return 0
    const asked = askRows(postgres, shape, filter, { order: null, limit, after: null })
    const { sql: select, places } = this.#compiled(shape, asked)
    const table = compileFor(postgres, sql`${sql.table(shape.table)}`).sql
    const purge = { sql: `delete from ${table} where id = any(array(select id from (${select}) as gone))`, places }
    return (await this.#run(purge, asked.values)).count
  }

  async now(): Promise<Instant> {
    const { rows } = await this.#run(compileFor(postgres, sql`select ${CLOCK}`), [], true)
    return Number(rows[0]?.[0]) // one row
  }

  close(): Promise<void> {
    return this.#runner.close()
  }

  async #rows<R extends StoredRecord>(shape: TableShape, asked: Asked): Promise<Stored<R>[]> {
    return storedAs(shape, (await this.#run(this.#compiled(shape, asked), asked.values, true)).rows)
  }

  async #run(statement: CompiledSql, values: readonly unknown[], again = false): Promise<Answer> {
    try {
      return await this.#runner.run(statement, values, again)
    } catch (error) {
      throw failureOf(error)
    }
  }

  #compiled(shape: TableShape, { key, make }: Asked): CompiledSql {
    return this.#kept(shape, key, make)
  }

  #kept(shape: TableShape, key: string, make: (shape: TableShape) => CompiledSql): CompiledSql {
    const { statements } = this.#known
    const whole = `${shape.table} ${shape.columns.length} ${key}`
    let statement = statements.get(whole)
    if (statement === undefined) {
      if (statements.size >= STATEMENTS_MAX) statements.clear()
      statement = make(shape)
      statements.set(whole, statement)
    }
    return statement
  }

  #byTable(leases: readonly Lease[]): ReadonlyMap<TableShape, Lease[]> {
    const byTable = new Map<TableShape, Lease[]>()
    for (const lease of leases) {
      const shape = this.#shapeOf(lease.collection)
      if (!isStorableText(lease.id)) continue
      const list = byTable.get(shape)
      if (list === undefined) byTable.set(shape, [lease])
      else list.push(lease)
    }
    return byTable
  }
}

/** The rows of R's own table hold the records that were put into its collection. */
function storedAs<R extends StoredRecord>(shape: TableShape, rows: Answer['rows']): Stored<R>[] {
  return rows.map((row) => storedOf(shape, inNumbers(shape, row))) as unknown as Stored<R>[]
}

function columnsOf(leases: readonly Lease[]): readonly unknown[] {
  return [leases.map(({ id }) => id), leases.map(({ fence }) => fence)]
}

/** A host's connection may give whole numbers as text, as pg does where nobody tells it otherwise. */
function inNumbers({ layout, isLeased }: TableShape, row: readonly unknown[]): readonly unknown[] {
  const revision = layout.names.length + 2
  if (typeof row[revision] === 'number') return row
  return row.map((value, i) => {
    const type = layout.types[i - 1]
    const isNumber = type === 'integer' || type === 'instant' || i === revision || (isLeased && (i === revision + 1 || i === revision + 2))
    return isNumber && value !== null ? Number(value) : value
  })
}

/** By priority, highest first, then due time, then id. */
function inOrderOfClaims(a: Stored<LeasedRecord>, b: Stored<LeasedRecord>): number {
  const { record: one } = a
  const { record: other } = b
  return other.priority - one.priority || Number(one.dueAt) - Number(other.dueAt) || compareText(one.id, other.id)
}

/** Work that is written free to be claimed now or later. */
function bringsWork({ put, append }: ChangeSet): boolean {
  const isWork = ({ collection, record, lease }: ChangeSet['put'][number]): boolean =>
    collection.leased === true && lease === undefined && (record as unknown as LeasedRecord).dueAt !== null // leased collections have it
  return put.some(isWork) || append.some(isWork)
}
