import { test } from 'vitest'
import * as laws from './trace-laws.ts'
import { assertLaw } from './runs.ts'
const name = process.env['LAW'] as 'soundModelsComplete'
test('x', async () => { await assertLaw(laws[name]) }, 300_000)
