import { memoryStorage, type Storage } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorizationRequest, createEngine, type Engine, type EngineApi, manualClock } from '../../src/index.ts'
import type { Operation } from './operations.ts'
import { chain, service, user } from './process-model.ts'

const model = chain('order', [user('approve'), service('pack', 'pack')])
const ITEM = 'nothing-that-exists'
const many = { instances: [ITEM] }
const lease = { token: 1 }

const calls: { readonly [Name in Operation]: (engine: EngineApi) => Promise<unknown> } = {
  deploy: (engine) => engine.deploy(chain('other', [])),
  start: (engine) => engine.start('order'),
  'processes.list': (engine) => engine.processes.list(),
  'processes.find': (engine) => engine.processes.find({ key: 'order' }),
  'processes.xml': (engine) => engine.processes.xml(ITEM),
  'processes.forms': (engine) => engine.processes.forms(ITEM),
  'processes.delete': (engine) => engine.processes.delete({ id: ITEM }),
  'deployments.delete': (engine) => engine.deployments.delete(ITEM),
  'processes.suspend': (engine) => engine.processes.suspend({ id: ITEM }),
  'processes.resume': (engine) => engine.processes.resume({ id: ITEM }),
  'deployments.file': (engine) => engine.deployments.file(ITEM, 'a.form'),
  'decisions.list': (engine) => engine.decisions.list(),
  'decisions.find': (engine) => engine.decisions.find({ key: 'd' }),
  'decisions.evaluate': (engine) => engine.decisions.evaluate('d'),
  'decisions.explain': (engine) => engine.decisions.explain('d'),
  'instances.get': (engine) => engine.instances.get(ITEM),
  'instances.find': (engine) => engine.instances.find(),
  'instances.count': (engine) => engine.instances.count(),
  'instances.variables': (engine) => engine.instances.variables(ITEM),
  'instances.setVariables': (engine) => engine.instances.setVariables(ITEM, { a: 1 }),
  'instances.cancel': (engine) => engine.instances.cancel(ITEM),
  'instances.suspend': (engine) => engine.instances.suspend(ITEM),
  'instances.resume': (engine) => engine.instances.resume(ITEM),
  'instances.modify': (engine) => engine.instances.modify(ITEM, { start: [{ before: 'pack' }] }),
  'instances.rewind': (engine) => engine.instances.rewind(ITEM, 'approve'),
  'instances.restart': (engine) => engine.instances.restart(ITEM),
  'instances.migrate': (engine) => engine.instances.migrate({ ...many, to: ITEM }),
  'instances.delete': (engine) => engine.instances.delete(ITEM),
  'tasks.find': (engine) => engine.tasks.find(),
  'tasks.get': (engine) => engine.tasks.get(ITEM),
  'tasks.count': (engine) => engine.tasks.count(),
  'tasks.claim': (engine) => engine.tasks.claim(ITEM, 'kim'),
  'tasks.release': (engine) => engine.tasks.release(ITEM),
  'tasks.assign': (engine) => engine.tasks.assign(ITEM, 'kim'),
  'tasks.delegate': (engine) => engine.tasks.delegate(ITEM, 'lee'),
  'tasks.resolve': (engine) => engine.tasks.resolve(ITEM),
  'tasks.update': (engine) => engine.tasks.update(ITEM, { priority: 1 }),
  'tasks.comment': (engine) => engine.tasks.comment(ITEM, 'well'),
  'tasks.saveDraft': (engine) => engine.tasks.saveDraft(ITEM, { a: 1 }),
  'tasks.complete': (engine) => engine.tasks.complete(ITEM),
  'messages.publish': (engine) => engine.messages.publish({ name: 'm', ttl: 'PT1H' }),
  'signals.broadcast': (engine) => engine.signals.broadcast({ name: 's' }),
  evaluateConditions: (engine) => engine.evaluateConditions({ variables: { a: 1 } }),
  'jobs.find': (engine) => engine.jobs.find(),
  'jobs.count': (engine) => engine.jobs.count(),
  'jobs.setRetries': (engine) => engine.jobs.setRetries(ITEM, 3),
  'jobs.reschedule': (engine) => engine.jobs.reschedule(ITEM, { dueAt: 0 }),
  'jobs.fetch': (engine) => engine.jobs.fetch({ types: ['pack'], worker: 'w' }),
  'jobs.extend': (engine) => engine.jobs.extend(ITEM, { ...lease, lease: 'PT1M' }),
  'jobs.release': (engine) => engine.jobs.release(ITEM, lease),
  'jobs.complete': (engine) => engine.jobs.complete(ITEM, lease),
  'jobs.fail': (engine) => engine.jobs.fail(ITEM, { ...lease, message: 'no' }),
  'jobs.throwError': (engine) => engine.jobs.throwError(ITEM, { ...lease, code: 'E' }),
  'incidents.find': (engine) => engine.incidents.find(),
  'incidents.count': (engine) => engine.incidents.count(),
  'incidents.resolve': (engine) => engine.incidents.resolve(ITEM),
  'adHoc.start': (engine) => engine.adHoc.start(`${ITEM}.1`, 'a'),
  'adHoc.complete': (engine) => engine.adHoc.complete(`${ITEM}.1`),
  'adHoc.enabled': (engine) => engine.adHoc.enabled(`${ITEM}.1`),
  trigger: (engine) => engine.trigger(`${ITEM}.1`),
  throwError: (engine) => engine.throwError(`${ITEM}.1`, 'E'),
  escalate: (engine) => engine.escalate(`${ITEM}.1`, 'E'),
  'batches.get': (engine) => engine.batches.get(ITEM),
  history: (engine) => engine.history(ITEM),
  explain: (engine) => engine.explain(ITEM),
}

