import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkImport } from './check-import.ts'
import { below, mutate, randomOf } from './mutate.ts'

const FOLDER = new URL('../models/', import.meta.url)
const FILES = readdirSync(FOLDER).map((name) => new Uint8Array(readFileSync(new URL(name, FOLDER))))
const RUNS = 1_000

test('the models of the repository are imported as they must be, undamaged', async () => {
  for (const file of FILES) expect(await checkImport(file)).toEqual([])
})

test('a damaged model never makes the import throw, lose its places or leave something out without an error', async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomOf(seed)
    const file = FILES[below(random, FILES.length)] ?? new Uint8Array()
    const other = FILES[below(random, FILES.length)] ?? new Uint8Array()
    expect([seed, await checkImport(mutate(file, other, random))]).toEqual([seed, []])
  }
})

test('a model that is cut off anywhere is refused with a place', async () => {
  for (const file of FILES) {
    for (let end = 0; end < file.length - 1; end += Math.ceil(file.length / 40)) {
      expect([end, await checkImport(file.slice(0, end))]).toEqual([end, []])
    }
  }
})
