import type { Storage } from '@leeway/storage'
import { createEngine } from '../runtime/engine.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { type CliFlags, type CliIo, UsageError } from './io.ts'

/** Looks into the store of an engine, and closes it again. Nothing in it is worked on. */
export async function withStored<T>(io: CliIo, { db }: CliFlags, look: (engine: Engine) => Promise<T>): Promise<T> {
  if (db === undefined) throw new UsageError('an instance is found in a store: give --db FILE, or --db postgres://…')
  const storage = /^postgres(ql)?:/.test(db) ? await postgres(db) : await sqlite(io, db)
  const engine = await createEngine({ storage })
  try {
    return await look(engine)
  } finally {
    await engine.close()
    await storage.close()
  }
}

async function sqlite(io: CliIo, file: string): Promise<Storage> {
  if (!io.exists(file)) throw new UsageError(`there is no file ${file}`)
  const { sqliteStorage } = await import('@leeway/storage/sqlite')
  return sqliteStorage({ file })
}

/** `?schema=NAME` and `?tablePrefix=NAME` say where the tables stand; the rest of the address is the driver's. */
async function postgres(address: string): Promise<Storage> {
  const url = new URL(address)
  const [schema, tablePrefix] = [url.searchParams.get('schema'), url.searchParams.get('tablePrefix')]
  url.searchParams.delete('schema')
  url.searchParams.delete('tablePrefix')
  const { postgresStorage } = await import('@leeway/storage/postgres')
  return postgresStorage({
    url: url.href,
    connectionsMax: 2,
    reconnectMs: 2_000,
    ...(schema !== null && { schema }),
    ...(tablePrefix !== null && { tablePrefix }),
  })
}

/** The one instance that a command is about. */
export function instanceOf(command: string, names: readonly string[]): string {
  const [id] = names
  if (id === undefined || names.length > 1) throw new UsageError(`${command} needs the id of one instance`)
  return id
}
