import { type AuthorizationRequest, manualClock } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { begun, type Desk, leaveAt, openDesk, START } from '../desk.ts'
import { calls, type Ids } from './calls.ts'

describe('authorize is asked by cases', () => {
  const asked: AuthorizationRequest[] = []
  const storage = memoryStorage()
  let isAllowed = true
  let commits = 0
  let desk: Desk
  let ids: Ids

  beforeAll(async () => {
    const counted = new Proxy(storage, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (name === 'commit' || name === 'claim') commits++
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const authorize = (request: AuthorizationRequest): boolean => {
      asked.push(request)
      return isAllowed
    }
    desk = await openDesk(counted, { authorize }, manualClock(START))
    const instance = await begun(desk)
    const away = await leaveAt(desk, instance, 'A')
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'look', actor: 'kim' })
    ids = { instance, case: away.caseId, deviation: away.id, item: item.id }
  })
  afterAll(async () => {
    await desk.close()
    await storage.close()
  })

  async function refused(call: () => Promise<unknown>): Promise<readonly AuthorizationRequest[]> {
    isAllowed = false
    asked.length = 0
    commits = 0
    try {
      await expect(call()).rejects.toMatchObject({ name: 'EngineError', code: 'notAuthorized' })
    } finally {
      isAllowed = true
    }
    expect(commits).toBe(0)
    return asked
  }

  test('by every method that there is', () => {
    const there = Object.keys(desk.cases).filter((name) => !['as', 'within'].includes(name))
    expect(there).toEqual(expect.arrayContaining(Object.keys(calls).map((name) => name.split('.')[0])))
  })

  test.each(Object.entries(calls))('%s: once, with who asks for it and where, and a refusal changes nothing', async (name, call) => {
    const requests = await refused(() => call(desk.cases, ids))
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({ operation: `cases.${name}`, actor: 'mallory' })
    if (['leave', 'defer', 'undo', 'join', 'addItem', 'completeItem', 'cancelItem', 'return'].includes(name))
      expect(requests[0]).toMatchObject({ instanceId: ids.instance })
  })

  test('about the task of an item: with the instance that it belongs to', async () => {
    const { tasks } = desk.engine
    for (const call of [
      () => tasks.get(ids.item),
      () => tasks.claim(ids.item, 'kim'),
      () => tasks.comment(ids.item, 'well'),
      () => tasks.complete(ids.item),
    ]) {
      expect(await refused(call)).toMatchObject([{ instanceId: ids.instance }])
    }
  })

  test('a refusal does not tell whether there is what was named', async () => {
    const unknown = { instance: 'no', case: 'no', deviation: 'no', item: 'no' }
    for (const call of Object.values(calls)) await refused(() => call(desk.cases, unknown))
  })

  test('what a call reads of the engine on its way is not asked about once more', async () => {
    for (const name of ['get', 'previewReturn', 'exportOcel', 'open'] as const) {
      asked.length = 0
      await calls[name](desk.cases, ids)
      expect(asked.map(({ operation }) => operation)).toEqual([`cases.${name}`])
    }
  })
})
