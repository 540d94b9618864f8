import { type EngineEvent, manualClock, Refused } from '@leeway/engine'
import { jobs } from '@leeway/engine/extension'
import { type Collection, memoryStorage, type Storage } from '@leeway/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collections } from '../../src/host/records.ts'
import type { CasesOptions, CaseView } from '../../src/index.ts'
import { busyStorage } from '../busy-storage.ts'
import { at, complete, type Desk, leaveAt, model, openDesk, refusal, START, STORAGES, useDesk, user } from '../desk.ts'

const by = { actor: 'kim' }
const CALLED = model(user('Q'), 'S>Q Q>E').replace('id="p"', 'id="q"')
const CALLS = ['A', 'C'].map((id) => `<bpmn:callActivity id="${id}" calledElement="q"/>`).join('')
/** Calls two others, one after the other, before a task. */
const CALLING = model(`${CALLS}${user('B')}`, 'S>A A>C C>B B>E')
const HOUSE: CasesOptions = {
  notifier: 'tell',
  templates: [{ key: 'modem', severities: { normal: { resolution: 'PT72H' } }, escalateTo: ['max'] }],
}
const HANDLERS = { handlers: { tell: () => undefined, book: () => ({ booked: true }) } }

/** A case in which everything that cases keep was used, closed. Gives it, and its process instance. */
async function closedCase(desk: Desk): Promise<{ readonly id: string; readonly instanceId: string }> {
  const { cases, engine } = desk
  const opened = await cases.open({ customer: 'cust-7', title: 'Modem', facts: { orderId: 'A-17' }, process: { key: 'p' }, ...by })
  const { id } = opened
  const instanceId = opened.instanceIds[0] ?? ''
  await engine.drain()
  const inner = (await engine.instances.find({ parent: instanceId }))[0]?.id ?? ''
  const away = await leaveAt(desk, inner, 'Q')
  const item = await cases.addItem(away.id, { kind: 'human', name: 'Ring them', ...by })
  await cases.addItem(away.id, { kind: 'service', name: 'Book', type: 'book', ...by })
  await engine.drain()
  await cases.completeItem(item.id, { variables: { found: true }, ...by })
  await cases.return(away.id, { to: 'resume', ...by })
  await complete(desk, inner, 'Q')
  await engine.drain()
  const second = (await engine.instances.find({ parent: instanceId, status: 'active' }))[0]?.id ?? ''
  await complete(desk, second, 'Q')
  await engine.drain()
  await cases.leave({ instanceId, elementInstanceId: await at(engine, instanceId, 'B'), mode: 'alongside', reason: 'r', ...by })
  await complete(desk, instanceId, 'B')
  await cases.facts.record(id, { key: 'id-proof', value: 'P 1', scope: 'customer', ...by })
  await cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', summary: 'angry', ...by })
  const promise = await cases.commitments.make(id, { what: 'Delivery', dueAt: '2026-03-03T09:00:00Z', ...by })
  await cases.commitments.prove(promise.id, { proof: { kind: 'receipt' }, ...by })
  const remedy = await cases.proposals.draft({ caseId: id, offer: 'Sorry', reason: 'late', ...by })
  await cases.proposals.withdraw(remedy.id, by)
  await cases.escalate(id, { reason: 'r', ...by })
  await engine.drain()
  await cases.resolve(id, { code: 'done', ...by })
  await cases.close(id, by)
  return { id, instanceId }
}

/** A case that somebody is at work in, with a process of its own. */
async function otherCase({ cases, engine }: Desk): Promise<string> {
  const { id, instanceIds } = await cases.open({
    customer: 'cust-7',
    title: 'Router',
    process: { key: 'p' },
    facts: { orderId: 'B' },
    ...by,
  })
  await engine.drain()
  await cases.leave({ instanceId: instanceIds[0] ?? '', before: 'B', reason: 'r', ...by })
  await cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', summary: 'kind', ...by })
  return id
}

async function deployed(desk: Desk): Promise<void> {
  await desk.engine.deploy(CALLED)
  await desk.engine.deploy(CALLING)
}

