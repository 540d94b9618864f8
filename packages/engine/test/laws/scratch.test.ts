import fc from 'fast-check'
import { test } from 'vitest'
import { modelShapes } from './generator.ts'
import { compile } from './compile.ts'
import { realKernel } from './kernel.ts'
import { walk, lastState } from './walk.ts'
import * as laws from './trace-laws.ts'
const names = ['replayGivesTheState','sameCommandsSameEvents','stateIsJson','rejectionsChangeNothing','everyActivationEndsOnce','nothingWithoutOwner','soundModelsComplete','joinsFireOnceARound'] as const
test('x', async () => {
  const all = fc.sample(fc.tuple(modelShapes(), fc.array(fc.nat(), { maxLength: 120, size: 'max' })), { numRuns: Number(process.env['N'] ?? 1000), seed: Number(process.env['SEED'] ?? 1) })
  const found = new Map<string, [number, string]>(); let t = 0
  const cost = new Map<string, number>()
  for (const [shape, choices] of all) {
    const c = await compile(shape)
    let tr
    const t0 = performance.now()
    try { tr = walk(realKernel, c.definition, choices) } catch (e) { const k = 'THROW ' + (e instanceof Error ? e.stack?.split('\n').slice(0, 6).join('\n') : e); const f = found.get(k); found.set(k, [(f?.[0] ?? 0) + 1, f?.[1] ?? '']);  continue }
    t += performance.now() - t0
    for (const name of names) {
    const t0 = performance.now()
    const ps = laws[name](tr, realKernel, c)
    cost.set(name, (cost.get(name) ?? 0) + performance.now() - t0)
    for (const p of ps.slice(0, 3)) { const k = name + ': ' + p.replace(/[0-9.]+/g, '#').replace(/#\w+/g, '#'); const f = found.get(k); found.set(k, [(f?.[0] ?? 0) + 1, f?.[1] ?? p]) }
    }
  }
  console.log(t, cost, [...found].sort((a, b) => b[1][0] - a[1][0]).map(([k, v]) => `${v[0]} ${k}   e.g. ${v[1]}`).join('\n'))
})
