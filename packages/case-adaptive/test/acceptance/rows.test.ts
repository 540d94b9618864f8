import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const PAGE = new URL('../../../../docs/reference/leaving-the-path.md', import.meta.url)
const from = (kind: string, first: number, last: number, digits = 1): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, k) => `${kind}${String(first + k).padStart(digits, '0')}`)
/** Modes, invariants, positions, returns, criteria, guarantees, and what is migrated: each has a row. */
const ROWS = [
  ...from('M', 1, 6),
  ...from('INV', 1, 10),
  ...from('P', 1, 32, 2),
  ...from('R', 0, 9),
  ...from('C', 1, 15),
  ...from('G', 0, 3),
  ...from('MG', 1, 10),
]

async function rows(): Promise<readonly { readonly id: string; readonly file: URL }[]> {
  const page = await readFile(PAGE, 'utf8')
  return [...page.matchAll(/^\| ([A-Z]+\d+) \|.*\]\(([^)]+)\) \|$/gm)].map(([, id = '', path = '']) => ({ id, file: new URL(path, PAGE) }))
}

test('the page has each row once', async () => {
  const ids = (await rows()).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ROWS.filter((id) => !ids.includes(id))).toEqual([])
  expect((await readFile(PAGE, 'utf8')).match(/^\| [A-Z]+\d+ \|/gm)).toHaveLength(ids.length)
})

test('each row of the page is shown by a test that has its id in its name', async () => {
  const sources = new Map<string, string>()
  const missing: string[] = []
  for (const { id, file } of await rows()) {
    const source = sources.get(file.href) ?? (await readFile(file, 'utf8'))
    sources.set(file.href, source)
    // A name begins with its ids; the matrix and the invariants have them as a member.
    const isNamed = new RegExp(`['\`](?:[A-Z]+\\d+, )*${id}(?:, [A-Z]+\\d+)*[:']|^  ${id}: '`, 'm')
    if (!isNamed.test(source)) missing.push(`${id} in ${file.pathname.split('/test/')[1]}`)
  }
  expect(missing).toEqual([])
})
