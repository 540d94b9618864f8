import { memoryStorage, type Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { activities, history } from '../../src/runtime/records/history.ts'
import { instances } from '../../src/runtime/records/instance.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { newFile } from './stores.ts'

const { url, missing } = await testDatabase()

const steps = [service('pack', 'pack'), user('approve')]
const handlers = { pack: () => ({ box: 'B' }) }
const START = '2026-01-01T09:00:00Z'

/** The records of an instance's history, beside what stands in its own. */
async function recordsOf(storage: Storage, id: string) {
  const where = { id: [{ gt: `${id}#` }, { lt: `${id}$` }] }
  return (await storage.find(history, { where, orderBy: [{ field: 'id' }], limit: 500 } as const)).map(({ record }) => record)
}

/** An engine in which `p` and `q` ran to their ends, an hour at the task. */
async function ran(options: EngineOptions) {
  const clock = manualClock(START)
  const storage = options.storage ?? memoryStorage()
  const engine = await createEngine({ clock, handlers, ...options, storage })
  const ids: string[] = []
  for (const key of ['p', 'q']) {
    await engine.deploy(chain(key, steps))
    const { id } = await engine.start(key, { variables: { amount: 40 } })
    ids.push(id)
    await engine.drain()
  }
  clock.advance('PT1H')
  for (const { id } of await engine.tasks.find()) await engine.tasks.complete(id, { actor: 'kim' })
  const [p = '', q = ''] = ids
  const types = async (id: string) => [...new Set((await engine.history(id)).map(({ type }) => type))].sort()
  return { engine, clock, storage, p, q, types }
}

describe('what history keeps', () => {
  test('is said by process: others are as for all', async () => {
    const { engine, p, q, types } = await ran({ history: { level: 'none', processes: { q: 'full' } } })
    expect(await types(p)).toEqual(['commandApplied'])
    expect(await engine.history(q)).toContainEqual(expect.objectContaining({ type: 'variablesSet', values: { box: 'B' } }))
    await engine.close()
  })

  test('is said by kind: variables with their values without where tokens went, or the other way round', async () => {
    const { engine, p, q, types } = await ran({
      history: { level: { activities: false, variables: 'values' }, processes: { q: { variables: 'none', work: false } } },
    })
    expect(await types(p)).toEqual(['processEnded', 'processStarted', 'variablesSet'])
    expect(await engine.history(p)).toContainEqual(expect.objectContaining({ type: 'variablesSet', values: { box: 'B' } }))
    expect(await types(q)).toEqual(['elementActivated', 'elementCompleted', 'processEnded', 'processStarted'])
    expect((await engine.history(q)).filter(({ type }) => type === 'elementCompleted').map(({ elementId }) => elementId)).toEqual([
      'start',
      'pack',
      'approve',
      'end',
    ])
    await engine.close()
  })

  test('names changed variables without their values where neither activities nor values are kept; an incident names its element', async () => {
    const engine = await createEngine({
      clock: manualClock(START),
      history: { level: { activities: false } },
      retries: { attempts: 1 },
      handlers: {
        pack: () => {
          throw new Error('no box')
        },
      },
    })
    await engine.deploy(chain('p', steps))
    const { id } = await engine.start('p')
    await engine.instances.setVariables(id, { secret: 'swordfish' })
    await engine.drain()
    const entries = await engine.history(id)
    expect(entries).toContainEqual(expect.objectContaining({ type: 'variablesSet', names: ['secret'] }))
    expect(entries).toContainEqual(expect.objectContaining({ type: 'incidentRaised', elementId: 'pack', message: 'no box' }))
    expect(JSON.stringify(entries)).not.toContain('swordfish')
    expect(entries.map(({ type }) => type)).not.toContain('elementActivated')
    await engine.close()
  })

  test('is refused where it says what there is not', async () => {
    for (const wrong of [
      { levels: 'full' },
      { level: 'all' },
      { processes: { p: 'all' } },
      { level: { variables: 'some' } },
      { level: { activities: false, work: true } },
      { level: { activity: true } },
    ])
      await expect(createEngine({ history: wrong as never }), JSON.stringify(wrong)).rejects.toMatchObject({ code: 'invalidOption' })
    for (const wrong of [{ ended: 'soon' }, { history: 5 }, { processes: { p: { end: 'P1D' } } }, { keep: 1 }])
      await expect(createEngine({ retention: wrong as never }), JSON.stringify(wrong)).rejects.toMatchObject({ code: 'invalidOption' })
  })

  test('of four elements with a job and a task keeps within its budget of bytes, at every level', async () => {
    const bytesOf = async (level: NonNullable<EngineOptions['history']>): Promise<number> => {
      const { engine, storage, p } = await ran({ history: level })
      const [instance] = await storage.get(instances, [p])
      const records = await recordsOf(storage, p)
      await engine.close()
      return JSON.stringify([instance?.record.body.rounds, ...records.map(({ body }) => body)]).length
    }
    expect(await bytesOf('none')).toBeLessThanOrEqual(120)
    expect(await bytesOf('activity')).toBeLessThanOrEqual(300)
    expect(await bytesOf({ level: { work: false, variables: 'none' } })).toBeLessThanOrEqual(240)
    expect(await bytesOf('full')).toBeLessThanOrEqual(2_600)
  })

  test('stands in the record of a small instance, and in a record of its own only now and then where it goes on', async () => {
    const storage = memoryStorage()
    const engine = await createEngine({ storage, clock: manualClock(START) })
    await engine.deploy(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    for (let k = 0; k < 3; k++) await engine.instances.setVariables(id, { k }, { actor: 'kim' })
    expect(await recordsOf(storage, id)).toEqual([])
    for (let k = 3; k < 200; k++) await engine.instances.setVariables(id, { k }, { actor: 'kim' })
    const records = await recordsOf(storage, id)
    expect(records.length).toBeGreaterThan(2)
    expect(records.length).toBeLessThan(200 / 8)
    const entries = (await engine.history(id)).filter(({ type }) => type === 'variablesSet')
    expect(entries.map(({ seq, actor, names }) => [seq, actor, String(names)])).toEqual(
      Array.from({ length: 200 }, (_, k) => [k + 2, 'kim', 'k']),
    )
    await engine.close()
  })

  test('is told once, also where what stood in the record goes into one of its own while it is read', async () => {
    const storage = memoryStorage()
    const engine = await createEngine({ storage })
    await engine.deploy(chain('p', [user('ask')]))
    const { id } = await engine.start('p')
    let meanwhile: (() => Promise<void>) | null = async () => {
      for (let k = 0; k < 40; k++) await engine.instances.setVariables(id, { k })
    }
    const find: Storage['find'] = async (collection, query) => {
      const others = collection.name === history.name ? meanwhile : null
      if (others !== null) meanwhile = null
      await others?.()
      return storage.find(collection, query)
    }
    const slow = new Proxy(storage, { get: (of, name) => (name === 'find' ? find : Reflect.get(of, name)?.bind(of)) })
    const reader = await createEngine({ storage: slow })
    const seqs = (await reader.history(id)).filter(({ type }) => type === 'variablesSet' || type === 'processStarted').map(({ seq }) => seq)
    expect(seqs.length).toBeGreaterThan(1)
    expect(seqs).toEqual(seqs.map((_, k) => k + 1))
    await engine.close()
    await reader.close()
  })

  test('is told in the order of the commands, also where some of them left the record of the instance as it was', async () => {
    const storage = memoryStorage()
    const clock = manualClock(START)
    const engine = await createEngine({ storage, clock })
    await engine.deploy(
      processModel(
        'p',
        `<bpmn:startEvent id="start"/><bpmn:subProcess id="sub"><bpmn:startEvent id="in"/><bpmn:userTask id="ask"/>
          <bpmn:exclusiveGateway id="again"/><bpmn:sequenceFlow id="i1" sourceRef="in" targetRef="again"/>
          <bpmn:sequenceFlow id="i2" sourceRef="again" targetRef="ask"/><bpmn:sequenceFlow id="i3" sourceRef="ask" targetRef="again"/>
        </bpmn:subProcess>`,
        'start -> sub',
      ),
    )
    const { id } = await engine.start('p')
    const expected: unknown[] = []
    for (let k = 0; k < 40; k++) {
      clock.advance('PT1M')
      if (k % 3 === 0) await engine.instances.setVariables(id, { k })
      else await engine.tasks.complete((await engine.tasks.find({ instanceId: id })).at(0)?.id ?? '')
      expected.push([k + 2, clock.now(), k % 3 === 0 ? 'variablesSet' : 'ask'])
    }
    const entries = await engine.history(id)
    const told = entries.filter(
      ({ type, elementId, seq }) => seq > 1 && (type === 'variablesSet' || (type === 'elementCompleted' && elementId === 'ask')),
    )
    expect(told.map(({ seq, at, type, elementId }) => [seq, Date.parse(at), elementId ?? type])).toEqual(expected)
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).sort((a, b) => a - b))
    await engine.close()
  })
})

