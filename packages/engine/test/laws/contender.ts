import { readFileSync } from 'node:fs'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { createEngine, EngineError } from '../../src/index.ts'

// A process of its own, started by runtime-contest.test.ts: completes every task of a list, as another does at the same time on the
// same database, then does the work that follows. Meanwhile it migrates some of their instances, in a batch. Its arguments: the database (a file, or an address
// of PostgreSQL), the file with the tasks' ids, the definition to migrate to, its name. It says `ready`, waits for a line, and tells at its end what it did as JSON.

const AT_ONCE = 20

const MIGRATED = 25

const [, , file = '', listFile = '', to = '', name = ''] = process.argv
const ran: string[] = []
const won: string[] = []
const refused: Record<string, number> = {}

const engine = await createEngine({
  storage: file.startsWith('postgres:') ? postgresStorage({ url: file, connectionsMax: 5 }) : sqliteStorage({ file, busyMs: 60_000 }),
  handlers: {
    work: (job) => {
      ran.push(job.idempotencyKey)
      return { worker: name }
    },
  },
})
const tasks = JSON.parse(readFileSync(listFile, 'utf8')) as string[] // written by the test
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const some = tasks.slice(0, MIGRATED).map((id) => id.slice(0, id.lastIndexOf('.')))
const { batchId } = await engine.instances.migrate({ instances: some, to })
let next = 0
await Promise.all([
  engine.drain(),
  ...Array.from({ length: AT_ONCE }, async () => {
    for (let id = tasks[next++]; id !== undefined; id = tasks[next++]) await complete(id)
  }),
])
await engine.drain()
await engine.close()
// A pipe takes a long text in pieces: what is not written yet goes with the process.
await new Promise((resolve) => process.stdout.write(`${JSON.stringify({ ran, won, refused, batchId })}\n`, resolve))
process.exit(0)

async function complete(id: string): Promise<void> {
  try {
    await engine.tasks.complete(id, { variables: { clerk: name } })
    won.push(id)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    refused[error.code] = (refused[error.code] ?? 0) + 1
  }
}
