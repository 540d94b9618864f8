import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { newFile } from '../runtime/stores.ts'

test('who waits for a signal is read page by page in the order in which an index has them', async () => {
  const spoken: string[] = []
  const database = new SqliteDatabase(newFile(), { verbose: (sql) => spoken.push(String(sql)) })
  const engine = await createEngine({ storage: sqliteStorage({ database }) })
  spoken.length = 0
  await engine.signals.broadcast({ name: 'storm' })
  const asked = spoken.filter((sql) => sql.startsWith('select') && sql.includes('leeway_subscriptions'))
  expect(asked.length).toBeGreaterThan(0)
  for (const sql of asked) {
    const steps = database.prepare(`explain query plan ${sql}`).all() as readonly { readonly detail: string }[] // as SQLite answers
    expect(
      steps.filter(({ detail }) => detail.startsWith('USE TEMP B-TREE')),
      sql,
    ).toEqual([])
  }
  await engine.close()
  database.close()
})
