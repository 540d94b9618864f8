import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage, type Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterFile } from '../../../../scripts/after-file.ts'
import { emptier, testDatabase } from '../../../../scripts/test-database.ts'
import { LAW_RUNS } from './runs.ts'

/** A store that laws of the runtime are tried on. */
export interface LawStore {
  readonly name: string
  /** How often, where a law is tried `LAW_RUNS` times in memory: a database takes longer. As often with LAW_STORES=all. */
  readonly runs: number
  /** The store, empty; of one before it nothing may be used any more. The clock is for a store that has none of its own. */
  open(now: () => number): Promise<Storage>
}

const DATABASE_RUNS = process.env.LAW_STORES === 'all' ? LAW_RUNS : Math.ceil(LAW_RUNS / 50)

export const memoryStore: LawStore = { name: 'memory', runs: LAW_RUNS, open: async (now) => memoryStorage({ now }) }

/** All stores; PostgreSQL only where it is installed. */
export const lawStores: readonly LawStore[] = [memoryStore, sqliteStore(), ...(await postgresStores())]

function sqliteStore(): LawStore {
  let folder: string | null = null
  let kept: Storage | null = null
  let files = 0
  const open = async (now: () => number): Promise<Storage> => {
    if (folder === null) {
      folder = mkdtempSync(join(tmpdir(), 'leeway-laws-'))
      afterFile(cleanUp)
    }
    await kept?.close()
    kept = sqliteStorage({ file: join(folder, `${files++}.db`), now })
    return kept
  }
  const cleanUp = async (): Promise<void> => {
    await kept?.close()
    if (folder !== null) rmSync(folder, { recursive: true, force: true })
    kept = null
    folder = null
  }
  return { name: 'SQLite', runs: DATABASE_RUNS, open }
}

async function postgresStores(): Promise<readonly LawStore[]> {
  const { url } = await testDatabase()
  if (url === null) return []
  const empty = emptier(url, 'laws')
  let storage: Storage | null = null
  const open = async (): Promise<Storage> => {
    if (storage === null) {
      storage = postgresStorage({ url, schema: 'laws', connectionsMax: 4 })
      afterFile(cleanUp)
    }
    await empty()
    return storage
  }
  const cleanUp = async (): Promise<void> => {
    await storage?.close()
    storage = null
  }
  return [{ name: 'PostgreSQL', runs: DATABASE_RUNS, open }]
}
