import { Refused } from '@leeway/engine'
import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { LaterDirective } from '../case/directives.ts'
import { laterOf, type PathReturn } from '../case/later.ts'
import type { Check, GuaranteeClass, Verdict } from '../case/verdict.ts'
import { checkReturn, requiredOf } from '../deviation/checks.ts'
import { movesOf } from '../deviation/moves.ts'
import { requiredOpen } from '../deviation/refusals.ts'
import { undoneBefore } from '../deviation/undone-before.ts'
import { needAuthority } from '../people/authority.ts'
import { policyOf } from '../people/element-policy.ts'
import { needReturn } from '../people/return-rights.ts'
import { hasRight, holdersOf, isSamePerson, needRight, needSecondPerson, needStandIn, roleFor, type Scene } from '../people/rights.ts'
import { changesOf } from './change.ts'
import { conflictsOf, missingData, missingInputs, missingOutputs, missingResult, variableConflict, visibleVariables } from './data.ts'
import { leftOut } from './left-out.ts'
import { behind, between, onEveryWay } from './path.ts'
import { type Place, placeOf } from './places.ts'
import { isGiven, needsIn, type Trial, withTried } from './repairs.ts'
import { checkOrder, doneIn } from './rules-of-work.ts'
import { judgeChange, type Moving, type Repairing, type SearchOptions } from './soundness.ts'
import { checkTime } from './time.ts'

/** What speaks against a return, and what can be said of it. */
export interface Judgement {
  readonly verdict: Verdict
  /** In the order in which they are to be dealt with. */
  readonly refusals: readonly Refused[]
  /** By which role the actor may come back in this way. */
  readonly role: string | null
  /** Passed over with approval: to be looked at afterwards. */
  readonly reviewOf: readonly string[]
  /** Two associates decided what neither of them may decide alone. */
  readonly isShared: boolean
}

/** Judges a return before anything changes; throws the first refusal, unless two people take it upon themselves (G3). Gives the verdict to be recorded. */
export function guardReturn(book: Book, command: Return, deviation: Deviation, instance: InstanceReader, actor: string): Judgement {
  const judgement = judgeReturn(book, command, deviation, instance, actor)
  const [first] = judgement.refusals
  if (first === undefined) return judgement
  const { override } = command
  const fixed = judgement.refusals.find(({ code }) => !OVERRIDABLE.includes(code))
  if (fixed !== undefined || override === undefined) throw fixed ?? first
  const { id: deviationId, caseId } = deviation
  needSecondPerson(book, command, { caseId, deviationId, processKey: null, elementId: null, roles: null }, actor, override.by)
  return { ...judgement, refusals: [], verdict: { ...judgement.verdict, class: 'G3', ends: 'unknown' } }
}

/** What two people may take upon themselves: what is not proven, and what the search found against it. */
const OVERRIDABLE: readonly string[] = ['WouldDeadlock', 'WouldDoubleFire', 'WouldNeverEnd', 'NotProven']

/** Judges without throwing, but for rights and for targets that there are not. What is named as a way out was tried. */
export function judgeReturn(book: Book, command: Return, deviation: Deviation, instance: InstanceReader, actor: string): Judgement {
  const trial: Trial = (to) => {
    const other = { ...command, to: command.to.type === 'handOver' ? { ...command.to, next: to } : to }
    const needs = needsIn(() => judge(book, other, deviation, instance, actor, null).refusals)
    const before = needsIn(() => checked(book, other, deviation, instance))
    return needs === null || before === null ? null : [...before, ...needs]
  }
  // What the search names it has tried.
  const tried = (refusal: Refused): Refused => (OVERRIDABLE.includes(refusal.code) ? refusal : withTried(refusal, trial))
  try {
    const judgement = judge(book, command, deviation, instance, actor, trial)
    return { ...judgement, refusals: judgement.refusals.map(tried) }
  } catch (error) {
    throw error instanceof Refused ? tried(error) : error
  }
}

/** What speaks against it before it is judged: required items first, then the rest as if they were waived. */
function checked(book: Book, command: Return, deviation: Deviation, instance: InstanceReader): readonly Refused[] {
  const required = requiredOf(book, command, deviation)
  checkReturn(book, { ...command, waive: [...(command.waive ?? []), ...required.map(({ id }) => id)] }, deviation, instance)
  return required.length > 0 ? [requiredOpen(deviation, required)] : []
}

