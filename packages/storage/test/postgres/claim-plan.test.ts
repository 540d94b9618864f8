import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { type ClaimRequest, defineCollection, type LeasedRecord, type Storage } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'

interface Duty extends LeasedRecord {
  readonly kind: string
}

const duties = defineCollection<Duty>({
  name: 'duties',
  version: 1,
  leased: true,
  fields: { kind: 'text', dueAt: 'instant', priority: 'integer' },
  indexes: [{ fields: ['kind', 'priority', 'dueAt'], whereNotNull: 'dueAt' }],
})

interface Step {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Step[]
}

const { url, missing } = await testDatabase()

describe.skipIf(url === null)(missing ?? 'A claim that names kinds of work', () => {
  const asked: { readonly text: string; readonly values: unknown[] }[] = []
  let pool: pg.Pool
  let storage: Storage

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: url ?? '', max: 1 })
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...given: unknown[]) => unknown
      client.query = ((config: { text: string; values: unknown[] }, ...rest: unknown[]) => {
        if (config.text?.startsWith('with recursive clock')) asked.push(config)
        return query(config, ...rest)
      }) as typeof client.query // heard, and passed on
    })
    storage = postgresStorage({ pool, schema: 'claims', onWarning: () => {} })
    await storage.prepare([duties])
    const row = `id, kind, due_at, priority, body, revision`
    await pool.query(
      `insert into claims.leeway_duties (${row}) select 'other' || k, 'other' || k % 3, 10, k % 2, 'null', 1 from generate_series(1, 20000) k`,
    )
    await pool.query(`insert into claims.leeway_duties (${row}) select 'own' || k, 'own', 20, 0, 'null', 1 from generate_series(1, 30) k`)
  })
  afterAll(async () => {
    await storage?.close()
    await pool?.end()
  })

  const claim = async (kind: NonNullable<ClaimRequest<Duty>['where']['kind']>): Promise<number> =>
    (await storage.claim(duties, { owner: 'me', now: 50, leaseMs: 0, where: { kind }, limit: 10 })).length

  test.each([
    ['one kind', { eq: 'own' }, 10],
    ['several', { in: ['first', 'mid', 'own', 'zeal'] }, 10],
    ['kinds of which there is none', { in: ['mid', 'none', 'zeal'] }, 0],
    ['one of many', { eq: 'other1' }, 10],
    ['two of many', { in: ['none', 'other1', 'other2', 'own'] }, 10],
  ] as const)('reads no more than it looks at, whatever else is due: %s', async (_name, kind, found) => {
    asked.length = 0
    expect(await claim(kind)).toBe(found)
    const { text, values } = asked.at(-1) ?? { text: '', values: [] }
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Step }] }>({
      text: `explain (analyze, format json) ${text}`,
      values,
    })
    expect(rowsRead(rows[0]?.['QUERY PLAN'][0].Plan)).toBeLessThan(1_000)
  })
})

/** Rows that all steps took from the table or its indexes. */
function rowsRead(step: Step | undefined): number {
  if (step === undefined) throw new Error('no plan')
  const own = step['Relation Name'] === undefined ? 0 : (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops']
  return (step.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), own)
}
