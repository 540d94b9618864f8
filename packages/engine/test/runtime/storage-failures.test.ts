import { chmodSync, writeFileSync } from 'node:fs'
import { memoryStorage, type Storage, StorageError } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { collections } from '../../src/runtime/records/collections.ts'
import { type CommitFault, failingStorage } from './failing-storage.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'
import { newFile } from './stores.ts'

const model = chain('p', [user('ask'), user('again')])

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  )
}

/** A file that an engine has used. */
async function usedFile(): Promise<string> {
  const file = newFile()
  const storage = sqliteStorage({ file })
  const engine = await createEngine({ storage })
  await engine.deploy(model)
  await engine.start('p')
  await engine.close()
  await storage.close()
  return file
}

describe('an engine refuses to start', () => {
  test('on a SQLite file of a newer schema, naming what is newer, and writes nothing', async () => {
    const file = await usedFile()
    const newer = sqliteStorage({ file })
    await newer.prepare(collections.map((collection, i) => (i === 3 ? { ...collection, version: collection.version + 1 } : collection)))
    await newer.close()
    const before = dump(file)
    const storage = sqliteStorage({ file })
    const error = await failureOf(createEngine({ storage }))
    await storage.close()
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ code: 'tooNew', details: { collection: collections[3]?.name } })
    expect(String((error as Error).message)).toMatch(/newer|version/i)
    expect(dump(file)).toEqual(before)
  })

  test('on a file that cannot be written', async () => {
    const file = await usedFile()
    const database = new SqliteDatabase(file, { readonly: true })
    expect(await failureOf(createEngine({ storage: sqliteStorage({ database }) }))).toMatchObject({
      name: 'StorageError',
      code: 'readOnly',
    })
    database.close()
  })

  test.runIf(process.getuid?.() !== 0)('in a directory that cannot be written', async () => {
    const file = newFile()
    chmodSync(file.slice(0, file.lastIndexOf('/')), 0o500)
    expect(await failureOf(createEngine({ storage: sqliteStorage({ file }) }))).toBeInstanceOf(StorageError)
    chmodSync(file.slice(0, file.lastIndexOf('/')), 0o700)
  })

  test('on a full disk', async () => {
    const database = new SqliteDatabase(newFile())
    database.exec('create table something (x)')
    database.pragma('max_page_count = 3')
    expect(await failureOf(createEngine({ storage: sqliteStorage({ database }) }))).toMatchObject({ name: 'StorageError', code: 'full' })
    database.close()
  })

  test('on a file that is no database', async () => {
    const file = newFile()
    writeFileSync(file, 'no database at all. '.repeat(1_000))
    const storage = sqliteStorage({ file })
    expect(await failureOf(createEngine({ storage }))).toMatchObject({ name: 'StorageError', code: 'corrupt' })
  })
})

