import { manualClock } from '@leeway/engine'
import { describe, expect, test } from 'vitest'
import { model, openDesk, STORAGES, user } from '../desk.ts'

/** All that is found, a page of two at a time. */
async function inPages<T extends { readonly id: string }>(
  find: (page: { readonly limit: number; readonly after?: string }) => Promise<readonly T[] & { readonly next?: string }>,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await find({ limit: 2, ...(after !== undefined && { after }) })
    ids.push(...page.map(({ id }) => id))
    if (page.next === undefined || ids.length > 20) return ids
    after = page.next
  }
}

const by = { actor: 'kim' }
const template = { key: 't', severities: { normal: { resolution: 'P1D' } } }

describe.each(STORAGES)('pages by an instant, on $name', ({ make }) => {
  test('go on behind one before 1970, and over it', async () => {
    const { storage, end } = await make()
    const desk = await openDesk(storage, {}, manualClock('1969-12-28T12:00:00Z'), { templates: [template] })
    const [open, called]: [string[], string[]] = [[], []]
    for (let day = 0; day < 5; day++) {
      const { id } = await desk.cases.open({ template: 't', customer: 'c', ...by })
      open.push(id)
      called.push((await desk.cases.contacts.record({ caseId: id, direction: 'inbound', channel: 'phone', ...by })).id)
      await desk.engine.advance('P1D')
    }
    const { id: withoutGoal } = await desk.cases.open({ customer: 'c', ...by })
    expect(await inPages((page) => desk.cases.dashboard({ ...page, ...by }))).toEqual([...open, withoutGoal])
    expect(await inPages((page) => desk.cases.contacts.find({ customer: 'c', ...page }))).toEqual(called)
    expect(await inPages((page) => desk.cases.worklist({ ...page, ...by }))).toEqual([...open, withoutGoal])
    await desk.close()
    await end()
  })
})

test('a worklist is in the order of its instants, in the years before 0 and after 9999 too', async () => {
  const { storage, end } = await (STORAGES[0] as (typeof STORAGES)[number]).make() // memory stands first
  const desk = await openDesk(storage)
  const { id } = await desk.cases.open({ customer: 'c', ...by })
  const made: string[] = []
  for (const year of [-200_000, -5, 1, 1969, 2026, 9999, 10_000, 200_000]) {
    const dueAt = new Date(0).setUTCFullYear(year)
    made.push((await desk.cases.commitments.make(id, { what: 'w', dueAt, by: 'kim', ...by })).id)
  }
  expect(await inPages((page) => desk.cases.worklist({ ...page, ...by }))).toEqual([...made, id])
  await desk.close()
  await end()
})

test('a worklist has the items of a person beside more tasks of processes than are read at once', async () => {
  const { storage, end } = await (STORAGES[0] as (typeof STORAGES)[number]).make() // memory stands first
  const desk = await openDesk(storage)
  await desk.engine.deploy(model(user('A', 'camunda:candidateUsers="kim"'), 'S>A A>E'))
  const { id: caseId } = await desk.cases.open({ customer: 'c', actor: 'max' })
  await Promise.all(Array.from({ length: 1_001 }, () => desk.engine.start('p')))
  const { id } = await desk.cases.addItem(caseId, { kind: 'human', name: 'call', candidateUsers: ['kim'], actor: 'max' })
  const work = await desk.cases.worklist({ limit: 1_000, ...by })
  expect(work.filter(({ type }) => type === 'item')).toMatchObject([{ id }])
  await desk.close()
  await end()
})

test('what is no "next" of a page is refused by each', async () => {
  const { storage, end } = await (STORAGES[0] as (typeof STORAGES)[number]).make() // memory stands first
  const desk = await openDesk(storage)
  for (const after of ['x', '-/c', '1.5/c', `${'9'.repeat(400)}/c`, '-5/']) {
    const refused = expect.objectContaining({ code: 'invalidArgument', details: { after } })
    await expect(desk.cases.dashboard({ after, ...by }), after).rejects.toEqual(refused)
    await expect(desk.cases.contacts.find({ customer: 'c', after }), after).rejects.toEqual(refused)
    await expect(desk.cases.worklist({ after, ...by }), after).rejects.toEqual(refused)
  }
  await expect(desk.cases.contacts.find({ customer: 'c', after: '/c' })).rejects.toMatchObject({ code: 'invalidArgument' })
  await desk.close()
  await end()
})
