import { describe, expect, test } from 'vitest'
import { at, begun, boundary, complete, deviationOf, leaveAt, model, refusal, START, timer, useDesk, user } from '../desk.ts'

const by = { actor: 'max' }
const human = { kind: 'human', name: 'call' } as const
const LATER = '2026-03-02T10:00:00.000Z'

describe('who comes to a deviation that is over is told what became of it', () => {
  const desk = useDesk()
  /** What coming back to it, adding to it, and taking part in it are refused with. */
  const refusals = async (id: string) => [
    await refusal(desk.cases.return(id, { to: 'resume', ...by })),
    await refusal(desk.cases.addItem(id, { ...human, ...by })),
    await refusal(desk.cases.join(id, by)),
  ]

  test('it was returned from: by whom and when', async () => {
    const away = await leaveAt(desk, await begun(desk), 'A')
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    for (const { code, message, details } of await refusals(away.id)) {
      expect([code, details]).toMatchObject(['AlreadyReturned', { by: 'kim', at: new Date(START).toISOString() }])
      expect(message).toContain('kim has come back to "A"')
    }
  })

  test('it was undone: by whom and when', async () => {
    const away = await leaveAt(desk, await begun(desk), 'A')
    await desk.engine.advance('PT1H')
    await desk.cases.undo(away.id, { actor: 'ann' })
    for (const { code, message, details } of await refusals(away.id)) {
      expect([code, details]).toMatchObject(['AlreadyUndone', { deviationId: away.id, by: 'ann', at: LATER }])
      expect(message).toContain(`ann took back at ${LATER} that "A" was left`)
    }
  })

  test('its return was undone: by whom and when', async () => {
    const away = await leaveAt(desk, await begun(desk), 'A')
    await desk.cases.return(away.id, { to: 'skip', actor: 'kim' })
    await desk.engine.advance('PT1H')
    await desk.cases.undo(away.id, { reason: 'a mistake', actor: 'ann' })
    for (const { code, message, details } of await refusals(away.id)) {
      expect([code, details]).toMatchObject(['AlreadyUndone', { by: 'ann', at: LATER }])
      expect(message).toContain(`ann took back at ${LATER} the return from "A"`)
    }
  })

  test('it was asked for and taken back before the path came there', async () => {
    const away = await desk.cases.leave({ instanceId: await begun(desk), before: 'B', reason: 'x', actor: 'kim' })
    await desk.engine.advance('PT1H')
    await desk.cases.undo(away.id, { actor: 'ann' })
    for (const { code, message, details } of await refusals(away.id)) {
      expect([code, details]).toMatchObject(['Lapsed', { deviationId: away.id, by: 'ann', at: LATER, cause: 'undone' }])
      expect(message).toContain(`ann took back at ${LATER}`)
    }
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'lapsed', lapsed: { by: 'ann', at: LATER, cause: 'undone' } })
  })

  test('it was asked for, and the instance ended without coming there', async () => {
    const id = await begun(desk, model(`${user('A')}${user('B')}${boundary('T', 'A', timer('PT1H'))}`, 'S>A A>B B>E T>E'))
    const away = await desk.cases.leave({ instanceId: id, before: 'B', reason: 'x', actor: 'kim' })
    await desk.engine.advance('PT1H')
    for (const { code, message, details } of await refusals(away.id)) {
      expect([code, details]).toMatchObject(['Lapsed', { by: null, at: LATER, cause: 'instanceEnded' }])
      expect(message).toContain(`the instance ended at ${LATER} without coming to "B"`)
    }
  })

  test('its items were pinned to a step, and all of them cancelled', async () => {
    const pinned = await desk.cases.defer({ instanceId: await begun(desk), before: 'B', item: human, actor: 'kim' })
    await desk.engine.advance('PT1H')
    await desk.cases.cancelItem(pinned.id, { reason: 'x', actor: 'ann' })
    for (const { code, message, details } of await refusals(pinned.deviationId)) {
      expect([code, details]).toMatchObject(['Lapsed', { by: 'ann', at: LATER, cause: 'itemsCancelled' }])
      expect(message).toContain(`ann cancelled at ${LATER} all that was pinned to "B"`)
    }
  })

  test('the path went on without it', async () => {
    const away = await leaveAt(desk, await begun(desk), 'A')
    await desk.engine.instances.cancel((await deviationOf(desk, away)).instanceId)
    for (const { code } of await refusals(away.id)) expect(code).toBe('AnchorGone')
  })

  test('it is asked for, and the path has not come there: who would come back is told so', async () => {
    const id = await begun(desk)
    const away = await desk.cases.leave({ instanceId: id, before: 'B', reason: 'x', actor: 'kim' })
    for (const call of [() => desk.cases.return(away.id, { to: 'resume', ...by }), () => desk.cases.join(away.id, by)]) {
      const { code, message } = await refusal(call())
      expect(code).toBe('NotAway')
      expect(message).toContain('has not come to "B" yet')
    }
    await complete(desk, id, 'A')
    expect(await at(desk.engine, id, 'B')).toBeDefined()
    await desk.cases.return(away.id, { to: 'resume', ...by })
  })
})
