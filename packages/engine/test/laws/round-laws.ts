import type { KernelEvent } from '../../src/kernel/events.ts'
import { splitTokenId, tokenId } from '../../src/kernel/ids.ts'
import { type InstanceState, isArmed, type Token } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { applyAll } from './kernel.ts'
import type { Law } from './trace-laws.ts'

type Thrown = Extract<KernelEvent, { type: 'signalThrown' }>

/** BPMN 2.0.2 §10.5.1: a signal is caught at once by all that waits for it around its thrower, and by nothing else. */
export const signalsAreCaughtAround: Law = ({ definition, moves }) =>
  moves.flatMap(({ before, events }) =>
    events.flatMap((event, k) => {
      // What a round throws an event at the boundary of its activity has already taken.
      if (event.type !== 'signalThrown') return []
      const state = applyAll(before, events.slice(0, k))
      const wanted = catchersAround(definition, state, event).sort()
      const caught = (event.caughtBy ?? []).map((one) => `${tokenId(one.scopeId, one.n)}:${one.for}:${one.definition ?? 0}`).sort()
      if (wanted.join() !== caught.join())
        return [
          `signal of ${event.elementId} was caught by ${caught.join(', ') || 'nobody'}, and ${wanted.join(', ') || 'nobody'} waits for it`,
        ]
      return occurred(events.slice(k + 1), event)
    }),
  )

/** What is around the token, from its own element outward. */
function catchersAround(definition: Definition, state: InstanceState, { scopeId, n, name }: Thrown): string[] {
  const found: string[] = []
  let child: Token | undefined
  for (let at: { scopeId: string; n: number } | null = { scopeId, n }; at !== null; at = splitTokenId(at.scopeId)) {
    const place = at
    const scope = state.scopes.get(place.scopeId)
    const token = scope?.tokens[place.n]
    const add = (m: number, one: Token | undefined): void => {
      if (one === undefined || one.phase === 'held') return
      for (const wait of one.waits ?? [])
        if (wait.type === 'signal' && wait.name === name && isArmed(wait))
          found.push(`${tokenId(place.scopeId, m)}:${wait.for}:${wait.definition ?? 0}`)
    }
    const node = definition.nodes.get(token?.elementId ?? '')
    if (node && 'boundaryEvents' in node) add(place.n, token)
    child = token
    for (const m of scope?.armed ?? []) {
      const listener = scope?.tokens[m]
      if (!(child?.handler && child.elementId === listener?.elementId)) add(m, listener)
    }
  }
  return found
}

/** Each that caught it acts, unless another that caught it too has ended it first. */
function occurred(later: readonly KernelEvent[], { caughtBy = [], elementId }: Thrown): readonly string[] {
  return caughtBy.flatMap((one) => {
    const its = later.find(
      (event) =>
        (event.type === 'waitTriggered' ||
          event.type === 'eventCame' ||
          event.type === 'elementTerminated' ||
          event.type === 'eventSubProcessDisarmed') &&
        event.scopeId === one.scopeId &&
        event.n === one.n,
    )
    return its === undefined ? [`${one.for} caught the signal of ${elementId} and did not occur`] : []
  })
}

/**
 * BPMN 2.0.2 Table 10.28: a completed round tells once at most; where only the first tells, no other does; where each does, none is left
 * out.
 */
export const roundsTellOnce: Law = ({ definition, moves }) => {
  const problems: string[] = []
  const told = new Map<string, number[]>()
  for (const event of moves.flatMap((move) => move.events)) {
    if ((event.type !== 'signalThrown' && event.type !== 'messageThrown') || event.round === undefined) continue
    const body = tokenId(event.scopeId, event.n)
    const rounds = told.get(body) ?? []
    told.set(body, rounds)
    const node = definition.nodes.get(event.elementId)
    const when = node && 'roundEvents' in node ? node.roundEvents?.[0]?.when : undefined
    if (rounds.includes(event.round)) problems.push(`round ${event.round} of ${event.elementId} told twice`)
    if (when === 'first' && event.round !== 1) problems.push(`round ${event.round} of ${event.elementId} told and is not the first`)
    if (typeof when === 'object' && event.round < 2)
      problems.push(`round ${event.round} of ${event.elementId} told before its condition held`)
    rounds.push(event.round)
  }
  return problems
}
