import { createEngine, type Engine, manualClock } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cases, createCases, type People } from '../../src/index.ts'
import { at, model, newFile, positions, refusal, START, user } from '../desk.ts'

const CALL = '<bpmn:callActivity id="C" calledElement="child"/>'
const CHILD = model(`${user('Q')}${user('R')}<bpmn:parallelGateway id="F"/>`, 'S>F F>Q F>R Q>E R>E').replace('id="p"', 'id="child"')
const MIDDLE = model(CALL, 'S>C C>E').replace('id="p"', 'id="middle"')

describe('what was called, before its job has brought it in line with who left or came back at its caller', () => {
  const database = { file: '', remove: async () => {}, open: null as Database.Database | null }
  let engine: Engine
  let cases: Cases
  let caller: string
  let called: string

  beforeEach(async () => {
    const { path, remove } = await newFile()
    Object.assign(database, { file: path, remove, open: new Database(path) })
    await open()
    await engine.deploy(CHILD)
    await engine.deploy(MIDDLE)
    await engine.deploy(model(CALL.replace('child', 'middle') + user('B'), 'S>C C>B B>E'))
    caller = (await engine.start('p')).id
    await engine.drain()
    called = (await engine.instances.find({ processKey: 'child' }))[0]?.id ?? ''
  })
  afterEach(async () => {
    await engine.close()
    database.open?.close()
    await database.remove()
  })

  async function open(people?: People): Promise<void> {
    engine = await createEngine({ storage: sqliteStorage({ database: database.open as Database.Database }), clock: manualClock(START) })
    cases = await createCases(engine, people === undefined ? {} : { people })
  }

  /** In a transaction of the host, so that what follows is left to the jobs. */
  async function alone<A>(act: (joined: ReturnType<Cases['within']>) => Promise<A>): Promise<A> {
    database.open?.exec('begin immediate')
    const joined = cases.within(database.open)
    const answer = await act(joined)
    database.open?.exec('commit')
    await joined.committed()
    return answer
  }

  const leaving = async (instanceId: string, elementId: string) => {
    const elementInstanceId = await at(engine, instanceId, elementId)
    return (of: Pick<Cases, 'leave'>) => of.leave({ instanceId, elementInstanceId, reason: 'flood', actor: 'kim' })
  }
  const back = (of: Pick<Cases, 'return'>, id: string) => of.return(id, { to: 'resume', actor: 'kim' })

  test('nobody leaves in it by themselves while somebody is away at a call around it', async () => {
    const away = await alone(await leaving(caller, 'C'))
    expect(await positions(engine, called)).toEqual(['Q:waiting', 'R:waiting'])
    expect(await refusal((await leaving(called, 'Q'))(cases))).toMatchObject({ code: 'AlreadyAway', details: { deviationId: away.id } })
    await engine.drain()
    expect(await positions(engine, called)).toEqual(['Q:held', 'R:held'])
  })

  test('K10: who had left in it comes back, or undoes that, only after who is away at a call around it', async () => {
    const inner = await (await leaving(called, 'Q'))(cases)
    const outer = await alone(await leaving(caller, 'C'))
    for (const drained of [false, true]) {
      if (drained) await engine.drain()
      expect(await refusal(back(cases, inner.id))).toMatchObject({ code: 'AlreadyAway', details: { deviationId: outer.id } })
      expect(await refusal(cases.undo(inner.id, { actor: 'kim' }))).toMatchObject({ code: 'AlreadyAway' })
    }
  })

  test.each(['return', 'undo'] as const)('after that, a %s in it takes what was held with the call along', async (how) => {
    const inner = await (await leaving(called, 'Q'))(cases)
    const outer = await (await leaving(caller, 'C'))(cases)
    await engine.drain()
    await alone((joined) => back(joined, outer.id))
    // The one in between is on its way.
    const [middle] = await engine.instances.find({ processKey: 'middle' })
    expect(await positions(engine, middle?.id ?? '')).toEqual(['C:held'])
    if (how === 'return') await back(cases, inner.id)
    else await cases.undo(inner.id, { actor: 'kim' })
    expect(await positions(engine, called)).toEqual(['Q:waiting', 'R:waiting'])
    await engine.drain()
    expect(await positions(engine, called)).toEqual(['Q:waiting', 'R:waiting'])
    expect(await positions(engine, caller)).toEqual(['C:waiting'])
  })

  test('who would leave in it then is told that it is about to be released, not to join who is back', async () => {
    const outer = await (await leaving(caller, 'C'))(cases)
    await engine.drain()
    await alone((joined) => back(joined, outer.id))
    const refused = await refusal((await leaving(called, 'Q'))(cases))
    expect(refused).toMatchObject({ code: 'AlreadyAway', details: { deviationId: outer.id, state: 'returned' } })
    expect(refused.message).toContain('try again')
    await engine.drain()
    await (await leaving(called, 'Q'))(cases)
    expect(await positions(engine, called)).toEqual(['Q:held', 'R:waiting'])
  })

  test('a call is left by who proposes it and is agreed with, and what it calls follows', async () => {
    await engine.close()
    await open({
      persons: [{ id: 'kim' }, { id: 'max', roles: ['chief'] }],
      grants: { '*': ['propose', 'open'], chief: ['*'] },
    })
    const refused = await refusal((await leaving(caller, 'C'))(cases))
    const { id } = await cases.proposals.draft({ proposal: refused.details.proposal, actor: 'kim' })
    await cases.proposals.submit(id, { actor: 'kim' })
    expect(await cases.proposals.approve(id, { actor: 'max' })).toMatchObject({ state: 'executed' })
    await engine.drain()
    expect(await positions(engine, called)).toEqual(['Q:held', 'R:held'])
  })
})
