import type { Command } from '../../src/kernel/commands.ts'
import { type EventWait, type InstanceState, isArmed, type Scope, type TimerWait, type Wait } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { AdHocSubProcess } from '../../src/model/elements.ts'
import type { Chooser } from './chooser.ts'
import { offPathMove, orderlyReturn, undoneBeside } from './off-path-moves.ts'
import { NOT_HELD, type Placed, tokensOf } from './placed.ts'

/** What a walk may do besides moving tokens. */
export interface Extras {
  readonly holds: boolean
  readonly cancels: 'rarely' | 'often'
  /** An operator moves tokens about: what is sound by itself may then be stuck. */
  readonly modifies: boolean
  /** People leave in all ways, and come back in all. */
  readonly leaves: boolean
}

type Body = Command extends infer Each ? (Each extends Command ? Omit<Each, 'now'> & { readonly at?: number } : never) : never

/** A command that the choices pick among those that make sense now, and now and then one that does not. */
export function randomMove(definition: Definition, state: InstanceState, now: number, chooser: Chooser, extras: Extras): Command | null {
  const tokens = tokensOf(state)
  const kind = chooser.below(40)
  const values = { x: chooser.below(10) }
  const some = (list: readonly Placed[]): Placed | undefined => list[chooser.below(list.length)]
  const later = now + chooser.below(90_000)
  const { status } = state.scopes.get(rootOf(state))?.instance ?? {}
  if (status === 'suspended' && chooser.below(3) === 0) return { type: 'resumeProcess', now: later, instanceId: rootOf(state) }
  if (kind === 23) return { type: 'migrateProcess', now: later, instanceId: rootOf(state), definitionId: 'D', target: definition, map: {} }
  if (kind === 27) return { type: 'suspendProcess', now: later, instanceId: rootOf(state), reason: null }
  if (extras.modifies && kind >= 24 && kind < 27) return modification(definition, state, later, chooser, some(tokens), values)
  if (extras.leaves && kind % 4 === 0) {
    const off = offPathMove(definition, state, tokens, values, later, chooser)
    if (off !== null) return off
  }
  if (kind === 39 && (extras.cancels === 'often' || chooser.below(4) === 3))
    return { type: 'cancelProcess', now: later, instanceId: rootOf(state), reason: null }
  if (kind === 38) {
    // x decides about loops: it is only ever set where it can be set again.
    const scopeId = some(tokens)?.scopeId ?? rootOf(state)
    return {
      type: 'setVariables',
      now: later,
      scopeId,
      values: scopeId === rootOf(state) ? { ...values, note: values.x } : { note: values.x },
    }
  }
  if (kind === 37) return staleCommand(some(tokens), later)
  const picked = some(tokens.filter(({ token, isListening }) => (kind === 36 ? token.phase !== 'arrived' && !isListening : true)))
  if (kind === 36 && picked && chooser.below(3) === 2) return { type: 'throwEscalation', now: later, ...at(picked), code: 'E1', values }
  if (kind === 36 && picked)
    return { type: 'throwError', now: later, ...at(picked), code: chooser.below(2) === 0 ? 'E1' : 'E2', message: '', values }
  const held = tokens.filter(({ token }) => token.phase === 'held')
  if (extras.holds && kind >= 33 && held.length > 0) return releaseOf(some(held), later)
  if (extras.holds && kind >= 28) {
    const found = some(tokens.filter(({ token, isListening }) => !isListening && !token.child && !NOT_HELD.has(token.phase)))
    if (found) return { type: 'hold', now: later, ...at(found), by: 'deviation', timers: {} }
  }
  const bodies = tokens.flatMap((placed) => [...movesOf(placed, values, chooser, later), ...adHocMoves(definition, state, placed, chooser)])
  const body = bodies[chooser.below(bodies.length)]
  return body ? stamped(body, later) : drainingMove(definition, state, later)
}

function modification(
  definition: Definition,
  state: InstanceState,
  now: number,
  chooser: Chooser,
  placed: Placed | undefined,
  values: { readonly x: number },
): Command {
  const nodes = [...definition.nodes.values()]
  const elementId = nodes[chooser.below(nodes.length)]?.id ?? ''
  const instanceId = rootOf(state)
  const kind = chooser.below(8)
  if (kind === 7) return { type: 'rewindProcess', now, instanceId, elementId, within: null, values }
  const start = kind < 2 ? [] : [{ at: kind === 2 ? ('after' as const) : ('before' as const), elementId, within: null, values }]
  const cancel = kind > 5 || !placed ? [] : kind % 2 === 0 ? [at(placed)] : [{ elementId: placed.token.elementId }]
  return { type: 'modifyProcess', now, instanceId, start, cancel }
}

function stamped({ at: earliest, ...body }: Body, now: number): Command {
  return { ...body, now: Math.max(now, earliest ?? now) } as Command // the body of a command and its instant make it one
}

function rootOf(state: InstanceState): string {
  return state.scopes.keys().next().value ?? ''
}

