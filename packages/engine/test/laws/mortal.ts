import { appendFileSync } from 'node:fs'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { createEngine } from '../../src/index.ts'

// A process of its own, started by runtime-killed.test.ts and killed at any moment: starts instances and completes their tasks, and says
// each that was
// acknowledged on a line of its own. Its arguments: the database (a file, or an address of PostgreSQL), a file where its handler leaves its
// effects, how
// many instances there are to be. It can be run again and again: each start has a key.

const AT_ONCE = 4

const [, , database = '', effects = '', count = '0'] = process.argv

const engine = await createEngine({
  storage: database.startsWith('postgres:')
    ? postgresStorage({ url: database, connectionsMax: 5 })
    : sqliteStorage({ file: database, busyMs: 60_000 }),
  worker: { leaseMs: 300, pollMs: 50 },
  handlers: { work: (job) => appendFileSync(effects, `${job.idempotencyKey}\n`) },
})
await engine.run()
const say = (line: string): Promise<void> => new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()))
let next = 0
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let k = next++; k < Number(count); k = next++) {
      const { id } = await engine.start('mortal', { idempotencyKey: `start ${k}` })
      await say(`started ${id}`)
      const [task] = await engine.tasks.find({ instanceId: id })
      if (task === undefined) continue // a process before this one came so far
      await engine.tasks.complete(task.id, { idempotencyKey: `complete ${task.id}` })
      await say(`completed ${id}`)
    }
  }),
)
await say('all')
process.stdin.resume() // waits to be killed
