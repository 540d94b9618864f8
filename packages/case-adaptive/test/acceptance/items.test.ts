import { beforeEach, describe, expect, test } from 'vitest'
import {
  at,
  begun,
  boundary,
  caseOf,
  deviationOf,
  type EngineOptions,
  leaveAt,
  model,
  positions,
  refusal,
  timer,
  useDesk,
  user,
} from '../desk.ts'

let done: string[] = []
const handlers: NonNullable<EngineOptions['handlers']> = {
  'book-courier': {
    attempts: 2,
    backoff: 'PT1M',
    run: (job) => {
      done.push(`book ${job.attempt}`)
      if (job.variables.breaks === true || job.attempt === 1) throw new Error('busy')
      return { booking: `C-${String(job.variables.city)}` }
    },
  },
  unbook: () => void done.push('unbook'),
  refund: () => void done.push('refund'),
  pay: () => void done.push('pay'),
}
const desk = useDesk({ handlers })
beforeEach(() => {
  done = []
})

describe('items that people do not do themselves', () => {
  test('S18: a service item runs with retries; its result is in the case file', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const item = await desk.cases.addItem(away.id, {
      kind: 'service',
      type: 'book-courier',
      name: 'book courier',
      variables: { city: 'Ulm' },
      actor: 'kim',
    })
    await desk.engine.drain()
    expect(done).toEqual(['book 1'])
    await desk.engine.advance('PT1M')
    expect(done).toEqual(['book 1', 'book 2'])
    const view = await caseOf(desk, away.caseId)
    expect(view.items).toMatchObject([{ id: item.id, state: 'completed', completed: { variables: { booking: 'C-Ulm' } } }])
    expect(view.facts).toMatchObject([{ key: 'booking', value: 'C-Ulm', source: 'item' }])
    const preview = await desk.cases.previewReturn(away.id, { to: 'resume', actor: 'kim' })
    expect(preview.offered).toEqual([{ itemId: item.id, result: 'booking' }])
    expect(await desk.engine.jobs.find({ instanceId: id })).toEqual([])
    expect((await desk.engine.instances.get(id))?.variables).toEqual({})
    await desk.cases.return(away.id, { to: 'resume', results: { courier: { item: item.id, result: 'booking' } }, actor: 'kim' })
    expect(await desk.engine.tasks.find({ instanceId: id })).toMatchObject([{ elementId: 'A', variables: { courier: 'C-Ulm' } }])
  })

  test('work that is out of attempts fails its item, and is an incident; someone does it by hand, or it is tried again', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const request = {
      kind: 'service',
      type: 'book-courier',
      name: 'book courier',
      variables: { breaks: true },
      required: true,
      actor: 'kim',
    } as const
    const item = await desk.cases.addItem(away.id, request)
    await desk.engine.advance('PT10M')
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'failed', failure: { message: 'busy' } }])
    expect((await refusal(desk.cases.return(away.id, { to: 'resume', actor: 'kim' }))).code).toBe('RequiredOpen')
    const [incident] = await desk.engine.incidents.find({})
    await desk.engine.incidents.resolve(incident!.id)
    await desk.engine.drain()
    expect(done).toHaveLength(3)
    await desk.cases.completeItem(item.id, { outcome: 'by phone', actor: 'lee' })
    expect(await desk.engine.incidents.find({})).toEqual([])
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'completed' }])
    await desk.engine.advance('PT10M')
    expect(done).toHaveLength(3)
  })

  test('a process item is a real instance, which belongs to the case; its end completes the item', async () => {
    await desk.engine.deploy(model(user('X'), 'S>X X>E').replace('id="p"', 'id="replace"'))
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.addItem(away.id, {
      kind: 'process',
      process: 'replace',
      name: 'replacement',
      variables: { size: 3 },
      required: true,
      actor: 'kim',
    })
    await desk.engine.drain()
    const view = await caseOf(desk, away.caseId)
    const inner = view.items[0]!.instanceId!
    expect(view.instanceIds).toContain(inner)
    expect((await desk.engine.instances.get(inner))?.variables).toEqual({ size: 3 })
    await desk.engine.tasks.complete(await at(desk.engine, inner, 'X'), { variables: { sent: true } })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([
      { state: 'completed', completed: { variables: { size: 3, sent: true } } },
    ])
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  })

  test('a case item is a case of its own; it is done when that is resolved', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.addItem(away.id, { kind: 'case', name: 'claim at the carrier', required: true, actor: 'kim' })
    const inner = (await caseOf(desk, away.caseId)).items[0]!.itemCaseId!
    expect(await desk.cases.get(inner)).toMatchObject({ title: 'claim at the carrier', state: 'open' })
    await desk.cases.resolve(inner, { code: 'paid', actor: 'lee' })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'completed', completed: { outcome: 'paid' } }])
  })

  test('an item that stays open goes on at the case after the return; it waits no more for what ended with the deviation', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const add = (name: string, more = {}) => desk.cases.addItem(away.id, { kind: 'human', name, actor: 'kim', ...more })
    const idle = await add('idle')
    const stays = await add('call back', { staysOpen: true })
    await add('then write', { staysOpen: true, after: [stays.id] })
    await add('ask', { staysOpen: true, after: [idle.id] })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    const states = async () =>
      (await caseOf(desk, away.caseId)).items.map(({ name, state, deviationId }) => [name, state, deviationId === null])
    expect(await states()).toEqual([
      ['idle', 'terminated', false],
      ['call back', 'active', true],
      ['then write', 'available', true],
      ['ask', 'active', true],
    ])
    await desk.cases.completeItem(stays.id, { actor: 'lee' })
    expect((await states())[2]).toEqual(['then write', 'active', true])
    expect((await desk.engine.tasks.find({ state: 'ready' })).map(({ name }) => name).sort()).toEqual(['A', 'ask', 'then write'])
  })

  test('an item pinned to a step that is a process lets the step go on when it ends', async () => {
    await desk.engine.deploy(model(user('X'), 'S>X X>E').replace('id="p"', 'id="replace"'))
    const id = await begun(desk)
    const pinned = await desk.cases.defer({
      instanceId: id,
      before: 'B',
      item: { kind: 'process', process: 'replace', name: 'first' },
      actor: 'kim',
    })
    await desk.engine.tasks.complete(await at(desk.engine, id, 'A'))
    await desk.engine.drain()
    const inner = (await caseOf(desk, pinned.caseId)).items[0]!.instanceId!
    await desk.engine.tasks.complete(await at(desk.engine, inner, 'X'))
    await desk.engine.drain()
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })
})

