import { manualClock } from '@leeway/engine'
import { type Collection, memoryStorage } from '@leeway/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AB, type Desk, openDesk, START } from '../desk.ts'
import { calls, type Ids } from './calls.ts'

/*
 * A tenant that knows or guesses every id of another one's case. All that it gets is what it would get for ids that do not exist.
 */

/** Stands in everything that one tenant has, and may not be in any answer to the other. */
const SECRET = 'the-plan-of-ours'

const storage = memoryStorage()
const known = new Map<string, Collection>()
let desk: Desk
let ours: Ids

beforeAll(async () => {
  const prepare = storage.prepare.bind(storage)
  storage.prepare = (collections) => {
    for (const collection of collections) known.set(collection.name, collection)
    return prepare(collections)
  }
  desk = await openDesk(storage, {}, manualClock(START))
  await desk.engine.deploy(AB)
  const { id: instance } = await desk.engine.start('p', { tenantId: 'ours', businessKey: SECRET, variables: { plan: SECRET } })
  const own = desk.cases.as({ actor: SECRET, tenantId: 'ours' })
  const away = await own.leave({ instanceId: instance, before: 'B', reason: SECRET })
  const item = await own.addItem(away.id, { kind: 'human', name: SECRET })
  await own.contacts.record({ caseId: away.caseId, direction: 'outbound', channel: 'phone', summary: SECRET, customer: 'cust-7' })
  await own.facts.record(away.caseId, { key: SECRET, value: SECRET })
  ours = { instance, case: away.caseId, deviation: away.id, item: item.id }
})
afterAll(() => desk.close())

describe('a tenant that knows the ids of another one’s case', () => {
  test.each(Object.entries(calls))('gets nothing, changes nothing, and learns nothing: %s', async (_, call) => {
    const theirs = desk.cases.as({ actor: 'mallory', tenantId: 'theirs' })
    const outcomeOf = async (ids: Ids): Promise<string> => {
      const outcome = await call(theirs, ids).then(
        (value) => ({ value }),
        (error) => ({ code: error.code, message: error.message }),
      )
      const named = Object.entries(ids).sort(([, a], [, b]) => b.length - a.length)
      return named.reduce((rest, [name, id]) => rest.replaceAll(id, `{${name}}`), JSON.stringify(outcome) ?? '').replaceAll(NEW_ID, '{new}')
    }
    const before = await everything()
    const toOurs = await outcomeOf(ours)
    expect(toOurs).not.toContain(SECRET)
    expect(toOurs).toBe(await outcomeOf(unknown(ours)))
    const after = new Map(await everything())
    for (const [id, record] of before) expect(after.get(id)).toBe(record)
  })
})

const NEW_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{40}\b/g

/** Ids of the same form that nobody has. */
function unknown(ids: Ids): Ids {
  const other = (id: string): string => id.replace(/[0-9a-f]/, (digit) => (digit === 'f' ? 'e' : 'f'))
  return { instance: other(ids.instance), case: other(ids.case), deviation: other(ids.deviation), item: other(ids.item) }
}

/** Every record that is kept, by collection and id. */
async function everything(): Promise<[string, string][]> {
  const all: [string, string][] = []
  for (const collection of known.values())
    for (const { record } of await storage.find(collection, { where: {}, limit: 1_000 }))
      all.push([`${collection.name} ${record.id}`, JSON.stringify(record)])
  return all
}