function judge(book: Book, command: Return, deviation: Deviation, instance: InstanceReader, actor: string, trial: Trial | null): Judgement {
  const { variables, overwrite = [] } = command
  const later = laterOf(command)
  const { to } = later
  const { anchor } = deviation.body
  const scene = sceneOf(deviation, instance, null)
  needAuthority(book, actor, command.cost, 'cases.return', command)
  // An item before a step lets the path go on by itself.
  const isShared = deviation.mode !== 'deferred' && needReturn(book, command, to.type, actor, scene)
  if (command.to.type === 'handOver') needRight(book, 'return.handOver', actor, scene, command)
  if (command.waive !== undefined && command.waive.length > 0) needRight(book, 'waive', actor, scene, command)
  needStandIn(book, actor, command.onBehalfOf)
  const place = placeOf(instance, anchor.elementInstanceId)
  if (place === null) {
    if (deviation.mode === 'alongside') return STANDS // the step may be done: nothing of the path was held
    if (anchor.type === 'instance')
      return judgeWhole(book, command, deviation, instance, actor, roleFor(book, `return.${to.type}`, actor, scene), isShared)
    throw new Error(`the anchor of ${deviation.id} is not there though it is held: its instance is damaged`)
  }
  const known = new Set([...visibleVariables(instance, anchor.scopeId).keys(), ...Object.keys(variables)])
  // What takes the work over may give any of it.
  const isDataKnown = command.to.type !== 'handOver'
  const refusals: Refused[] = []
  const conflicts = conflictsOf(deviation, variables, instance, overwrite)
  if (conflicts.length > 0 && isDataKnown) refusals.push(variableConflict(conflicts, deviation.id))

  const way = wayOf(later, place, instance)
  const { elements } = policiesAt(book, instance, place.node)
  if (
    to.type === 'jump' &&
    elements.returnTargets !== undefined &&
    elements.returnTargets !== null &&
    !elements.returnTargets.includes(to.elementId)
  )
    refusals.push(notAllowedTarget(place.node, to.elementId, elements.returnTargets))
  const mandatory = mandatoryAmong(book, deviation, instance, way.certain, to)
  const approval = mandatory.length === 0 ? null : approvalMissing(book, command, deviation, instance, actor, mandatory)
  if (approval !== null) refusals.push(approval)
  if (way.ahead !== null) refusals.push(...checkOrder(book, deviation, instance, way.ahead, way.certain))
  const missing = [
    ...(to.type === 'skip' ? missingOutputs(place.node, known, elements.outputs ?? []) : []),
    ...(to.type === 'skip' && place.isRound ? missingResult(place.node, Object.keys(variables), command.resultAbsent === true) : []),
    ...(way.ahead === null ? [] : missingInputs(way.ahead, way.bypassed, known)),
  ]
  if (missing.length > 0 && isDataKnown) refusals.push(missingData(missing, deviation.id))

  const isLost = trial === null && refusals.some((refusal) => !isGiven(refusal)) // what is tried need not be searched then
  const searched = (to.type === 'jump' || to.type === 'endBranch') && !isLost ? search(book, to, place, deviation, instance, trial) : null
  if (searched?.refusal) refusals.push(searched.refusal)
  const inTime = checkTime(book, deviation, to, instance)
  const undone = undoneBefore(book, { ...command, to }, deviation, instance)
  const verdict: Verdict = {
    class: to.type === 'resume' || to.type === 'redo' ? 'G0' : searched === null ? 'G1' : searched.class,
    ends: searched?.ends ?? 'all',
    inherited: searched?.inherited ?? false,
    checks: [...(searched?.checks ?? []), ...checksOf(refusals, isDataKnown), ...(inTime === null ? [] : [inTime])],
    bypassed: way.bypassed.filter(isActivity).map(({ id }) => id),
    repeated: way.repeated,
    ...(undone !== null && { compensated: undone.names }),
    ...(searched !== null && { states: searched.states }),
  }
  return {
    verdict,
    refusals,
    role: roleFor(book, `return.${to.type}`, actor, scene),
    reviewOf: approval === null ? mandatory.map(({ id }) => id) : [],
    isShared,
  }
}

const STANDS: Judgement = {
  verdict: { class: 'G0', ends: 'all', inherited: false, checks: [], bypassed: [], repeated: [] },
  refusals: [],
  role: null,
  reviewOf: [],
  isShared: false,
}

/** An instance that was taken over goes on as it stood, or ends. */
function judgeWhole(
  book: Book,
  command: Return,
  deviation: Deviation,
  instance: InstanceReader,
  actor: string,
  role: string | null,
  isShared: boolean,
): Judgement {
  const conflicts = conflictsOf(deviation, command.variables, instance, command.overwrite ?? [])
  const { to } = laterOf(command)
  const refusals = conflicts.length === 0 || command.to.type === 'handOver' ? [] : [variableConflict(conflicts, deviation.id)]
  const mandatory = mandatoryAmong(book, deviation, instance, [], to)
  const approval = mandatory.length === 0 ? null : approvalMissing(book, command, deviation, instance, actor, mandatory)
  if (approval !== null) refusals.push(approval)
  const isSame = to.type === 'resume'
  return {
    ...STANDS,
    role,
    refusals,
    reviewOf: approval === null ? mandatory.map(({ id }) => id) : [],
    isShared,
    verdict: { ...STANDS.verdict, class: isSame ? 'G0' : 'G1', checks: checksOf(refusals, true) },
  }
}