function at({ scopeId, n }: Placed): { readonly scopeId: string; readonly n: number } {
  return { scopeId, n }
}

function releaseOf(placed: Placed | undefined, now: number): Command | null {
  return placed ? orderlyReturn(placed, now) : null
}

/** Something that came too late or to the wrong place: it must change nothing. */
function staleCommand(placed: Placed | undefined, now: number): Command {
  const scopeId = placed?.scopeId ?? 'I'
  return { type: 'finishWork', now, scopeId: `${scopeId}.999`, n: 1, result: { type: 'completed', set: {}, local: {} } }
}

function movesOf(placed: Placed, values: { readonly x: number }, chooser: Chooser, now: number): readonly Body[] {
  if (placed.token.phase === 'incident') return [{ type: 'resolveIncident', ...at(placed) }]
  return (placed.token.waits ?? []).filter(isArmed).flatMap((wait) => movesOfWait(placed, wait, values, chooser, now))
}

/** Most tokens that one ad hoc sub-process is given from outside. */
const STARTED_MAX = 6

/** Starts something in an ad hoc sub-process, now and then something that cannot be started, or ends it. */
function adHocMoves(definition: Definition, state: InstanceState, placed: Placed, chooser: Chooser): readonly Body[] {
  const scope = adHocScope(definition, state, placed)
  const node = definition.nodes.get(placed.token.elementId)
  if (!scope || node?.type !== 'adHocSubProcess' || scope.counter > STARTED_MAX) return []
  const kind = chooser.below(8)
  const turn = placed.token.waits?.find((wait) => wait.type === 'job')?.turn
  if (turn !== undefined && kind < 4) return [turnMove(node, placed, turn, chooser)]
  if (kind === 7) return [{ type: 'completeAdHoc', ...at(placed) }]
  const among = kind === 6 ? node.content.nodes : node.content.initial
  const activity = among[chooser.below(among.length)]
  return activity ? [{ type: 'startAdHoc', ...at(placed), activityId: activity.id, values: kind === 5 ? { note: 1 } : {} }] : []
}

/** What the handler says that drives it: begin something, now and then what cannot begin, or end. */
function turnMove({ content }: AdHocSubProcess, placed: Placed, listener: string, chooser: Chooser): Body {
  const ends = chooser.below(5) === 0
  const among = chooser.below(8) === 0 ? content.nodes : content.initial
  const count = ends ? 0 : 1 + chooser.below(2)
  const start = Array.from({ length: count }, () => ({ activityId: among[chooser.below(among.length)]?.id ?? '', values: { note: 2 } }))
  const turn = { start, ends, cancels: chooser.below(2) === 0 }
  return { type: 'finishWork', ...at(placed), listener, result: { type: 'completed', set: { note: 3 }, local: {}, turn } }
}

function adHocScope(definition: Definition, state: InstanceState, { scopeId, n, token }: Placed): Scope | undefined {
  if (!token.child || definition.nodes.get(token.elementId)?.type !== 'adHocSubProcess') return undefined
  if (token.compensation !== undefined && token.hold !== undefined) return undefined // it was taken back
  const scope = state.scopes.get(`${scopeId}.${n}`)
  return scope?.kind === 'adHocSubProcess' && !scope.closing ? scope : undefined
}

function movesOfWait(placed: Placed, wait: Wait, values: { readonly x: number }, chooser: Chooser, now: number): readonly Body[] {
  const place = at(placed)
  switch (wait.type) {
    case 'listener': {
      const work = { ...place, listener: wait.at }
      const kind = chooser.below(8)
      if (kind === 7) return [{ type: 'failWork', ...work, code: 'handlerFailed', message: 'not heard', retriesLeft: 0, retryAt: null }]
      if (kind === 6) return [{ type: 'finishWork', ...work, result: { type: 'error', code: 'E1', message: 'as modelled', values } }]
      return [{ type: 'finishWork', ...work, result: { type: 'completed', set: kind === 5 ? { heard: 1 } : {}, local: {} } }]
    }
    case 'job': {
      const kind = chooser.below(8)
      const work = { ...place, ...(wait.turn !== undefined && { listener: wait.turn }) }
      const failure = { type: 'failWork' as const, ...work, code: 'handlerFailed', message: 'no luck' }
      if (kind === 7) return [{ ...failure, retriesLeft: 0, retryAt: null }]
      if (kind === 6) return [{ ...failure, retriesLeft: 2, retryAt: now + 1_000 }]
      if (kind === 5) return [{ type: 'finishWork', ...work, result: { type: 'error', code: 'E1', message: 'as modelled', values } }]
      return [{ type: 'finishWork', ...work, result: { type: 'completed', set: values, local: kind === 4 ? { mine: 1 } : {} } }]
    }
    case 'task':
      return [{ type: 'completeTask', ...place, values, actor: null }]
    case 'call': {
      const call = { type: 'finishCall' as const, ...place, calledId: wait.instanceId }
      const kind = chooser.below(8)
      if (kind === 7) return [{ ...call, result: { type: 'ended', status: 'terminated', reason: null } }]
      if (kind === 6) return [{ ...call, result: { type: 'notCalled', code: 'calledElementNotFound', message: 'no such process' } }]
      if (kind === 5) return [{ ...call, result: { type: 'error', code: 'E1', message: 'as modelled', values, variables: values } }]
      if (kind === 4) return [{ type: 'escalateCall', ...place, calledId: wait.instanceId, code: 'S1', values, variables: values }]
      return [{ ...call, result: { type: 'completed', values: { x: values.x, answer: values.x } } }]
    }
    case 'continuation':
      return [{ type: 'continue', ...place }]
    case 'trigger':
      return [{ type: 'triggerElement', ...place, values }]
    case 'timer':
      if (values.x === 7 && wait.dueAt !== null) return [rescheduling(place, wait, now)]
      return wait.dueAt === null
        ? []
        : [{ type: 'triggerWait', ...place, ...whichOf(wait), kind: 'timer', values: {}, dueAt: wait.dueAt, at: wait.dueAt }]
    case 'message':
    case 'signal':
      return [{ type: 'triggerWait', ...place, ...whichOf(wait), kind: wait.type, values }]
    case 'condition':
      return [] // it comes with variables
  }
}

