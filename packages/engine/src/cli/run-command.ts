import { isLeewayError } from '@leeway/storage'
import type { CalendarDefinition } from '../model/calendar.ts'
import { ModelError } from '../runtime/errors.ts'
import { openWalk, WALK_COMMANDS, type Walk } from '../testing/walk.ts'
import { type CliFlags, type CliIo, type ExitCode, UsageError } from './io.ts'

/**
 * Walks through a process in memory, by commands that a person types or a script holds; further files hold what it calls and decides by.
 * Work without a handler completes at once.
 */
export async function runCommand(io: CliIo, names: readonly string[], { script, process, calendars }: CliFlags): Promise<ExitCode> {
  const [file] = names
  if (file === undefined) throw new UsageError('run needs a file')
  const files = await Promise.all(names.map(async (name) => ({ name, content: await io.readFile(name) })))
  const walk = await openWalk(calendars === undefined ? {} : { calendars: await readCalendars(io, calendars) })
  try {
    await walk.deploy(files, process)
    return script === undefined ? await converse(io, walk) : await follow(io, walk, new TextDecoder().decode(await io.readFile(script)))
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    for (const { severity, code, message } of error.diagnostics) if (severity === 'error') io.error(`${file}: error ${code}: ${message}`)
    io.error(`Try: leeway inspect ${names.join(' ')}`)
    return 1
  } finally {
    await walk.close()
  }
}

/** Business hours by name, as JSON; createEngine checks what they say. */
async function readCalendars(io: CliIo, path: string): Promise<Readonly<Record<string, CalendarDefinition>>> {
  const text = new TextDecoder().decode(await io.readFile(path))
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is no JSON; write { "business": { "timeZone": "UTC", "hours": { "mon": [["09:00", "17:00"]] } } }`)
  }
}

async function converse(io: CliIo, walk: Walk): Promise<ExitCode> {
  io.out(`Commands: ${[...WALK_COMMANDS, 'quit'].join(' | ')}`)
  for await (const line of io.ask('> ')) {
    const command = line.trim()
    if (command === 'quit' || command === 'exit') break
    if (command === '') continue
    try {
      await perform(io, walk, command)
    } catch (error) {
      if (!isLeewayError(error) && !(error instanceof SyntaxError)) throw error
      io.out(`  ! ${error.message}`)
    }
  }
  return 0
}

/** A script's commands stand alone on their lines, or after `>`; what is indented tells what is expected, and is not compared. */
async function follow(io: CliIo, walk: Walk, script: string): Promise<ExitCode> {
  for (const line of script.split('\n')) {
    const command = line.replace(/^>\s*/, '').trim()
    if (command === '' || line.startsWith('#') || line.startsWith(' ') || line.startsWith('process ')) continue
    io.out(`> ${command}`)
    await perform(io, walk, command)
  }
  return 0
}

async function perform(io: CliIo, walk: Walk, command: string): Promise<void> {
  for (const line of await walk.perform(command)) io.out(`  ${line}`)
  for (const line of await walk.whereabouts()) io.out(`  → ${line}`)
}
