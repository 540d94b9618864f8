import { describe, expect, test } from 'vitest'
import type { CaseTemplate } from '../../src/index.ts'
import { begun, leaveAt, model, positions, refusal, STORAGES, useDesk, user } from '../desk.ts'

const by = { actor: 'kim' }
const TEMPLATE: CaseTemplate = { key: 't', severities: { normal: { resolution: 'PT10H' } } }
const SPAN = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }

describe.each(STORAGES)('what records teach, on $name', ({ make }) => {
  const desk = useDesk({}, { templates: [TEMPLATE] }, make)
  const open = async (customer: string): Promise<string> => (await desk.cases.open({ customer, ...by })).id
  const call = (caseId: string) => desk.cases.contacts.record({ caseId, direction: 'inbound', channel: 'phone', ...by })

  test('S74: first contact resolution, deviations, transfers and time off the path are what a count by hand gives', async () => {
    const [settled, repeated, handed] = [await open('a'), await open('b'), await open('c')]
    for (const id of [settled, repeated, handed]) await call(id)
    await desk.cases.transfer(handed, { to: 'lee', reason: 'r', ...by })
    await desk.cases.resolve(settled, { code: 'done', ...by })
    const instanceId = await begun(desk)
    const away = await leaveAt(desk, instanceId, 'A')
    const promise = await desk.cases.commitments.make(repeated, { what: 'a call', dueAt: '2026-03-03T09:00:00Z', ...by })
    await desk.engine.advance('PT6H')
    await desk.cases.return(away.id, { to: 'resume', ...by })
    const again = await leaveAt(desk, instanceId, 'A')
    await desk.cases.undo(again.id, by)
    await desk.engine.advance('P6D')
    await call(repeated)
    await desk.engine.advance('P8D')
    await call(settled)
    const metrics = await desk.cases.metrics(SPAN)
    expect(metrics).toMatchObject({
      cases: { opened: 4, resolved: 1, reopened: 0, transfers: 1, complaints: 0 },
      firstContactResolution: { contacts: 4, resolved: 2, rate: 0.5 },
      deviations: {
        started: 2,
        rate: 0.25,
        byMode: { detour: 2 },
        byReturn: { resume: 1 },
        undone: 1,
        meanAwayMs: 6 * 3_600_000,
        byElement: [{ processKey: 'p', elementId: 'A', count: 2 }],
      },
      service: { resolution: { met: 1, late: 3, running: 0 } },
      commitments: { due: 1, kept: 0, broken: 1, released: 0 },
      reviews: { due: 0, decided: 0, correctionRate: null },
    })
    expect(promise.id).toBeTypeOf('string')
    expect((await desk.cases.metrics({ from: SPAN.to, to: '2026-05-01T00:00:00Z' })).cases.opened).toBe(0)
    expect((await desk.cases.as({ tenantId: 't2' }).metrics(SPAN)).cases.opened).toBe(4)
    await expect(desk.cases.metrics({ from: SPAN.to, to: SPAN.from })).rejects.toMatchObject({ code: 'invalidArgument' })
  })

  test('S73: work that comes up again and again is drafted as a change of the model, and released with a version of it', async () => {
    const running = await begun(desk)
    for (let n = 0; n < 5; n++) {
      const away = await leaveAt(desk, await begun(desk), 'A')
      const item = await desk.cases.addItem(away.id, { kind: 'service', name: 'Book courier', type: 'courier', ...by })
      await desk.cases.completeItem(item.id, by)
      await desk.cases.return(away.id, { to: n < 2 ? 'resume' : 'skip', ...by })
    }
    const [candidate, ...others] = await desk.cases.promotions.candidates()
    expect(others).toEqual([])
    expect(candidate).toMatchObject({ processKey: 'p', elementId: 'A', support: 5, returns: { resume: 2, skip: 3 }, releases: [] })
    expect(await desk.cases.promotions.candidates({ minSupport: 6 })).toEqual([])
    const id = candidate?.id ?? ''
    expect(await desk.cases.promotions.draft(id)).toMatchObject({
      definition: { version: 1 },
      change: { place: 'instead', elementId: 'A', add: { type: 'serviceTask', name: 'Book courier', implementation: 'courier' } },
    })
    const changed = model(`<bpmn:serviceTask id="Courier" name="Book courier"/>${user('B')}`, 'S>Courier Courier>B B>E')
    const released = await desk.cases.promotions.accept(id, { source: changed, ...by })
    expect(await desk.cases.promotions.accept(id, { source: changed, ...by })).toEqual(released)
    expect(released.version).toBe(2)
    expect(candidate?.measured).toEqual([])
    expect((await desk.cases.promotions.candidates())[0]).toMatchObject({
      releases: [{ definitionId: released.definitionId, version: 2 }],
      measured: [
        { version: 1, instances: 6, deviations: 5 },
        { version: 2, instances: 0, deviations: 0 },
      ],
    })
    await Promise.all([1, 2, 3].map(() => desk.engine.start('p')))
    expect((await desk.cases.promotions.candidates())[0]?.measured.at(-1)).toMatchObject({ version: 2, instances: 3, deviations: 0 })
    expect(await positions(desk.engine, running)).toEqual(['A:waiting'])
    expect((await refusal(desk.cases.promotions.draft('none'))).code).toBe('UnknownCandidate')
  })

  test('S72: what helped others at the step is suggested with how often and how well, and nothing is done by it', async () => {
    const once = async (n: number): Promise<void> => {
      const away = await leaveAt(desk, await begun(desk), 'A')
      const name = n % 2 === 0 ? 'Send replacement' : 'send replacement '
      const item = await desk.cases.addItem(away.id, { kind: 'human', name, assignee: 'lee', ...by })
      if (n === 0) await desk.cases.addItem(away.id, { kind: 'service', name: 'Book courier', type: 'courier', ...by })
      if (n < 8) await desk.cases.completeItem(item.id, { actor: 'lee' })
      await desk.cases.return(away.id, { to: 'resume', ...by })
    }
    for (let n = 0; n < 10; n++) await once(n)
    const elsewhere = await leaveAt(desk, await begun(desk), 'A')
    await desk.cases.addItem(elsewhere.id, { kind: 'human', name: 'Still open', ...by })
    const instanceId = await begun(desk)
    const found = await desk.cases.suggest({ instanceId })
    expect(found).toMatchObject([
      { name: expect.stringMatching(/^send replacement$/i), kind: 'human', support: 10, outcome: 0.8 },
      { name: 'Book courier', kind: 'service', does: 'courier', support: 1, outcome: 0 },
    ])
    expect(found[0]?.examples).toHaveLength(3)
    expect(await desk.cases.suggest({ instanceId, limit: 1 })).toHaveLength(1)
    expect(await desk.cases.find({ instanceId })).toEqual([])
    await expect(desk.cases.suggest({ instanceId: 'nowhere' })).rejects.toMatchObject({ code: 'unknownInstance' })
  })
})
