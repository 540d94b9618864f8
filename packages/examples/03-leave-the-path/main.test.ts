import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the walk leaves the path and comes back, is refused a jump with its trace, and repairs it', async () => {
  const script = fileURLToPath(new URL('main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  for (const line of [
    /allowed true, guarantee G0/,
    /wait held/,
    /booked by a handler: \{"courier":"C-77 to Ulm"\}/,
    /moves nothing: .*wait held/,
    /refused: RequiredOpen/,
    /very same step: true/,
    /A-17 is completed/,
    /jump to "activate": WouldDeadlock/,
    /join waits/,
    /A-18 is completed/,
    /holds together: true/,
  ])
    expect(stdout).toMatch(line)
})
