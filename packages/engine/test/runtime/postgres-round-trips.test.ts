import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type Engine } from '../../src/index.ts'
import { chain, service, user } from './process-model.ts'

const { url, missing } = await testDatabase()

describe.skipIf(url === null)(missing ?? 'What a command costs on PostgreSQL', () => {
  const asked: string[] = []
  let pool: pg.Pool
  let storage: Storage
  let engine: Engine

  beforeAll(async () => {
    pool = new pg.Pool({
      connectionString: url ?? '',
      max: 8,
      options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
    })
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...given: unknown[]) => unknown
      client.query = ((...given: unknown[]) => {
        const [config] = given as [string | { readonly text: string }]
        asked.push(typeof config === 'string' ? config : config.text)
        return query(...given)
      }) as typeof client.query
    })
    storage = postgresStorage({ pool, schema: 'round_trips' })
    engine = await createEngine({ storage })
    await engine.deploy(chain('order', [user('approve'), user('pay')]))
    await engine.deploy(chain('work', [service('pack', 'pack'), service('ship', 'ship')]))
    for (const key of ['order', 'work']) await engine.start(key)
    return async () => {
      await engine.close()
      await storage.close()
    }
  })
  afterAll(() => pool?.end())

  /** How many statements were asked, and how many of them wrote. */
  const cost = async (work: () => Promise<unknown>) => {
    asked.length = 0
    await work()
    const own = asked.filter((sql) => !sql.includes('pg_notify'))
    return { statements: own.length, writes: own.filter((sql) => /\b(?:insert into|update)\b/.test(sql)).length }
  }

  test('a command of an instance that this node knows is one statement', async () => {
    expect(await cost(() => engine.start('order'))).toEqual({ statements: 1, writes: 1 })
    const [task] = await engine.tasks.find()
    expect(await cost(() => engine.tasks.complete(task?.id ?? ''))).toEqual({ statements: 1, writes: 1 })
    await engine.start('work')
    const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w' })
    // the job is read first, for its type may be any
    expect(await cost(() => engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 }))).toEqual({ statements: 2, writes: 1 })
  })

  test('a command of one that another node has is one more, which loads it', async () => {
    const other = await createEngine({ storage })
    const { id } = await engine.start('order')
    const [first] = await other.tasks.find({ instanceId: id })
    await other.tasks.complete(first?.id ?? '') // the model is read, once
    const { id: next } = await engine.start('order')
    const [task] = await engine.tasks.find({ instanceId: next })
    expect(await cost(() => other.tasks.complete(task?.id ?? ''))).toEqual({ statements: 2, writes: 1 })
    await other.close()
  })

  test('commands of many instances that are ready at the same time are one statement together', async () => {
    expect(await cost(() => Promise.all(Array.from({ length: 20 }, () => engine.start('order'))))).toEqual({ statements: 1, writes: 1 })
    const tasks = await engine.tasks.find({ limit: 1_000 })
    expect(tasks.length).toBeGreaterThanOrEqual(20)
    expect(await cost(() => Promise.all(tasks.map(({ id }) => engine.tasks.complete(id))))).toEqual({ statements: 1, writes: 1 })
  })
})
