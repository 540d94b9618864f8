import { parseArgs } from 'node:util'
import { isLeewayError } from '@leeway/storage'
import { explainCommand } from './explain-command.ts'
import { historyCommand } from './history-command.ts'
import { inspectCommand } from './inspect-command.ts'
import { type CliFlags, type CliIo, type ExitCode, UsageError } from './io.ts'
import { renderCommand } from './render-command.ts'
import { runCommand } from './run-command.ts'

const USAGE = `leeway: look at BPMN models and at instances

  leeway inspect FILE… [--json]                       what a file holds, what is wrong with it, what it needs; 1 where it cannot be deployed
  leeway run FILE… [--script FILE] [--process KEY] [--calendars FILE]
                                                      walk through a process of the first file; the clock stands still until you advance it
  leeway render FILE [--out FILE]                     draw it, as SVG or, where --out ends in .html, as a page
  leeway render INSTANCE|PROCESS --db DB [--out FILE] draw an instance with its tokens, or a process with those of all its instances
  leeway history INSTANCE --db DB [--json]            what happened in an instance
  leeway explain INSTANCE --db DB [--json]            where its tokens are and what would move them

  DB is the SQLite file that the engine keeps its state in.`

type CliCommand = (io: CliIo, names: readonly string[], flags: CliFlags) => Promise<ExitCode>

const COMMANDS: ReadonlyMap<string, { readonly perform: CliCommand; readonly flags: readonly (keyof CliFlags)[] }> = new Map([
  ['inspect', { perform: inspectCommand, flags: ['json'] }],
  ['run', { perform: runCommand, flags: ['script', 'process', 'calendars'] }],
  ['render', { perform: renderCommand, flags: ['db', 'out'] }],
  ['history', { perform: historyCommand, flags: ['db', 'json'] }],
  ['explain', { perform: explainCommand, flags: ['db', 'json'] }],
])

/** Carries out one command line. Never throws: what goes wrong is told on `error`, and 1 or 2 is given. */
export async function main(args: readonly string[], io: CliIo): Promise<ExitCode> {
  try {
    return await dispatch(args, io)
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      io.error(`leeway: ${(error as Error).message}`)
      io.error('Try: leeway help')
      return 2
    }
    const code = isLeewayError(error) ? ` (${error.code})` : ''
    io.error(`leeway: ${error instanceof Error ? error.message : String(error)}${code}`)
    return 1
  }
}

async function dispatch(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      db: { type: 'string' },
      out: { type: 'string' },
      script: { type: 'string' },
      process: { type: 'string' },
      calendars: { type: 'string' },
    },
  })
  const [name, ...names] = positionals
  if (values.help || name === 'help' || name === undefined) {
    io.out(USAGE)
    return name === undefined && !values.help ? 2 : 0
  }
  const command = COMMANDS.get(name)
  if (command === undefined) throw new UsageError(`there is no command "${name}"`)
  for (const flag of Object.keys(values)) {
    if (!command.flags.some((known) => known === flag)) throw new UsageError(`"${name}" has no flag --${flag}`)
  }
  const { help: _help, ...flags } = values
  return command.perform(io, names, { json: false, ...flags })
}

/** parseArgs says by a code that the words were wrong. */
function isParseError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
