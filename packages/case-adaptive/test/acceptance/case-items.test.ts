import { describe, expect, test } from 'vitest'
import { begun, caseOf, complete, deviationOf, leaveAt, positions, refusal, useDesk } from '../desk.ts'

const kim = { actor: 'kim' }
const desk = useDesk()

/** An item of a case or a deviation that is a case of its own. */
async function caseItem(to: string): Promise<{ readonly itemId: string; readonly inner: string }> {
  const { id } = await desk.cases.addItem(to, { kind: 'case', name: 'claim at the carrier', required: true, ...kim })
  const outer = (await desk.cases.find()).map((one) => one.id)
  for (const one of outer) {
    const found = (await caseOf(desk, one)).items.find((item) => item.id === id)
    if (found?.itemCaseId !== undefined) return { itemId: id, inner: found.itemCaseId }
  }
  throw new Error('there is no such item')
}

describe('an item that is a case stands for it, also when that is opened again', () => {
  test('the item is active again, and the case around it is not resolved over it; another end completes it once more', async () => {
    const { id } = await desk.cases.open(kim)
    const { inner } = await caseItem(id)
    await desk.cases.resolve(inner, { code: 'paid', ...kim })
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'completed', completed: { outcome: 'paid' } }])
    await desk.cases.reopen(inner, { reason: 'bounced', ...kim })
    const view = await caseOf(desk, id)
    expect(view.items).toMatchObject([{ state: 'active' }])
    expect(view.items[0]?.completed).toBeUndefined()
    expect(view.timeline.at(-1)).toMatchObject({ type: 'case:item', change: 'reopened' })
    expect((await refusal(desk.cases.resolve(id, { code: 'done', ...kim }))).code).toBe('CaseNotDone')
    await desk.cases.resolve(inner, { code: 'paid again', ...kim })
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'completed', completed: { outcome: 'paid again' } }])
    await desk.cases.confirm(inner, { accepted: false, reason: 'no money yet', actor: 'cust' })
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'active' }])
    expect(await desk.cases.verifyAudit(id)).toMatchObject({ ok: true })
  })

  test('while the case around it is over, neither a reopening nor an objection opens it: that one first', async () => {
    const { id } = await desk.cases.open(kim)
    const { inner } = await caseItem(id)
    await desk.cases.resolve(inner, { code: 'paid', ...kim })
    await desk.cases.resolve(id, { code: 'done', ...kim })
    await desk.cases.close(id, kim)
    const refused = await refusal(desk.cases.reopen(inner, { reason: 'bounced', ...kim }))
    expect(refused).toMatchObject({ code: 'OuterCaseOver', details: { caseId: inner, outer: id, state: 'closed' } })
    const objection = { accepted: false, reason: 'no money yet', actor: 'cust' } as const
    expect((await refusal(desk.cases.confirm(inner, objection))).code).toBe('OuterCaseOver')
    expect(await caseOf(desk, inner)).toMatchObject({ state: 'resolved' })
    await desk.cases.reopen(id, { reason: 'bounced', ...kim })
    await desk.cases.confirm(inner, objection)
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'active' }])
  })

  test('off the path its return waits for it again; where somebody has come back it is an item of the case', async () => {
    const instance = await begun(desk)
    const away = await leaveAt(desk, instance, 'A')
    const { inner } = await caseItem(away.id)
    await desk.cases.resolve(inner, { code: 'paid', ...kim })
    await desk.engine.drain()
    await desk.cases.reopen(inner, { reason: 'bounced', ...kim })
    expect((await refusal(desk.cases.return(away.id, { to: 'resume', ...kim }))).code).toBe('RequiredOpen')
    await desk.cases.resolve(inner, { code: 'paid', ...kim })
    await desk.engine.drain()
    await desk.cases.return(away.id, { to: 'resume', ...kim })
    await desk.cases.reopen(inner, { reason: 'bounced again', ...kim })
    expect((await deviationOf(desk, away)).items).toEqual([])
    expect((await caseOf(desk, away.caseId)).items).toMatchObject([{ state: 'active', deviationId: null }])
    for (const step of ['A', 'B']) await complete(desk, instance, step)
    expect(await positions(desk.engine, instance)).toEqual([])
    expect((await refusal(desk.cases.resolve(away.caseId, { code: 'done', ...kim }))).code).toBe('CaseNotDone')
  })

  test('where somebody had done the item by hand, or cancelled it, the case goes on by itself', async () => {
    const { id } = await desk.cases.open(kim)
    const { itemId, inner } = await caseItem(id)
    await desk.cases.completeItem(itemId, kim)
    await desk.cases.resolve(inner, { code: 'paid', ...kim })
    await desk.cases.reopen(inner, { reason: 'bounced', ...kim })
    expect((await caseOf(desk, id)).items).toMatchObject([{ state: 'completed', completed: { by: 'kim', outcome: null } }])
  })
})
