import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineCollection, type StoredRecord } from '../src/collection.ts'
import { sqliteStorage } from '../src/sqlite/index.ts'

interface Item extends StoredRecord { readonly instanceId: string; readonly state: string | null; readonly dueAt: number | null; readonly priority: number }
const instances = defineCollection<StoredRecord & { key: string; state: string }>({ name: 'instances', version: 1, fields: { key: 'text', state: 'text' }, indexes: [{ fields: ['key', 'state'] }] })
const items = defineCollection<Item>({ name: 'items', version: 1, leased: true, fields: { instanceId: 'text', state: 'text', dueAt: 'instant', priority: 'integer' }, indexes: [{ fields: ['instanceId'] }] })
const history = defineCollection<StoredRecord & { instanceId: string }>({ name: 'history', version: 1, fields: { instanceId: 'text' }, indexes: [] })
const scopes = defineCollection<StoredRecord & { instanceId: string }>({ name: 'scopes', version: 1, fields: { instanceId: 'text' }, indexes: [] })
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const file = join(dir, 'a.db')
const store = sqliteStorage({ file })
await store.prepare([items, history, instances, scopes])
const body = 'x'.repeat(500)
const base = Date.now()
const idOf = (i: number) => `${(base + i).toString(16).padStart(12, '0')}-7000-8000-${i.toString(16).padStart(12, '0')}`
const setOf = (i: number) => {
  const id = idOf(i)
  return { id, expect: [{ collection: instances, id, revision: 0 }], touch: [], delete: [],
    put: [{ collection: instances, record: { id, key: 'order', state: 'active', body } as StoredRecord }],
    append: [{ collection: items, record: { id: id + '/1', instanceId: id, state: 'open', dueAt: null, priority: 1, body: { a: 1 } } as StoredRecord }, { collection: history, record: { id: id + '/h', instanceId: id, body: 'started' } as StoredRecord }, { collection: scopes, record: { id: id + '/s', instanceId: id, body: 'started' } as StoredRecord }] }
}
let n = 0
for (const batch of [1, 1, 100, 1, 100]) {
  const sets = batch === 1 ? 20_000 : 50_000
  const t = process.cpuUsage(); const w = performance.now()
  for (let i = 0; i < sets; i += batch) await store.commit(Array.from({ length: batch }, () => setOf(n++)))
  const u = process.cpuUsage(t)
  console.log(batch, 'sets a transaction:', Math.round(sets / (u.user + u.system) * 1e6), 'sets/s of CPU', Math.round(sets / (performance.now() - w) * 1e3), 'by the wall clock')
}
// round trip: get, update
{
  const sets = 20_000
  const t = process.cpuUsage(); const w = performance.now()
  for (let i = 0; i < sets; i++) {
    const id = idOf(i)
    const [stored] = await store.get(instances, [id])
    await store.commit([{ id, expect: [{ collection: instances, id, revision: stored!.revision }], touch: [], append: [], delete: [{ collection: items, id: id + '/1' }], put: [{ collection: instances, record: { ...stored!.record, body: body + 'y' } }] }])
  }
  const u = process.cpuUsage(t)
  console.log('get + update + delete:', Math.round(sets / (u.user + u.system) * 1e6), '/s of CPU', Math.round(sets / (performance.now() - w) * 1e3), 'by the wall clock')
}
await store.close()
rmSync(dir, { recursive: true })