describe('a disk that fills up while the engine runs', () => {
  test('fails the command as full, keeps what was there, and lets the same command succeed once there is room', async () => {
    const database = new SqliteDatabase(newFile())
    const engine = await createEngine({ storage: sqliteStorage({ database }) })
    await engine.deploy(model)
    const { id } = await engine.start('p')
    const [task] = await engine.tasks.find({ instanceId: id })
    const before = [await engine.instances.get(id), await engine.history(id), await engine.tasks.find()]
    const pages = Number(database.pragma('page_count', { simple: true }))
    database.pragma(`max_page_count = ${pages}`)
    const big = { text: 'x'.repeat(100_000) }
    const error = await failureOf(engine.tasks.complete(task?.id ?? '', { variables: big }))
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({ code: 'full' })
    expect([await engine.instances.get(id), await engine.history(id), await engine.tasks.find()]).toEqual(before)
    database.pragma(`max_page_count = ${pages + 1_000}`)
    await engine.tasks.complete(task?.id ?? '', { variables: big })
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'again' }], variables: big })
    await engine.close()
    database.close()
  })

  test('fails the command that does not fit alone, of those that are committed together', async () => {
    const database = new SqliteDatabase(newFile())
    const storage = sqliteStorage({ database })
    const sizes: number[] = []
    const commit = storage.commit.bind(storage)
    storage.commit = (sets) => {
      sizes.push(sets.length)
      return commit(sets)
    }
    const engine = await createEngine({ storage })
    await engine.deploy(model)
    await engine.start('p')
    database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 5}`)
    sizes.length = 0
    const [first, big, last] = await Promise.allSettled([
      engine.start('p'),
      engine.start('p', { variables: { text: 'x'.repeat(100_000) } }),
      engine.start('p'),
    ])
    expect(sizes).toEqual([3])
    expect([first?.status, last?.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(big).toMatchObject({ status: 'rejected', reason: { code: 'full' } })
    expect(await engine.instances.count({})).toBe(3)
    await engine.close()
    database.close()
  })
})

test.each([
  ['leeway_instances', '{"root":5}', (engine: Engine, id: string) => engine.instances.get(id)],
  ['leeway_instances', '[1,2,3]', (engine: Engine, id: string) => engine.instances.setVariables(id, { x: 1 })],
  ['leeway_resources', '{}', (engine: Engine, id: string) => engine.explain(id)],
])('a record of %s that was spoilt as %s is named as corrupt', async (table, body, call) => {
  const database = new SqliteDatabase(':memory:')
  const storage = sqliteStorage({ database })
  const before = await createEngine({ storage })
  await before.deploy(model)
  const { id } = await before.start('p')
  await before.close()
  const engine = await createEngine({ storage }) // nothing of it is in memory
  database.prepare(`update ${table} set body = ?`).run(body)
  const error = await failureOf(call(engine, id))
  expect(error).toMatchObject({ name: 'StorageError', code: 'corrupt', details: { collection: table.slice('leeway_'.length) } })
  expect(String(error)).toContain(String(database.prepare(`select id from ${table}`).pluck().get()))
  await engine.close()
  database.close()
})

const broken: readonly { readonly name: string; readonly error: StorageError }[] = (
  ['unavailable', 'busy', 'timeout', 'full', 'readOnly'] as const
).map((code) => ({
  name: code,
  error: new StorageError(code, 'Planned.'),
}))

describe.each(broken)('a commit that fails as $name', ({ error }) => {
  test('is thrown as it is, leaves the state in memory as it was, and hinders no later command', async () => {
    const { engine, fail, taskId, id } = await waiting()
    const before = await engine.instances.get(id)
    fail({ type: 'fails', error })
    expect(await failureOf(engine.tasks.complete(taskId, { variables: { lost: true } }))).toBe(error)
    expect(await engine.instances.get(id)).toEqual(before)
    await engine.tasks.complete(taskId, { variables: { kept: true } })
    expect(await engine.instances.get(id)).toMatchObject({ variables: { kept: true }, activeElements: [{ elementId: 'again' }] })
    expect((await engine.instances.get(id))?.variables).not.toHaveProperty('lost')
    expect((await engine.history(id)).filter((entry) => entry.type === 'elementCompleted' && entry.elementId === 'ask')).toHaveLength(1)
    await engine.close()
  })
})

describe('a connection that breaks during a commit', () => {
  test.each([
    ['after the set landed', [{ type: 'breaksAfter' }]],
    ['before it landed', [{ type: 'breaksBefore' }]],
    ['before it landed, and again after', [{ type: 'breaksBefore' }, { type: 'breaksAfter' }]],
    ['before it landed, three times', [{ type: 'breaksBefore' }, { type: 'breaksBefore' }, { type: 'breaksBefore' }]],
  ] as const)('%s leaves one effect, and the caller learns of it', async (_name, faults: readonly CommitFault[]) => {
    const { engine, fail, taskId, id, store } = await waiting()
    fail(...faults)
    await engine.tasks.complete(taskId, { variables: { done: 1 } })
    expect(await engine.instances.get(id)).toMatchObject({ variables: { done: 1 }, activeElements: [{ elementId: 'again' }] })
    expect((await engine.history(id)).filter((entry) => entry.type === 'elementCompleted' && entry.elementId === 'ask')).toHaveLength(1)
    const other = await createEngine({ storage: store })
    const [next] = await engine.tasks.find({ instanceId: id })
    await other.tasks.complete(next?.id ?? '')
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
    await other.close()
  })

  test('again and again is told as what is not known', async () => {
    const { engine, fail, taskId, id } = await waiting()
    fail(...Array.from({ length: 4 }, () => ({ type: 'breaksBefore' }) as const))
    expect(await failureOf(engine.tasks.complete(taskId))).toMatchObject({ name: 'StorageError', code: 'unknownOutcome' })
    await engine.tasks.complete(taskId)
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'again' }] })
    await engine.close()
  })

  test('is told as what is not known where the store cannot be asked afterwards', async () => {
    const behind = memoryStorage()
    let leaves = false
    let isAway = false
    const away = new StorageError('unavailable', 'The server is away.')
    const storage: Storage = {
      ...failingStorage(behind).storage,
      get: (collection, ids) => (isAway ? Promise.reject(away) : behind.get(collection, ids)),
      async commit(sets) {
        const results = await behind.commit(sets)
        isAway = leaves
        return isAway ? sets.map(() => ({ failed: new StorageError('unknownOutcome', 'The connection broke.') })) : results
      },
    }
    const engine = await createEngine({ storage })
    await engine.deploy(model)
    leaves = true
    expect(await failureOf(engine.start('p', { variables: {} }))).toMatchObject({ code: 'unknownOutcome', cause: away })
    leaves = isAway = false
    expect(await engine.instances.count({})).toBe(1)
    await engine.close()
  })

  test('is not taken for one before it landed, however far others have taken the instance since', async () => {
    const store = memoryStorage()
    let meanwhile: (() => Promise<void>) | null = null
    const { storage } = failingStorage(store)
    const breaking: Storage = {
      ...storage,
      async commit(sets) {
        const results = await store.commit(sets)
        if (meanwhile === null) return results
        const others = meanwhile
        meanwhile = null
        await others()
        throw new StorageError('unknownOutcome', 'The connection broke.')
      },
    }
    const engine = await createEngine({ storage: store })
    const node = await createEngine({ storage: breaking })
    await engine.deploy(chain('p', [user('ask')]))
    for (const count of [0, 1, 5, 20, 60]) {
      const { id } = await engine.start('p')
      meanwhile = async () => {
        for (let k = 0; k < count; k++) await engine.instances.setVariables(id, { k })
      }
      await node.instances.setVariables(id, { done: count })
      const entries = await engine.history(id)
      expect(entries.filter(({ type, names }) => type === 'variablesSet' && String(names) === 'done')).toHaveLength(1)
      expect(new Set(entries.map(({ seq }) => seq)).size).toBe(count + 2)
    }
    await engine.close()
    await node.close()
  })

  test('while a handler’s result is committed does not run the handler again', async () => {
    let runs = 0
    const failing = failingStorage(memoryStorage())
    const engine = await createEngine({
      storage: failing.storage,
      handlers: {
        work() {
          runs++
          failing.plan({ type: 'breaksAfter' })
        },
      },
    })
    await engine.deploy(chain('p', [service('a', 'work')]))
    const { id } = await engine.start('p')
    await engine.drain()
    expect(runs).toBe(1)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })
})

test('a timer whose commit the store refuses fires when it is tried again', async () => {
  const { engine, fail, id } = await timed()
  fail({ type: 'fails', error: new StorageError('unavailable', 'Planned.') })
  await engine.advance('PT1H')
  expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
  await engine.advance('PT1H')
  expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
  await engine.close()
})

async function timed(): Promise<{ engine: Engine; fail: (...faults: readonly CommitFault[]) => void; id: string }> {
  const failing = failingStorage(memoryStorage())
  const logger = { warn: () => undefined, error: () => undefined }
  const engine = await createEngine({ storage: failing.storage, clock: manualClock('2026-01-01T00:00:00Z'), logger })
  await engine.deploy(chain('p', [wait('w', 'PT1H')]))
  const { id } = await engine.start('p')
  await engine.drain()
  return { engine, fail: failing.plan, id }
}

describe('a timer whose commit fails', () => {
  const timed = chain('p', [wait('pause', 'PT1H'), user('after')])
  const away: CommitFault = { type: 'fails', error: new StorageError('unavailable', 'Planned.') }
  const open = async (xml: string) => {
    const clock = manualClock('2026-01-01T00:00:00Z')
    const failing = failingStorage(memoryStorage())
    const engine = await createEngine({ storage: failing.storage, clock })
    await engine.deploy(xml)
    return { engine, plan: failing.plan }
  }

  test('again and again fires when its incident is resolved', async () => {
    const { engine, plan } = await open(timed)
    const told: string[] = []
    engine.on('incidentCreated', ({ incidentId }) => told.push(incidentId))
    await engine.start('p')
    // each attempt fails, and that it failed is written down
    const reached: CommitFault = { type: 'lands' }
    plan(...Array.from({ length: 10 }, () => [away, reached]).flat())
    await engine.advance('PT1H')
    await engine.advance('PT2H')
    const [incident] = await engine.incidents.find()
    expect(incident).toMatchObject({ code: 'jobFailed' })
    expect(told).toEqual([incident?.id])
    expect(await engine.tasks.find()).toEqual([])
    await engine.incidents.resolve(incident?.id ?? '')
    await engine.drain()
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'after' }])
    await engine.close()
  })

  test('and that is suspended meanwhile fires after the resumption', async () => {
    const { engine, plan } = await open(timed)
    const { id } = await engine.start('p')
    plan(away)
    await engine.advance('PT1H')
    await engine.instances.suspend(id)
    await engine.advance('PT2M')
    expect(await engine.tasks.find()).toEqual([])
    await engine.instances.resume(id)
    await engine.drain()
    expect(await engine.tasks.find()).toMatchObject([{ elementId: 'after' }])
    await engine.close()
  })

  test('in a cycle that starts instances counts its attempts for each occurrence anew', async () => {
    const cycle =
      '<bpmn:timerEventDefinition><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>'
    const { engine, plan } = await open(
      processModel('p', `<bpmn:startEvent id="start">${cycle}</bpmn:startEvent><bpmn:userTask id="a"/>`, 'start -> a'),
    )
    for (let hour = 0; hour < 12; hour++) {
      plan(away)
      await engine.advance('PT1H')
    }
    expect(await engine.incidents.count()).toBe(0)
    expect(await engine.tasks.count()).toBeGreaterThanOrEqual(11)
    await engine.close()
  })
})

async function waiting(): Promise<{
  engine: Engine
  fail: (...faults: readonly CommitFault[]) => void
  taskId: string
  id: string
  store: ReturnType<typeof memoryStorage>
}> {
  const store = memoryStorage()
  const failing = failingStorage(store)
  const engine = await createEngine({ storage: failing.storage })
  await engine.deploy(model)
  const { id } = await engine.start('p')
  const [task] = await engine.tasks.find({ instanceId: id })
  return { engine, fail: failing.plan, taskId: task?.id ?? '', id, store }
}

/** All that a file holds. */
function dump(file: string): unknown {
  const database = new SqliteDatabase(file, { readonly: true })
  const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").pluck().all() as string[]
  const rows = tables.map((table) => [table, database.prepare(`select * from "${table}"`).all()])
  database.close()
  return rows
}
