import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { POSTGRES_MISSING } from '../../../scripts/postgres-server.ts'

test('four nodes of which some are killed and one hangs, on a server that crashes, finish every order exactly once', async (context) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...process.env, ORDERS: '100', KILLS: '3', HANGS: '1', CRASHES: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (output.includes(POSTGRES_MISSING)) context.skip(POSTGRES_MISSING)
  expect(code, output).toBe(0)
  expect(output).toContain('100 orders ended')
  expect(output).toContain('3 nodes were killed by SIGKILL, 1 hung past their lease, and the server crashed 1 times')
  expect(output).toContain('every order finished exactly once')
})
