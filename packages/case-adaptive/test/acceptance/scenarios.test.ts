import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const TESTS = new URL('../', import.meta.url)
const ALL = Array.from({ length: 74 }, (_, k) => `S${String(k + 1).padStart(2, '0')}`)

test('each scenario of cases has a test under its id', async () => {
  const files = (await readdir(TESTS, { recursive: true })).filter((name) => name.endsWith('.test.ts'))
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, TESTS), 'utf8')))
  const titles = sources.flatMap((source) => [...source.matchAll(/\btest[^'`]*['`]((?:S\d\d\b,? ?)+)/g)].map(([, ids]) => ids ?? ''))
  const named = new Set(titles.flatMap((ids) => ids.match(/S\d\d/g) ?? []))
  expect(ALL.filter((id) => !named.has(id))).toEqual([])
})