/** What a return passes over and does again; `ahead`: the elements that can begin next, null where the step itself goes on. */
interface Way {
  readonly ahead: readonly FlowNode[] | null
  readonly bypassed: readonly FlowNode[]
  /** Those of them that the path would have come to for certain. */
  readonly certain: readonly FlowNode[]
  readonly repeated: readonly string[]
}

function wayOf({ to }: PathReturn, { node, flows }: Place, { definition }: InstanceReader): Way {
  switch (to.type) {
    case 'resume':
      return { ahead: null, bypassed: [], certain: [], repeated: [] }
    case 'redo':
      return { ahead: null, bypassed: [], certain: [], repeated: hasEffect(node) ? [node.id] : [] }
    case 'skip':
      return { ahead: node.outgoing.map(({ target }) => target), bypassed: [node], certain: [node], repeated: [] }
    case 'event': {
      const event = definition.nodes.get(to.elementId)
      return { ahead: event?.outgoing.map(({ target }) => target) ?? [], bypassed: [], certain: [], repeated: [] }
    }
    case 'jump': {
      const targets = [to.elementId, ...to.also].flatMap((id) => definition.nodes.get(id) ?? [])
      const [target] = targets
      if (target === undefined || target.scope !== flows) return { ahead: targets, bypassed: [node], certain: [node], repeated: [] }
      const isBack = behind(target).has(node)
      const again = isBack ? [target, ...between(target, node), node].filter(hasEffect).map(({ id }) => id) : []
      if (isBack) return { ahead: targets, bypassed: [], certain: [], repeated: again }
      return { ahead: targets, bypassed: [node, ...between(node, target)], certain: [node, ...onEveryWay(node, target)], repeated: [] }
    }
    case 'endBranch': {
      const all = [node, ...behind(node)].filter((one) => one.scope === flows)
      const untilJoin = all.filter((one) => !isBehindJoin(node, one))
      return { ahead: null, bypassed: untilJoin, certain: untilJoin, repeated: [] }
    }
    case 'endScope':
    case 'stayOff':
      return { ahead: null, bypassed: [], certain: [], repeated: [] }
  }
}

/** Others may still bring the path there. */
function isBehindJoin(from: FlowNode, node: FlowNode): boolean {
  return node !== from && (node.incoming.length > 1 || behind(from).size === 0 || !onlyFrom(from, node, new Set()))
}

function onlyFrom(from: FlowNode, node: FlowNode, seen: Set<FlowNode>): boolean {
  if (node === from || seen.has(node)) return true
  seen.add(node)
  if (node.type === 'boundaryEvent') return onlyFrom(from, node.attachedTo, seen)
  return node.incoming.length > 0 && node.incoming.every(({ source }) => onlyFrom(from, source, seen))
}

function search(book: Book, to: Moving, place: Place, { body }: Deviation, instance: InstanceReader, trial: Trial | null) {
  const { soundness = 'strong', situationsMax } = book.rules.policies
  const options: SearchOptions = {
    strength: soundness,
    ...(situationsMax !== undefined && { statesMax: Math.min(5_000, situationsMax), reducedMax: situationsMax }),
  }
  const judgeMoving = (one: Moving, repairing: Repairing | null) => {
    const moves = movesOf(one, body.anchor, instance)
    if (moves === null) return null
    const changes = changesOf(instance, place, moves, one.type === 'jump' ? one.within : undefined)
    return judgeChange(changes, one, place.node.id, options, repairing)
  }
  const retired = to.type === 'endBranch' && !to.retireJoinSlot ? retiredMoves(to, body.anchor, instance) : null
  const verdict = judgeMoving(to, trial && { retired, trial })
  if (verdict === null) return null
  const isNext = to.type === 'jump' && to.also.length === 0 && to.cancel.length === 0 && isSuccessor(place.node, to.elementId)
  const { refusal } = verdict
  // What the model itself comes to is no worse than what it comes from, however much of that was looked at.
  if (isNext && refusal?.code === 'NotProven') {
    const message = 'Not all that can come of it was looked at; the model itself comes there.'
    const checks = verdict.checks.map((check) => (check.holds === 'unknown' ? { ...check, message } : check))
    return { ...verdict, refusal: null, checks, class: 'G1' as const }
  }
  const found: GuaranteeClass = refusal !== null ? 'G3' : isNext ? 'G1' : 'G2'
  return { ...verdict, class: found }
}

