import type { AwayPolicy, Command, Diversion } from '../../src/kernel/commands.ts'
import { besideKey, splitTokenId } from '../../src/kernel/ids.ts'
import type { InstanceState, Scope } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { durationOfMs } from '../../src/model/duration.ts'
import type { Chooser } from './chooser.ts'
import { NOT_HELD, type Placed } from './placed.ts'

/**
 * Something that somebody off the path does: leaves in some way, comes back in some way, sets breakpoints, ends a scope. Null: nothing of
 * it can be done.
 */
export function offPathMove(
  definition: Definition,
  state: InstanceState,
  tokens: readonly Placed[],
  values: { readonly x: number },
  now: number,
  chooser: Chooser,
): Command | null {
  const root = state.scopes.values().next().value as Scope // an instance that runs
  const some = <T>(list: readonly T[]): T | undefined => list[chooser.below(list.length)]
  const kind = chooser.below(20)
  if (kind === 16) return wholly(root, now, chooser)
  if (kind > 16) return beside(state, tokens, now, chooser)
  const held = some(tokens.filter(({ token }) => token.phase === 'held'))
  if (kind < 5 && held) return comingBack(definition, state, held, values, now, chooser)
  if (kind < 10) return leaving(some(tokens.filter(isHoldable)), now, chooser)
  if (kind < 14) return { type: 'setStops', now, instanceId: root.id, stops: stopsAt(definition, chooser) }
  if (kind === 14) return superseding(root, now, chooser)
  const inner = [...state.scopes.values()].filter((scope) => scope !== root && scope.kind !== 'completed' && !scope.kept)
  const scope = some(inner)
  return scope ? { type: 'endScope', now, scopeId: scope.id, reason: 'enough' } : null
}

/** The whole instance is taken over, or given back. */
function wholly({ id, instance }: Scope, now: number, chooser: Chooser): Command {
  const by = instance?.hold?.by
  if (by !== undefined && chooser.below(4) > 0) return { type: 'releaseProcess', now, instanceId: id, by }
  return { type: 'holdProcess', now, instanceId: id, by: `left ${id}`, timers: {} }
}

/** Something is done beside the path that is undone with a scope; or it was undone otherwise, or for a compensation. */
function beside(state: InstanceState, tokens: readonly Placed[], now: number, chooser: Chooser): Command | null {
  const undone = tokens.map((placed) => undoneBeside(placed, now)).find((move) => move !== null)
  if (undone && chooser.below(2) === 0) return undone
  const scopes = [...state.scopes.values()].filter(({ kind, kept, rounds }) => kind !== 'completed' && !kept && !rounds)
  const scope = scopes[chooser.below(scopes.length)]
  if (scope === undefined) return null
  const kept = Object.keys(scope.compensables?.latest ?? {}).flatMap((name) => besideKey(name) ?? [])
  const key = kept[chooser.below(kept.length)]
  if (key !== undefined && chooser.below(3) === 0) return { type: 'dropBeside', now, scopeId: scope.id, key }
  return { type: chooser.below(8) === 0 ? 'dropBeside' : 'keepBeside', now, scopeId: scope.id, key: `b${chooser.below(4)}` }
}

/** A compensation waits for what was done beside the path: it is undone. */
export function undoneBeside({ scopeId, n, token }: Placed, now: number): Command | null {
  const running = token.compensation?.running
  const key = running === undefined ? null : besideKey(running)
  return key === null ? null : { type: 'undoneBeside', now, scopeId, n, key }
}

/** A token of a scope is held with all that is in it, another by itself. */
function leaving(placed: Placed | undefined, now: number, chooser: Chooser): Command | null {
  if (placed === undefined) return null
  const { scopeId, n, token } = placed
  const timers: { [elementId: string]: AwayPolicy } = {}
  for (const wait of token.waits ?? []) {
    const policy = POLICIES[chooser.below(POLICIES.length)]
    if (wait.type === 'timer' && policy !== undefined) timers[wait.for] = policy
  }
  const kind = chooser.below(8)
  const isFree = token.phase !== 'arrived' && token.drivenBy === undefined && !token.child
  return {
    type: 'hold',
    now,
    scopeId,
    n,
    by: `left ${scopeId}.${n}`,
    timers,
    ...(token.child && { whole: true as const }),
    ...(kind === 0 && isFree && { withdraw: true as const }),
    ...(kind === 1 && { late: 'discard' as const }),
    ...(kind === 2 && { late: 'accept' as const }),
  }
}

