// Tries the laws on models that no run before has drawn: `pnpm soak [ROUNDS] [RUNS]`, 10 rounds of 1,000 runs a law unless told.
// A round that fails prints its seed; `LAW_SEED=… pnpm test FILE` repeats it for the file that failed.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const [rounds = '10', runs = '1000'] = process.argv.slice(2)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
/** All that draws: files of laws and the single properties among other tests. */
const laws = [
  '.property.test.ts',
  ...['model/', 'lifecycles/', 'runtime/idempotency'].map((name) => `packages/engine/test/${name}`),
  'packages/storage/test/memory/',
]
// A round of more runs needs more time; what never ends is still found.
const timeout = `--testTimeout=${Math.max(180, Number(runs) / 2) * 1_000}`
let failed = 0
for (let round = 1; round <= Number(rounds); round++) {
  const seed = randomInt(1, 2 ** 31)
  const began = performance.now()
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'unit', '--reporter=dot', timeout, ...laws], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LAW_SEED: String(seed), LAW_RUNS: runs },
  })
  if (status !== 0) failed++
  console.log(
    `round ${round}: ${status === 0 ? 'holds' : 'FAILS'} with LAW_SEED=${seed}, ${((performance.now() - began) / 1_000).toFixed(0)} s`,
  )
}
console.log(`${rounds} rounds of ${runs} runs a law, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
