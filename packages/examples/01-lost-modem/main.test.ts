import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('the demo survives the SIGKILL of its worker, leaves the path, comes back to the same task and ends 0', async () => {
  const { code, output } = await run(here('main.ts'))
  expect(code, output).toBe(0)
  const lines = [
    /worker (\d+) asked the supplier for a modem, idempotency key (\S+)\n.*worker \1 ends by SIGKILL/,
    /worker \d+ takes the job when .*idempotency key (\S+)\n.*the same key/,
    /history of A-17: "Order modem" completed once/,
    /with 2 days left\n.*is kept: nothing moves/,
    /is applied, once/,
    /completing the held task is refused: OnHold/,
    /coming back too early is refused: RequiredOpen/,
    /lee's work list: Send a replacement/,
    /kim is back at the same task \S+, assignee kim, draft \{"note":"no parcel, no neighbour"/,
    /A-17 \| completed, no token is left/,
    /A-18 \| completed, no token is left/,
    /bad-model\.bpmn:9:58 error invalidTimer/,
  ]
  for (const line of lines) expect(output).toMatch(line)
  const keys = [...output.matchAll(/idempotency key (\S+)/g)].map(([, key]) => key)
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
})

test('the browser runs the process of the demo', () => {
  const ofBrowser = readFileSync(here('../../engine/test/browser/lost-modem.bpmn'), 'utf8')
  expect(ofBrowser).toBe(readFileSync(here('lost-modem.bpmn'), 'utf8'))
})

function run(script: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [script])
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
