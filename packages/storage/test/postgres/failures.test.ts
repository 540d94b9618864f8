import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { POSTGRES_MISSING, type PostgresServer, startPostgres } from '../../../../scripts/postgres-server.ts'
import type { ChangeSet, CommitResult, Storage, StoredRecord } from '../../src/index.ts'
import { postgresStorage } from '../../src/postgres/index.ts'
import { counters, duties } from '../sqlite/counters.ts'

// a server of this file's own: it is ended and started again
const server: PostgresServer | null = await startPostgres()
afterAll(() => server?.stop())

describe.skipIf(server === null)(server === null ? POSTGRES_MISSING : 'PostgreSQL storage', () => {
  let storage: Storage
  let other: pg.Client
  beforeAll(async () => {
    storage = postgresStorage({ url: server?.url() ?? '', connectionsMax: 3, lockMs: 100, statementMs: 2_000, reconnectMs: 8_000 })
    await storage.prepare([counters])
    other = new pg.Client({ connectionString: server?.url() ?? '' })
    other.on('error', () => {}) // it is cut off with the server
    await other.connect()
    return async () => {
      await storage.close()
      await other.end().catch(() => {})
    }
  })

  test('a row that was spoilt is told as corrupt with its id, and keeps nobody from the others', async () => {
    await storage.prepare([duties])
    const put = ['bad', 'good'].map((id) => ({ collection: duties, record: { id, dueAt: 1, priority: 0, body: { id } } }))
    await storage.commit([{ id: 'duties', expect: [], touch: [], put, delete: [], append: [] }])
    await other.query(`update leeway_duties set body = '{"id":"ba' where id = 'bad'`)
    const corrupt = { name: 'StorageError', code: 'corrupt', details: { collection: 'duties', id: 'bad' } }
    await expect(storage.find(duties, { where: {}, limit: 10 })).rejects.toMatchObject(corrupt)
    const request = { owner: 'o', now: 10, leaseMs: 1_000, limit: 10, where: {} }
    expect((await storage.claim(duties, request)).map(({ record }) => record.id)).toEqual(['good'])
    expect(await storage.claim(duties, request)).toEqual([])
    await expect(storage.claim(duties, { ...request, now: 2_000, limit: 1 })).rejects.toMatchObject(corrupt)
  })

  test('a lock that another transaction holds too long makes the set busy, and it can be committed again', async () => {
    await storage.commit([setOf('locked')])
    await other.query(`begin; select * from leeway_counters where id = 'locked' for update`)
    const [result] = await storage.commit([raise('locked', 1)])
    expect(result).toMatchObject({ failed: { code: 'busy' } })
    await other.query('commit')
    expect(await storage.commit([raise('locked', 1)])).toEqual(['committed'])
  })

  test('a statement that takes too long is told as a time-out', async () => {
    const hasty = postgresStorage({ url: server?.url() ?? '', statementMs: 50, lockMs: 0 })
    await hasty.prepare([counters])
    await other.query('begin; lock table leeway_counters')
    await expect(hasty.get(counters, ['locked'])).rejects.toMatchObject({ code: 'timeout' })
    await other.query('commit')
    await hasty.close()
  })

  test('a database that takes no writes is told as readOnly and a full disk as full, and what is there stays as it was', async () => {
    await storage.commit([setOf('kept')])
    await other.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'no room' using errcode = tg_argv[0]; end $$`,
    )
    for (const [state, code] of [
      ['25006', 'readOnly'],
      ['53100', 'full'],
    ]) {
      await other.query(`create trigger refusing before insert or update on leeway_counters execute function refuse('${state}')`)
      expect((await storage.commit([raise('kept', 1), setOf('new')])).map(codeOf)).toEqual([code, code])
      await other.query('drop trigger refusing on leeway_counters')
    }
    expect((await storage.get(counters, ['kept', 'new'])).map(({ record, revision }) => [record.id, revision])).toEqual([['kept', 1]])
    expect(await storage.commit([raise('kept', 1)])).toEqual(['committed'])
  })

  test('a set refused by the server hinders no other set of its batch, and a text too long for an index is a constraint', async () => {
    const long = noise(6_000)
    const results = await storage.commit([setOf('one'), setOf(long), setOf('two'), setOf('one')])
    expect(results.map(codeOf)).toEqual(['committed', 'constraint', 'committed', 'constraint'])
    expect((await storage.get(counters, ['one', 'two', long])).map(({ record }) => record.id).sort()).toEqual(['one', 'two'])
  })

  test('connections cut during commits leave an unknown outcome or a landed set, never half of one', async () => {
    const killer = new pg.Client({ connectionString: server?.url() ?? '' })
    await killer.connect()
    const cut = () => killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leeway'`)
    const told = new Set<string>()
    for (let round = 0; round < 30; round++) {
      const ids = [`cut-${round}-a`, `cut-${round}-b`]
      const [[result]] = await Promise.all([storage.commit([setOf(...ids)]), cut()])
      told.add(codeOf(result))
      const found = await storage.get(counters, ids)
      expect([0, 2]).toContain(found.length)
      if (result === 'committed') expect(found).toHaveLength(2)
    }
    expect([...told].filter((code) => code !== 'committed' && code !== 'unknownOutcome')).toEqual([])
    await killer.end()
  })

  test('work goes on after the server restarted, and what was acknowledged is there', async () => {
    expect(await storage.commit([setOf('before')])).toEqual(['committed'])
    await server?.halt('immediate')
    const reading = storage.get(counters, ['before'])
    const counting = storage.count(counters, { id: { eq: 'before' } }, 10)
    await server?.start()
    expect(await reading).toHaveLength(1)
    expect(await counting).toBe(1)
    expect(await storage.commit([setOf('after')])).toEqual(['committed'])
  })

  test('another node hears of work, also after the server restarted', async () => {
    const node = postgresStorage({ url: server?.url() ?? '', reconnectMs: 8_000 })
    let hear = (): void => {}
    const heard = (): Promise<void> =>
      new Promise((resolve) => {
        hear = resolve
      })
    const unlisten = await node.listen?.(() => hear())
    await storage.prepare([work])
    const first = heard()
    await storage.commit([workOf('w1')])
    await first
    const again = heard()
    await server?.halt('fast')
    await server?.start()
    await again // what came meanwhile may have been missed
    await unlisten?.()
    await node.close()
  })

  test('many nodes that prepare at the same time make the tables once', async () => {
    const nodes = Array.from({ length: 8 }, () => postgresStorage({ url: server?.url() ?? '', schema: 'fresh', connectionsMax: 2 }))
    await Promise.all(nodes.map((node) => node.prepare([counters, work])))
    expect(await nodes[0]?.commit([setOf('a')])).toEqual(['committed'])
    expect(await nodes[7]?.get(counters, ['a'])).toHaveLength(1)
    for (const node of nodes) await node.close()
  })
})

