import { readdirSync, readFileSync } from 'node:fs'
import type { CalendarDefinition, DataStore } from '@leeway/engine'
import { quickjs } from '@leeway/engine/quickjs'
import { runScenario } from '@leeway/engine/testing'
import { expect, test } from 'vitest'

const folder = new URL('./', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const OFFICE = [['09:00', '17:00']] as const
const names = readdirSync(folder).filter((name) => name.endsWith('.scenario'))

const calendars: Readonly<Record<string, CalendarDefinition>> = {
  business: {
    timeZone: 'UTC',
    hours: { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE },
    holidays: ['2026-01-01'],
  },
}

/** A store that keeps one value. */
function shelfOf(first: number): DataStore {
  let kept: unknown = first
  return {
    read: () => kept,
    write: (value) => {
      kept = value
    },
  }
}

test.each(names)('%s goes as it is written', async (name) => {
  const text = read(name)
  expect(await runScenario(text, { model: read, engine: { calendars, dataStores: { shelf: shelfOf(3) }, scripts: quickjs() } })).toBe(text)
})

test('a scenario with a line that did not happen is given back without it', async () => {
  const text = read('approval.scenario').replace('  pay completed\n', '  pay exploded\n')
  expect(await runScenario(text, { model: read })).not.toBe(text)
})