const POLICIES: readonly (AwayPolicy | undefined)[] = [
  undefined,
  'keep',
  'pause',
  'latch',
  'cancel',
  'restart',
  { extend: durationOfMs(5_000) },
]

function comingBack(
  definition: Definition,
  state: InstanceState,
  placed: Placed,
  values: { readonly x: number },
  now: number,
  chooser: Chooser,
): Command {
  const { scopeId, n, token } = placed
  const by = token.hold?.by ?? ''
  const divert = { type: 'divert' as const, now, scopeId, n, by }
  const kind = chooser.below(9)
  if (kind > 6) return { ...divert, to: compensating(state, scopeId, chooser) }
  if (kind === 6) return { ...divert, to: { type: 'end' } }
  if (kind < 2 && !token.hold?.withdrawn) return { type: 'release', now, scopeId, n, by }
  if (kind === 2 && token.incident?.retry === 'job') return { type: 'resolveIncident', now, scopeId, n }
  if (kind === 3) return { ...divert, to: { type: 'skip', values } }
  const event = kind > 3 ? eventFor(definition, placed, chooser) : null
  return event === null ? { ...divert, to: { type: 'redo' } } : { ...divert, to: { type: 'event', for: event, values } }
}

/** What completed around the step is undone first: all of its scope, or some of it; or of its scope and the one around. */
function compensating(state: InstanceState, scopeId: string, chooser: Chooser): Diversion {
  const outer = splitTokenId(scopeId)?.scopeId
  const kind = chooser.below(4)
  const scopes = kind === 3 && outer !== undefined ? [scopeId, outer] : [scopeId]
  const sources = scopes.map((id) => {
    const done = Object.keys(state.scopes.get(id)?.compensables?.latest ?? {})
    return { scopeId: id, elementIds: kind === 0 ? null : done.filter(() => chooser.below(3) > 0) }
  })
  return { type: 'compensate', sources, alone: false } // alone is for a scope that ends then
}

/** An event that the step could end by, or might be thought to. */
function eventFor(definition: Definition, { token }: Placed, chooser: Chooser): string | null {
  const node = definition.nodes.get(token.elementId)
  const atBoundary = node !== undefined && 'boundaryEvents' in node ? node.boundaryEvents.map(({ id }) => id) : []
  const awaited = (token.waits ?? []).flatMap((wait) => ('for' in wait ? [wait.for] : []))
  const all = [...atBoundary, ...awaited]
  return all[chooser.below(all.length)] ?? null
}

function stopsAt(definition: Definition, chooser: Chooser): { readonly [elementId: string]: string } {
  const nodes = [...definition.nodes.values()]
  const stops: { [elementId: string]: string } = {}
  for (let left = chooser.below(4); left > 0; left--) {
    const id = nodes[chooser.below(nodes.length)]?.id
    if (id !== undefined) stops[id] = `stop ${id}`
  }
  return stops
}

function superseding(root: Scope, now: number, chooser: Chooser): Command | null {
  if (chooser.below(4) > 0) return null
  return { type: 'cancelProcess', now, instanceId: root.id, reason: 'goes on by hand', as: 'superseded' }
}

function isHoldable({ token, isListening }: Placed): boolean {
  return !isListening && (token.child ? token.phase !== 'held' && token.phase !== 'compensating' : !NOT_HELD.has(token.phase))
}

/** The way back for a token that is held, whatever way it was left. */
export function orderlyReturn({ scopeId, n, token }: Placed, now: number): Command {
  const by = token.hold?.by ?? ''
  if (token.hold?.withdrawn) return { type: 'divert', now, scopeId, n, by, to: { type: 'redo' } }
  return { type: 'release', now, scopeId, n, by }
}
