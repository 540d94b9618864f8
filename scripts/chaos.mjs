// Breaks things for some minutes and reports what held: `pnpm chaos`. Its short form is in the test suite.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
// Other work on the machine must not look like a fault.
const tests = (...files) => [vitest, 'run', '--project', 'unit', '--testTimeout=1800000', ...files]

const STEPS = [
  [
    'four nodes killed or halted at random, PostgreSQL crashing',
    ['packages/examples/02-cluster/main.ts'],
    { ORDERS: '1500', KILLS: '40', HANGS: '20', CRASHES: '10' },
  ],
  [
    'two processes contest the same tasks, on SQLite and PostgreSQL',
    tests('packages/engine/test/laws/runtime-contest'),
    { CONTESTS: '10000' },
  ],
  [
    'a process dies before or after any commit, another goes on: in memory, on SQLite and PostgreSQL',
    tests('packages/engine/test/laws/runtime-crash'),
    { LAW_RUNS: '300', LAW_STORES: 'all' },
  ],
  [
    'stored rows and history agree after each act, in memory, on SQLite and PostgreSQL',
    tests('packages/engine/test/laws/runtime-laws'),
    { LAW_RUNS: '300', LAW_STORES: 'all' },
  ],
  [
    'any commit is refused, or its connection breaks before or after it, and the process goes on: in memory, on SQLite and PostgreSQL',
    tests('packages/engine/test/laws/runtime-faults'),
    { LAW_RUNS: '300', LAW_STORES: 'all' },
  ],
  [
    'processes killed by SIGKILL at any moment, on a SQLite file and on PostgreSQL',
    tests('packages/engine/test/laws/runtime-killed'),
    { KILLED: '25' },
  ],
  ['two pools that talk, cut off anywhere', tests('packages/engine/test/runtime/two-pools'), { LAW_RUNS: '300' }],
  [
    'handlers that throw, hang and come too late; commits that fail',
    tests('packages/engine/test/runtime/hard-cases', 'packages/engine/test/runtime/storage-failures'),
  ],
  [
    'files killed, full and read-only; connections cut, servers restarted',
    tests('packages/storage/test/sqlite', 'packages/storage/test/postgres/failures'),
  ],
  ['every rule of the runtime, on PostgreSQL', tests('packages/engine/test/runtime'), { LEEWAY_POSTGRES: 'all' }],
  [
    'cases and deviations and their races, on SQLite and PostgreSQL',
    tests('packages/case-adaptive/test/host', 'packages/case-adaptive/test/acceptance', 'packages/case-adaptive/test/audit'),
    { LEEWAY_POSTGRES: 'all' },
  ],
  [
    'walks off the path with crashes, in memory, on SQLite and PostgreSQL',
    tests('packages/case-adaptive/test/laws/invariants'),
    { LAW_RUNS: '100', LAW_STORES: 'all' },
  ],
]

let failed = 0
for (const [what, args, env = {}] of STEPS) {
  const startedAt = performance.now()
  const { code, output } = await run(args, env)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(`${code === 0 ? 'held  ' : 'BROKE '} ${seconds.padStart(4)} s  ${what}`)
  const figures = output.split('\n').filter((line) => /orders ended|effects,|exactly once|Tests {2}/.test(line))
  for (const line of code === 0 ? figures : output.split('\n')) console.log(`              ${line.trim()}`)
  if (code !== 0) failed++
}
console.log(failed === 0 ? `all ${STEPS.length} held` : `${failed} of ${STEPS.length} broke`)
process.exitCode = failed === 0 ? 0 : 1

function run(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, NO_COLOR: '1', ...env } })
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.stderr.on('data', (text) => (output += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
