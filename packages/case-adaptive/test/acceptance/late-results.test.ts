import { beforeEach, describe, expect, test } from 'vitest'
import { at, begun, caseOf, deviationOf, leaveAt, model, slowWork, type TestDesk, useDesk, user } from '../desk.ts'

let booking = slowWork()
let refund = slowWork()
let bookings = 0
let ended: string[] = []
const handlers = {
  courier: {
    attempts: 3,
    backoff: 'PT1M',
    run: async ({ variables }: { readonly variables: Record<string, unknown> }) => {
      bookings++
      booking.begin()
      await booking.ended
      if (variables.breaks === true) throw new Error('no answer')
      return { booking: 'C-1' }
    },
  },
  unbook: ({ variables }: { readonly variables: Record<string, unknown> }) => void ended.push(`unbook ${String(variables.booking)}`),
  pay: () => ({ paid: 7 }),
  refund: () => {
    ended.push('refund')
    refund.begin()
  },
  tell: ({ variables }: { readonly variables: Record<string, unknown> }) =>
    void ended.push(`${String(variables.because)}: ${String(variables.to)}`),
}
const desk = useDesk({ handlers }, { notifier: 'tell' })
const kim = { actor: 'kim' }
const courier = { kind: 'service', type: 'courier', name: 'book courier', ...kim } as const
beforeEach(() => {
  booking = slowWork()
  refund = slowWork()
  bookings = 0
  ended = []
})

