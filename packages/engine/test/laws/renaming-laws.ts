import { isDeepStrictEqual } from 'node:util'
import type { Command, IdMap } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { Kernel } from './kernel.ts'
import { drainingMove } from './moves.ts'
import { unowned } from './ownership.ts'
import { plain } from './trace-laws.ts'
import { INSTANCE, type Trace } from './walk.ts'

const PREFIX = 'new_'

/** A model under other ids, and which they are. */
export interface Renamed {
  readonly xml: string
  readonly map: IdMap
}

/** How an element is called in both. */
export function nameOf(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id
}

/** The model with other ids for its elements and flows, and which they are. */
export function renamed(xml: string, { nodes, flows }: Definition): Renamed {
  const map = Object.fromEntries([...nodes.keys(), ...flows.keys()].map((id) => [id, `${PREFIX}${id}`]))
  const attributes = /\b(id|sourceRef|targetRef|attachedToRef|default)="([^"]+)"/g
  return { xml: xml.replace(attributes, (all, name: string, id: string) => (map[id] === undefined ? all : `${name}="${map[id]}"`)), map }
}

/** What the law found, and how many instances it has migrated. */
export interface Renaming {
  readonly problems: readonly string[]
  readonly migrated: number
}

/**
 * At some moments of a walk the instance is migrated to its model under other ids: all that it is goes by the new ids, it goes on there to
 * its end by the same events, and back on its own model it is what it was.
 */
export function renamingIsNothing(trace: Trace, kernel: Kernel, target: Definition, map: IdMap): Renaming {
  const { moves, definition } = trace
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  const back = Object.fromEntries(Object.entries(map).map(([from, to]) => [to, from]))
  const problems: string[] = []
  let migrated = 0
  for (const [k, { after, command }] of moves.entries()) {
    const status = after.scopes.get(INSTANCE)?.instance?.status
    if (k % every !== 0 || (status !== 'active' && status !== 'suspended')) continue
    const found = (problem: string): unknown => problems.push(`after move ${k}: ${problem}`)
    const migrate = { type: 'migrateProcess', now: command.now, instanceId: INSTANCE, definitionId: 'D' } as const
    const there = kernel.step(definition, after, { ...migrate, target, map })
    if ('rejected' in there) {
      if (!EXPECTED.test(there.rejected.message)) found(there.rejected.message)
      continue
    }
    migrated++
    for (const problem of unowned(target, there.state)) found(problem)
    const again = kernel.step(target, there.state, { ...migrate, target: definition, map: back })
    if ('rejected' in again) found(`back: ${again.rejected.message}`)
    else if (!isDeepStrictEqual(named(plain(again.state)), named(plain(after)))) found('back it is not what it was')
    const told = drained(kernel, target, there.state, command.now)
    const kept = drained(kernel, definition, after, command.now)
    const differs = kept.findIndex((line, at) => told[at] !== line)
    if (differs >= 0 || told.length > kept.length)
      found(difference(told[differs] ?? told[kept.length] ?? 'nothing', (differs < 0 ? undefined : kept[differs]) ?? 'nothing'))
  }
  return { problems, migrated }
}

/** What is refused: what completed is kept under its ids, and so is a complex gateway that fired, and a listener that is being heard. */
const EXPECTED = /can be compensated|a compensation is under way|fired and waits for its other flows|other listeners/
const STATES_LOOKED_AT = 4
const MOVES_MAX = 2_000

/** By its first ids, and without what work is counted by: it begins under other keys after a migration. */
function named(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(PREFIX, ''), (name, one) => (COUNTED.has(name) ? undefined : one))
}

const COUNTED: ReadonlySet<string> = new Set(['path', 'key', 'activation', 'activations'])

/** All that is done and told until the end, one a line. */
function drained(kernel: Kernel, definition: Definition, from: InstanceState, at: number): readonly string[] {
  const lines: string[] = []
  let state = from
  let now = at
  for (let k = 0; k < MOVES_MAX; k++) {
    const status = state.scopes.get(INSTANCE)?.instance?.status
    const next: Command | null = status === 'active' || status === 'suspended' ? drainingMove(definition, state, now) : null
    if (next === null) break
    now = next.now
    const outcome = kernel.step(definition, state, next)
    const events: readonly KernelEvent[] = 'rejected' in outcome ? [] : outcome.events
    lines.push(JSON.stringify(named(next)), ...events.map((event) => JSON.stringify(named(event))))
    if ('rejected' in outcome) break
    state = outcome.state
  }
  return lines
}

function difference(is: string, was: string): string {
  const at = [...is].findIndex((character, k) => was[k] !== character)
  const shown = (text: string): string => text.slice(Math.max(0, at - SHOWN), at + SHOWN)
  return `it goes on by …${shown(is)}…, not by …${shown(was)}…`
}

const SHOWN = 150
