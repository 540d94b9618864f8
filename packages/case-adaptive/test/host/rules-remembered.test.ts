import { createEngine } from '@leeway/engine'
import { expect, test } from 'vitest'
import { type CasesOptions, createCases } from '../../src/index.ts'

type Policies = NonNullable<CasesOptions['policies']>
type EngineOptions = NonNullable<Parameters<typeof createEngine>[0]>

async function made(history: EngineOptions['history'], policies: Policies): Promise<string> {
  const engine = await createEngine(history === undefined ? {} : { history })
  const end = await createCases(engine, { policies }).then(
    () => 'made',
    ({ code, message }) => `${code}: ${message}`,
  )
  await engine.close()
  return end
}

const rules: readonly Policies[] = [
  { precedence: [{ before: 'A', after: 'B' }] },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word, and never awaited
  { response: [{ when: 'A', then: 'B' }] },
  { exclusive: [{ elements: ['A', 'B'] }] },
  { separate: [{ elements: ['A', 'B'] }] },
]

test('rules on what was done are refused where it is not written down, for they would hold of nothing', async () => {
  for (const policies of rules) {
    for (const history of ['none', { level: { activities: false } }, { processes: { p: 'none' } }] as const)
      expect(await made(history, policies)).toMatch(/^invalidOption: .*all processes.*keep the activities.*name the process/)
    for (const history of [undefined, 'full', { level: { work: false } }] as const) expect(await made(history, policies)).toBe('made')
  }
})

test('a rule for one process looks at what is written down of that', async () => {
  const policies: Policies = { exclusive: [{ process: 'p', elements: ['A', 'B'] }] }
  expect(await made({ level: 'none', processes: { p: 'activity' } }, policies)).toBe('made')
  expect(await made({ processes: { p: { activities: false } } }, policies)).toMatch(/^invalidOption: .*process "p"/)
  expect(await made('none', { elements: { A: { mandatory: true } } })).toBe('made')
})
