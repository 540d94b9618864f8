import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const TESTS = new URL('../', import.meta.url)
const ALL = Array.from({ length: 53 }, (_, k) => `S${String(k + 1).padStart(2, '0')}`)

test('each scenario of leaving and coming back has a test under its id', async () => {
  const files = (await readdir(TESTS, { recursive: true })).filter((name) => name.endsWith('.test.ts'))
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, TESTS), 'utf8')))
  const named = new Set(sources.flatMap((source) => [...source.matchAll(/\btest[^'`]*['`](S\d\d)\b/g)].map(([, id]) => id)))
  expect(ALL.filter((id) => !named.has(id))).toEqual([])
})