describe('what a handler that is at work does after its item is over is on record', () => {
  test('U8: an undo tells that it was at work; its result comes late, and to whoever undid', async () => {
    const away = await leaveAt(desk, await begun(desk, model(user('A'), 'S>A A>E')), 'A')
    const item = await desk.cases.addItem(away.id, courier)
    const work = await atWork(desk)
    await desk.cases.undo(away.id, { actor: 'max' })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'terminated', late: [{ of: 'work', state: 'unknown' }] }])
    await finish(desk, work)
    const { items, facts, timeline } = await caseOf(desk, away.caseId)
    expect(items).toMatchObject([{ id: item.id, state: 'terminated', late: [{ state: 'completed', variables: { booking: 'C-1' } }] }])
    expect(facts).toMatchObject([{ key: 'booking', value: 'C-1', source: 'item' }])
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'deviation:item', itemId: item.id, change: 'late' }))
    expect(ended).toEqual(['lateResult: max'])
    expect((await deviationOf(desk, away)).state).toBe('undone')
    expect(await desk.cases.verifyAudit(away.caseId)).toMatchObject({ ok: true })
  })

  test('with a compensator it is undone too', async () => {
    const away = await leaveAt(desk, await begun(desk, model(user('A'), 'S>A A>E')), 'A')
    await desk.cases.addItem(away.id, { kind: 'service', type: 'pay', compensator: 'refund', name: 'pay', ...kim })
    await desk.engine.drain()
    await desk.cases.addItem(away.id, { ...courier, compensator: 'unbook' })
    const work = await atWork(desk)
    await desk.cases.undo(away.id, kim)
    await finish(desk, work)
    expect(ended.filter((word) => !word.startsWith('late')).sort()).toEqual(['refund', 'unbook C-1'])
    expect((await caseOf(desk, away.caseId)).items.map(({ state }) => state)).toEqual(['compensated', 'compensated'])
  })

  test.each(['undone', 'cancelled'] as const)('it completed last, and is undone first, where it was %s', async (how) => {
    const away = await leaveAt(desk, await begun(desk, model(user('A'), 'S>A A>E')), 'A')
    await desk.cases.addItem(away.id, { kind: 'service', type: 'pay', compensator: 'refund', name: 'pay', ...kim })
    await desk.engine.drain()
    const { id } = await desk.cases.addItem(away.id, { ...courier, compensator: 'unbook' })
    const work = await atWork(desk)
    if (how === 'cancelled') await desk.cases.cancelItem(id, { reason: 'moot', ...kim })
    await desk.cases.undo(away.id, kim)
    await finish(desk, work)
    expect(ended.filter((word) => !word.startsWith('late'))).toEqual(['unbook C-1', 'refund'])
    expect(await desk.engine.jobs.count()).toBe(0)
  })

  test('what fails late undoes nothing, and what waited for it is undone', async () => {
    const away = await leaveAt(desk, await begun(desk, model(user('A'), 'S>A A>E')), 'A')
    await desk.cases.addItem(away.id, { kind: 'service', type: 'pay', compensator: 'refund', name: 'pay', ...kim })
    await desk.engine.drain()
    await desk.cases.addItem(away.id, { ...courier, compensator: 'unbook', variables: { breaks: true } })
    const work = await atWork(desk)
    await desk.cases.undo(away.id, kim)
    await finish(desk, work)
    expect(ended.filter((word) => !word.startsWith('late'))).toEqual(['refund'])
  })

  test('a handler that says nothing for a minute is not waited for any longer', async () => {
    const away = await leaveAt(desk, await begun(desk, model(user('A'), 'S>A A>E')), 'A')
    await desk.cases.addItem(away.id, { kind: 'service', type: 'pay', compensator: 'refund', name: 'pay', ...kim })
    await desk.engine.drain()
    await desk.cases.addItem(away.id, { ...courier, compensator: 'unbook' })
    await desk.engine.run()
    await booking.begun
    await desk.cases.undo(away.id, kim)
    desk.clock.advance(59_999)
    expect((await caseOf(desk, away.caseId)).items.map(({ state }) => state)).toEqual(['completed', 'terminated'])
    desk.clock.advance(1)
    await refund.begun
    booking.end()
    await desk.engine.drain()
    expect(ended.filter((word) => !word.startsWith('late'))).toEqual(['refund', 'unbook C-1'])
  })

  test('of an item that is cancelled, or that ends with its case, it is kept, and undone by whoever cancels it then', async () => {
    const { id } = await desk.cases.open(kim)
    const item = await desk.cases.addItem(id, { ...courier, compensator: 'unbook' })
    const work = await atWork(desk)
    await desk.cases.resolve(id, { code: 'done', ...kim })
    await finish(desk, work)
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'terminated', late: [{ state: 'completed' }] }])
    await desk.cases.cancelItem(item.id, { reason: 'nobody needs it', ...kim })
    await desk.engine.drain()
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'compensated' }])
    expect(ended).toEqual(['lateResult: kim', 'unbook C-1'])
  })

  test('an attempt that fails then is the last, and is on record as that', async () => {
    const { id } = await desk.cases.open(kim)
    const item = await desk.cases.addItem(id, { ...courier, variables: { breaks: true } })
    const work = await atWork(desk)
    await desk.cases.cancelItem(item.id, { reason: 'moot', ...kim })
    await finish(desk, work)
    expect((await caseOf(desk, id)).items).toMatchObject([
      { state: 'terminated', late: [{ state: 'failed', failure: { message: 'no answer' } }] },
    ])
    expect(bookings).toBe(1)
    expect(await desk.engine.jobs.count()).toBe(0)
  })

  test('who did it by hand meanwhile is told that it was done twice', async () => {
    const { id } = await desk.cases.open(kim)
    const item = await desk.cases.addItem(id, courier)
    const work = await atWork(desk)
    await desk.cases.completeItem(item.id, { variables: { booking: 'by phone' }, ...kim })
    await finish(desk, work)
    expect((await caseOf(desk, id)).items).toMatchObject([
      {
        state: 'completed',
        completed: { variables: { booking: 'by phone' } },
        late: [{ state: 'completed', variables: { booking: 'C-1' } }],
      },
    ])
  })

  test('the path may be at its end by then', async () => {
    const instance = await begun(desk, model(user('A'), 'S>A A>E'))
    const away = await leaveAt(desk, instance, 'A')
    await desk.cases.addItem(away.id, courier)
    const work = await atWork(desk)
    await desk.cases.undo(away.id, kim)
    await desk.engine.tasks.complete(await at(desk.engine, instance, 'A'))
    await finish(desk, work)
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ late: [{ state: 'completed' }] }])
  })

  test('work that nobody had begun ends without a word of it', async () => {
    const { id } = await desk.cases.open(kim)
    const item = await desk.cases.addItem(id, courier)
    await desk.cases.cancelItem(item.id, { reason: 'moot', ...kim })
    await desk.engine.drain()
    const { items } = await caseOf(desk, id)
    expect(items[0]?.late).toBeUndefined()
    expect(bookings).toBe(0)
  })
})

/** Works until the courier is being booked. Gives the work under way. */
async function atWork({ engine }: TestDesk): Promise<{ readonly working: Promise<void> }> {
  const working = engine.drain()
  await booking.begun
  return { working }
}

async function finish({ engine }: TestDesk, { working }: { readonly working: Promise<void> }): Promise<void> {
  booking.end()
  await working
  await engine.drain()
}
