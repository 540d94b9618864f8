import type { FieldType } from '../collection.ts'
import { checkUpgrade, fieldTypesOf } from '../declaration.ts'
import { checkTable, columnsFor, readListed } from './check-tables.ts'
import { type LateIndex, lateIndexesOf } from './late-index.ts'
import type { StatementCache } from './statement-cache.ts'
import type { TableShape } from './table-shape.ts'
import { checkEncoding, definitionsOf, metaStatements } from './tables.ts'

/**
 * Creates or extends tables and gives their late indexes; throws before anything is changed where the store is newer. Runs in one
 * transaction.
 */
export function prepareTables(statements: StatementCache, prefix: string, shapes: readonly TableShape[]): readonly LateIndex[] {
  const meta = metaStatements(prefix)
  statements.once(meta.create)
  const kept = new Map(
    statements.once(meta.all).map(([name, version, fields]) => [
      name as string,
      // written by `keep` below
      {
        version: version as number,
        fields: readListed(`${prefix}collections`, name as string, fields as string) as Readonly<Record<string, FieldType>>,
      },
    ]),
  )
  if (kept.size === 0) checkEncoding(statements)
  for (const { collection } of shapes) {
    const before = kept.get(collection.name)
    if (before !== undefined) checkUpgrade(before, collection)
  }
  const late: LateIndex[] = []
  for (const shape of shapes) {
    const { name, version } = shape.collection
    const before = kept.get(name)
    const present = statements.columnsOf(shape.table)
    checkPresent(statements, shape, before?.fields, present)
    const own = lateIndexesOf(statements, prefix, shape, present, kept)
    late.push(...own)
    for (const definition of definitionsOf(shape, present, new Set(own.map(({ field }) => field)))) statements.once(definition)
    const fields = { ...before?.fields, ...fieldTypesOf(shape.collection) }
    statements.once(meta.keep, [name, version, JSON.stringify(fields)])
  }
  return late
}

/** Throws where the table, or that of a set of it, is not what the list of tables says. */
function checkPresent(
  statements: StatementCache,
  shape: TableShape,
  listed: Readonly<Record<string, FieldType>> | undefined,
  present: ReadonlySet<string>,
): void {
  checkTable(shape.table, listed === undefined ? null : columnsFor(listed), present)
  for (const { place, sideTable } of shape.sets)
    if (listed?.[shape.layout.names[place] as string] !== undefined) checkTable(sideTable, ['value', 'id'], statements.columnsOf(sideTable))
}
