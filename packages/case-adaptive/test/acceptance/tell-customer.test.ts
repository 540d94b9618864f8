import { describe, expect, test } from 'vitest'
import type { CasesOptions } from '../../src/index.ts'
import { begun, caseOf, complete, START, STORAGES, useDesk } from '../desk.ts'

const TELL = {
  key: 'modem',
  severities: { normal: { firstResponse: 'PT2H', nextUpdate: 'PT8H', resolution: 'PT72H' } },
  customerView: {
    states: { open: 'We are working on it', pending: 'We are working on it', resolved: 'It is done' },
    milestones: { 'Send a new one': { text: 'A new modem is on its way', evidence: ['parcel'] }, A: 'Your order was checked' },
    tell: { channel: 'mail' },
  },
} as const
const OPTIONS: CasesOptions = {
  customerNotifier: 'tell',
  templates: [TELL, { key: 'quiet', customerView: { states: TELL.customerView.states } }],
}

describe.each(STORAGES)('telling customers on $name', ({ make }) => {
  const told: Record<string, unknown>[] = []
  const desk = useDesk({ handlers: { tell: ({ variables }) => void told.push(variables) } }, OPTIONS, make)
  const open = async (more: object = {}) => (await desk.cases.open({ template: 'modem', customer: 'cust-7', actor: 'kim', ...more })).id
  const news = async () => {
    await desk.engine.drain()
    return told.splice(0)
  }

  test('S65: of each change of state the customer is told on the chosen channel once, without asking', async () => {
    const id = await open({ facts: { channel: 'chat' } })
    const { customerToken } = await caseOf(desk, id)
    expect(await news()).toEqual([
      {
        caseId: id,
        customer: 'cust-7',
        token: customerToken,
        channel: 'chat',
        because: 'state',
        text: 'We are working on it',
        evidence: {},
        tenantId: null,
      },
    ])
    await desk.cases.resolve(id, { code: 'sent-again', actor: 'kim' })
    expect(await news()).toMatchObject([{ channel: 'chat', text: 'It is done' }])
    await desk.cases.close(id, { actor: 'kim' }) // a state without words
    expect(await news()).toEqual([])
    expect((await caseOf(desk, id)).contacts).toMatchObject([
      { direction: 'outbound', channel: 'chat', summary: 'We are working on it', state: 'wrapped', by: null, answered: false },
      { direction: 'outbound', channel: 'chat', summary: 'It is done' },
    ])
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })

  test('of each milestone the customer is told once, with its evidence, from the path and beside it, and that is an answer', async () => {
    const id = await open()
    const instanceId = await begun(desk)
    await desk.cases.attach(id, instanceId, { actor: 'kim' })
    await news()
    for (const parcel of ['X-1', 'X-2']) {
      const item = await desk.cases.addItem(id, { kind: 'human', name: 'Send a new one', actor: 'kim' })
      await desk.cases.completeItem(item.id, { variables: { parcel, costs: 30 }, actor: 'lee' })
    }
    expect(await news()).toMatchObject([
      { channel: 'mail', because: 'milestone', text: 'A new modem is on its way', evidence: { parcel: 'X-1' } },
    ])
    expect((await caseOf(desk, id)).clocks.find(({ name }) => name === 'firstResponse')?.state).toBe('met')
    await complete(desk, instanceId, 'A')
    expect(await news()).toMatchObject([{ because: 'milestone', text: 'Your order was checked', evidence: {} }])
  })

  test('who has chosen no channel is told on that of the template; of other templates, and without a customer, nobody is told', async () => {
    await open()
    expect(await news()).toMatchObject([{ channel: 'mail' }])
    await open({ template: 'quiet' })
    await desk.cases.open({ template: 'modem', actor: 'kim' })
    expect(await news()).toEqual([])
  })
})

test('what could not be told is an incident, and is told again when that is resolved; the contact is on record once', async () => {
  let isUp = false
  const { createEngine, manualClock } = await import('@leeway/engine')
  const { createCases } = await import('../../src/index.ts')
  const engine = await createEngine({
    clock: manualClock(START),
    handlers: {
      tell: () => {
        if (!isUp) throw new Error('the gateway is down')
      },
    },
  })
  const cases = await createCases(engine, OPTIONS)
  const { id } = await cases.open({ template: 'modem', customer: 'cust-7', actor: 'kim' })
  await engine.advance('P1D')
  expect((await cases.get(id))?.contacts).toEqual([])
  const [incident] = await engine.incidents.find({})
  isUp = true
  await engine.incidents.resolve(incident?.id ?? '')
  await engine.advance('P1D')
  expect((await cases.get(id))?.contacts).toMatchObject([{ summary: 'We are working on it' }])
  expect(await createCases(engine, { templates: [TELL] }).catch((error) => error.code)).toBe('invalidOption')
  await engine.close()
})
