import type { Command } from '../../src/kernel/commands.ts'
import { type InstanceState, isArmed, type Wait } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { emptyState, environment, kernelIn } from '../laws/kernel.ts'
import { type Placed, tokensOf } from '../laws/placed.ts'

/** What stopping at the elements of one process came to. */
export interface AnyStep {
  /** Elements at which a token was stopped, left alone, and went on. */
  readonly stopped: readonly string[]
  /** Elements that no run came to. */
  readonly unreached: readonly string[]
  /** Where the instance did not go on as it would have. */
  readonly problems: readonly string[]
}

/**
 * For every element of a process: stops the instance there, leaves, comes back at once, and goes on. Each run is held against the
 * same run without the stop: after every command the instance must stand where it stood there, and end as it ended.
 */
export function stopAtEveryStep(definition: Definition): AnyStep {
  const stopped: string[] = []
  const unreached: string[] = []
  const problems: string[] = []
  for (const elementId of definition.nodes.keys()) {
    let isHit = false
    // From the start in several ways; where none of them comes to the element, from the element itself.
    for (const at of [undefined, elementId]) {
      for (let seed = 0; seed < SEEDS; seed++) {
        const plain = run(definition, { at, seed, stopAt: null })
        const withStop = run(definition, { at, seed, stopAt: elementId })
        isHit ||= withStop.isHit
        const k = withStop.places.findIndex((place, i) => place !== plain.places[i])
        // A model that goes round for ever is cut off after so many operations of one command: where, depends on the commands.
        if (isCutOff(plain.places) || isCutOff(withStop.places)) continue
        if (k >= 0 || withStop.places.length !== plain.places.length) {
          const from = at === undefined ? '' : ` started at ${at}`
          problems.push(
            `${definition.key}${from}, way ${seed}, stopped at ${elementId}: after ${k} commands ${withStop.places[k]}, not ${plain.places[k]}`,
          )
        }
      }
      if (isHit) break
    }
    ;(isHit ? stopped : unreached).push(elementId)
  }
  return { stopped, unreached, problems }
}

function isCutOff(places: readonly string[]): boolean {
  return places.some((place) => place.includes(':operationLimit:'))
}

const SEEDS = 3
const COMMANDS_MAX = 60
/** What scripts decide is always true, on the path and off it. */
const kernel = kernelIn({ ...environment, operationsMax: 2_000 }, () => ({ value: true }))
const START = Date.parse('2026-01-05T09:00:00Z')
const BY = 'somebody'

interface Way {
  readonly at: string | undefined
  readonly seed: number
  readonly stopAt: string | null
}

/** Where the instance stands after each command, as text without numbers of tokens. */
function run(definition: Definition, { at, seed, stopAt }: Way): { readonly places: readonly string[]; readonly isHit: boolean } {
  let isHit = false
  let now = START
  const first = startOf(definition, at, stopAt)
  let outcome = kernel.step(definition, emptyState, first)
  const places: string[] = []
  while (!('rejected' in outcome)) {
    const rested = backOnPath(definition, outcome.state, stopAt, now)
    isHit ||= rested.isHit
    const { state } = rested
    places.push(placeOf(state))
    const command = places.length > COMMANDS_MAX ? null : nextCommand(state, now, seed + places.length)
    if (command === null) break
    now = command.now
    outcome = kernel.step(definition, state, command)
  }
  return { places, isHit }
}

function startOf(definition: Definition, at: string | undefined, stopAt: string | null): Command {
  const { initial, startEvents } = definition.root
  const byEvent = at === undefined && initial.length === 0 ? startEvents[0]?.id : undefined
  return {
    type: 'startProcess',
    now: START,
    instanceId: 'I',
    definitionId: 'D',
    businessKey: null,
    variables: {},
    actor: null,
    ...(at !== undefined && { at: [at] }),
    ...(byEvent !== undefined && { startEventId: byEvent }),
    ...(stopAt !== null && { stops: { [stopAt]: BY } }),
  }
}