describe('what is over goes', () => {
  test('by process: each ended instance when the time of its process is over', async () => {
    const { engine, clock, p, q } = await ran({ retention: { ended: 'P30D', processes: { q: { ended: null }, p: { ended: 'P1D' } } } })
    clock.advance('P2D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 1 })
    expect(await engine.instances.get(p)).toBeNull()
    clock.advance('P900D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 0 })
    expect(await engine.instances.get(q)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('by kind: the history before the instance, rows for reports after it; once', async () => {
    const { engine, clock, storage, p } = await ran({
      history: { level: { rows: true } },
      retention: { ended: 'P30D', history: 'P7D', rows: null, processes: { q: { history: null } } },
    })
    const rows = await storage.count(activities, {}, 100)
    clock.advance('P8D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 0, trimmed: 1 })
    expect(await engine.history(p)).toEqual([])
    expect(await engine.instances.get(p)).toMatchObject({ status: 'completed', variables: { box: 'B' } })
    expect(await engine.cleanUp()).toMatchObject({ instances: 0, trimmed: 0 })
    clock.advance('P30D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 2 })
    expect(await storage.count(activities, {}, 100)).toBe(rows)
    expect(await storage.count(history, {}, 100)).toBe(0)
    await engine.close()
  })

  test('rows for reports go with their instance where nothing else is said', async () => {
    const { engine, clock, storage } = await ran({ history: { level: { rows: true } } })
    expect(await storage.count(activities, {}, 100)).toBe(8)
    clock.advance('P181D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 2 })
    expect(await storage.count(activities, {}, 100)).toBe(0)
    await engine.close()
  })
})

describe('a row for each element instance', () => {
  const QUERY = `select process_key, element_id, element_type, outcome, ended_by, count(*) as n, max(ended_at - started_at) as ms
    from leeway_activities where element_type = 'userTask' group by 1, 2, 3, 4, 5`
  const EXPECTED = {
    process_key: 'q',
    element_id: 'approve',
    element_type: 'userTask',
    outcome: 'completed',
    ended_by: 'kim',
    n: 1,
    ms: 3_600_000,
  }

  test('is read in SQL on SQLite, for the processes that keep rows', async () => {
    const database = new Database(newFile())
    const { engine } = await ran({ storage: sqliteStorage({ database }), history: { processes: { q: { rows: true } } } })
    expect(database.prepare(QUERY).all()).toEqual([EXPECTED])
    await engine.close()
    database.close()
  })

  test.skipIf(missing !== null)(missing ?? 'is read in SQL on PostgreSQL', async () => {
    const pool = new pg.Pool({ connectionString: url ?? '', max: 3 })
    const storage = postgresStorage({ pool })
    const { engine } = await ran({ storage, history: { processes: { q: { rows: true } } } })
    const { rows } = await pool.query(QUERY)
    expect(rows.map(({ n, ms, ...row }) => ({ ...row, n: Number(n), ms: Number(ms) }))).toEqual([EXPECTED])
    await engine.close()
    await storage.close()
    await pool.end()
  })

  test('tells what lives, what ended in a later command, and what was terminated', async () => {
    const clock = manualClock(START)
    const storage = memoryStorage()
    const engine = await createEngine({ clock, storage, history: { level: { activities: false, rows: true } } })
    const timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>'
    const body = `<bpmn:startEvent id="start"/><bpmn:subProcess id="sub"><bpmn:startEvent id="s"/><bpmn:userTask id="a" name="Approve"/><bpmn:sequenceFlow id="x" sourceRef="s" targetRef="a"/></bpmn:subProcess>
      <bpmn:boundaryEvent id="late" attachedToRef="sub">${timer}</bpmn:boundaryEvent><bpmn:userTask id="b"/>`
    await engine.deploy(processModel('p', body, 'start -> sub; late -> b'))
    await engine.start('p')
    await engine.advance('PT2H')
    const found = await storage.find(activities, { where: {}, orderBy: [{ field: 'id' }], limit: 20 })
    const seen = Object.fromEntries(found.map(({ record }) => [record.elementId, record]))
    const at = Date.parse(START)
    expect(seen.a).toMatchObject({ elementName: 'Approve', outcome: 'terminated', startedAt: at, endedAt: at + 3_600_000, endedBy: null })
    expect(seen.sub).toMatchObject({ elementType: 'subProcess', outcome: 'terminated', startedAt: at, endedAt: at + 3_600_000 })
    expect(seen.b).toMatchObject({ elementType: 'userTask', outcome: null, startedAt: at + 3_600_000, endedAt: null })
    expect(seen.start).toMatchObject({ outcome: 'completed', endedAt: at })
    await engine.close()
  })
})
