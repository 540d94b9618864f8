import type { Collection, StoredRecord } from '@leeway/storage'
import { beforeEach, describe, expect, test } from 'vitest'
import { caseRecords, contacts, deviations, entryId, entryTexts, items, timeline } from '../../src/host/records.ts'
import { AB, leaveAt, STORAGES, useDesk } from '../desk.ts'

const REASON = { code: 'lost-parcel', text: 'Mr Miller says: lost.', customerStatement: 'Where is it?' }

describe.each(STORAGES)('what somebody did to the records of a case on $name', ({ make }) => {
  const desk = useDesk({}, {}, make)
  let caseId: string
  let length: number

  beforeEach(async () => {
    await desk.engine.deploy(AB)
    const { id } = await desk.engine.start('p')
    const away = await leaveAt(desk, id, 'A', { reason: REASON })
    caseId = away.caseId
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'Ring Mr Miller', assignee: 'lee', actor: 'kim' })
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await desk.cases.contacts.record({ caseId, direction: 'outbound', channel: 'mail', summary: 'On its way.', actor: 'lee' })
    await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
    length = (await desk.cases.verifyAudit(caseId)).entries
  })

  const commit = async (put: { collection: Collection; record: StoredRecord }[], gone: { collection: Collection; id: string }[] = []) =>
    expect(await desk.storage.commit([{ id: 'x', expect: [], touch: [], put, delete: gone, append: [] }])).toEqual(['committed'])

  async function recordOf<R extends StoredRecord>(collection: Collection<R>, id: string): Promise<R> {
    const [found] = await desk.storage.get(collection, [id])
    return found!.record
  }

  const firstOf = async <R extends StoredRecord>(collection: Collection<R>): Promise<R> =>
    (await desk.storage.find(collection, { where: {}, orderBy: [{ field: 'id' as never }], limit: 1 }))[0]!.record

  const problems = async (anchor?: { entries: number; head: string }) => (await desk.cases.verifyAudit(caseId, anchor)).problems

  /** The case says that an earlier entry is its last, and those behind it are gone. */
  async function cutOff(count: number): Promise<void> {
    const record = await recordOf(caseRecords, caseId)
    const { body } = await recordOf(timeline, entryId(caseId, length - count))
    const gone = Array.from({ length: count }, (_, k) => ({ collection: timeline, id: entryId(caseId, length - k) }))
    const told = { ...record.body, entries: length - count, head: body.digest }
    await commit([{ collection: caseRecords, record: { ...record, body: told } }], gone)
  }

  test('an end that was cut off is named by the entries that were kept elsewhere', async () => {
    const kept = await desk.cases.verifyAudit(caseId)
    await cutOff(2)
    const missing = [length - 1, length].map((seq) => ({ type: 'missing', seq, entryId: entryId(caseId, seq) }))
    expect(await problems(kept)).toEqual(expect.arrayContaining(missing.map((one) => expect.objectContaining(one))))
  })

  test('an anchor before the first entry is refused', async () => {
    for (const entries of [0, -1])
      await expect(desk.cases.verifyAudit(caseId, { entries, head: '' })).rejects.toMatchObject({ code: 'invalidArgument' })
  })

  test('entries that were added are named, behind the last one and between two', async () => {
    const last = await recordOf(timeline, entryId(caseId, length))
    const behind = entryId(caseId, length + 1)
    const between = `${entryId(caseId, 2)}a`
    await commit([behind, between].map((id) => ({ collection: timeline, record: { ...last, id } })))
    expect(await problems()).toMatchObject([
      { type: 'added', seq: 2, entryId: between },
      { type: 'added', seq: length, entryId: behind },
    ])
  })

  test.each([0, -1, 'x', undefined])('a case that says %s for the number of its entries is named', async (entries) => {
    const record = await recordOf(caseRecords, caseId)
    await commit([{ collection: caseRecords, record: { ...record, body: { ...record.body, entries: entries as never } } }])
    expect(await problems()).toMatchObject([{ type: 'head', seq: length }])
  })

  test('a case that says it has any number of entries is answered all the same', async () => {
    const record = await recordOf(caseRecords, caseId)
    await commit([{ collection: caseRecords, record: { ...record, body: { ...record.body, entries: 2 ** 50 } } }])
    const found = await problems()
    expect(found[0]).toMatchObject({ type: 'missing', seq: length + 1 })
    expect(found.length).toBeLessThan(1_100)
  })

  test.each([{ body: null }, { body: 'x' }, { body: [] }])('an entry, a text and a record that are $body are named', async ({ body }) => {
    const entry = await recordOf(timeline, entryId(caseId, 1))
    const text = (await desk.storage.find(entryTexts, { where: { caseId: { eq: caseId } }, limit: 1 }))[0]!.record
    const item = await firstOf(items)
    const put = [
      { collection: timeline, record: entry },
      { collection: entryTexts, record: text },
      { collection: items, record: item },
    ]
    await commit(put.map(({ collection, record }) => ({ collection: collection as Collection, record: { ...record, body } })))
    expect(await problems()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'altered', entryId: entry.id }),
        expect.objectContaining({ type: 'text', entryId: text.id }),
        expect.objectContaining({ type: 'record', record: `plan_items/${item.id}` }),
      ]),
    )
  })

  test('a text that was put to an entry which had none is named, and so is one of no entry', async () => {
    const body = { salt: 'x', texts: { actor: 'mallory' } }
    const none = entryId(caseId, length)
    const stray = entryId(caseId, length + 7)
    await commit([none, stray].map((id) => ({ collection: entryTexts, record: { id, caseId, body } })))
    expect(await problems()).toMatchObject([
      { type: 'text', seq: length, entryId: none },
      { type: 'added', entryId: stray },
    ])
  })

  test('a text that was taken away without a redaction on record is named', async () => {
    const text = (await desk.storage.find(entryTexts, { where: { caseId: { eq: caseId } }, limit: 1 }))[0]!.record
    const redacted = { actor: 'dpo', at: 1, reason: 'erasure-request' }
    await commit([{ collection: entryTexts, record: { ...text, body: { salt: '', texts: null, redacted } } }])
    const report = await desk.cases.verifyAudit(caseId)
    expect(report).toMatchObject({ ok: false, redacted: [], problems: [{ type: 'text', entryId: text.id }] })
  })

  test('a text that was redacted and is there again is named', async () => {
    const text = (await desk.storage.find(entryTexts, { where: { caseId: { eq: caseId } }, limit: 1 }))[0]!.record
    const seq = Number.parseInt(text.id.slice(-6), 36)
    await desk.cases.redact(caseId, { entries: [seq], reason: 'erasure-request', actor: 'dpo' })
    await commit([{ collection: entryTexts, record: text }])
    expect(await desk.cases.verifyAudit(caseId)).toMatchObject({ redacted: [], problems: [{ type: 'text', seq }] })
  })

  test('an item and a contact that no entry wrote are named', async () => {
    const item = await firstOf(items)
    const contact = await firstOf(contacts)
    await commit([
      { collection: items, record: { ...item, id: 'forged' } },
      { collection: contacts, record: { ...contact, id: 'forged' } },
    ])
    expect(await problems()).toMatchObject([
      { type: 'added', record: 'plan_items/forged' },
      { type: 'added', record: 'contacts/forged' },
    ])
  })

  test('words that were altered in a deviation, an item and a contact are named, and so are those that were put there', async () => {
    const away = await firstOf(deviations)
    const item = await firstOf(items)
    const contact = await firstOf(contacts)
    await commit([
      { collection: deviations, record: { ...away, body: { ...away.body, reason: { ...away.body.reason, text: 'Found.' } } } },
      { collection: items, record: { ...item, body: { ...item.body, name: 'Ring nobody' } } },
      { collection: contacts, record: { ...contact, body: { ...contact.body, how: 'by hand' } as never } },
    ])
    expect((await problems()).map(({ type, record }) => `${type} ${record}`)).toEqual([
      `record deviations/${away.id}`,
      `record plan_items/${item.id}`,
      `record contacts/${contact.id}`,
    ])
  })

  test('a case that was altered is named: its state, who answers for it, whom it is about', async () => {
    const record = await recordOf(caseRecords, caseId)
    for (const altered of [
      { ...record, state: 'closed' as const },
      { ...record, customer: 'cust-8' },
      { ...record, instanceIds: [] },
      { ...record, body: { ...record.body, owner: 'mallory' } },
    ]) {
      await commit([{ collection: caseRecords, record: altered }])
      expect(await problems()).toMatchObject([{ type: 'head', seq: length, record: `cases/${caseId}` }])
    }
    await commit([{ collection: caseRecords, record }])
    expect(await problems()).toEqual([])
  })
})
