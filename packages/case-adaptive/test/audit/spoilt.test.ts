import type { Collection } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { expect, test } from 'vitest'
import { SPOILT_MAX } from '../../src/audit/read-spoilt.ts'
import { caseRecords, entryId, entryTexts, facts, timeline } from '../../src/host/records.ts'
import { openDesk } from '../desk.ts'

const by = { actor: 'kim' }
const reason = { code: 'r', text: 'Mr Miller says: lost.' }

type Judge = (audit: () => Promise<unknown>, spoil: (collection: Collection, where: string) => void, caseId: string) => Promise<void>

async function withCase(count: number, judge: Judge): Promise<void> {
  const database = new SqliteDatabase(':memory:')
  const desk = await openDesk(sqliteStorage({ database }))
  const { id } = await desk.cases.open(by)
  for (let n = 0; n < count; n++) await desk.cases.facts.record(id, { key: `k${n}`, value: n, ...by })
  await desk.cases.escalate(id, { to: 'max', reason, ...by })
  const spoil = ({ name }: Collection, where: string): void => {
    expect(database.prepare(`update leeway_${name} set body = '{"id":"ba' where ${where}`).run().changes).toBeGreaterThan(0)
  }
  await judge(() => desk.cases.verifyAudit(id), spoil, id)
  await desk.close()
  database.close()
}

test('rows of a case that the storage cannot read are named, and the rest is judged', async () => {
  await withCase(3, async (audit, spoil, caseId) => {
    expect(await audit()).toMatchObject({ ok: true })
    for (const n of [2, 3]) spoil(timeline, `id = '${entryId(caseId, n)}'`)
    spoil(entryTexts, `id = '${entryId(caseId, 5)}'`)
    spoil(facts, 'id in (select id from leeway_facts order by id desc limit 1)')
    const { problems, ok } = (await audit()) as { problems: readonly unknown[]; ok: boolean }
    expect(ok).toBe(false)
    expect(problems).toEqual([
      expect.objectContaining({ type: 'altered', seq: 2, entryId: entryId(caseId, 2) }),
      expect.objectContaining({ type: 'altered', seq: 3, entryId: entryId(caseId, 3) }),
      expect.objectContaining({ type: 'text', seq: 5 }),
      expect.objectContaining({ type: 'record', seq: 4 }),
      // What the entries that are gone have written is guarded by none.
      expect.objectContaining({ type: 'added' }),
      expect.objectContaining({ type: 'added' }),
    ])
  })
})

test('where the row of the case itself cannot be read there is nothing to judge by', async () => {
  await withCase(3, async (audit, spoil, caseId) => {
    spoil(caseRecords, `id = '${caseId}'`)
    await expect(audit()).rejects.toMatchObject({ name: 'StorageError', code: 'corrupt', details: { id: caseId } })
  })
})

test('of a case with more than a hundred such rows of a kind the first is told as the storage tells it', async () => {
  await withCase(SPOILT_MAX + 1, async (audit, spoil) => {
    spoil(facts, `id in (select id from leeway_facts order by id limit ${SPOILT_MAX})`)
    expect(await audit()).toMatchObject({ ok: false })
    spoil(facts, 'true')
    await expect(audit()).rejects.toMatchObject({ code: 'corrupt', details: { collection: 'facts' } })
  })
})
