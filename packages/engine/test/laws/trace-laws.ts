import { isDeepStrictEqual } from 'node:util'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { pathOf } from '../../src/kernel/ids.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Compiled } from './compile.ts'
import { stuckWithoutReason } from './ended-branches.ts'
import { emptyState, type Kernel } from './kernel.ts'
import { ledgerProblems } from './ledger.ts'
import { unowned } from './ownership.ts'
import { eventsOf, lastState, type Trace } from './walk.ts'

/** A law looks at one walk and says what is wrong with it; nothing = the law holds. */
export type Law = (trace: Trace, kernel: Kernel, compiled: Pick<Compiled, 'pairs'>) => readonly string[]

/** Replaying the events of an instance, at any point, gives its state. */
export const replayGivesTheState: Law = (trace, kernel) => {
  const events: KernelEvent[] = []
  const points = new Set([Math.floor(trace.moves.length / 2), trace.moves.length - 1])
  for (const [k, move] of trace.moves.entries()) {
    events.push(...move.events)
    if (points.has(k) && !isDeepStrictEqual(plain(kernel.replay(events)), plain(move.after)))
      return [`the events up to move ${k} do not give the state`]
  }
  return []
}

/** The same commands give the same events, byte for byte. */
export const sameCommandsSameEvents: Law = (trace, kernel) => {
  let state = emptyState
  for (const [k, move] of trace.moves.entries()) {
    const outcome = kernel.step(trace.definition, state, move.command)
    const events = 'rejected' in outcome ? [] : outcome.events
    if (JSON.stringify(events) !== JSON.stringify(move.events))
      return [`move ${k} (${move.command.type}) gives other events the second time`]
    state = 'rejected' in outcome ? state : outcome.state
  }
  return isDeepStrictEqual(plain(state), plain(lastState(trace))) ? [] : ['the end is another']
}

/** The state survives a JSON round trip at every step and goes on the same. */
export const stateIsJson: Law = (trace, kernel) => {
  for (const [k, move] of trace.moves.entries()) {
    const text = JSON.stringify(plain(move.after))
    const restored = restore(text)
    if (!isDeepStrictEqual(plain(restored), plain(move.after))) return [`the state after move ${k} is not what its JSON says`]
    const next = trace.moves[k + 1]
    if (!next) continue
    const outcome = kernel.step(trace.definition, restored, next.command)
    if ('rejected' in outcome ? next.rejected === null : JSON.stringify(outcome.events) !== JSON.stringify(next.events))
      return [`after move ${k} the restored state goes on otherwise`]
  }
  return []
}

/** A command that is rejected changes nothing, and no command changes the state that it was given. */
export const rejectionsChangeNothing: Law = (trace, kernel) =>
  trace.moves.flatMap((move, k) => {
    if (!move.rejected && k % LOOKED_AT_EVERY !== 0) return []
    const text = JSON.stringify(plain(move.before))
    const again = kernel.step(trace.definition, move.before, move.command)
    if (JSON.stringify(plain(move.before)) !== text) return [`move ${k} (${move.command.type}) changed the state that it was given`]
    return 'rejected' in again === (move.rejected !== null) ? [] : [`move ${k} (${move.command.type}) is rejected once and once not`]
  })

const LOOKED_AT_EVERY = 5

/** Every activation ends exactly once, every scope that opens closes, every job has a key of its own. */
export const everyActivationEndsOnce: Law = (trace) => ledgerProblems(eventsOf(trace), trace.end !== 'stuck')

/** No token, wait, job or subscription without an owner, and none left at the end. */
export const nothingWithoutOwner: Law = (trace) => {
  for (const [k, move] of trace.moves.entries()) {
    const problems = unowned(trace.definition, move.after)
    if (problems.length > 0) return problems.map((problem) => `after move ${k} (${move.command.type}): ${problem}`)
  }
  return []
}

/** A sound model always completes, but where a join waits for a branch that somebody ended. */
export const soundModelsComplete: Law = (trace, _kernel, { pairs }) => (trace.end === 'stuck' ? stuckWithoutReason(trace, pairs) : [])

/** Each listener of an element that completed was heard once, in its order, and none of one that did not come so far. */
export const listenersAreHeardOnce: Law = (trace) => {
  const working = new Map<string, string>()
  const heard = new Map<string, string[]>()
  const rounds = new Set<string>()
  const skipped = new Set<string>()
  const problems: string[] = []
  for (const event of eventsOf(trace)) {
    if (event.type === 'elementSkipped') skipped.add(`${event.scopeId}.${event.n}`)
    if (event.type === 'iterationBegun') rounds.add(`${event.scopeId}.${event.n} ${event.elementId}`)
    if (!('n' in event)) continue
    const id = `${event.scopeId}.${event.n}`
    if (event.type === 'elementWaits' && event.job?.listener !== undefined) working.set(id, event.job.listener)
    if (event.type === 'workFinished' && event.listener) heard.set(id, [...(heard.get(id) ?? []), working.get(id) ?? 'nothing'])
    if (event.type !== 'elementCompleted') continue
    const node = trace.definition.nodes.get(event.elementId)
    const { beforeAll = [], start = [], end = [], ended = [], take } = node?.listeners ?? {}
    const isRepeated = node !== undefined && 'repetition' in node && node.repetition !== null
    const inRound = rounds.has(`${event.scopeId} ${event.elementId}`)
    const wanted = [
      ...(isRepeated && !inRound ? beforeAll : []),
      ...(isRepeated && !inRound ? [] : [...start, ...end, ...ended]),
      ...event.taken.flatMap((flow) => take?.get(flow) ?? []),
    ].map((listener) => listener.key)
    const had = heard.get(id) ?? []
    // Of what is passed over the listeners that are still to come are heard, those of its beginning not.
    const left = skipped.has(id) ? wanted.filter((key) => had.includes(key)) : wanted
    if (had.join() !== left.join())
      problems.push(`${event.elementId} (${id}) had ${had.join() || 'nobody'} heard, not ${wanted.join() || 'nobody'}`)
  }
  return problems
}

