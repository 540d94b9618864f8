import { tasks } from '@leeway/engine/extension'
import { beforeEach, describe, expect, test } from 'vitest'
import { caseRecords, deviations, entryTexts, items, timeline } from '../../src/host/records.ts'
import { begun, caseOf, deviationOf, leaveAt, model, refusal, slowWork, useDesk, user } from '../desk.ts'

const desk = useDesk()
const kim = { actor: 'kim' }
/** No part of an id or a hash, which could hold `0170` by chance. */
const PERSON = /Miller|Oak Street|0170 /
const human = { kind: 'human', name: 'Call Mr Miller', variables: { note: 'Oak Street 1' }, assignee: 'lee', ...kim } as const
let instanceId: string
let deviationId: string
let caseId: string

beforeEach(async () => {
  instanceId = await begun(desk)
  const away = await leaveAt(desk, instanceId, 'A')
  deviationId = away.id
  caseId = away.caseId
})

const redact = (what: object) => desk.cases.redact(caseId, { ...what, reason: 'erasure-request', actor: 'dpo' })

/** All that is stored of the case and its tasks, as text. */
async function stored(): Promise<string> {
  const kept = []
  for (const each of [caseRecords, deviations, items, timeline, entryTexts, tasks])
    kept.push(await desk.storage.find(each as typeof items, { where: {}, limit: 1_000 }))
  return JSON.stringify(kept)
}

describe('what people wrote in an item is taken away whenever it is asked for', () => {
  test('A4: of one that nobody has begun, and of one that waits for it', async () => {
    const first = await desk.cases.addItem(deviationId, human)
    const next = await desk.cases.addItem(deviationId, { ...human, after: [first.id] })
    await redact({ items: [first.id, next.id] })
    expect(await stored()).not.toMatch(PERSON)
    const view = await caseOf(desk, caseId)
    expect(view.items).toMatchObject([
      { name: '[redacted]', redacted: { by: 'dpo', reason: 'erasure-request' } },
      { name: '[redacted]', redacted: { by: 'dpo' } },
    ])
    await desk.cases.completeItem(first.id, { variables: { called: true }, actor: 'lee' })
    expect((await desk.engine.tasks.find({ assignee: 'lee' })).map(({ id, name, variables }) => [id, name, variables])).toEqual([
      [next.id, '[redacted]', {}],
    ])
    expect((await desk.cases.verifyAudit(caseId)).problems).toEqual([])
  })

  test('of one that somebody is at work on: draft and comments of its task too, and it can be worked on', async () => {
    const { id, taskId = '' } = await desk.cases.addItem(deviationId, human)
    await desk.engine.tasks.saveDraft(taskId, { phone: '0170 1' }, { actor: 'lee' })
    await desk.engine.tasks.comment(taskId, 'Mr Miller is out', { actor: 'lee' })
    await redact({ items: [id] })
    expect(await stored()).not.toMatch(PERSON)
    await desk.engine.tasks.complete(taskId, { variables: { called: true }, actor: 'lee' })
    expect((await caseOf(desk, caseId)).items).toMatchObject([{ state: 'completed', completed: { variables: { called: true } } }])
    expect((await desk.cases.verifyAudit(caseId)).problems).toEqual([])
  })

  test('of one that is done: what was filled in, and what a return took of it, which is not undone any more', async () => {
    const { id } = await desk.cases.addItem(deviationId, { ...human, outputs: ['phone'] })
    await desk.cases.completeItem(id, { variables: { phone: '0170 1', hint: 'Mr Miller' }, actor: 'lee' })
    await desk.cases.return(deviationId, { to: 'skip', variables: { city: 'Ulm' }, ...kim })
    await redact({ items: [id] })
    expect(await stored()).not.toMatch(PERSON)
    const { returned } = await deviationOf(desk, { id: deviationId, caseId })
    expect(returned).toMatchObject({ variables: { phone: null, city: 'Ulm' } })
    const undone = await refusal(desk.cases.undo(deviationId, kim))
    expect([undone.code, undone.message]).toEqual(['NotUndoable', expect.stringContaining('redacted')])
    expect((await desk.cases.verifyAudit(caseId)).problems).toEqual([])
  })

  test('what is not taken yet is not given at the return', async () => {
    const { id } = await desk.cases.addItem(deviationId, { ...human, outputs: ['phone'] })
    await desk.cases.completeItem(id, { variables: { phone: '0170 1' }, actor: 'lee' })
    await redact({ items: [id] })
    await desk.cases.return(deviationId, { to: 'resume', ...kim })
    expect((await desk.engine.instances.get(instanceId))?.variables).toEqual({})
  })

  test('values that somebody gave with a return go with its deviation, and the title of a case by itself', async () => {
    await desk.cases.return(deviationId, { to: 'skip', variables: { name: 'Miller' }, ...kim })
    await redact({ deviations: [deviationId] })
    expect(await stored()).not.toMatch(PERSON)
    expect((await deviationOf(desk, { id: deviationId, caseId })).returned).toMatchObject({ variables: { name: null } })
    const { id } = await desk.cases.open({ title: 'Mr Miller has no modem', ...kim })
    await desk.cases.redact(id, { title: true, reason: 'erasure-request', actor: 'dpo' })
    expect((await caseOf(desk, id)).title).toBe('[redacted]')
    expect(await stored()).not.toMatch(PERSON)
    for (const one of [caseId, id]) expect((await desk.cases.verifyAudit(one)).problems).toEqual([])
  })
})

describe('what is at work needs what it was given: it is ended, or waited for, first', () => {
  const posting = slowWork()
  const handlers = { post: () => posting.ended }

  test('a handler, and a process that is about to start', async () => {
    await desk.reopen({ handlers })
    await desk.engine.deploy(model(user('H'), 'S>H H>E').replace('id="p"', 'id="help"'))
    const { id } = await desk.cases.open(kim)
    const more = { name: 'for Mr Miller', variables: { to: 'Oak Street 1' }, ...kim } as const
    const service = await desk.cases.addItem(id, { kind: 'service', type: 'post', ...more })
    const process = await desk.cases.addItem(id, { kind: 'process', process: 'help', ...more })
    const idle = await desk.cases.addItem(id, { kind: 'process', process: 'help', after: [service.id], ...more })
    const taken = (one: { readonly id: string }) => desk.cases.redact(id, { items: [one.id], reason: 'erasure-request', actor: 'dpo' })
    for (const one of [service, process, idle])
      expect(await refusal(taken(one))).toMatchObject({ code: 'StillNeeded', details: { itemId: one.id } })
    posting.end()
    await desk.engine.drain()
    for (const one of [service, process, idle]) await taken(one)
    expect(await stored()).not.toMatch(PERSON)
    expect((await desk.cases.verifyAudit(id)).problems).toEqual([])
  })

  test('a return that is still to be made', async () => {
    await desk.engine.deploy(model(user('H'), 'S>H H>E').replace('id="p"', 'id="help"'))
    const to = { handOver: { process: 'help' } }
    await desk.cases.return(deviationId, { to, variables: { name: 'Miller' }, ...kim })
    expect(await refusal(redact({ deviations: [deviationId] }))).toMatchObject({ code: 'StillNeeded', details: { deviationId } })
  })

  test('what is no item or deviation of the case is not taken away', async () => {
    const { id } = await desk.cases.open(kim)
    const item = await desk.cases.addItem(id, { kind: 'human', name: 'call', ...kim })
    expect((await refusal(redact({ items: [item.id] }))).code).toBe('UnknownItem')
    expect((await refusal(redact({ deviations: ['none'] }))).code).toBe('UnknownDeviation')
  })
})
