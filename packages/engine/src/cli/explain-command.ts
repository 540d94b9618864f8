import type { CliFlags, CliIo, ExitCode } from './io.ts'
import { instanceOf, withStored } from './open-stored.ts'

/** Tells where the tokens of an instance are, what they wait for, and which call would move them. */
export async function explainCommand(io: CliIo, names: readonly string[], flags: CliFlags): Promise<ExitCode> {
  const id = instanceOf('explain', names)
  const found = await withStored(io, flags, async (engine) => ({
    tokens: await engine.explain(id),
    status: (await engine.instances.get(id))?.status ?? 'unknown',
  }))
  if (flags.json) {
    io.out(JSON.stringify(found, null, 2))
    return 0
  }
  io.out(`instance ${id} is ${found.status}`)
  for (const { text, waitsFor } of found.tokens) {
    io.out(text)
    for (const { movedBy } of waitsFor) io.out(`    moved by ${movedBy}`)
  }
  return 0
}
