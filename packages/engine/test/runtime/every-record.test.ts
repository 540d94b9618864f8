import { defineCollection, type Storage, type StoredRecord } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { everyInOrder, everyPage, everyRecord, purgeEvery } from '../../src/runtime/every-record.ts'
import { allStores } from './all-stores.ts'

interface Sheep extends StoredRecord {
  readonly age: number | null
}

const sheep = defineCollection<Sheep>({ name: 'sheep', version: 1, fields: { age: 'integer' }, indexes: [{ fields: ['age'] }] })
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

async function flock(storage: Storage): Promise<Storage> {
  await storage.prepare([sheep])
  const put = NAMES.map((id, k) => ({ collection: sheep, record: { id, age: k === 2 ? null : 9 - (k >> 1), body: null } }))
  await storage.commit([{ id: 'born', expect: [], touch: [], put, delete: [], append: [] }])
  return storage
}

async function idsOf(found: AsyncIterable<{ readonly record: StoredRecord }>): Promise<string> {
  let ids = ''
  for await (const { record } of found) ids += record.id
  return ids
}

describe.each(allStores)('reading all there is ($name)', ({ open }) => {
  test.each([1, 2, 3, 4, 6, 7])('gives every record once, in the order of ids, by pages of %i', async (size) => {
    const storage = await flock(open())
    expect(await idsOf(everyRecord(storage, sheep, {}, { size }))).toBe('abcdef')
    expect(await idsOf(everyRecord(storage, sheep, { age: { isNull: false } }, { size }))).toBe('abdef')
    expect(await idsOf(everyRecord(storage, sheep, { id: [{ lt: 'e' }] }, { size, from: { gt: 'b' } }))).toBe('cd')
    expect(await idsOf(everyRecord(storage, sheep, { id: { lt: 'e' } }, { size, from: { gte: 'b' } }))).toBe('bcd')
    await storage.close()
  })

  test.each([1, 2, 3, 4, 6, 7])('gives every record once, in an order of fields, by pages of %i', async (size) => {
    const storage = await flock(open())
    expect(await idsOf(everyInOrder(storage, sheep, { where: {}, orderBy: [{ field: 'age' }] }, size))).toBe('efdabc')
    const oldest = { where: {}, orderBy: [{ field: 'age' as const, descending: true }] }
    expect(await idsOf(everyInOrder(storage, sheep, oldest, size))).toBe('abdefc')
    await storage.close()
  })

  test('a page is never empty and never larger than asked for', async () => {
    const storage = await flock(open())
    const sizes: number[] = []
    for await (const page of everyPage(storage, sheep, {}, { size: 3 })) sizes.push(page.length)
    for await (const page of everyPage(storage, sheep, { id: { gt: 'x' } })) sizes.push(page.length)
    expect(sizes).toEqual([3, 3])
    await storage.close()
  })

  test('what matches is deleted, and nothing else', async () => {
    const storage = await flock(open())
    await purgeEvery(storage, sheep, { id: [{ gt: 'a' }, { lt: 'e' }] })
    expect(await idsOf(everyRecord(storage, sheep, {}))).toBe('aef')
    await storage.close()
  })
})