/** An operator puts the timer at another time, now and then what follows in its cycle with it. */
function rescheduling(place: { readonly scopeId: string; readonly n: number }, wait: TimerWait, now: number): Body {
  const { definition = 0 } = wait
  const shifts = now % 2 === 0 ? {} : { shifts: true as const }
  return { type: 'rescheduleTimer', ...place, for: wait.for, definition, dueAt: now + 5_000, ...shifts }
}

function whichOf({ for: target, definition }: EventWait): { readonly for: string; readonly definition?: number } {
  return definition === undefined ? { for: target } : { for: target, definition }
}

/**
 * The orderly way to the end: what is held is released, a suspended instance is resumed, what is stuck is put right, then all work is done
 * with values that leave loops.
 */
export function drainingMove(definition: Definition, state: InstanceState, now: number): Command | null {
  const root = state.scopes.get(rootOf(state))
  if (root?.instance?.status === 'suspended') return { type: 'resumeProcess', now, instanceId: root.id }
  if (root && (root.variables.x !== 0 || root.variables.late === undefined)) {
    return {
      type: 'setVariables',
      now,
      scopeId: root.id,
      values: { x: 0, a: 0, late: ['d', 'e'], fragile: { never: false, always: true, duration: 'PT4M' } },
    }
  }
  // What came with an event may hide the root's variable within its handler.
  const hiding = [...state.scopes.values()].find((scope) => scope !== root && scope.live > 0 && (scope.variables.x ?? 0) !== 0)
  if (hiding) return { type: 'setVariables', now, scopeId: hiding.id, values: { x: 0 } }
  const whole = root?.instance?.hold
  if (root && whole) return { type: 'releaseProcess', now, instanceId: root.id, by: whole.by }
  const tokens = tokensOf(state)
  const held = tokens.find(({ token }) => token.phase === 'held')
  if (held) return orderlyReturn(held, now)
  const undone = tokens.map((placed) => undoneBeside(placed, now)).find((move) => move !== null)
  if (undone) return undone
  for (const placed of tokens) {
    const body = drainingAdHoc(definition, state, placed) ?? drainingBody(definition, placed)
    if (body) return stamped(body, now)
  }
  return null
}

/** Who drives an ad hoc sub-process has its first activity done once, then it ends; so it is asked more than once. */
function drainingAdHoc(definition: Definition, state: InstanceState, placed: Placed): Body | null {
  const scope = adHocScope(definition, state, placed)
  const node = definition.nodes.get(placed.token.elementId)
  if (!scope || node?.type !== 'adHocSubProcess') return null
  const listener = placed.token.waits?.find((wait) => wait.type === 'job')?.turn
  const [first] = node.content.initial
  if (listener === undefined || scope.live > 0 || scope.counter > 1 || first === undefined) return { type: 'completeAdHoc', ...at(placed) }
  const turn = { start: [{ activityId: first.id, values: {} }], ends: false, cancels: false }
  return { type: 'finishWork', ...at(placed), listener, result: { type: 'completed', set: {}, local: {}, turn } }
}

function drainingBody(definition: Definition, placed: Placed): Body | null {
  const { token } = placed
  if (token.phase === 'incident') return { type: 'resolveIncident', ...at(placed) }
  if (placed.isListening) return null
  const values = { x: 0 }
  const noChoice: Chooser = { below: () => 0, isSpent: true }
  for (const wait of (token.waits ?? []).filter(isArmed)) {
    const boundary = 'for' in wait && definition.nodes.get(wait.for)?.type === 'boundaryEvent'
    const move = boundary ? undefined : movesOfWait(placed, wait, values, noChoice, 0)[0]
    if (move) return move
  }
  return null
}