/** Everything that cases keep. */
async function kept(storage: Storage): Promise<readonly string[]> {
  const all: string[] = []
  for (const each of collections)
    for (const { record } of await storage.find(each, { where: {}, limit: 1_000 })) all.push(`${each.name} ${JSON.stringify(record)}`)
  return all.sort()
}

async function minimal(desk: Desk): Promise<string> {
  const { id } = await desk.cases.open({ customer: 'c', ...by })
  await desk.cases.resolve(id, { code: 'done', ...by })
  await desk.cases.close(id, by)
  return id
}

describe.each(STORAGES)('a closed case that is deleted ($name)', ({ make }) => {
  const desk = useDesk({ ...HANDLERS, retention: { ended: 'P1D' } }, HOUSE, make)
  beforeEach(() => deployed(desk))

  test('leaves nothing behind in any collection, and everything else as it was', async () => {
    const other = await otherCase(desk)
    const before = await kept(desk.storage)
    const { id } = await closedCase(desk)
    const view = await desk.cases.get(id)
    const parts = [view?.deviations, view?.items, view?.facts, view?.contacts, view?.commitments, view?.proposals]
    expect(parts.map((found) => (found ?? []).length > 0)).toEqual(parts.map(() => true))
    await desk.cases.delete(id, by)
    expect(await kept(desk.storage)).toEqual(before)
    expect(await desk.cases.get(id)).toBeNull()
    expect(await desk.cases.customerView(view?.customerToken ?? '')).toMatchObject({ cases: [] })
    expect(await desk.cases.verifyAudit(other)).toMatchObject({ problems: [] })
    expect(await refusal(desk.cases.verifyAudit(id))).toMatchObject({ code: 'UnknownCase' })
    expect(await refusal(desk.cases.delete(id, by))).toMatchObject({ code: 'UnknownCase' })
    expect(
      JSON.stringify([await desk.engine.jobs.find({}), await desk.engine.tasks.find({}), await desk.engine.incidents.find()]),
    ).not.toContain(id)
  })

  test('lets its process instances go, with all that they called: they are kept as long as the engine keeps others', async () => {
    const other = await otherCase(desk)
    const { id, instanceId } = await closedCase(desk)
    await desk.engine.advance('P2D')
    expect(await desk.engine.cleanUp()).toMatchObject({ instances: 0 })
    await desk.cases.delete(id, by)
    expect(await desk.engine.instances.get(instanceId)).toMatchObject({ status: 'completed' })
    await desk.engine.cleanUp()
    await desk.engine.cleanUp()
    expect(await desk.engine.instances.get(instanceId)).toBeNull()
    const [running = ''] = (await desk.cases.get(other))?.instanceIds ?? []
    expect((await desk.engine.instances.find({})).map((one) => one.parent?.instanceId ?? one.id)).toEqual([running, running])
  })

  test('takes the marks off what its instances called also where those were deleted before', async () => {
    const { id, instanceId } = await closedCase(desk)
    await desk.engine.instances.delete(instanceId)
    await desk.cases.delete(id, by)
    await desk.engine.advance('P2D')
    await desk.engine.cleanUp()
    expect(await desk.engine.instances.count({})).toBe(0)
  })

  test('lets a process go that was begun for an item when that was over already', async () => {
    const { id } = await desk.cases.open(by)
    await desk.cases.addItem(id, { kind: 'process', name: 'Look', process: 'q', required: false, ...by })
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    await desk.engine.drain()
    expect(await desk.engine.instances.find({})).toMatchObject([{ status: 'terminated' }])
    await desk.cases.delete(id, by)
    await desk.engine.advance('P2D')
    expect(await desk.engine.cleanUp()).toMatchObject({ instances: 1 })
  })

  test('is told to who listens by its id and who did it, and nothing of what it said', async () => {
    const id = await minimal(desk)
    const told: EngineEvent[] = []
    desk.engine.on('noted', (event) => void told.push(event))
    await desk.cases.delete(id, by)
    expect(told).toMatchObject([{ type: 'noted', what: 'case:delete', caseId: id, actor: 'kim' }])
  })

  test('is deleted once by two who do it at once, and what both found is gone', async () => {
    const before = await kept(desk.storage)
    const { id } = await closedCase(desk)
    const ends = await Promise.allSettled([desk.cases.delete(id, by), desk.cases.delete(id, { actor: 'lee' })])
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []))
    expect(refused.filter((code) => code !== 'UnknownCase')).toEqual([])
    expect(refused.length).toBeLessThan(2)
    expect(await kept(desk.storage)).toEqual(before)
  })

  test('is open again or gone where somebody opens it again at the same time, and never both', async () => {
    const id = await minimal(desk)
    const [deleted, reopened] = await Promise.allSettled([desk.cases.delete(id, by), desk.cases.reopen(id, { reason: 'r', ...by })])
    expect([deleted.status, reopened.status].sort()).toEqual(['fulfilled', 'rejected'])
    const view = await desk.cases.get(id)
    expect(view?.state ?? null).toBe(reopened.status === 'fulfilled' ? 'open' : null)
    if (view !== null) expect(await desk.cases.verifyAudit(id)).toMatchObject({ problems: [] })
    else expect(await kept(desk.storage)).toEqual([])
  })
})

