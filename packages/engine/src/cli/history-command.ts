import { printHistory } from '../testing/print-history.ts'
import type { CliFlags, CliIo, ExitCode } from './io.ts'
import { instanceOf, withStored } from './open-stored.ts'

/** Tells what happened in an instance, as far as its level of history keeps it. */
export async function historyCommand(io: CliIo, names: readonly string[], flags: CliFlags): Promise<ExitCode> {
  const id = instanceOf('history', names)
  const entries = await withStored(io, flags, (engine) => engine.history(id))
  if (flags.json) io.out(JSON.stringify(entries, null, 2))
  else for (const entry of entries) for (const line of printHistory([entry])) io.out(`${entry.at}  ${entry.actor ?? '-'}  ${line}`)
  return 0
}
