import { sql } from 'kysely'
import { compileFor, slot } from '../sql/dialect.ts'
import type { Run } from './connection.ts'
import type { TableIndex } from './indexes.ts'
import { postgres } from './postgres-dialect.ts'
import { lockOf, type Place, prefixOf, quoted } from './tables.ts'

/** The number of the lock under which one node at a time makes indexes. */
export function indexLockOf(place: Place): string {
  return lockOf(`${prefixOf(place)} indexes`)
}

/**
 * Makes indexes of tables that are there while others read and write (`create index concurrently`), outside of a transaction. What a node
 * that died has left half made is made anew.
 */
export async function makeIndexes(run: Run, place: Place, indexes: readonly TableIndex[]): Promise<void> {
  for (const index of indexes) {
    await othersEnded(run, index)
    const isSound = await isValid(run, place, index)
    if (isSound === false) await run(index.dropBeside)
    if (isSound !== true) await run(index.createBeside)
  }
}

/** How often it is asked whether another index of the table is still being made. */
const ASK_MS = 100

/**
 * The server goes on with an index whose node died. Whoever waits for its lock on the table is waited for by it in turn, for a statement that
 * waits sees the table as it was: so nothing is begun meanwhile.
 */
async function othersEnded(run: Run, { shape }: TableIndex): Promise<void> {
  while ((await run(underWay, [quoted(shape.table)])).rows.length > 0) await new Promise((resolve) => setTimeout(resolve, ASK_MS))
}

const underWay = compileFor(postgres, sql`select 1 from pg_stat_progress_create_index where relid = to_regclass(${slot(0)})`)

const validity = compileFor(postgres, sql`select indisvalid from pg_index where indexrelid = to_regclass(${slot(0)})`)

/** False for one whose making was cut off; null where there is none. */
async function isValid(run: Run, { schema }: Place, { name }: TableIndex): Promise<boolean | null> {
  const { rows } = await run(validity, [quoted(schema === null ? name : `${schema}.${name}`)])
  return rows.length === 0 ? null : rows[0]?.[0] === true
}
