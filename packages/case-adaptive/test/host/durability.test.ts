import { manualClock } from '@leeway/engine'
import { type ChangeSet, memoryStorage, type Storage, StorageError } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { AB, at, boundary, deviationOf, leaveAt, message, model, newFile, openDesk, positions, START, user } from '../desk.ts'

/** A storage that tells what was committed, and fails commits while it is told to. */
function watched(storage: Storage): { storage: Storage; sets: ChangeSet[]; fail: (isFailing: boolean) => void } {
  const sets: ChangeSet[] = []
  let isFailing = false
  const commit: Storage['commit'] = async (given) => {
    if (isFailing) return given.map(() => ({ failed: new StorageError('full', 'The disk is full.') }))
    sets.push(...given)
    return storage.commit(given)
  }
  const wrapped = new Proxy(storage, {
    get(target, name) {
      if (name === 'commit') return commit
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const fail = (given: boolean): void => {
    isFailing = given
  }
  return { storage: wrapped, sets, fail }
}

const written = (set: ChangeSet): string[] => [...set.put, ...set.append, ...set.touch].map(({ collection }) => collection.name)

test('case, deviation, task and process change in one change set', async () => {
  const { storage, sets } = watched(memoryStorage())
  const desk = await openDesk(storage)
  await desk.engine.deploy(AB)
  const { id } = await desk.engine.start('p')
  sets.length = 0
  const away = await leaveAt(desk, id, 'A')
  expect(sets).toHaveLength(1)
  expect(new Set(written(sets[0]!))).toEqual(new Set(['instances', 'tasks', 'cases', 'deviations', 'case_timeline', 'case_texts']))
  sets.length = 0
  await desk.cases.addItem(away.id, { kind: 'human', name: 'i', actor: 'kim' })
  expect(sets).toHaveLength(1)
  sets.length = 0
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(sets).toHaveLength(1)
  expect(new Set(written(sets[0]!))).toEqual(
    new Set(['instances', 'tasks', 'cases', 'deviations', 'case_timeline', 'case_texts', 'plan_items']),
  )
  await desk.close()
})

test('INV9: a commit that fails leaves neither case nor hold, and a repetition succeeds', async () => {
  const { storage, fail } = watched(memoryStorage())
  const desk = await openDesk(storage)
  await desk.engine.deploy(AB)
  const { id } = await desk.engine.start('p')
  fail(true)
  await expect(leaveAt(desk, id, 'A')).rejects.toMatchObject({ code: 'full' })
  await expect(desk.cases.open({ process: { key: 'p' }, actor: 'kim' })).rejects.toMatchObject({ code: 'full' })
  fail(false)
  expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  expect(await desk.cases.find()).toHaveLength(0)
  expect(await desk.engine.instances.count({})).toBe(1)
  const away = await leaveAt(desk, id, 'A')
  fail(true)
  await expect(desk.cases.return(away.id, { to: 'resume', actor: 'kim' })).rejects.toMatchObject({ code: 'full' })
  fail(false)
  expect(await positions(desk.engine, id)).toEqual(['A:held'])
  expect((await deviationOf(desk, away)).state).toBe('away')
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
  await desk.close()
})

const { url } = await testDatabase()

/** Databases that several nodes share. */
const SHARED: readonly { readonly name: string; readonly make: () => Promise<{ open(): Storage; end(): Promise<void> }> }[] = [
  {
    name: 'one SQLite file',
    make: async () => {
      const file = await newFile()
      return { open: () => sqliteStorage({ file: file.path }), end: () => file.remove() }
    },
  },
  ...(url === null
    ? []
    : [{ name: 'one PostgreSQL', make: async () => ({ open: () => postgresStorage({ url, connectionsMax: 2 }), end: async () => {} }) }]),
]

test.each(SHARED)(
  'S46, K14, E8: who is away when the node dies comes back on another one, and what was to be told is told once, over $name',
  async ({ make }) => {
    const shared = await make()
    const told: unknown[] = []
    const options = { handlers: { tell: ({ variables }: { readonly variables: unknown }) => void told.push(variables) } }
    const before = await openDesk(shared.open(), options, undefined, { notifier: 'tell' })
    await before.engine.deploy(model(user('A') + user('N') + boundary('note', 'A', message(), false), 'S>A A>E note>N N>E'))
    const { id } = await before.engine.start('p')
    await before.engine.drain()
    const taskId = await at(before.engine, id, 'A')
    await before.engine.tasks.claim(taskId, 'tom')
    const away = await leaveAt(before, id, 'A')
    const item = await before.cases.addItem(away.id, { kind: 'human', name: 'i', required: true, actor: 'kim' })
    await before.engine.messages.publish({ name: 'paid', instanceId: id })
    // The first node is never closed: it is as good as dead.

    const storage = shared.open()
    const after = await openDesk(storage, options, manualClock(START), { notifier: 'tell' })
    expect(told).toEqual([])
    await after.engine.drain()
    await after.engine.advance('P1D')
    expect(told).toMatchObject([{ caseId: away.caseId, because: 'preempted', to: ['tom'] }])
    expect(await deviationOf(after, away)).toMatchObject({ state: 'away', latches: [{ kind: 'message', became: 'kept' }] })
    await after.cases.completeItem(item.id, { actor: 'lee' })
    await after.cases.return(away.id, { to: 'resume', actor: 'kim' })
    expect(await positions(after.engine, id)).toEqual(['A:waiting', 'N:waiting'])
    expect(await after.engine.tasks.get(taskId)).toMatchObject({ assignee: 'tom', held: false })
    expect(await after.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true, problems: [] })
    await after.close()
    await storage.close()
    await before.close()
    await before.storage.close()
    await shared.end()
  },
)