describe('a case is not deleted', () => {
  const desk = useDesk(HANDLERS, HOUSE)
  beforeEach(() => deployed(desk))
  const refusedFor = async (id: string) => {
    const before = await kept(desk.storage)
    const { code, message, details } = await refusal(desk.cases.delete(id, by))
    expect(await kept(desk.storage)).toEqual(before)
    const missing = (details.missing ?? []) as readonly { readonly type: string }[]
    return { code, message, types: missing.map(({ type }) => type) }
  }

  test('that is not closed, or that there is not', async () => {
    const { id } = await desk.cases.open(by)
    expect(await refusedFor(id)).toMatchObject({ code: 'NotClosed', message: expect.stringContaining('resolve and close it first') })
    await desk.cases.resolve(id, { code: 'done', ...by })
    expect(await refusedFor(id)).toMatchObject({ code: 'NotClosed' })
    expect(await refusedFor('none')).toMatchObject({ code: 'UnknownCase' })
  })

  test('while a process of it runs, or a job is to be done', async () => {
    const { id } = await desk.cases.open(by)
    await desk.cases.addItem(id, { kind: 'process', name: 'Look', process: 'q', required: false, ...by })
    await desk.engine.drain()
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    expect(await refusedFor(id)).toMatchObject({ code: 'CaseInUse', types: ['process', 'job'] })
    await desk.engine.drain()
    await desk.cases.delete(id, by)
    expect(await kept(desk.storage)).toEqual([])
  })

  test('while somebody is still to be told of it', async () => {
    const { id } = await desk.cases.open({ template: 'modem', ...by })
    await desk.cases.escalate(id, { reason: 'r', ...by })
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    expect(await refusedFor(id)).toMatchObject({ code: 'CaseInUse', types: ['job'], message: expect.stringContaining('incidents.resolve') })
    await desk.engine.drain()
    await desk.cases.delete(id, by)
  })

  test('while a proposal is undecided, or a contact goes on', async () => {
    const people = { persons: [{ id: 'kim', roles: ['all'] }], grants: { all: ['*'] } } as const
    await desk.reopen(HANDLERS, { people })
    const { id } = await desk.cases.open({ customer: 'c', ...by })
    const { id: offer } = await desk.cases.proposals.draft({
      caseId: id,
      offer: 'Money',
      cost: { kind: 'remedy', amount: 9 },
      reason: { code: 'r', customerStatement: 's' },
      ...by,
    })
    await desk.cases.proposals.submit(offer, by)
    const call = await desk.cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', state: 'connected', ...by })
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    expect(await refusedFor(id)).toMatchObject({ code: 'CaseInUse', types: ['contact', 'proposal'] })
    await desk.cases.contacts.record({ id: call.id, state: 'wrapped', ...by })
    await desk.cases.proposals.withdraw(offer, by)
    await desk.cases.delete(id, by)
  })

  test('while a review is to be decided', async () => {
    const persons = ['kim', 'lee', 'rex'].map((id) => ({ id, roles: ['all'] }))
    await desk.reopen(HANDLERS, { people: { persons, grants: { all: ['*'] } } })
    const { id } = await desk.cases.open({ customer: 'c', ...by })
    const reason = { code: 'r', customerStatement: 's', rule: 'R1' }
    const remedy = await desk.cases.proposals.draft({ caseId: id, offer: 'Money', cost: { kind: 'remedy', amount: 9 }, reason, ...by })
    await desk.cases.proposals.submit(remedy.id, by)
    const { itemId = '' } = await desk.cases.proposals.endorse(remedy.id, { actor: 'lee' })
    await desk.cases.completeItem(itemId, by)
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    expect(await refusedFor(id)).toMatchObject({ code: 'CaseInUse', types: ['review'] })
    const [review] = await desk.cases.reviews.due({ actor: 'rex' })
    await desk.cases.reviews.decide(review?.id ?? '', { outcome: 'confirmed', reason: 'r', actor: 'rex' })
    await desk.cases.delete(id, by)
    expect((await kept(desk.storage)).filter((row) => !row.startsWith('case_spending'))).toEqual([])
  })

  test('where something began in it while it was looked at', async () => {
    const id = await minimal(desk)
    const { id: other } = await desk.cases.open(by)
    let link = async (): Promise<void> => {
      link = async () => {}
      await desk.cases.link(id, { to: other, ...by })
    }
    const looking = new Proxy(desk.storage, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name !== 'find') return member.bind(target)
        return async (collection: Collection, ...query: readonly unknown[]) => {
          const found = await member.call(target, collection, ...query)
          if (collection.name === 'case_reviews') await link()
          return found
        }
      },
    })
    const second = await openDesk(looking, HANDLERS, desk.clock, HOUSE)
    await expect(second.cases.delete(id, by)).rejects.toMatchObject({ code: 'conflict', details: { caseId: id } })
    expect(await refusal(second.cases.delete(id, by))).toMatchObject({ code: 'CaseInUse' })
    await second.engine.close()
  })

  test('while a case is open that it is linked with, that is an item of it, or of which it is one', async () => {
    const [first, second] = [await minimal(desk), (await desk.cases.open(by)).id]
    await desk.cases.link(first, { to: second, ...by })
    expect(await refusedFor(first)).toMatchObject({ code: 'CaseInUse', types: ['case'], message: expect.stringContaining(second) })
    const part = await desk.cases.addItem(second, { kind: 'case', name: 'Part', required: false, ...by })
    const { itemCaseId = '' } = (await desk.cases.get(second))?.items.find(({ id }) => id === part.id) ?? {}
    await desk.cases.resolve(itemCaseId, { code: 'done', ...by })
    await desk.cases.close(itemCaseId, by)
    expect(await refusedFor(itemCaseId)).toMatchObject({ code: 'CaseInUse', types: ['case'] })
    await desk.cases.resolve(second, { code: 'done', ...by })
    await desk.cases.close(second, by)
    for (const id of [first, itemCaseId, second]) await desk.cases.delete(id, by)
    expect(await kept(desk.storage)).toEqual([])
  })

  test('by one who has not the right, who is told nothing of it but that', async () => {
    const people = {
      persons: ['kim', 'max'].map((id) => ({ id, roles: [id] })),
      grants: { kim: ['open', 'close'], max: ['delete'] },
    } as const
    await desk.reopen(HANDLERS, { people })
    const id = await minimal(desk)
    const { id: open } = await desk.cases.open(by)
    for (const caseId of [id, open]) {
      const { code, details } = await refusal(desk.cases.delete(caseId, by))
      expect({ code, details }).toMatchObject({ code: 'NotAllowed', details: { holders: ['max'] } })
      expect(details.proposal).toEqual({ operation: 'cases.delete', right: 'delete', by: 'kim', command: { type: 'deleteCase', caseId } })
    }
    await desk.cases.delete(id, { actor: 'max' })
    expect(await desk.cases.get(id)).toBeNull()
  })
})

