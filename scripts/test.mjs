// Runs the test suite and ends with one line of its own: how many tests passed and how many failed.
// Arguments go to vitest as they are, so `pnpm test packages/engine` runs a part.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const folder = await mkdtemp(join(tmpdir(), 'leeway-test-'))
const report = join(folder, 'report.json')

const exitCode = await run(process.execPath, [
  vitest,
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
])
const { passed, failed } = await counts(report)
await rm(folder, { recursive: true, force: true })
// What vitest reports beside the tests (an unhandled rejection, a worker that died) is a failure too.
console.log(`${passed} passed, ${exitCode === 0 ? failed : Math.max(failed, 1)} failed`)
process.exitCode = exitCode

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** A file that could not be loaded has no tests of its own to count: it counts as one failure. */
async function counts(file) {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text)
  const unloaded = testResults.filter((one) => one.status === 'failed' && one.assertionResults.every((test) => test.status !== 'failed'))
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length }
}