describe('a case without a process', () => {
  test('S15: the second item becomes available when the first completes; the case resolves', async () => {
    const c = await desk.cases.open({ title: 'A question', actor: 'kim' })
    const first = await desk.cases.addItem(c.id, { kind: 'human', name: 'look', required: true, actor: 'kim' })
    const second = await desk.cases.addItem(c.id, { kind: 'human', name: 'answer', required: true, after: [first.id], actor: 'kim' })
    expect((await caseOf(desk, c.id)).items.map(({ state }) => state)).toEqual(['active', 'available'])
    expect((await refusal(desk.cases.resolve(c.id, { code: 'answered', actor: 'kim' }))).code).toBe('CaseNotDone')
    expect((await desk.engine.tasks.find({})).map(({ name }) => name)).toEqual(['look'])
    await desk.cases.completeItem(first.id, { actor: 'lee' })
    expect((await caseOf(desk, c.id)).items.map(({ state }) => state)).toEqual(['completed', 'active'])
    expect((await desk.engine.tasks.find({})).map(({ name }) => name)).toEqual(['answer'])
    await desk.cases.completeItem(second.id, { actor: 'lee' })
    await desk.cases.resolve(c.id, { code: 'answered', actor: 'kim' })
    expect((await caseOf(desk, c.id)).state).toBe('resolved')
  })

  test('a service item of a case without a process runs too', async () => {
    const c = await desk.cases.open({ actor: 'kim' })
    await desk.cases.addItem(c.id, { kind: 'service', type: 'pay', name: 'pay', actor: 'kim' })
    await desk.engine.drain()
    expect((await caseOf(desk, c.id)).items).toMatchObject([{ state: 'completed' }])
  })

  test('a case whose process runs is not resolved; once that is superseded it is', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    expect((await refusal(desk.cases.resolve(away.caseId, { code: 'x', actor: 'kim' }))).code).toBe('ProcessRunning')
    await desk.cases.return(away.id, { to: 'stayOff', actor: 'kim' })
    await desk.cases.resolve(away.caseId, { code: 'x', actor: 'kim' })
    expect((await caseOf(desk, away.caseId)).state).toBe('resolved')
  })
})