describe('a deletion that is cut off at any of its steps', () => {
  const finish = {
    'is done to its end by deleting again': (desk: Desk, id: string) => desk.cases.delete(id, by),
    'is done to its end with the same key': (desk: Desk, id: string) => desk.cases.delete(id, { ...by, idempotencyKey: 'k' }),
    'is done to its end by the next clean-up': async ({ engine, cases }: Desk, id: string) => {
      await engine.cleanUp()
      if ((await cases.get(id)) !== null) await cases.delete(id, by)
    },
  }
  const ways = Object.entries(finish).flatMap(([what, end]) => (['lost', 'landed'] as const).map((last) => [what, last, end] as const))
  test.each(ways)('%s (its last write %s); until then there is the whole case or none', { timeout: 60_000 }, async (_, last, end) => {
    for (let step = 0; ; step++) {
      const clock = manualClock(START)
      const store = memoryStorage({ now: () => clock.now() })
      const first = await openDesk(store, HANDLERS, clock, HOUSE)
      await deployed(first)
      const before = await kept(store)
      const { id, instanceId } = await closedCase(first)
      const whole = await first.cases.get(id)
      await first.close()

      const dying = dyingAt(store, step, last)
      const doomed = await openDesk(dying.storage, HANDLERS, clock, HOUSE)
      const call = doomed.cases.delete(id, { ...by, idempotencyKey: 'k' })
      const died = await call.then(
        () => false,
        () => dying.isDead(),
      )
      const second = await openDesk(store, HANDLERS, clock, HOUSE)
      const view = await second.cases.get(id)
      if (view !== null) expect(view).toEqual(whole)
      else if (whole !== null) await nothingIsDoneIn(second, whole)
      const isLeft = (await kept(store)).length > before.length
      await end(second, id).catch((error) => refuseOther(isLeft, error))
      expect(await kept(store)).toEqual(before)
      expect(await second.engine.instances.get(instanceId)).toMatchObject({ status: 'completed' })
      clock.advance('P999D')
      await second.engine.cleanUp()
      await second.engine.cleanUp()
      expect(await second.engine.instances.count({})).toBe(0)
      await second.close()
      if (!died) {
        expect(step).toBeGreaterThan(10)
        return
      }
    }
  })

  /** All of it is gone already. */
  function refuseOther(isLeft: boolean, error: unknown): void {
    if (isLeft || !(error instanceof Refused) || error.code !== 'UnknownCase') throw error
  }

  /** Nothing can be added to what is left of a case. */
  async function nothingIsDoneIn({ cases }: Desk, { contacts, facts }: CaseView): Promise<void> {
    const gone = { code: expect.stringMatching(/^Unknown(Case|Contact|Fact)$/) }
    for (const { id } of contacts) expect(await refusal(cases.contacts.record({ id, category: 'more', ...by }))).toMatchObject(gone)
    for (const { id } of facts) expect(await refusal(cases.facts.revoke(id, { reason: 'r', ...by }))).toMatchObject(gone)
    const other = await cases.open({ customer: 'cust-7', ...by })
    expect(await cases.facts.ask(other.id, { key: 'id-proof', ...by })).toMatchObject({ known: false })
    await cases.resolve(other.id, { code: 'done', ...by })
    await cases.close(other.id, by)
    await cases.delete(other.id, by)
  }
})

