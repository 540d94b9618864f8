import { Refused } from '@leeway/engine'
import {
  type FlowNode,
  type FlowScope,
  isSameProblem,
  judgeMarking,
  type MarkingLimits,
  type MarkingProblem,
  type MarkingVerdict,
  type TokenPlace,
} from '@leeway/engine/extension'
import type { Directive, JumpDirective } from '../case/directives.ts'
import type { Check, Repair, Step } from '../case/verdict.ts'
import type { MarkingChange } from './change.ts'
import { type Trial, withNeeds } from './repairs.ts'

/** The returns that put tokens elsewhere. */
export type Moving = JumpDirective | Extract<Directive, { type: 'endBranch' }>

/** What the search says of a change of tokens. */
export interface SoundnessVerdict {
  readonly ends: 'all' | 'some' | 'unknown'
  readonly inherited: boolean
  readonly checks: readonly Check[]
  readonly states: number
  readonly refusal: Refused | null
}

export interface SearchOptions extends MarkingLimits {
  /** `strong`: no way may go wrong that could not go wrong before; `weak`: some way must end properly. */
  readonly strength: 'strong' | 'weak'
}

/** What it takes to name repairs. */
export interface Repairing {
  /** Where the token would wait if the join ahead were not to wait for its branch. */
  readonly retired: TokenPlace | null
  /** Tries that return instead. */
  readonly trial: Trial
}

/** Searches each content that changes, and tells what goes wrong now and did not before. */
export function judgeChange(
  changes: readonly MarkingChange[],
  to: Moving,
  from: string,
  options: SearchOptions,
  repairing: Repairing | null,
): SoundnessVerdict {
  let states = 0
  let ends: SoundnessVerdict['ends'] = 'all'
  let inherited = false
  let isEveryMeeting = true
  let refusal: Refused | null = null
  for (const change of changes) {
    const found = judgeMarking(change.flows, change.after, options)
    const before = change.before === null ? null : judgeMarking(change.flows, change.before, options)
    states += found.states
    isEveryMeeting &&= found.isEveryMeeting
    const fresh = found.problems.filter((problem) => !before?.problems.some((other) => isSameProblem(problem, other)))
    inherited ||= fresh.length < found.problems.length
    const isEnough = options.strength === 'weak' && found.canEnd
    if (fresh.length > 0 && !isEnough) {
      ends = 'unknown'
      refusal ??= refusalOf(change, fresh[0] as MarkingProblem, to, from, { had: before?.problems ?? [], repairing }) // one at least
    } else if (!found.isEveryMeeting && !isEnough) {
      ends = 'unknown'
      refusal ??= notProven(found, from)
    } else if ((fresh.length > 0 || !found.isComplete) && ends === 'all') ends = 'some'
  }
  return { ends, inherited, states, refusal, checks: checksOf(refusal, isEveryMeeting) }
}

function checksOf(refusal: Refused | null, isEveryMeeting: boolean): readonly Check[] {
  const open = refusal?.code === 'NotProven' ? (refusal.details.criteria as readonly string[]) : []
  const holds = (code: string): boolean | 'unknown' =>
    open.includes(code) ? 'unknown' : refusal === null || CRITERIA[refusal.code] !== code
  // With one way to the end as enough, it is not refused.
  const once: Check =
    isEveryMeeting || holds('C2') !== true
      ? { code: 'C2', holds: holds('C2'), message: 'Nothing happens twice.' }
      : { code: 'C2', holds: 'unknown', message: 'Nothing was found to happen twice, though not every order was looked at.' }
  const checks: readonly Check[] = [
    { code: 'C1', holds: holds('C1'), message: 'No join waits for ever.' },
    once,
    { code: 'C3', holds: holds('C3'), message: 'Every loop can be left.' },
  ]
  return checks.map((check) => (holds(check.code) === true ? check : { ...check, message: refusal?.message ?? '' }))
}

const CRITERIA: { readonly [code: string]: string } = { WouldDeadlock: 'C1', WouldDoubleFire: 'C2', WouldNeverEnd: 'C3' }

