import type { AnyStateMachine } from 'xstate'
import { getShortestPaths, getSimplePaths } from 'xstate/graph'
import type { Lifecycle } from '../../src/lifecycles/lifecycle.ts'

/** One step along a chart: the event, and the state that the chart has after it. */
export interface PathStep {
  readonly event: string
  readonly state: string
}

/** A way through a chart from its initial state. */
export type Path = readonly PathStep[]

/** The ways through a chart by the given events that pass no state twice; those that are the beginning of another are left out. */
export function simplePaths(machine: AnyStateMachine, events: readonly string[]): readonly Path[] {
  const paths = getSimplePaths(machine, { events: events.map((type) => ({ type })) }).map(toPath)
  const names = new Set(paths.map(nameOf))
  return paths.filter((path) => path.length > 0 && ![...names].some((other) => other.startsWith(`${nameOf(path)} `)))
}

/** One shortest way to each state that the given events lead to. */
export function shortestPaths(machine: AnyStateMachine, events: readonly string[]): ReadonlyMap<string, Path> {
  const paths = getShortestPaths(machine, { events: events.map((type) => ({ type })) })
  return new Map(paths.map((path) => [String(path.state.value), toPath(path)]))
}

export function nameOf(path: Path): string {
  return path.map((step) => step.event).join(' ')
}

/** Each state with each event: where it leads to by the chart, or null where the chart refuses it. */
export function pairsOf(
  lifecycle: Lifecycle,
  states: Iterable<string>,
  events: readonly string[],
): readonly { readonly state: string; readonly event: string; readonly next: string | null }[] {
  return [...states].flatMap((state) => events.map((event) => ({ state, event, next: lifecycle.table[state]?.[event] ?? null })))
}

interface GraphPath {
  readonly steps: readonly { readonly event: { readonly type: string }; readonly state: { readonly value: unknown } }[]
}

function toPath({ steps }: GraphPath): Path {
  return steps
    .filter(({ event }) => event.type !== 'xstate.init')
    .map(({ event, state }) => ({ event: event.type, state: String(state.value) }))
}