/**
 * A storage whose process dies when it would change something for the `step + 1`st time: with `lost` that does not land, with `landed` it
 * does and nobody hears of it.
 */
function dyingAt(inner: Storage, step: number, last: 'lost' | 'landed'): { readonly storage: Storage; readonly isDead: () => boolean } {
  let left = step
  let isDead = false
  const storage = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]) => {
        if (name === 'close') return undefined
        const gone = () => Promise.reject(new Error('this process is gone'))
        if (isDead || (name !== 'commit' && name !== 'purge') || left-- > 0) return isDead ? gone() : member.apply(target, given)
        isDead = true
        return last === 'lost' ? gone() : member.apply(target, given).then(gone)
      }
    },
  })
  return { storage, isDead: () => isDead }
}

describe('how long cases are kept', () => {
  let desk: Desk
  const open = async (retention: CasesOptions['retention']): Promise<void> => {
    const clock = manualClock(START)
    desk = await openDesk(memoryStorage({ now: () => clock.now() }), HANDLERS, clock, { ...HOUSE, ...(retention && { retention }) })
    await deployed(desk)
  }
  afterEach(() => desk.close())

  test('for ever, unless it is said otherwise', async () => {
    await open(undefined)
    const id = await minimal(desk)
    desk.clock.advance('P99Y')
    expect((await desk.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 0 })
    expect(await desk.cases.get(id)).not.toBeNull()
  })

  test('from its closing so long, and no others', async () => {
    await open({ closed: 'P1Y' })
    const { id, instanceId } = await closedCase(desk)
    const again = await minimal(desk)
    const running = await otherCase(desk)
    desk.clock.advance('P300D')
    await desk.cases.reopen(again, { reason: 'r', ...by })
    const late = await minimal(desk)
    await desk.cases.resolve(again, { code: 'done', ...by })
    await desk.cases.close(again, by)
    expect((await desk.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 0 })
    desk.clock.advance('P66D')
    expect((await desk.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 1 })
    expect((await desk.cases.find({})).map((one) => one.id)).toEqual([again, running, late])
    expect((await kept(desk.storage)).filter((row) => row.includes(id))).toEqual([])
    await desk.engine.cleanUp()
    expect(await desk.engine.instances.get(instanceId)).toBeNull()
    for (const one of [again, running, late]) expect(await desk.cases.verifyAudit(one)).toMatchObject({ problems: [] })
  })

  test('longer where something of it still runs; and one that was rejected goes too', async () => {
    await open({ closed: 'P1Y' })
    const { id } = await desk.cases.open(by)
    // Nobody opened this one: it is new.
    const survey = await desk.cases.as({}).open({ customer: 'c' })
    await desk.cases.link(survey.id, { to: id, as: 'duplicateOf', ...by })
    expect(await desk.cases.get(survey.id)).toMatchObject({ state: 'rejected' })
    desk.clock.advance('P2Y')
    expect((await desk.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 0 })
    await desk.cases.resolve(id, { code: 'done', ...by })
    await desk.cases.close(id, by)
    expect((await desk.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 1 })
    expect((await desk.cases.find({})).map((one) => one.id)).toEqual([id])
    const waiting = await desk.storage.find(jobs, { where: {}, limit: 10 })
    expect(waiting.map(({ record }) => record.id).filter((job) => job.startsWith(survey.id))).toEqual([])
  })

  test('in the same way where several nodes clean up at once', async () => {
    await open({ closed: 'P1Y' })
    const others = await Promise.all(
      [1, 2].map(() => openDesk(desk.storage, HANDLERS, desk.clock, { ...HOUSE, retention: { closed: 'P1Y' } })),
    )
    for (let k = 0; k < 5; k++) await closedCase(desk)
    desk.clock.advance('P2Y')
    await Promise.all([desk, ...others].map(({ engine }) => engine.cleanUp()))
    expect(await kept(desk.storage)).toEqual([])
    for (const one of others) await one.close()
  })

  test('and the timers of the program fire while many are deleted, though the store answers at once', async () => {
    await open({ closed: 'P1Y' })
    for (let k = 0; k < 20; k++) await minimal(desk)
    desk.clock.advance('P2Y')
    const node = await openDesk(busyStorage(desk.storage), HANDLERS, desk.clock, { ...HOUSE, retention: { closed: 'P1Y' } })
    let isOver = false
    const firedBefore = new Promise<boolean>((resolve) => setTimeout(() => resolve(!isOver), 1))
    expect((await node.engine.cleanUp()).extended).toEqual({ 'case-adaptive': 20 })
    isOver = true
    await node.close()
    expect(await firedBefore).toBe(true)
  })

  test('is a duration of ISO 8601', async () => {
    await open(undefined)
    for (const closed of ['soon', 5, true]) {
      const options = { retention: { closed: closed as string } }
      await expect(openDesk(memoryStorage(), {}, manualClock(START), options)).rejects.toMatchObject({ code: 'invalidOption' })
    }
    const unknown = { retention: { open: 'P1Y' } } as CasesOptions
    await expect(openDesk(memoryStorage(), {}, manualClock(START), unknown)).rejects.toMatchObject({ code: 'notYetSupported' })
  })
})
