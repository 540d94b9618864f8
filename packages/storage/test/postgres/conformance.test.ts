import pg from 'pg'
import { afterAll, describe, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { storageConformance } from '../../src/conformance/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'

const { url, missing } = await testDatabase()

describe.skipIf(url === null)(missing ?? 'PostgreSQL storage', () => {
  let schemas = 0
  const pool = new pg.Pool({ connectionString: url ?? '', max: 8 })
  afterAll(() => pool.end())
  const openNew = () => {
    schemas++
    return postgresStorage({ pool, schema: `s${schemas}` })
  }
  const open = () => postgresStorage({ url: url ?? '', schema: `s${schemas}`, connectionsMax: 4 })
  for (const { name, run } of storageConformance(openNew, { reopen: open })) test(name, run)
})
