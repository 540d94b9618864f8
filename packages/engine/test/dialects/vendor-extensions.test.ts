import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inspectModel } from '../../src/index.ts'
import { extensionsPage } from './extensions-page.ts'
import { KEPT, UNREAD } from './not-read.ts'
import { extension, modelOf, shownBy, steps } from './probe.ts'
import { TABLES, without } from './rows.ts'

const PAGE = new URL('../../../../docs/reference/vendor-extensions.md', import.meta.url)

test('the page of vendor extensions is what the tables of the import and these proofs say', () => {
  expect(readFileSync(PAGE, 'utf8'), 'to be written anew by: node scripts/extensions-table.mjs').toBe(extensionsPage())
})

describe.each(TABLES)('$title', ({ kind, rules, rows, vendors }) => {
  test.each(rows)('$name does what is said of it, and without it that is not seen', async (row) => {
    const writers = row.vendors ?? vendors
    for (const vendor of writers) expect(await shownBy(row, vendor), vendor).toEqual(row.gives)
    const [vendor = 'camunda'] = writers
    const bare = without(row, kind)
    expect(modelOf(bare, vendor)).not.toBe(modelOf(row, vendor))
    expect(await shownBy(row, vendor, bare)).not.toEqual(row.gives)
  })

  test('every name that is read is proved, or said to change nothing', () => {
    const proved = new Set(rows.map(({ name }) => name.split('/')[0] ?? ''))
    const read = [...rules].flatMap(([name, { effect }]) => (effect === 'read' ? [name] : []))
    expect(read.filter((name) => !proved.has(name) && !Object.hasOwn(KEPT, name))).toEqual([])
    expect([...proved].filter((name) => !read.includes(name))).toEqual([])
  })

  test('every name that is not read has a reason, and is named when it is imported', async () => {
    const unread = [...rules].flatMap(([name, { effect }]) => (effect === 'read' ? [] : [[name, effect] as const]))
    expect(unread.filter(([name]) => !Object.hasOwn(UNREAD, name))).toEqual([])
    const [vendor = 'camunda'] = vendors
    for (const [name, effect] of unread) {
      const task = kind === 'attribute' ? `<task id="a" v:${name}="x"/>` : `<task id="a">${extension(`<v:${name}>x</v:${name}>`)}</task>`
      const { diagnostics } = await inspectModel(modelOf({ process: steps(task) }, vendor))
      const found = { code: effect === 'ignored' ? 'extensionIgnored' : 'unsupportedExtension', elementId: 'a' }
      expect(diagnostics, name).toContainEqual(expect.objectContaining(found))
    }
  })
})

test('nothing is explained that no table has', () => {
  const known = new Map(TABLES.flatMap(({ rules }) => [...rules]).map(([name, { effect }]) => [name, effect === 'read']))
  const isOther = (reasons: object, isRead: boolean): string[] => Object.keys(reasons).filter((name) => known.get(name) !== isRead)
  expect([...isOther(KEPT, true), ...isOther(UNREAD, false)]).toEqual([])
})
