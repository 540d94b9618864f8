import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterFile } from '../../../../scripts/after-file.ts'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { newFile } from './stores.ts'

/** A database that several nodes share, each through a storage of its own: `make` gives an empty one, by how it is opened. */
interface SharedDatabase {
  readonly name: string
  readonly make: () => () => Storage
}

const { url } = await testDatabase()
let schemas = 0

function kept(storage: Storage): Storage {
  afterFile(() => storage.close())
  return storage
}

/** What is true of nodes that share a database must be so on each. */
export const sharedDatabases: readonly SharedDatabase[] = [
  {
    name: 'one SQLite file',
    make: () => {
      const file = newFile()
      return () => kept(sqliteStorage({ file }))
    },
  },
  ...(url === null
    ? []
    : [
        {
          name: 'one PostgreSQL',
          make: () => {
            const schema = `shared_${schemas++}`
            return () => kept(postgresStorage({ url, schema, connectionsMax: 3 }))
          },
        },
      ]),
]
