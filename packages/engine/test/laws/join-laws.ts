import type { Command } from '../../src/kernel/commands.ts'
import { tokenId } from '../../src/kernel/ids.ts'
import { type InstanceState, isArmed } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { createChooser } from './chooser.ts'
import { emptyState, type Kernel } from './kernel.ts'
import { tokensOf } from './placed.ts'
import { type Game, openGame } from './reference-game.ts'
import { INSTANCE, START_AT, startCommand } from './walk.ts'

/** How a game on one graph went. */
export interface Played {
  readonly problems: readonly string[]
  readonly joinsFired: number
}

const MOVES_MAX = 30
const PATHS_MAX = 3
/** An unsound graph can breed tokens; what it does with a crowd it does with a few. */
const TOKENS_MAX = 40

/** Plays a graph with random completions, events and decisions, and has the reference game watch every move. */
export function playGraph(kernel: Kernel, definition: Definition, choices: readonly number[]): Played {
  const chooser = createChooser(choices)
  const game = openGame(definition, INSTANCE)
  let state = emptyState
  let command: Command | null = startCommand(START_AT)
  for (let move = 0; command !== null && move < MOVES_MAX; move++) {
    const outcome = kernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(`rejected: ${outcome.rejected.message}`)
    for (const event of outcome.events) game.follow(event)
    game.rest()
    if (game.problems.length > 0) break
    state = outcome.state
    command = nextCommand(definition, state, (bound) => chooser.below(bound))
  }
  return { problems: game.problems, joinsFired: game.joinsFired() }
}

/** Plays several paths of an ad hoc sub-process that holds the graph: a reference game for each has to see it as if it were alone. */
export function playPaths(kernel: Kernel, definition: Definition, choices: readonly number[]): Played {
  const chooser = createChooser(choices)
  const open = definition.nodes.get('open')
  if (open?.type !== 'adHocSubProcess') throw new Error('the graph stands in no ad hoc sub-process')
  const scopeId = tokenId(INSTANCE, 1)
  const games = new Map<number, Game>()
  const pathOf = new Map<number, number>()
  let state = emptyState
  let command: Command | null = startCommand(START_AT)
  for (let move = 0; command !== null && move < MOVES_MAX; move++) {
    const outcome = kernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(`rejected: ${outcome.rejected.message}`)
    for (const event of outcome.events) {
      if (!('scopeId' in event) || event.scopeId !== scopeId) continue
      if ((event.type === 'elementActivated' || event.type === 'tokenArrived') && event.path !== undefined) pathOf.set(event.n, event.path)
      const path = pathOf.get(event.type === 'tokensJoined' ? (event.tokens[0]?.[1] ?? 0) : 'n' in event ? event.n : 0)
      if (path === undefined) continue
      if (!games.has(path)) games.set(path, openGame(definition, scopeId, open.content))
      games.get(path)?.follow(event)
    }
    for (const game of games.values()) game.rest()
    if ([...games.values()].some(({ problems }) => problems.length > 0)) break
    state = outcome.state
    const starts = move < 2 || (games.size < PATHS_MAX && chooser.below(4) === 0)
    command = starts
      ? { type: 'startAdHoc', now: START_AT, scopeId: INSTANCE, n: 1, activityId: 'start', values: {} }
      : nextCommand(definition, state, (bound) => chooser.below(bound))
  }
  const played = [...games.values()]
  return {
    problems: played.flatMap(({ problems }) => problems),
    joinsFired: played.reduce((sum, game) => sum + game.joinsFired(), 0),
  }
}

function nextCommand(definition: Definition, state: InstanceState, below: (bound: number) => number): Command | null {
  const tokens = tokensOf(state)
  if (tokens.length > TOKENS_MAX) return null
  const values = { x: below(10) }
  const commands = tokens.flatMap(({ scopeId, n, token }) =>
    (token.waits ?? []).filter(isArmed).flatMap((wait): Command[] => {
      if (wait.type === 'task') return [{ type: 'completeTask', now: START_AT, scopeId, n, values, actor: null }]
      if (wait.type !== 'message' || !definition.nodes.has(wait.for)) return []
      return [{ type: 'triggerWait', now: START_AT, scopeId, n, for: wait.for, kind: 'message', values }]
    }),
  )
  return commands[below(commands.length)] ?? null
}