test('an address that no server answers is unavailable', async () => {
  const storage = postgresStorage({ url: 'postgres://nobody@localhost/x?host=/nowhere', reconnectMs: 20 })
  await expect(storage.prepare([counters])).rejects.toMatchObject({ code: 'unavailable' })
  await storage.close()
  await storage.close()
  await expect(storage.now()).rejects.toMatchObject({ code: 'closed' })
})

interface Work extends StoredRecord {
  readonly dueAt: number | null
  readonly priority: number
}

const work = { name: 'work', version: 1, leased: true, fields: { dueAt: 'instant', priority: 'integer' }, indexes: [] } as const

function workOf(id: string): ChangeSet {
  const record: Work = { id, dueAt: 1, priority: 0, body: null }
  return { id, expect: [], touch: [], put: [{ collection: work, record }], delete: [], append: [] }
}

function setOf(...ids: readonly string[]): ChangeSet {
  const append = ids.map((id) => ({ collection: counters, record: { id, size: 1, body: '' } as StoredRecord }))
  return { id: ids.join(), expect: [], touch: [], put: [], delete: [], append }
}

function raise(id: string, revision: number): ChangeSet {
  const record = { id, size: 2, body: '' } as StoredRecord
  return {
    id,
    expect: [{ collection: counters, id, revision }],
    touch: [],
    put: [{ collection: counters, record }],
    delete: [],
    append: [],
  }
}

function codeOf(result: CommitResult | undefined): string {
  if (result === undefined || result === 'committed') return result ?? 'none'
  return 'failed' in result ? result.failed.code : 'conflict'
}

/** Letters that cannot be kept in less. */
function noise(length: number): string {
  let state = 7
  let text = ''
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647
    text += String.fromCharCode(97 + (state % 26))
  }
  return text
}
