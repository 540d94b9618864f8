import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Index } from '../collection.ts'
import { fieldTypesOf } from '../declaration.ts'
import { type CompiledSql, compileFor } from '../sql/dialect.ts'
import { columnOf, type TableShape } from '../sql/table-shape.ts'
import { postgres } from './postgres-dialect.ts'

/** An index of a table, by its name (without the schema) and the statements that make it. */
export interface TableIndex {
  readonly shape: TableShape
  readonly index: Index
  readonly name: string
  /** Makes it in a transaction; writers of the table wait until that ends. */
  readonly create: CompiledSql
  /** Makes it outside of a transaction, while others write. */
  readonly createBeside: CompiledSql
  /** Takes away what a connection that broke left of it. */
  readonly dropBeside: CompiledSql
}

/** The index that serves a declared one; null for the order of ids, which the table itself has. */
export function tableIndexOf(shape: TableShape, index: Index): TableIndex | null {
  if (index.fields.join() === 'id') return null
  const [first] = index.fields
  const isSet = fieldTypesOf(shape.collection)[first as string] === 'textSet'
  return isSet ? setIndex(shape, index, first as string) : orderedIndex(shape, index)
}

/** What a claim reads: work by priority and due time. */
export function claimIndexOf(shape: TableShape): TableIndex {
  return orderedIndex(shape, { fields: ['priority', 'dueAt'], whereNotNull: 'dueAt' })
}

/** The id stands last in each index: it is the last criterion of each order. */
function orderedIndex(shape: TableShape, index: Index): TableIndex {
  const { fields, whereNotNull } = index
  const columns = [...fields.filter((field, i) => field !== 'id' || i < fields.length - 1), 'id'].map(columnOf)
  const notNull = whereNotNull === undefined ? null : columnOf(whereNotNull)
  const over = sql`(${sql.join(columns.map((column) => sql.ref(column)))})${notNull === null ? sql`` : sql` where ${sql.ref(notNull)} is not null`}`
  return tableIndex(shape, index, nameOf(shape, columns, notNull), over)
}

function setIndex(shape: TableShape, index: Index, field: string): TableIndex {
  const column = columnOf(field)
  const over = sql`using gin (${sql.ref(column)}) where ${sql.ref(column)} is not null`
  return tableIndex(shape, index, nameOf(shape, [column], column), over)
}

function tableIndex(shape: TableShape, index: Index, name: string, over: RawBuilder<unknown>): TableIndex {
  const dot = shape.table.indexOf('.')
  const whole = dot < 0 ? name : `${shape.table.slice(0, dot)}.${name}`
  const create = (how: RawBuilder<unknown>): CompiledSql =>
    compileFor(postgres, sql`create index ${how} if not exists ${sql.ref(name)} on ${sql.table(shape.table)} ${over}`)
  return {
    shape,
    index,
    name,
    create: create(sql``),
    createBeside: create(sql`concurrently`),
    dropBeside: compileFor(postgres, sql`drop index concurrently if exists ${sql.table(whole)}`),
  }
}

const NAME_MAX = 63

/** The name says what the index holds, so that another declaration makes another index; a long one ends in its digest. */
function nameOf({ table }: TableShape, columns: readonly string[], notNull: string | null): string {
  const own = table.slice(table.indexOf('.') + 1)
  const name = `${own}_by_${columns.join('_')}${notNull === null ? '' : `_where_${notNull}`}`
  if (name.length <= NAME_MAX) return name
  return `${name.slice(0, NAME_MAX - 9)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
