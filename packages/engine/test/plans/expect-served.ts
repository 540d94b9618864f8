import { expect } from 'vitest'
import type { Watched } from './watched-databases.ts'

/** What reads a table from its beginning until a page is full, or to its end, by its name: why that is right. */
export type Known = Readonly<Record<string, string>>

/** Each of these is served by an index, but for what is known not to be. */
export async function expectServed(
  database: Watched,
  queries: readonly (readonly [what: string, ask: () => Promise<unknown>])[],
  known: Known,
): Promise<void> {
  const found = new Map<string, readonly string[]>()
  for (const [what, ask] of queries) {
    const scans = await database.scansOf(ask)
    if (scans.length > 0) found.set(what, scans)
  }
  expect([...found].filter(([what]) => known[what] === undefined)).toEqual([])
  if (database.tellsScans) expect(Object.keys(known).filter((what) => !found.has(what))).toEqual([])
}

/** The first page of a query, and the one behind it. */
export async function pages(ask: (after: { after?: string }) => Promise<{ readonly next?: string }>): Promise<void> {
  const { next } = await ask({})
  if (next === undefined) throw new Error('there is no next page')
  await ask({ after: next })
}
