import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommitResult, type Storage, StorageError } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type Engine, type EngineOptions } from '../../src/index.ts'
import { chain, service, user, wait } from './process-model.ts'

const { url, missing } = await testDatabase()
const MINUTES = 60_000

describe.skipIf(url === null)(missing ?? 'nodes on one PostgreSQL', () => {
  const opened: { close(): Promise<void> }[] = []
  const admin = new pg.Client({ connectionString: url ?? '' })
  beforeAll(() => admin.connect())
  afterAll(async () => {
    for (const one of opened.reverse()) await one.close()
    await admin.end()
  })
  const open = (schema: string): Storage => {
    const storage = postgresStorage({ url: url ?? '', schema, connectionsMax: 4 })
    opened.push(storage)
    return storage
  }
  const node = async (storage: Storage, options: EngineOptions): Promise<Engine> => {
    const engine = await createEngine({ storage, logger: { warn: () => {}, error: () => {} }, ...options })
    opened.push(engine)
    return engine
  }

  test('connections cut in the middle of commits: what was acknowledged is there, nothing is applied twice', async () => {
    const line = await lineTo(url ?? '')
    opened.push(line)
    const storage = postgresStorage({ url: line.url, schema: 'cut', connectionsMax: 4 })
    opened.push(storage)
    const told = watchCommits(storage)
    const engine = await node(storage, {})
    await engine.deploy(chain('p', [user('a'), user('b')]))
    // the answer is lost, or the server's side ends at any moment
    const cut = async (round: number): Promise<void> => {
      if (round % 2 === 0) line.loseAnswer()
      else
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leeway' and datname = current_database()`,
        )
    }
    const acknowledged: string[] = []
    let unclear = 0
    for (let round = 0; round < 30; round++) {
      const starts = Array.from({ length: 4 }, () => engine.start('p'))
      const [settled] = await Promise.all([Promise.allSettled(starts), cut(round)])
      for (const one of settled) {
        if (one.status === 'fulfilled') acknowledged.push(one.value.id)
        else {
          expect(one.reason).toBeInstanceOf(StorageError)
          unclear++
        }
      }
    }
    expect(told.filter(isUnknown).length).toBeGreaterThan(10) // else nothing was cut in the middle
    const there = await engine.instances.count()
    expect(there).toBeGreaterThanOrEqual(acknowledged.length)
    expect(there).toBeLessThanOrEqual(acknowledged.length + unclear)

    for (const [round, id] of acknowledged.slice(0, 30).entries()) {
      const [task] = await engine.tasks.find({ instanceId: id })
      const [done] = await Promise.allSettled([engine.tasks.complete(task?.id ?? ''), cut(round)])
      if (done.status === 'rejected') expect(done.reason).toBeInstanceOf(StorageError)
      const completed = (await engine.history(id)).filter(({ type }) => type === 'elementCompleted').map(({ elementId }) => elementId)
      const open = (await engine.tasks.find({ instanceId: id })).map(({ elementId }) => elementId)
      // before or after, whole
      expect(done.status === 'fulfilled' ? [['start', 'a']] : [['start'], ['start', 'a']]).toContainEqual(completed)
      expect(open).toEqual([completed.length === 1 ? 'a' : 'b'])
    }
  })

  test('a node that hangs past its lease cannot commit once another has claimed the work, however wrong their clocks are', async () => {
    const hanging = open('hang')
    hanging.renew = async (leases) => leases.map(() => true) // it hangs: nothing reaches the store, and it knows of nothing
    const refused = signal()
    const commit = hanging.commit.bind(hanging)
    hanging.commit = async (sets) => {
      const results = await commit(sets)
      if (results.some((result) => result !== 'committed' && 'conflict' in result)) refused.give()
      return results
    }
    const [begun, takenOver, answer, otherAnswer, ended] = [signal(), signal(), signal(), signal(), signal()]
    const one = await node(hanging, {
      clock: { now: () => Date.now() - 10 * MINUTES },
      worker: { leaseMs: 200, pollMs: 20 },
      handlers: {
        work: async () => {
          begun.give()
          await answer.given
          return { by: 'the first' }
        },
      },
    })
    await one.deploy(chain('p', [service('a', 'work')]))
    await one.run()
    const { id } = await one.start('p')
    await begun.given
    const other = await node(open('hang'), {
      clock: { now: () => Date.now() + 10 * MINUTES },
      worker: { leaseMs: 20_000, pollMs: 20 },
      handlers: {
        work: async () => {
          takenOver.give()
          await otherAnswer.given
          return { by: 'the second' }
        },
      },
    })
    other.on('instanceEnded', () => ended.give())
    await other.run()
    await takenOver.given
    answer.give()
    await refused.given
    expect((await other.instances.get(id))?.status).toBe('active')
    otherAnswer.give()
    await ended.given
    expect(await other.instances.get(id)).toMatchObject({ status: 'completed', variables: { by: 'the second' } })
  })

  test('a node that cannot listen asks for work at intervals', async () => {
    const deaf = open('poll')
    deaf.listen = async () => {
      throw new Error('LISTEN is not known here')
    }
    const ended = signal()
    const worker = await node(deaf, { worker: { pollMs: 20 }, handlers: { work: () => ({ done: true }) } })
    worker.on('instanceEnded', () => ended.give())
    const other = await node(open('poll'), {})
    await other.deploy(chain('p', [user('ask'), service('a', 'work')]))
    const { id } = await other.start('p')
    await worker.run()
    await worker.drain() // nothing is due: what comes is found by a later look
    const [task] = await other.tasks.find({ instanceId: id })
    await other.tasks.complete(task?.id ?? '')
    await ended.given
    expect(await other.instances.get(id)).toMatchObject({ status: 'completed', variables: { done: true } })
  })

  test('timers are due by the clock of the database, on nodes whose own are wrong by minutes', async () => {
    const ended = signal()
    const behind = await node(open('skew'), { clock: { now: () => Date.now() - 10 * MINUTES }, worker: { pollMs: 20 } })
    const ahead = await node(open('skew'), { clock: { now: () => Date.now() + 10 * MINUTES }, worker: { pollMs: 20 } })
    await behind.deploy(chain('late', [wait('t', 'PT5M')]))
    await behind.deploy(chain('soon', [wait('t', 'PT0.2S')]))
    const waiting = [await behind.start('late'), await ahead.start('late')]
    for (const engine of [behind, ahead]) {
      engine.on('instanceEnded', () => ended.give())
      await engine.run()
    }
    await behind.start('soon')
    await ended.given // one of them has looked for due timers
    for (const engine of [behind, ahead]) await engine.drain()
    for (const { id } of waiting) expect((await ahead.instances.get(id))?.status).toBe('active')
  })
})

/** A line to the server that can be cut when the server has done what it was asked and before its answer comes. */
async function lineTo(address: string): Promise<{ readonly url: string; loseAnswer(): void; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-line-'))
  const there = new URL(address)
  const target = join(there.searchParams.get('host') ?? '', '.s.PGSQL.5432')
  let isLosing = false
  const server = createServer((client) => {
    const behind = createConnection(target)
    const end = (): void => {
      client.destroy()
      behind.destroy()
    }
    client.on('data', (data) => behind.write(data))
    behind.on('data', (data) => {
      if (!isLosing) return void client.write(data)
      isLosing = false
      end()
    })
    for (const side of [client, behind]) side.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  there.searchParams.set('host', folder)
  return {
    url: there.href,
    loseAnswer() {
      isLosing = true
    },
    async close() {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Keeps what became of each set. */
function watchCommits(storage: Storage): CommitResult[] {
  const told: CommitResult[] = []
  const commit = storage.commit.bind(storage)
  storage.commit = async (sets) => {
    const results = await commit(sets)
    told.push(...results)
    return results
  }
  return told
}

function isUnknown(result: CommitResult): boolean {
  return result !== 'committed' && 'failed' in result && result.failed.code === 'unknownOutcome'
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}
