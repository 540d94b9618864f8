import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChangeSet, memoryStorage, type Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterAll, expect, test } from 'vitest'
import { contendingProcess } from '../../../../scripts/contending-process.ts'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine } from '../../src/index.ts'
import { changedStorage } from './changed-storage.ts'

/** How many tasks both processes complete. The soak sets CONTESTS. */
const CONTESTS = Number(process.env.CONTESTS ?? 1_000)

const folder = mkdtempSync(join(tmpdir(), 'leeway-contest-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const postgres = await testDatabase()

test('two processes on one SQLite file never apply one completion twice, nor run one job twice', { timeout: 120_000 }, async () => {
  const file = join(folder, 'contest.db')
  await contest(file, sqliteStorage({ file }), CONTESTS)
})

test.skipIf(postgres.url === null)(
  postgres.missing ?? 'two processes on one PostgreSQL never apply one completion twice, nor run one job twice',
  { timeout: 120_000 },
  async () => {
    const address = postgres.url ?? ''
    await contest(address, postgresStorage({ url: address, connectionsMax: 5 }), Math.ceil(CONTESTS / 4))
  },
)

/** Two processes complete the same tasks of one database at the same time, and do the work that follows; both migrate some of the instances meanwhile. */
async function contest(file: string, storage: Storage, count: number): Promise<void> {
  const engine = await createEngine({ storage })
  await engine.deploy(MODEL)
  const instances: string[] = []
  for (let k = 0; k < count; k += BATCH) {
    const started = await Promise.all(Array.from({ length: Math.min(BATCH, count - k) }, () => engine.start('contest')))
    instances.push(...started.map((one) => one.id))
  }
  const tasks = await allTasks(engine)
  expect(tasks).toHaveLength(count)
  const list = join(folder, `tasks-${count}.json`)
  writeFileSync(list, JSON.stringify(tasks))

  const script = new URL('./contender.ts', import.meta.url)
  const to = (await engine.deploy(MODEL.replace('<bpmn:process ', '<bpmn:process name="again" '))).processes[0]?.id ?? ''
  const children = ['one', 'two'].map((name) => contendingProcess<Told>(script, [file, list, to, name]))
  await Promise.all(children.map((child) => child.ready))
  for (const child of children) child.go()
  const [one, two] = await Promise.all(children.map((child) => child.ended))
  if (!one || !two) throw new Error('a process said nothing')

  expect([...one.won, ...two.won].sort()).toEqual([...tasks].sort())
  expect(
    Object.values(one.refused)
      .concat(Object.values(two.refused))
      .reduce((sum, count) => sum + count, 0),
  ).toBe(count)
  expect([...one.ran, ...two.ran]).toHaveLength(count)
  expect(new Set([...one.ran, ...two.ran]).size).toBe(count)
  const winners = new Map([...one.won.map((id) => [id, 'one'] as const), ...two.won.map((id) => [id, 'two'] as const)])
  for (const [k, id] of instances.entries()) {
    const view = await engine.instances.get(id)
    expect(view?.status).toBe('completed')
    const completed = (await engine.history(id)).filter((entry) => entry.type === 'elementCompleted').map((entry) => entry.elementId)
    expect(completed, `instance ${k}`).toEqual(['start', 'ask', 'work', 'end'])
    expect(view?.variables).toMatchObject({ clerk: winners.get(tasks.find((task) => task.startsWith(`${id}.`)) ?? '') })
  }
  await engine.drain() // of a batch that the other process had in hand to its end
  for (const { batchId } of [one, two]) {
    const { state, report = [] } = (await engine.batches.get(batchId)) ?? {}
    expect(state).toBe('done')
    for (const { instanceId, outcome, code } of report) {
      expect([outcome, code], instanceId ?? '').toEqual(outcome === 'done' ? ['done', undefined] : ['failed', 'instanceEnded'])
      if (outcome === 'done') expect((await engine.instances.get(instanceId ?? ''))?.definition.id).toBe(to)
    }
  }
  await engine.close()
  await storage.close()
}

test('the law finds a store that does not check what a change set expects', async () => {
  const tasks = 50
  expect(await winsOfTwo(tasks, (set) => set)).toBe(tasks)
  expect(await winsOfTwo(tasks, (set) => ({ ...set, expect: [] }))).toBeGreaterThan(tasks)
})

/** How many completions succeed where two engines on one store complete the same tasks, the store being given change sets changed so. */
async function winsOfTwo(count: number, change: (set: ChangeSet) => ChangeSet): Promise<number> {
  const inner = memoryStorage()
  const storage = changedStorage(inner, change)
  const engines = [await createEngine({ storage }), await createEngine({ storage })]
  const [first] = engines
  await first?.deploy(MODEL)
  let wins = 0
  for (let k = 0; k < count; k++) {
    const started = await first?.start('contest')
    // Both look at it before, so that each decides on what it has read.
    const looked = await Promise.all(engines.map((engine) => engine.tasks.find({ instanceId: started?.id ?? '' })))
    const [task] = looked[0] ?? []
    const ended = await Promise.allSettled(engines.map((engine) => engine.tasks.complete(task?.id ?? '')))
    wins += ended.filter((one) => one.status === 'fulfilled').length
  }
  for (const engine of engines) await engine.close()
  return wins
}

const BATCH = 100

async function allTasks(engine: Awaited<ReturnType<typeof createEngine>>): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await engine.tasks.find({ limit: 500, ...(after !== undefined && { after }) })
    ids.push(...page.map((task) => task.id))
    if (page.next === undefined) return ids
    after = page.next
  }
}

interface Told {
  readonly won: readonly string[]
  readonly ran: readonly string[]
  readonly refused: Readonly<Record<string, number>>
  /** Of the migration that it began. */
  readonly batchId: string
}

const MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="contest-file" targetNamespace="contest">
<bpmn:process id="contest" isExecutable="true">
<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:serviceTask id="work" camunda:type="external" camunda:topic="work"/><bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="ask"/><bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="work"/><bpmn:sequenceFlow id="f3" sourceRef="work" targetRef="end"/>
</bpmn:process>
</bpmn:definitions>
`