/** What stopped goes on; what waits at the element is taken off the path and put back. */
function backOnPath(
  definition: Definition,
  from: InstanceState,
  stopAt: string | null,
  now: number,
): { readonly state: InstanceState; readonly isHit: boolean } {
  let state = from
  let isHit = false
  const step = (command: Command): void => {
    const outcome = kernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(`${command.type}: ${outcome.rejected.message}`)
    state = outcome.state
    isHit = true
  }
  for (let held = heldIn(state); held !== undefined; held = heldIn(state))
    step({ type: 'release', now, scopeId: held.scopeId, n: held.n, by: BY })
  if (stopAt === null || !isActive(state)) return { state, isHit }
  for (const { scopeId, n, token, isListening } of tokensOf(state)) {
    if (token.elementId !== stopAt || isListening || token.child || token.phase === 'active' || token.phase === 'compensating') continue
    step({ type: 'hold', now, scopeId, n, by: BY, timers: {} })
    step({ type: 'release', now, scopeId, n, by: BY })
  }
  return { state, isHit }
}

function heldIn(state: InstanceState): Placed | undefined {
  return isActive(state) ? tokensOf(state).find(({ token }) => token.phase === 'held') : undefined
}

function isActive(state: InstanceState): boolean {
  return state.scopes.values().next().value?.instance?.status === 'active'
}

/** What comes next: one of all that could, by the number of the command. Null: nothing could. */
function nextCommand(state: InstanceState, now: number, choice: number): Command | null {
  if (!isActive(state)) return null
  const candidates = tokensOf(state)
    .filter(({ token }) => token.incident === undefined)
    .flatMap((placed) => (placed.token.waits ?? []).filter(isArmed).map((wait) => ({ placed, wait, name: nameOf(placed, wait) })))
    .filter(({ placed, wait }) => commandOf(placed, wait, now) !== null)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const chosen = candidates[choice % Math.max(1, candidates.length)]
  return chosen ? commandOf(chosen.placed, chosen.wait, now) : null
}

function nameOf({ token }: Placed, wait: Wait): string {
  return `${token.elementId} ${wait.type} ${'for' in wait ? wait.for : ''}`
}

function commandOf({ scopeId, n }: Placed, wait: Wait, now: number): Command | null {
  const place = { now, scopeId, n }
  switch (wait.type) {
    case 'job':
      return { type: 'finishWork', ...place, result: { type: 'completed', set: {}, local: {} } }
    case 'listener':
      return { type: 'finishWork', ...place, listener: wait.at, result: { type: 'completed', set: {}, local: {} } }
    case 'task':
      return { type: 'completeTask', ...place, values: {}, actor: null }
    case 'trigger':
      return { type: 'triggerElement', ...place, values: {} }
    case 'continuation':
      return { type: 'continue', ...place }
    case 'call':
      return { type: 'finishCall', ...place, calledId: wait.instanceId, result: { type: 'completed', values: {} } }
    case 'timer':
      if (wait.dueAt === null) return null
      return { type: 'triggerWait', ...place, now: Math.max(now, wait.dueAt), for: wait.for, kind: 'timer', values: {}, dueAt: wait.dueAt }
    case 'message':
    case 'signal':
      return { type: 'triggerWait', ...place, for: wait.for, kind: wait.type, values: {} }
    case 'condition':
      return null
  }
}

function placeOf(state: InstanceState): string {
  const root = state.scopes.values().next().value
  const tokens = tokensOf(state).map(({ token, isListening }) => {
    const waits = (token.waits ?? []).map((wait) => `${wait.type}${'for' in wait ? wait.for : ''}`).join('+')
    return `${isListening ? '~' : ''}${token.elementId}:${token.incident?.code ?? token.phase}:${waits}`
  })
  return `${root?.instance?.status} ${tokens.sort().join(' ')} ${JSON.stringify(root?.variables ?? {})}`
}
