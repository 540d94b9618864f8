// Writes the golden database of this version: `node packages/engine/test/golden/main.ts`. One is kept for every released version, and golden.test.ts
// opens each with the code of today. Once its version is released a file is never written again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStorage } from '@leeway/storage/sqlite'
import SqliteDatabase from 'better-sqlite3'
import { createEngine, manualClock, NoRetry } from '../../src/index.ts'
import { CALLED, CALLER, MODEL, NOW, VARIABLES } from './models.ts'

const VERSION = '0.1'

const folder = mkdtempSync(join(tmpdir(), 'golden-'))
const file = join(folder, 'golden.db')
const storage = sqliteStorage({ file })
const engine = await createEngine({
  storage,
  clock: manualClock(NOW),
  history: 'full',
  searchable: { orderId: 'text' },
  handlers: {
    sound: () => ({ sound: true }),
    broken: () => {
      throw new NoRetry('the printer is on fire')
    },
  },
})
await engine.deploy([
  { name: 'golden.bpmn', content: MODEL },
  { name: 'called.bpmn', content: CALLED },
  { name: 'caller.bpmn', content: CALLER },
])
const { id } = await engine.start('golden', { businessKey: 'A-17', variables: VARIABLES, actor: 'kim', idempotencyKey: 'first' })
await engine.start('caller', { businessKey: 'B-1' })
await engine.drain()
const [approve] = await engine.tasks.find({ instanceId: id, elementId: 'approve' })
await engine.tasks.claim(approve?.id ?? '', 'kim')
await engine.tasks.comment(approve?.id ?? '', 'looks good', { actor: 'kim' })
await engine.messages.publish({ name: 'paid', correlationKey: 'A-99', ttl: 'P900D', messageId: 'm-1' })
await engine.close()
await storage.close()

const database = new SqliteDatabase(file)
const lines = database
  .prepare<[], { sql: string }>(`select sql from sqlite_master where sql is not null order by type desc, name`)
  .all()
  .map(({ sql }) => `${sql};`)
for (const { name } of database.prepare<[], { name: string }>(`select name from sqlite_master where type = 'table' order by name`).all()) {
  const columns = database.prepare<[], { name: string }>(`select name from pragma_table_info('${name}')`).all()
  const quoted = columns.map((column) => `quote("${column.name}")`).join(` || ',' || `)
  for (const { row } of database.prepare<[], { row: string }>(`select ${quoted} as row from ${name}`).all())
    lines.push(`insert into ${name} values (${row});`)
}
database.close()
writeFileSync(new URL(`${VERSION}.sql`, import.meta.url), `${lines.join('\n')}\n`)
rmSync(folder, { recursive: true, force: true })
