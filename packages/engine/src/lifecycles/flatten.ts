import type { AnyStateMachine, AnyStateNode } from 'xstate'
import type { Lifecycle } from './lifecycle.ts'

/**
 * The names of the states in which a chart can stand: those without inner states, by their own key.
 * @example `StateOf<typeof chart>` of `{ states: { live: { states: { ready: {} } }, done: {} } }` is `'ready' | 'done'`
 */
export type StateOf<Chart> = Chart extends { readonly states: infer States }
  ? { [Key in keyof States & string]: States[Key] extends { readonly states: object } ? StateOf<States[Key]> : Key }[keyof States & string]
  : never

/** The names of the events that a chart takes, at any level. */
export type EventOf<Chart> =
  | (Chart extends { readonly on: infer On } ? keyof On & string : never)
  | (Chart extends { readonly states: infer States } ? { [Key in keyof States]: EventOf<States[Key]> }[keyof States] : never)

/**
 * Turns an XState machine into a plain table, at load. The machine may nest states; a state is named by its own key, so
 * keys are unique in the chart. Throws for what a table cannot hold: guards, actions, parallel states, history, inner
 * final states, transitions without an event.
 */
export function flatten<Chart>(machine: AnyStateMachine): Lifecycle<StateOf<Chart>, EventOf<Chart>> {
  const leaves = leavesOf(machine.root)
  const table: Record<string, Record<string, string>> = Object.create(null)
  for (const leaf of leaves) {
    if (leaf.key in table) throw new Error(`The chart ${machine.id} has two states called ${leaf.key}`)
    table[leaf.key] = exitsOf(leaf)
  }
  const events = [...new Set(leaves.flatMap((leaf) => Object.keys(table[leaf.key] ?? {})))]
  const lifecycle: Lifecycle = {
    name: machine.id,
    initial: entryOf(machine.root).key,
    states: leaves.map((leaf) => leaf.key),
    events,
    final: new Set(leaves.filter((leaf) => leaf.type === 'final').map((leaf) => leaf.key)),
    table,
  }
  // Sound: the names come from the machine's own chart, whose type names them; the tests compare both.
  return lifecycle as Lifecycle<StateOf<Chart>, EventOf<Chart>>
}

function leavesOf(node: AnyStateNode): readonly AnyStateNode[] {
  const plain =
    node.type !== 'parallel' && node.type !== 'history' && !node.always?.length && node.after.length === 0 && node.invoke.length === 0
  if (!plain || node.entry.length > 0 || node.exit.length > 0)
    throw new Error(`${node.id} does more than take events; a table cannot hold it`)
  const children = Object.values(node.states)
  return children.length === 0 ? [node] : children.flatMap(leavesOf)
}

/** What a leaf takes: its own transitions and, where it has none for an event, those of the states around it. */
function exitsOf(leaf: AnyStateNode): Record<string, string> {
  const exits: Record<string, string> = Object.create(null)
  if (leaf.type === 'final') {
    if (leaf.parent?.parent !== undefined)
      throw new Error(`${leaf.id} is final inside another state; a table knows only ends of the whole life`)
    return exits
  }
  for (let node: AnyStateNode | undefined = leaf; node !== undefined; node = node.parent) {
    for (const [event, transitions] of node.transitions) {
      const [transition, ...others] = transitions
      const target = transition?.target?.[0]
      if (event === '*' || event.startsWith('xstate.')) throw new Error(`${node.id} takes ${event}; a table holds named events only`)
      const plain =
        others.length === 0 && transition?.guard === undefined && transition?.actions.length === 0 && transition.target?.length === 1
      if (!plain || target === undefined) throw new Error(`${node.id} takes ${event} in more than one way; a table cannot hold it`)
      exits[event] ??= entryOf(target).key
    }
  }
  return exits
}

/** The state in which one stands after entering a state: its initial one, and so on inwards. */
function entryOf(node: AnyStateNode): AnyStateNode {
  const inner = node.type === 'compound' ? node.initial?.target?.[0] : undefined
  return inner === undefined ? node : entryOf(inner)
}