/** A terminate event that ends all rounds around it: none of them runs on, and none begins after it. */
export const endedRoundsStayEnded: Law = ({ moves }) =>
  moves.flatMap(({ events, after }) => {
    const over = new Set<string>()
    return events.flatMap((event) => {
      if (event.type === 'roundsEnded') over.add(event.scopeId)
      if (event.type === 'roundsEnded' && (after.scopes.get(event.scopeId)?.rounds?.active ?? 0) > 0)
        return [`rounds of ${event.scopeId} run on`]
      return event.type === 'iterationBegun' && over.has(event.scopeId) ? [`a round of ${event.scopeId} began after they were ended`] : []
    })
  })

/** Each join fires once a round: as often as its split, where nothing was interrupted; never more often. */
export const joinsFireOnceARound: Law = (trace, _kernel, { pairs }) => {
  const splits = new Map<string, number>()
  const fired = new Map<string, number>()
  const disturbed = new Set<string>()
  const ended: string[] = []
  const joinIds = new Set(pairs.map((pair) => pair.join))
  const count = (map: Map<string, number>, key: string): unknown => map.set(key, (map.get(key) ?? 0) + 1)
  const problems: string[] = []
  let last: KernelEvent | undefined
  for (const event of eventsOf(trace)) {
    // What is begun anew has fired once.
    if (event.type === 'elementTerminated' && last?.type === 'elementWithdrawn' && joinIds.has(event.elementId))
      fired.set(`${event.elementId} in ${event.scopeId}`, (fired.get(`${event.elementId} in ${event.scopeId}`) ?? 0) - 1)
    last = event
    if (event.type === 'elementCompleted') {
      count(splits, `${event.elementId} in ${event.scopeId}`)
      if (endsItsScope(trace, event.elementId)) {
        ended.push(`${event.scopeId}.`) // and all that is open inside
        for (const id of pathOf(event.scopeId)) disturbed.add(id)
      }
    }
    if (event.type === 'elementActivated' && joinIds.has(event.elementId)) count(fired, `${event.elementId} in ${event.scopeId}`)
    // An interrupting event sub-process also ends what is on a flow.
    if (event.type === 'elementTerminated' || (event.type === 'elementActivated' && event.handler)) disturbed.add(event.scopeId)
    if (event.type !== 'scopeClosed' && event.type !== 'scopeCompleted' && event.type !== 'processEnded') continue
    for (const { split, join } of pairs) {
      const times = splits.get(`${split} in ${event.scopeId}`) ?? 0
      const fires = fired.get(`${join} in ${event.scopeId}`) ?? 0
      if (fires > times || (fires < times && !disturbed.has(event.scopeId) && !ended.some((around) => event.scopeId.startsWith(around))))
        problems.push(`${join} in ${event.scopeId} fired ${fires} times for ${times} rounds`)
      splits.delete(`${split} in ${event.scopeId}`)
      fired.delete(`${join} in ${event.scopeId}`)
    }
    disturbed.delete(event.scopeId)
  }
  return problems
}

/** Tokens that are on a flow go without a word. */
function endsItsScope(trace: Trace, elementId: string): boolean {
  const node = trace.definition.nodes.get(elementId)
  return node?.type === 'endEvent' && node.eventDefinitions.some(({ type }) => type === 'terminate' || type === 'cancel')
}

/**
 * BPMN 2.0.2 §13.5.4: when an interrupting event sub-process begins, all that was in its scope before has ended, and nothing listens any
 * more.
 */
export const interruptingEndsAllElse: Law = ({ definition, moves }) =>
  moves.flatMap(({ events, after }) =>
    events.flatMap((event, k) => {
      if (event.type !== 'elementActivated' || !event.handler) return []
      const node = definition.nodes.get(event.elementId)
      if (node?.type !== 'subProcess' || !node.content.startEvents.some((start) => start.isInterrupting)) return []
      const before = Object.keys(after.scopes.get(event.scopeId)?.tokens ?? {}).filter((n) => Number(n) < event.n)
      // What completed before may be undone by the handler: it is open again under its old number.
      const isUndone = (n: string): boolean =>
        events.slice(k).some((one) => one.type === 'compensableTaken' && one.scopeId === event.scopeId && one.n === Number(n))
      return before.filter((n) => !isUndone(n)).map((n) => `${event.scopeId}.${n} goes on beside the interrupting ${event.elementId}`)
    }),
  )

/** A state as plain JSON. */
export function plain(state: InstanceState): unknown {
  return {
    scopes: [...state.scopes.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    chunks: [...state.chunks].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}

function restore(text: string): InstanceState {
  const { scopes, chunks } = JSON.parse(text) as { scopes: { id: string }[]; chunks: [string, readonly never[]][] }
  // The text was made from a state a moment ago.
  return { scopes: new Map(scopes.map((scope) => [scope.id, scope])) as unknown as InstanceState['scopes'], chunks: new Map(chunks) }
}