/** The join's slot that the branch would have filled, where there is one. */
function retiredMoves(to: Extract<Moving, { type: 'endBranch' }>, anchor: Deviation['body']['anchor'], instance: InstanceReader) {
  const [slot] = movesOf({ ...to, retireJoinSlot: true }, anchor, instance)?.start ?? []
  return slot === undefined || slot.via === null ? null : { elementId: slot.elementId, arrivedBy: slot.via }
}

/** The step itself could have gone on there, and nowhere else at the same time. */
function isSuccessor(node: FlowNode, elementId: string): boolean {
  const isAlone = node.outgoing.length === 1 || node.type === 'exclusiveGateway'
  return isAlone && node.outgoing.some(({ target }) => target.id === elementId)
}

function mandatoryAmong(
  book: Book,
  deviation: Deviation,
  instance: InstanceReader,
  certain: readonly FlowNode[],
  to: LaterDirective,
): readonly FlowNode[] {
  const { definition } = instance
  const isMandatory = (node: FlowNode): boolean => policyOf(node, definition.key, book.rules.policies).mandatory === true
  const must = [...new Set([...certain.filter(isMandatory), ...leftOut(to, deviation, instance, isMandatory)])]
  if (must.length === 0) return must
  const done = doneIn(book, deviation)
  return must.filter(({ id }) => !done.some(({ elementId }) => elementId === id))
}

function approvalMissing(
  book: Book,
  { approvedBy = [], to }: Return,
  deviation: Deviation,
  instance: InstanceReader,
  actor: string,
  mandatory: readonly FlowNode[],
): Refused | null {
  const { people, policies } = book.rules
  const needed = Math.max(...mandatory.map((node) => policyOf(node, instance.definition.key, policies).approvals ?? 1))
  const names = mandatory.map(({ id }) => `"${id}"`).join(', ')
  const scene = sceneOf(deviation, instance, null)
  const others = approvedBy.filter(
    (id, k) =>
      !isSamePerson(people, id, actor) &&
      !approvedBy.slice(0, k).some((earlier) => isSamePerson(people, id, earlier)) &&
      hasRight(book, 'skipMandatory', id, scene),
  )
  if (others.length >= needed) return null
  const message = `${names} must be done. It takes the approval of ${needed === 1 ? 'one other person' : `${needed} other people`} to pass it over (approvedBy), or an item that counts for it.`
  return new Refused('MandatoryStep', message, {
    deviationId: deviation.id,
    missing: mandatory.map(({ id }) => id),
    approvals: { needed, given: others },
    holders: holdersOf(book, 'skipMandatory', scene),
    proposal: { operation: 'cases.return', right: 'skipMandatory', by: actor, command: { deviationId: deviation.id, to } },
  })
}

function sceneOf({ id, caseId, elementId }: Deviation, { definition }: InstanceReader, roles: readonly string[] | null): Scene {
  return { caseId, deviationId: id, processKey: definition.key, elementId, roles }
}

function policiesAt(book: Book, { definition }: InstanceReader, node: FlowNode) {
  return { elements: policyOf(node, definition.key, book.rules.policies) }
}

function notAllowedTarget({ id }: FlowNode, target: string, allowed: readonly string[]): Refused {
  const message = `From "${id}" the path is taken up again at ${allowed.map((one) => `"${one}"`).join(', ') || 'no other element'} only.`
  const repairs = allowed.map((one) => ({ message: `Jump to "${one}".`, to: { jump: one } }))
  return new Refused('TargetNotAllowed', message, { target, repairs })
}

const CRITERIA: { readonly [code: string]: string } = {
  MissingData: 'C5',
  VariableConflict: 'C6',
  MandatoryStep: 'C10',
  PrecedenceViolated: 'C10',
  ResponseMissing: 'C10',
  Excluded: 'C10',
  TargetNotAllowed: 'C10',
}

/** C5, C6 and C10, each with what speaks against it. */
function checksOf(refusals: readonly Refused[], isDataKnown: boolean): readonly Check[] {
  return ['C5', 'C6', 'C10'].map((code) => {
    if (code !== 'C10' && !isDataKnown) return { code, holds: 'unknown', message: 'Judged when what takes the work over has ended.' }
    const against = refusals.filter((refusal) => CRITERIA[refusal.code] === code)
    const message = against.length === 0 ? HOLDS[code] : against.map((refusal) => refusal.message).join(' ')
    return { code, holds: against.length === 0, message: message ?? '' }
  })
}

const HOLDS: { readonly [code: string]: string } = {
  C5: 'Everything that is needed ahead is there.',
  C6: 'Nothing is overwritten that others have changed.',
  C10: 'What must be done is not passed over.',
}

function hasEffect(node: FlowNode): boolean {
  return ['serviceTask', 'sendTask', 'scriptTask', 'businessRuleTask', 'callActivity', 'intermediateThrowEvent'].includes(node.type)
}

function isActivity(node: FlowNode): boolean {
  return 'boundaryEvents' in node
}
