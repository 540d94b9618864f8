import type { Collection, StoredRecord } from '@leeway/storage'
import { beforeEach, describe, expect, test } from 'vitest'
import { deviations, entryTexts, facts, items, timeline } from '../../src/host/records.ts'
import type { Ocel } from '../../src/index.ts'
import { AB, at, begun, boundary, caseOf, deviationOf, leaveAt, model, refusal, STORAGES, timer, useDesk, user } from '../desk.ts'
import { ocelProblems } from './ocel-rules.ts'

const REASON = { code: 'lost-parcel', text: 'Mr Miller says: lost.', customerStatement: 'Where is it?', rule: 'R-7', evidence: ['call 12'] }

describe.each(STORAGES)('the audit on $name', ({ make }) => {
  let caseId: string

  const desk = useDesk({}, {}, make)
  beforeEach(async () => {
    await desk.engine.deploy(AB)
    const { id } = await desk.engine.start('p')
    const opened = await desk.cases.open({ facts: { orderId: 'A-17' }, actor: 'kim' })
    caseId = opened.id
    await desk.cases.attach(caseId, id, { actor: 'kim' })
    const away = await leaveAt(desk, id, 'A', { reason: REASON })
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'Ring Mr Miller', assignee: 'lee', actor: 'kim' })
    await desk.cases.completeItem(item.id, { variables: { found: true }, actor: 'lee' })
    await desk.cases.return(away.id, { to: 'resume', reason: { code: 'done', text: 'He has it.' }, actor: 'kim' })
  })

  /** Somebody changes a record behind the package's back. */
  async function alter<R extends StoredRecord>(
    collection: Collection<R>,
    pick: (record: R) => boolean,
    change: (record: R) => R,
  ): Promise<R> {
    const where = 'caseId' in collection.fields ? { caseId: { eq: caseId } } : { id: [{ gte: caseId }, { lt: `${caseId}$` }] }
    const found = await desk.storage.find(collection, { where: where as never, orderBy: [{ field: 'id' as never }], limit: 100 })
    const record = found.map((one) => one.record).find(pick) as R
    await desk.storage.commit([{ id: 'x', expect: [], touch: [], put: [{ collection, record: change(record) }], delete: [], append: [] }])
    return record
  }

  test('a chain that nobody touched holds, and so does one whose earlier end was kept elsewhere', async () => {
    const report = await desk.cases.verifyAudit(caseId)
    expect(report).toMatchObject({ caseId, ok: true, problems: [], redacted: [] })
    await desk.cases.addItem(caseId, { kind: 'human', name: 'Say sorry', actor: 'kim' })
    expect(await desk.cases.verifyAudit(caseId, report)).toMatchObject({ ok: true })
    expect(await desk.cases.verifyAudit(caseId, { ...report, head: 'another' })).toMatchObject({
      ok: false,
      problems: [{ type: 'altered', seq: report.entries }],
    })
  })

  test('S51, A2: an entry that was altered in storage is named, whichever it is', async () => {
    const { timeline: lines } = await caseOf(desk, caseId)
    for (const { seq } of lines) {
      const original = await alter(
        timeline,
        ({ id }) => Number.parseInt(id.slice(-6), 36) === seq,
        (entry) => ({ ...entry, body: { ...entry.body, actor: 'mallory' } }),
      )
      const report = await desk.cases.verifyAudit(caseId)
      expect(report.problems).toMatchObject([{ type: 'altered', seq, entryId: original.id }])
      await alter(
        timeline,
        ({ id }) => id === original.id,
        () => original,
      )
    }
    expect((await desk.cases.verifyAudit(caseId)).ok).toBe(true)
  })

  test('an entry that was taken out is named as missing', async () => {
    const [second] = (
      await desk.storage.find(timeline, { where: { id: [{ gt: caseId }, { lt: `${caseId}$` }] }, orderBy: [{ field: 'id' }], limit: 2 })
    ).slice(1)
    await desk.storage.commit([
      { id: 'x', expect: [], touch: [], put: [], delete: [{ collection: timeline, id: second!.record.id }], append: [] },
    ])
    expect((await desk.cases.verifyAudit(caseId)).problems).toMatchObject([{ type: 'missing', seq: 2 }])
  })

  test('a deviation, a fact or a text that was altered is named with the entry that guards it', async () => {
    const away = await alter(
      deviations,
      () => true,
      (record) => ({ ...record, body: { ...record.body, actor: 'mallory' } }),
    )
    const fact = await alter(
      facts,
      () => true,
      (record) => ({ ...record, body: { ...record.body, value: 'B-1' } }),
    )
    const text = await alter(
      entryTexts,
      ({ body }) => body.texts?.['reason.text'] === REASON.text,
      (record) => ({ ...record, body: { ...record.body, texts: { 'reason.text': 'found' } } }),
    )
    expect((await desk.cases.verifyAudit(caseId)).problems).toMatchObject([
      { type: 'text', entryId: text.id },
      { type: 'record', record: `deviations/${away.id}` },
      { type: 'record', record: `facts/${fact.id}` },
    ])
  })

  test('S50, A1: the record has reason, position, version, timers, verdict and the policy departed from; leaving without a reason is refused', async () => {
    const { deviations: all, timeline: lines } = await caseOf(desk, caseId)
    expect(all[0]).toMatchObject({ reason: REASON, anchor: { elementId: 'A', scopePath: '' }, definition: { key: 'p', version: 1 } })
    expect(lines.find(({ type }) => type === 'deviation:start')).toMatchObject({ reason: REASON, position: { elementId: 'A' } })
    const id = await begun(desk, model(user('A') + boundary('T', 'A', timer('PT24H')), 'S>A A>E T>E'))
    const elementInstanceId = await at(desk.engine, id, 'A')
    for (const mode of ['detour', 'alongside', 'withdraw', 'takeOver'] as const)
      for (const reason of [{ code: '' }, '', undefined])
        expect(
          await refusal(desk.cases.leave({ instanceId: id, elementInstanceId, mode, reason: reason as never, actor: 'kim' })),
        ).toMatchObject({ code: 'ReasonMissing' })
    const away = await leaveAt(desk, id, 'A', { reason: REASON })
    expect(await deviationOf(desk, away)).toMatchObject({
      reason: REASON,
      anchor: { elementId: 'A', elementInstanceId },
      definition: { key: 'p', version: 2 },
      timers: [{ elementId: 'T', policy: 'pause', dueAt: '2026-03-03T09:00:00.000Z', remainingMs: 86_400_000 }],
      verdict: { class: 'G0' },
    })
  })

  test('A4: free text is taken away for good, and the chain goes on holding', async () => {
    const { timeline: before } = await caseOf(desk, caseId)
    const entries = before.filter((line) => 'reason' in line || 'name' in line).map(({ seq }) => seq)
    expect(await desk.cases.redact(caseId, { entries, reason: 'erasure-request', actor: 'dpo' })).toEqual(entries)
    const view = await caseOf(desk, caseId)
    expect(JSON.stringify(view)).not.toMatch(/Miller|Where is it|He has it/)
    expect(view.timeline.find(({ type }) => type === 'deviation:start')).toMatchObject({ reason: { code: 'lost-parcel', rule: 'R-7' } })
    expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ ok: true, redacted: entries })
    expect(await refusal(desk.cases.redact(caseId, { entries: [99], reason: 'x', actor: 'dpo' }))).toMatchObject({ code: 'UnknownEntry' })
  })

  test('A4: with free text goes what would let somebody guess it: no salt of it is left', async () => {
    const { timeline: lines } = await caseOf(desk, caseId)
    const where = { where: { caseId: { eq: caseId } }, orderBy: [{ field: 'id' as const }], limit: 100 }
    const kept = async () => [
      ...(await desk.storage.find(entryTexts, where)).map(({ record: { id, body } }) => ({ id, salt: body.salt })),
      ...(await desk.storage.find(deviations, where)).map(({ record: { id, body } }) => ({ id, salt: (body as { salt?: string }).salt })),
      ...(await desk.storage.find(items, where)).map(({ record: { id, body } }) => ({ id, salt: body.salt })),
    ]
    const before = await kept()
    expect(before.every(({ salt }) => salt !== undefined)).toBe(true)
    await desk.cases.redact(caseId, { entries: lines.map(({ seq }) => seq), reason: 'erasure-request', actor: 'dpo' })
    const salts = new Set(before.map(({ salt }) => salt))
    expect((await kept()).filter(({ salt }) => salts.has(salt))).toEqual([])
  })

  test('A4: how somebody has seen to a fact, and what a customer was asked, go with their entries', async () => {
    const { id: factId } = await desk.cases.facts.record(caseId, { key: 'k', value: 1, source: 'passport', actor: 'lee' })
    await desk.cases.facts.verify(factId, { how: 'Mr Miller showed it', actor: 'ann' })
    const reason = { code: 'late', customerStatement: 'Mr Miller wants it.' }
    const settlement = { question: 'What would Mr Miller like?', fullCost: 40 }
    await desk.cases.proposals.draft({ caseId, offer: 'For Mr Miller', reason, settlement, actor: 'lee' })
    const { timeline: lines } = await caseOf(desk, caseId)
    await desk.cases.redact(caseId, { entries: lines.map(({ seq }) => seq), reason: 'erasure-request', actor: 'dpo' })
    const view = await caseOf(desk, caseId)
    expect(JSON.stringify(view)).not.toMatch(/Miller/)
    expect(view.proposals).toMatchObject([{ settlement: { fullCost: 40 } }])
    expect((await desk.cases.verifyAudit(caseId)).problems).toEqual([])
  })

  test('A3: the log for process mining keeps to the rules of OCEL 2.0 JSON: members, types, values and relations', async () => {
    await desk.engine.tasks.complete((await desk.engine.tasks.find({ elementId: 'A' }))[0]!.id, { actor: 'tom' })
    const log = await desk.cases.exportOcel({ caseIds: [caseId] })
    expect(ocelProblems(log)).toEqual([])
    const eventTypes = log.eventTypes.map(({ name }) => name)
    expect(eventTypes).toEqual(expect.arrayContaining(['deviation:start', 'deviation:item', 'deviation:return', 'path:A']))
    expect(JSON.stringify(log)).not.toMatch(/Miller/)
  })

  test.each([
    ['a member that is missing', (log: Ocel) => ({ ...log, events: log.events.map(({ time: _time, ...event }) => event) }), /has no time/],
    [
      'a value that is no text',
      (log: Ocel) => ({ ...log, objects: log.objects.map((one) => ({ ...one, attributes: [{ name: 'n', value: 1, time: one.id }] })) }),
      /is no text/,
    ],
    ['a type that is not declared', (log: Ocel) => ({ ...log, eventTypes: [] }), /is not declared/],
    [
      'a relation to what is not there',
      (log: Ocel) => ({ ...log, objects: log.objects.filter(({ type }) => type !== 'case') }),
      /is not there/,
    ],
    [
      'a value of another type',
      (log: Ocel) => ({
        ...log,
        objectTypes: log.objectTypes.map((type) => ({ ...type, attributes: type.attributes.map((one) => ({ ...one, type: 'time' })) })),
      }),
      /which is no time/,
    ],
  ])('the rules of OCEL find %s', async (_, change, finding) => {
    const log = change(await desk.cases.exportOcel({ caseIds: [caseId] })) as Ocel
    expect(ocelProblems(log).join()).toMatch(finding)
  })
})
