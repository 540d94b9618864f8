import { createEngine } from '../runtime/engine.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { type CliFlags, type CliIo, UsageError } from './io.ts'

/** Looks into the store of an engine, and closes it again. Nothing in it is worked on. */
export async function withStored<T>(io: CliIo, { db }: CliFlags, look: (engine: Engine) => Promise<T>): Promise<T> {
  if (db === undefined) throw new UsageError('an instance is found in a store: give --db FILE')
  if (/^postgres(ql)?:/.test(db)) throw new UsageError('--db takes the file of a SQLite store; other stores are not read by this version')
  if (!io.exists(db)) throw new UsageError(`there is no file ${db}`)
  const { sqliteStorage } = await import('@leeway/storage/sqlite')
  const storage = sqliteStorage({ file: db })
  const engine = await createEngine({ storage })
  try {
    return await look(engine)
  } finally {
    await engine.close()
    await storage.close()
  }
}

/** The one instance that a command is about. */
export function instanceOf(command: string, names: readonly string[]): string {
  const [id] = names
  if (id === undefined || names.length > 1) throw new UsageError(`${command} needs the id of one instance`)
  return id
}