/** What is left can be found out with fewer situations than what may meet. */
function notProven({ because, isComplete, states }: MarkingVerdict, elementId: string): Refused {
  const what = isComplete ? 'Whether something would happen twice' : 'Whether the process can still come to its end'
  const message = `${what} could not be found out: ${because ?? 'the search was not finished'}. It takes an override by two people.`
  const criteria = isComplete ? ['C2'] : ['C1', 'C2', 'C3']
  return new Refused('NotProven', message, { elementId, because, states, inconclusive: true, criteria })
}

const CODES = { stuck: 'WouldDeadlock', severalTokens: 'WouldDoubleFire', neverEnds: 'WouldNeverEnd' } as const

function refusalOf(
  change: MarkingChange,
  problem: MarkingProblem,
  to: Moving,
  from: string,
  { had, repairing }: { readonly had: readonly MarkingProblem[]; readonly repairing: Repairing | null },
): Refused {
  const trace = traceOf(problem, to, from, change.after)
  const repairs = repairing === null ? [] : passing(change.flows, had, triedFor(change, problem, to, repairing.retired), repairing)
  const where = [...new Set(problem.tokens.map(({ elementId }) => `"${elementId}"`))].join(', ')
  const what = {
    stuck: `a token would be left at ${where}${problem.missing.length > 0 ? `, which would wait for ${problem.missing.map((id) => `"${id}"`).join(', ')} in vain` : ''}`,
    severalTokens: `two tokens would come to ${where}`,
    neverEnds: `no way would lead from ${where} to an end`,
  }[problem.kind]
  const way = repairs.length === 0 ? '' : ` ${repairs.map(({ message }) => message).join(' Or: ')}`
  return new Refused(CODES[problem.kind], `The process could not come to its end: ${what}.${way}`, {
    elementId: from,
    trace,
    leftover: problem.tokens,
    missing: problem.missing,
    repairs,
  })
}

/** What a person did, what the elements then do, and what stays. */
function traceOf({ kind, trace, tokens, missing }: MarkingProblem, to: Moving, from: string, after: readonly TokenPlace[]): Step[] {
  const last = tokens.map(({ elementId }) => elementId)
  return [
    { elementId: to.type === 'jump' ? to.elementId : from, does: to.type, tokens: after },
    ...trace.map(({ elementId, tokens: then }): Step => ({ elementId, does: 'acts', tokens: then })),
    ...[...new Set(last)].map((elementId): Step => ({ elementId, does: kind === 'severalTokens' ? 'twice' : 'waits', missing })),
  ]
}

/** Most repairs named, most tried, and most searched as far as the return itself is. */
const REPAIRS_MAX = 4
const TRIED_MAX = 40
const SEARCHED_MAX = 8
/** What most fail at is near. */
const TRIED_LIMITS: MarkingLimits = { statesMax: 500, reducedMax: 500 }

/** A return that could do instead, and what it would make of the content. */
interface Tried {
  readonly message: string
  readonly to: Moving
  readonly after: readonly TokenPlace[]
}

function triedFor(change: MarkingChange, problem: MarkingProblem, to: Moving, retired: TokenPlace | null): readonly Tried[] {
  if (to.type === 'jump') return otherJumps(change, problem, to)
  if (retired === null) return []
  // The join ahead could do without this branch, this time.
  const message = 'Have the join ahead not wait for this branch, this time.'
  return [{ message, to: { ...to, retireJoinSlot: true }, after: [...change.after, retired] }]
}

