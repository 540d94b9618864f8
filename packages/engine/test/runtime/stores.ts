import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage, type Storage } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterAll } from 'vitest'

/** Both stores that every rule of the runtime must hold on. */
export const stores: readonly { readonly name: string; readonly open: () => Storage }[] = [
  { name: 'memory', open: () => memoryStorage() },
  { name: 'SQLite', open: () => sqliteStorage({ file: newFile() }) },
]

const folders: string[] = []

/** The name of a database file that does not exist yet; its folder is removed after the tests of the file. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-runtime-'))
  folders.push(folder)
  return join(folder, 'engine.db')
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
