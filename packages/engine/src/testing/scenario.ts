import { EngineError, Refused } from '../runtime/errors.ts'
import type { EngineOptions } from '../runtime/options.ts'
import { openWalk, type WALK_COMMANDS, type Walk } from './walk.ts'

/** What a scenario runs on. */
export interface ScenarioOptions {
  /** Gives the model that a line `process NAME` or `decisions NAME` names. */
  readonly model: (name: string) => string | Uint8Array | Promise<string | Uint8Array>
  /**
   * Handlers and whatever else the engine needs. The clock is a manual one that begins at 2026-01-01T00:00:00Z; work without a handler
   * completes at once.
   */
  readonly engine?: Omit<EngineOptions, 'clock'>
}

/**
 * Runs a scenario and gives it back as it went: the commands with the history that each one made. A test compares that with the text.
 *
 * A scenario is lines. `process FILE` deploys a model, `decisions FILE` one of DMN; what begins with `>` is a command of
 * {@link WALK_COMMANDS}, such as `> start {"amount": 5}`; indented lines say what happened, `refused: CODE` where the engine refused the
 * command; those of a called instance begin with its process's key. Throws `invalidArgument` for a command that it does not know.
 */
export async function runScenario(text: string, options: ScenarioOptions): Promise<string> {
  const walk = await openWalk(options.engine)
  const lines: string[] = []
  try {
    for (const line of text.split('\n')) {
      if (line.startsWith('process ')) {
        await walk.deploy(await options.model(line.slice('process '.length).trim()))
        lines.push(line)
      } else if (line.startsWith('decisions ')) {
        await walk.engine.deploy(await options.model(line.slice('decisions '.length).trim()))
        lines.push(line)
      } else if (line.startsWith('> ')) {
        lines.push(line)
        lines.push(...(await perform(walk, line.slice(2))).map((news) => `  ${news}`))
      } else if (line.trim() === '' || line.startsWith('#')) lines.push(line)
    }
    return lines.join('\n')
  } finally {
    await walk.close()
  }
}

/** What the command did, or the code of what the engine refused. A scenario that is written wrongly fails. */
async function perform(walk: Walk, command: string): Promise<readonly string[]> {
  try {
    return await walk.perform(command)
  } catch (error) {
    if ((error instanceof EngineError && error.code !== 'invalidArgument') || error instanceof Refused) return [`refused: ${error.code}`]
    throw error
  }
}