/** The same operations asked for in another form. */
const forms: readonly (readonly [string, Operation, (engine: EngineApi) => Promise<unknown>])[] = [
  ['start by id', 'start', (engine) => engine.start({ id: ITEM })],
  ['start with a key', 'start', (engine) => engine.start('order', { idempotencyKey: 'k' })],
  ['a task with a key', 'tasks.complete', (engine) => engine.tasks.complete(`${ITEM}.1`, { idempotencyKey: 'k' })],
  ['many cancelled', 'instances.cancel', (engine) => engine.instances.cancel(many)],
  ['a query cancelled', 'instances.cancel', (engine) => engine.instances.cancel({ query: { processKey: 'order' } })],
  ['many suspended', 'instances.suspend', (engine) => engine.instances.suspend(many)],
  ['many resumed', 'instances.resume', (engine) => engine.instances.resume(many)],
  ['many deleted', 'instances.delete', (engine) => engine.instances.delete(many)],
  ['what would be deleted', 'instances.delete', (engine) => engine.instances.delete({ ...many, dryRun: true })],
  ['a migration tried', 'instances.migrate', (engine) => engine.instances.migrate({ query: {}, to: ITEM, dryRun: true })],
  ['a change tried', 'instances.modify', (engine) => engine.instances.modify(ITEM, { start: [{ before: 'pack' }], dryRun: true })],
  ['incidents resolved', 'incidents.resolve', (engine) => engine.incidents.resolve({ query: { processKey: 'order' } })],
  ['retries of many', 'jobs.setRetries', (engine) => engine.jobs.setRetries({ jobs: [ITEM] }, 2)],
  ['tasks of an instance', 'tasks.find', (engine) => engine.tasks.find({ instanceId: ITEM })],
  ['a message for one', 'messages.publish', (engine) => engine.messages.publish({ name: 'm', idempotencyKey: 'k', messageId: 'i' })],
  ['jobs with a key', 'jobs.fetch', (engine) => engine.jobs.fetch({ types: ['pack'], worker: 'w', idempotencyKey: 'k' })],
]

const all = [...Object.entries(calls).map(([name, call]) => [name, name, call] as const), ...forms]

/** What the node itself does for the program that it is in, and how a face is made of another. */
const NO_OPERATIONS = ['run', 'drain', 'advance', 'cleanUp', 'on', 'close', 'as', 'within', 'committed', 'rolledBack']

function pathsOf(face: object, prefix = ''): string[] {
  return Object.entries(face).flatMap(([name, member]) =>
    typeof member === 'function' ? [`${prefix}${name}`] : pathsOf(member as object, `${prefix}${name}.`),
  )
}

/** A storage that notes what is asked of it. */
function watched(storage: Storage, seen: string[]): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        seen.push(String(name))
        const answer: unknown = Reflect.apply(member, target, given)
        return name === 'within' ? watched(answer as Storage, seen) : answer
      }
    },
  })
}

const database = new Database(':memory:')
const asked: AuthorizationRequest[] = []
const used: string[] = []
let isAllowed = true
let engine: Engine

const open = async (storage: Storage): Promise<Engine> => {
  const opened = await createEngine({
    storage: watched(storage, used),
    authorize: (request) => {
      asked.push(request)
      return isAllowed
    },
  })
  await opened.deploy(model)
  await opened.start('order')
  return opened
}

beforeAll(async () => {
  engine = await open(sqliteStorage({ database }))
})
afterAll(async () => {
  await engine.close()
  database.close()
})

