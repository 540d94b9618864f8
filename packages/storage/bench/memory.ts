import { defineCollection, type StoredRecord } from '../src/collection.ts'
import { memoryStorage } from '../src/memory/memory-storage.ts'

interface Item extends StoredRecord {
  readonly instanceId: string
  readonly state: string | null
  readonly dueAt: number | null
  readonly priority: number
}
const items = defineCollection<Item>({
  name: 'items', version: 1, leased: true,
  fields: { instanceId: 'text', state: 'text', dueAt: 'instant', priority: 'integer' },
  indexes: [{ fields: ['instanceId', 'state'] }, { fields: ['state', 'dueAt'] }],
})
const history = defineCollection<StoredRecord>({ name: 'history', version: 1, fields: {}, indexes: [] })
const store = memoryStorage()
await store.prepare([items, history])
const N = 10_000
for (let round = 0; round < 30; round++) {
  const ids = Array.from({ length: N }, (_, i) => `0193-${round}-aaaa-bbbb-${i}`)
  const t = process.cpuUsage()
  for (let i = 0; i < N; i++) {
    const id = ids[i]!
    await store.commit([{ id, expect: [{ collection: items, id, revision: 0 }], touch: [],
      put: [{ collection: items, record: { id, instanceId: id, state: 'open', dueAt: null, priority: 1, body: null } as StoredRecord }, { collection: items, record: { id: id + '/1', instanceId: id, state: 'open', dueAt: null, priority: 1, body: null } as StoredRecord }],
      delete: [], append: [{ collection: history, record: { id, body: null } }] }])
  }
  const u = process.cpuUsage(t)
  const t2 = process.cpuUsage()
  for (let i = 0; i < N; i++) await store.find(items, { where: { instanceId: { eq: ids[i]! } }, limit: 10 })
  const u2 = process.cpuUsage(t2)
  const t3 = process.cpuUsage()
  for (let i = 0; i < N; i++) await store.get(items, [ids[i]!])
  const u3 = process.cpuUsage(t3)
  const t4 = process.cpuUsage()
  for (let i = 0; i < N; i++) await store.commit([{ id: 'x', expect: [{collection: items, id: ids[i]!, revision: 1}], touch: [], put: [], append: [], delete: [{ collection: items, id: ids[i]! }, { collection: items, id: ids[i]! + '/1' }, {collection: history, id: ids[i]!}] }])
  const u4 = process.cpuUsage(t4)
  console.log('commit', ((u.user + u.system) / N).toFixed(2), 'find', ((u2.user + u2.system) / N).toFixed(2), 'get', ((u3.user + u3.system) / N).toFixed(2), 'delete', ((u4.user + u4.system) / N).toFixed(2), 'µs')
}
