import { sql } from 'kysely'
import { compileFor, slot } from '../sql/dialect.ts'
import type { Run } from './connection.ts'
import type { TableIndex } from './indexes.ts'
import { postgres } from './postgres-dialect.ts'
import { lockOf, type Place, prefixOf, quoted } from './tables.ts'

/** How often a node asks whether another is through. */
const ASK_MS = 100

/**
 * Makes indexes of tables that are there while others read and write (`create index concurrently`), one node at a time, outside of a
 * transaction. What a node that died has left half made is made anew. The lock ends with the connection.
 */
export async function makeIndexes(run: Run, place: Place, indexes: readonly TableIndex[]): Promise<void> {
  // asked for again and again, never waited for: an index that is being made waits in turn for whoever waits in a statement
  while (!(await isOurs(run, place))) await new Promise((resolve) => setTimeout(resolve, ASK_MS))
  for (const index of indexes) {
    const isSound = await isValid(run, place, index)
    if (isSound === false) await run(index.dropBeside)
    if (isSound !== true) await run(index.createBeside)
  }
}

const tryLock = compileFor(postgres, sql`select pg_try_advisory_lock(${slot(0)}::bigint)`)
const validity = compileFor(postgres, sql`select indisvalid from pg_index where indexrelid = to_regclass(${slot(0)})`)

async function isOurs(run: Run, place: Place): Promise<boolean> {
  const { rows } = await run(tryLock, [lockOf(`${prefixOf(place)} indexes`)])
  return rows[0]?.[0] === true
}

/** False for one whose making was cut off; null where there is none. */
async function isValid(run: Run, { schema }: Place, { name }: TableIndex): Promise<boolean | null> {
  const { rows } = await run(validity, [quoted(schema === null ? name : `${schema}.${name}`)])
  return rows.length === 0 ? null : rows[0]?.[0] === true
}
