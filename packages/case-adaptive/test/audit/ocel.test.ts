import { describe, expect, test } from 'vitest'
import { AB, caseOf, complete, leaveAt, STORAGES, started, useDesk } from '../desk.ts'
import { ocelProblems } from './ocel-rules.ts'

describe.each(STORAGES)('the log for process mining on $name', ({ make }) => {
  const desk = useDesk({}, {}, make)

  test('has an instance that was deleted since as what is related to, without what is gone', async () => {
    const id = await started(desk, AB)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    await complete(desk, id, 'A')
    await complete(desk, id, 'B')
    await desk.engine.instances.delete(id, { actor: 'kim' })
    const log = await desk.cases.exportOcel({ caseIds: [away.caseId] })
    expect(ocelProblems(log)).toEqual([])
    expect(log.objects).toContainEqual({ id, type: 'processInstance', attributes: [], relationships: [] })
  })
})

describe('the log of a long case', () => {
  const desk = useDesk()

  test('has all of it, where the view has the latest thousand entries', async () => {
    const { id } = await desk.cases.open({ actor: 'kim' })
    const said = { caseId: id, direction: 'inbound', channel: 'chat', actor: 'lee' } as const
    for (let k = 0; k < 1_005; k++) await desk.cases.contacts.record(said)
    const { timeline, contacts } = await caseOf(desk, id)
    expect([timeline.length, contacts.length]).toEqual([1_000, 1_000])
    const log = await desk.cases.exportOcel({ caseIds: [id] })
    expect(ocelProblems(log)).toEqual([])
    expect(log.objects.filter(({ type }) => type === 'contact')).toHaveLength(1_005)
    expect(log.events.filter(({ type }) => type === 'case:contact')).toHaveLength(1_005)
  })
})