/** What a refused call asked, with nothing read or written on the way. */
async function refused(call: () => Promise<unknown>): Promise<AuthorizationRequest | undefined> {
  isAllowed = false
  asked.length = 0
  used.length = 0
  try {
    await expect(call()).rejects.toMatchObject({ name: 'EngineError', code: 'notAuthorized' })
  } finally {
    isAllowed = true
  }
  expect(used).toEqual([])
  expect(asked).toHaveLength(1)
  return asked[0]
}

describe('authorize is asked', () => {
  test('by every method that an engine has, by the name of the method', () => {
    const paths = pathsOf(engine).filter((path) => !NO_OPERATIONS.includes(path))
    expect(paths.sort()).toEqual(Object.keys(calls).sort())
  })

  test.each(all)('before anything is read or written: %s', async (_, operation, call) => {
    expect(await refused(() => call(engine))).toMatchObject({ operation, actor: null, tenantId: null })
  })

  test('for whom engine.as is bound to, by every method', async () => {
    const bound = engine.as({ actor: 'mallory', tenantId: 't1' })
    for (const [, operation, call] of all)
      expect(await refused(() => call(bound))).toMatchObject({ operation, actor: 'mallory', tenantId: 't1' })
  })

  test('within a transaction of the host, by every method', async () => {
    database.exec('begin immediate')
    const within = engine.within(database).as({ actor: 'mallory' })
    for (const [, operation, call] of all) expect(await refused(() => call(within))).toMatchObject({ operation, actor: 'mallory' })
    database.exec('rollback')
  })

  test('with the actor and the tenant that a call names itself', async () => {
    const by = { actor: 'kim', tenantId: 't2' }
    expect(await refused(() => engine.start('order', by))).toMatchObject(by)
    expect(await refused(() => engine.deploy(model, by))).toMatchObject(by)
    expect(await refused(() => engine.messages.publish({ name: 'm', ...by }))).toMatchObject(by)
    expect(await refused(() => engine.tasks.complete(`${ITEM}.1`, by))).toMatchObject({ ...by, instanceId: ITEM })
    expect(await refused(() => engine.instances.cancel(many, by))).toMatchObject(by)
    expect(await refused(() => engine.jobs.fetch({ types: ['pack'], worker: 'w', ...by }))).toMatchObject(by)
  })
})

test('only true allows: what else authorize answers, or throws, is a refusal', async () => {
  for (const answer of [undefined, 'yes', 1, null]) {
    const strict = await createEngine({ storage: memoryStorage(), authorize: (async () => answer) as never })
    await expect(strict.deploy(model)).rejects.toMatchObject({ code: 'notAuthorized' })
    await strict.close()
  }
  const failing = await createEngine({
    authorize: () => {
      throw new Error('the directory is down')
    },
  })
  await expect(failing.tasks.find()).rejects.toThrow('the directory is down')
  await failing.close()
})

test('a batch waits for a directory that is down, and goes by what it answers then', async () => {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const answers: (boolean | Error)[] = []
  const authorize = ({ instanceId }: AuthorizationRequest): boolean => {
    const answer = instanceId === null ? true : (answers.shift() ?? true)
    if (answer instanceof Error) throw answer
    return answer
  }
  const house = await createEngine({ clock, authorize })
  await house.deploy(model)
  const ids = []
  for (let k = 0; k < 3; k++) ids.push((await house.start('order')).id)
  const { batchId } = await house.instances.suspend({ instances: ids })
  answers.push(true, new Error('the directory is down'), false)
  await house.drain()
  expect(await house.batches.get(batchId)).toMatchObject({ state: 'running', done: 1, failed: 0 })
  await house.advance('PT1M')
  expect(await house.batches.get(batchId)).toMatchObject({
    state: 'done',
    report: [{ outcome: 'done' }, { outcome: 'failed', code: 'notAuthorized' }, { outcome: 'done' }],
  })
  await house.close()
})

test('what was asked about while the engine closed is not done after it', async () => {
  const storage = memoryStorage()
  let answer = (): void => undefined
  const isAnswered = new Promise<boolean>((resolve) => {
    answer = () => resolve(true)
  })
  let isSlow = false
  const house = await createEngine({ storage, authorize: () => (isSlow ? isAnswered : true) })
  await house.deploy(chain('packing', [service('pack', 'pack')]))
  await house.start('packing')
  isSlow = true
  const [started, fetched] = [house.start('packing'), house.jobs.fetch({ types: ['pack'], worker: 'w' })]
  await house.close()
  answer()
  await expect(started).rejects.toMatchObject({ code: 'closed' })
  await expect(fetched).rejects.toMatchObject({ code: 'closed' })
  const other = await createEngine({ storage })
  expect(await other.jobs.find()).toMatchObject([{ leaseOwner: null }])
  await other.close()
  await storage.close()
})