describe('undo', () => {
  test('S52, R0, U1: before an item began, task, assignee, draft and what remained of the timers are as before; the promise is not counted anew', async () => {
    await desk.reopen({ handlers }, { templates: [{ key: 't', severities: { normal: { resolution: 'P9D' } } }] })
    const id = await begun(
      desk,
      model(user('A', 'camunda:assignee="tom"') + user('L') + boundary('T', 'A', timer('PT24H')), 'S>A A>E T>L L>E'),
    )
    const taskId = await at(desk.engine, id, 'A')
    await desk.engine.tasks.saveDraft(taskId, { note: 1 })
    await desk.engine.advance('PT20H')
    const [before] = await desk.engine.tasks.find({ instanceId: id })
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.addItem(away.id, { kind: 'human', name: 'unbegun', required: true, actor: 'kim' })
    await desk.engine.advance('P2D')
    const clocks = [{ state: 'running', startedAt: '2026-03-03T05:00:00.000Z', dueAt: '2026-03-12T05:00:00.000Z' }]
    await desk.cases.undo(away.id, { reason: 'a mistake', actor: 'kim' })
    expect(await desk.engine.tasks.find({ instanceId: id })).toEqual([before])
    expect(await caseOf(desk, away.caseId)).toMatchObject({ clocks })
    expect(await deviationOf(desk, away)).toMatchObject({ state: 'undone' })
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'terminated' }])
    await desk.engine.advance('PT3H59M')
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    await desk.engine.advance('PT1M')
    expect(await positions(desk.engine, id)).toEqual(['L:waiting'])
  })

  test('S53, U2: finished items are compensated in reverse order; one without a compensator refuses the undo and is named', async () => {
    const id = await begun(desk)
    const away = await leaveAt(desk, id, 'A')
    const add = (name: string, compensator?: string) =>
      desk.cases.addItem(away.id, { kind: 'service', type: 'pay', name, actor: 'kim', ...(compensator && { compensator }) })
    await add('first', 'refund')
    await desk.engine.drain()
    await desk.engine.advance('PT1S')
    await add('second', 'unbook')
    await desk.engine.drain()
    done = []
    await desk.cases.undo(away.id, { actor: 'kim' })
    await desk.engine.drain()
    expect(done).toEqual(['unbook', 'refund'])
    expect((await caseOf(desk, away.caseId)).items.map(({ state }) => state)).toEqual(['compensated', 'compensated'])
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])

    const again = await leaveAt(desk, id, 'A')
    await desk.cases.addItem(again.id, { kind: 'service', type: 'pay', name: 'no way back', actor: 'kim' })
    await desk.engine.drain()
    const refused = await refusal(desk.cases.undo(again.id, { actor: 'kim' }))
    expect(refused.code).toBe('NotUndoable')
    expect(refused.missing).toMatchObject([{ name: 'no way back' }])
    await expect(desk.cases.undo(again.id, { partial: true, actor: 'kim' })).rejects.toMatchObject({ code: 'ReasonMissing' })
    await desk.cases.undo(again.id, { partial: true, reason: 'told the customer', actor: 'kim' })
    expect(await deviationOf(desk, again)).toMatchObject({
      state: 'undone',
      undone: { kept: [expect.any(String)] },
      items: [{ state: 'completed' }],
    })
  })

  test('what was only asked for is taken back, and the path does not stop', async () => {
    const id = await begun(desk)
    const ahead = await desk.cases.leave({ instanceId: id, before: 'B', reason: 'x', actor: 'kim' })
    await desk.cases.undo(ahead.id, { actor: 'kim' })
    await desk.engine.tasks.complete(await at(desk.engine, id, 'A'))
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })
})
