import { expect, test } from 'vitest'
import { begun, caseOf, deviationOf, leaveAt, refusal, useDesk } from '../desk.ts'

const desk = useDesk()
const by = { actor: 'kim' }
const human = { kind: 'human', name: 'call' } as const

test('only required items of the deviation can be waived: what else is named is refused by its id', async () => {
  const [away, other] = [await leaveAt(desk, await begun(desk), 'A'), await leaveAt(desk, await begun(desk), 'A')]
  const required = await desk.cases.addItem(away.id, { ...human, required: true, ...by })
  const optional = await desk.cases.addItem(away.id, { ...human, ...by })
  const elsewhere = await desk.cases.addItem(other.id, { ...human, required: true, ...by })
  const waiving = (...waive: string[]) => ({ to: 'resume', waive, reason: 'r', ...by }) as const
  for (const [id, code] of [
    ['nothing', 'UnknownItem'],
    [elsewhere.id, 'UnknownItem'],
    [optional.id, 'ItemNotRequired'],
  ] as const) {
    expect(await refusal(desk.cases.return(away.id, waiving(required.id, id)))).toMatchObject({ code, details: { itemId: id } })
    const preview = await desk.cases.previewReturn(away.id, waiving(required.id, id))
    expect(preview).toMatchObject({ allowed: false, refusals: [{ code }] })
  }
  await desk.cases.return(away.id, waiving(required.id))
  expect((await deviationOf(desk, away)).returned).toMatchObject({ waived: [required.id] })
})

test('a required item that was done meanwhile was not waived, though the return names it', async () => {
  const away = await leaveAt(desk, await begun(desk), 'A')
  const done = await desk.cases.addItem(away.id, { ...human, required: true, ...by })
  const open = await desk.cases.addItem(away.id, { ...human, required: true, ...by })
  await desk.cases.completeItem(done.id, by)
  await desk.cases.return(away.id, { to: 'resume', waive: [done.id, open.id], reason: 'r', ...by })
  expect((await deviationOf(desk, away)).returned?.waived).toEqual([open.id])
  const { timeline } = await caseOf(desk, away.caseId)
  expect(timeline.filter(({ type }) => type === 'deviation:waive')).toMatchObject([{ items: [open.id] }])
})

test('what a way to leave or to come back does nothing with is refused', async () => {
  const instanceId = await begun(desk)
  const { id } = await leaveAt(desk, instanceId, 'A')
  const here = { instanceId, elementInstanceId: `${instanceId}.1`, reason: 'r', ...by }
  const timers = { A: 'keep' } as const
  const item = { kind: 'human', name: 'n' } as const
  for (const call of [
    () => desk.cases.leave({ instanceId, before: 'B', timers, reason: 'r', ...by }),
    () => desk.cases.leave({ ...here, mode: 'alongside', timers }),
    () => desk.cases.leave({ ...here, mode: 'alongside', onLateResult: 'discard' }),
    () => desk.cases.leave({ ...here, override: { by: 'max', reason: 'r' } }),
    () => desk.cases.leave({ instanceId, mode: 'takeOver', onLateResult: 'discard', reason: 'r', ...by }),
    () => desk.cases.leave({ instanceId, mode: 'takeOver', events: { A: 'live' }, reason: 'r', ...by }),
    () => desk.cases.previewLeave({ ...here, before: 'B' } as Parameters<typeof desk.cases.previewLeave>[0]),
    () => desk.cases.leaveMany({ query: { limit: 1 } as object, reason: 'r', ...by }),
    () => desk.cases.return(id, { to: 'resume', resultAbsent: true, ...by }),
    () => desk.cases.return(id, { to: 'stayOff', waive: ['x'], reason: 'r', ...by }),
    () => desk.cases.proposals.draft({ proposal: { operation: 'cases.undo', right: null, call: [id] }, item, reason: 'r', ...by }),
  ])
    await expect(call()).rejects.toMatchObject({ name: 'EngineError', code: 'invalidArgument' })
})
