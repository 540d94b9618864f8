import type { Command } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Rejection } from '../../src/kernel/step.ts'
import type { Definition } from '../../src/model/definition.ts'
import { type Chooser, createChooser } from './chooser.ts'
import { emptyState, type Kernel } from './kernel.ts'
import { drainingMove, type Extras, randomMove } from './moves.ts'

/** One command of a walk and what it did. */
export interface Move {
  readonly command: Command
  readonly before: InstanceState
  readonly after: InstanceState
  readonly events: readonly KernelEvent[]
  readonly rejected: Rejection | null
}

/** A walk of one instance, from its start to its end, or until nothing more can be done. */
export interface Trace {
  readonly definition: Definition
  readonly moves: readonly Move[]
  readonly end: 'completed' | 'terminated' | 'stuck'
}

/** Id of the walked instance. */
export const INSTANCE = 'I'
/** When walks begin. */
export const START_AT: number = Date.UTC(2026, 0, 1)
const MOVES_MAX = 3_000

/**
 * Walks a model: starts it, makes the random moves that the choices tell, then finishes it in an orderly way (held tokens are
 * released, incidents resolved, work done, loops left), so that a sound model comes to its end.
 */
export function walk(kernel: Kernel, definition: Definition, choices: readonly number[], extras?: Partial<Extras>): Trace {
  const options: Extras = { holds: true, cancels: 'rarely', modifies: false, leaves: true, ...extras }
  const chooser = createChooser(choices)
  const moves: Move[] = []
  let state = emptyState
  let now = START_AT
  let next: Command | null = startCommand(now, definition)
  while (next !== null && moves.length < MOVES_MAX) {
    const command: Command = next
    now = command.now
    const outcome = kernel.step(definition, state, command)
    const done =
      'rejected' in outcome
        ? { events: [], after: state, rejected: outcome.rejected }
        : { events: outcome.events, after: outcome.state, rejected: null }
    moves.push({ command, before: state, ...done })
    state = done.after
    const status = state.scopes.get(INSTANCE)?.instance?.status
    next = status === 'active' || status === 'suspended' ? nextMove(definition, state, now, chooser, options) : null
  }
  const status = state.scopes.get(INSTANCE)?.instance?.status
  return {
    definition,
    moves,
    end: status === 'completed' ? status : status === 'terminated' || status === 'superseded' ? 'terminated' : 'stuck',
  }
}

function nextMove(definition: Definition, state: InstanceState, now: number, chooser: Chooser, extras: Extras): Command | null {
  const next = chooser.isSpent ? drainingMove(definition, state, now) : randomMove(definition, state, now, chooser, extras)
  // What an operator put before a join may wait there for ever: then the operator cancels it all.
  return next === null && extras.modifies ? { type: 'cancelProcess', now, instanceId: INSTANCE, reason: null } : next
}

/** Starts with all collections but `late`; by an event where nothing begins by itself. */
export function startCommand(now: number, definition?: Definition): Command {
  const variables = { x: 5, record: { own: 1 }, key: 'k1', list0: [], list1: ['a'], list2: ['a', 'b'], list3: ['a', 'b', 'c'] }
  return {
    type: 'startProcess',
    now,
    instanceId: INSTANCE,
    definitionId: 'D',
    businessKey: null,
    variables,
    actor: null,
    ...startEventOf(definition),
  }
}

function startEventOf(definition: Definition | undefined): { readonly startEventId?: string } {
  if (definition === undefined || definition.root.initial.length > 0) return {}
  const by = definition.root.nodes.find((node) => node.incoming.length === 0)
  const event = by?.type === 'eventBasedGateway' ? by.outgoing[0]?.target : by
  return event === undefined ? {} : { startEventId: event.id }
}

/** All events of a walk, in order. */
export function eventsOf(trace: Trace): readonly KernelEvent[] {
  return trace.moves.flatMap((move) => move.events)
}

/** The state at the end of a walk. */
export function lastState(trace: Trace): InstanceState {
  return trace.moves.at(-1)?.after ?? emptyState
}
