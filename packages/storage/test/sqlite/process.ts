import type { StoredRecord } from '../../src/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'
import { counters, increment } from './counters.ts'

/**
 * Runs as a process of its own: `append` commits until it is killed and says each number once it is committed; `increment` raises one
 * counter.
 */
const [, , mode, file, times] = process.argv
const storage = sqliteStorage({ file: file ?? '', busyMs: 20_000 })
await storage.prepare([counters])
if (mode === 'increment') {
  console.log(await increment(storage, 'shared', Number(times)))
  await storage.close()
} else {
  for (let size = 1; ; size++) {
    const records = [`${size}-a`, `${size}-b`].map((id) => ({
      collection: counters,
      record: { id, size, body: 'x'.repeat(700) } as StoredRecord,
    }))
    const [result] = await storage.commit([{ id: `${size}`, expect: [], touch: [], put: [], delete: [], append: records }])
    if (result !== 'committed') throw new Error('not committed')
    // a reader that is behind makes the pipe full: what is left over goes out in a turn of the event loop, which commits alone would not
    // leave
    await new Promise<void>((resolve) => process.stdout.write(`${size}\n`, () => resolve()))
  }
}
