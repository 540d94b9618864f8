import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { storageConformance } from '../../src/conformance/index.ts'
import { memoryStorage } from '../../src/index.ts'
import { sqliteStorage } from '../../src/sqlite/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-conformance-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
let file = ''
const openNew = () => {
  file = join(folder, `${files++}.db`)
  return sqliteStorage({ file })
}

describe('memory storage', () => {
  for (const { name, run } of storageConformance(() => memoryStorage())) test(name, run)
})

describe('SQLite storage', () => {
  const reopen = () => sqliteStorage({ file })
  for (const { name, run } of storageConformance(openNew, { reopen })) test(name, run)
})