/** Changes of the jump: arriving at the join instead, beginning others too, taking others along. */
function otherJumps({ flows, before, after, others }: MarkingChange, { missing }: MarkingProblem, to: JumpDirective): readonly Tried[] {
  const tried: Tried[] = []
  const isTarget = ({ elementId }: TokenPlace): boolean => elementId === to.elementId
  const without = after.filter((_place, k) => k !== after.findIndex(isTarget))
  const gone = (before ?? []).filter((place) => !after.some((other) => other.elementId === place.elementId))
  for (const join of flows.nodes.filter(isJoin)) {
    for (const flow of join.incoming) {
      const message = `Arrive at "${join.id}" by "${flow.id}" instead.`
      if (gone.length > 0 && !isAhead(flows, gone, flow.id)) continue
      tried.push({
        message,
        to: { ...to, elementId: join.id, via: flow.id },
        after: [...without, { elementId: join.id, arrivedBy: flow.id }],
      })
    }
  }
  const sources = [...new Set(missing.flatMap((id) => sourcesOf(flows, id)))]
  const some = [...subsetsOf(sources)].slice(0, TRIED_MAX)
  for (const ids of some) {
    const message = `Also activate ${ids.map((id) => `"${id}"`).join(', ')}.`
    tried.push({
      message,
      to: { ...to, also: [...to.also, ...ids] },
      after: [...after, ...ids.map((elementId) => ({ elementId }))],
    })
  }
  for (const { elementInstanceId, elementId } of others) {
    const at = after.findIndex((place) => place.elementId === elementId && !isTarget(place))
    if (at < 0) continue
    const message = `End the token at "${elementId}" with it.`
    const cancel = [...to.cancel, elementInstanceId]
    tried.push({ message, to: { ...to, cancel }, after: after.filter((_, k) => k !== at) })
  }
  return tried
}

/** As `cases.return` takes it. */
function requestOf(to: Moving): object {
  if (to.type === 'endBranch') return { endBranch: { retireJoinSlot: to.retireJoinSlot } }
  const { elementId, via, also, cancel, within } = to
  return {
    jump: elementId,
    ...(within !== undefined && { within }),
    ...(via !== null && { via }),
    ...(also.length > 0 && { also }),
    ...(cancel.length > 0 && { cancel }),
  }
}

function isJoin(node: FlowNode): boolean {
  return (node.type === 'parallelGateway' || node.type === 'inclusiveGateway') && node.incoming.length > 1
}

/**
 * Those that pass. A short search leaves out most of the others; it may miss what happens only in some orders and sees one content and no
 * policy, so that what is left is judged as the return itself would be.
 */
function passing(flows: FlowScope, had: readonly MarkingProblem[], tried: readonly Tried[], { trial }: Repairing): Repair[] {
  const repairs: Repair[] = []
  let searched = 0
  for (const { message, to, after } of tried.slice(0, TRIED_MAX)) {
    if (repairs.length >= REPAIRS_MAX || searched >= SEARCHED_MAX) break
    const { isComplete, problems } = judgeMarking(flows, after, TRIED_LIMITS)
    if (!isComplete || !problems.every((problem) => had.some((other) => isSameProblem(problem, other)))) continue
    searched += 1
    const needs = trial(to)
    if (needs !== null) repairs.push(withNeeds({ message, to: requestOf(to) }, needs))
  }
  return repairs
}

/** True where a token that was at one of these places could have come by the flow. */
function isAhead(flows: FlowScope, places: readonly TokenPlace[], flowId: string): boolean {
  const flow = flows.flows.find(({ id }) => id === flowId)
  if (flow === undefined) return false
  const seen = new Set<string>()
  const open = [flow.source]
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node.id)) continue
    seen.add(node.id)
    for (const incoming of node.incoming) open.push(incoming.source)
    if (node.type === 'boundaryEvent') open.push(node.attachedTo)
  }
  return places.some(({ elementId }) => seen.has(elementId))
}

/** The nearest elements before a flow that are no gateways: beginning them brings a token by it. */
function sourcesOf(flows: FlowScope, flowId: string): readonly string[] {
  const flow = flows.flows.find(({ id }) => id === flowId)
  const found: string[] = []
  const seen = new Set<string>()
  const open = flow === undefined ? [] : [flow.source]
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node.id)) continue
    seen.add(node.id)
    if (node.type.endsWith('Gateway')) for (const incoming of node.incoming) open.push(incoming.source)
    else if (node.type !== 'startEvent' && node.type !== 'boundaryEvent') found.push(node.id)
  }
  return found
}

/** The whole set first, then each alone. */
function* subsetsOf(ids: readonly string[]): Generator<readonly string[]> {
  if (ids.length === 0) return
  yield ids
  if (ids.length > 1) for (const id of ids) yield [id]
}
