import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { behaviours } from '../../src/kernel/behaviours/index.ts'
import { allRows, coverage, elementsPage } from './elements-page.ts'

const PAGE = new URL('../../../../docs/reference/elements.md', import.meta.url)

test('the page of elements is what the scenarios show', async () => {
  expect(readFileSync(PAGE, 'utf8'), 'to be written anew by: node scripts/elements-table.mjs').toBe(await elementsPage())
})

test('every activity and gateway that has a behaviour has a row and a scenario', async () => {
  const found = await coverage()
  const events = new Set(['startEvent', 'endEvent', 'intermediateCatchEvent', 'intermediateThrowEvent', 'boundaryEvent'])
  const types = Object.keys(behaviours).filter((type) => !events.has(type))
  expect(types.filter((type) => !found.get(type)?.length)).toEqual([])
  expect(types.filter((type) => !Object.values(allRows()).flat().includes(type))).toEqual([])
})

test('every row has a scenario', async () => {
  expect([...(await coverage())].filter(([, scenarios]) => scenarios.length === 0).map(([row]) => row)).toEqual([])
})
