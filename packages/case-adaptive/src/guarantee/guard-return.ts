import { Refused } from '@leeway/engine'
import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import { laterOf } from '../case/later.ts'
import type { Check, Verdict } from '../case/verdict.ts'
import { checkReturn, requiredOf } from '../deviation/checks.ts'
import { requiredOpen } from '../deviation/refusals.ts'
import { undoneBefore } from '../deviation/undone-before.ts'
import { needAuthority } from '../people/authority.ts'
import { policyOf } from '../people/element-policy.ts'
import { needReturn, sceneOfReturn } from '../people/return-rights.ts'
import { needRight, needSecondPerson, needStandIn, roleFor } from '../people/rights.ts'
import { conflictsOf, missingData, missingInputs, missingOutputs, missingResult, variableConflict, visibleVariables } from './data.ts'
import { judgeMandatory } from './mandatory.ts'
import { placeOf } from './places.ts'
import { isGiven, needsIn, type Trial, withTried } from './repairs.ts'
import { checkOrder } from './rules-of-work.ts'
import { searchReturn } from './search-return.ts'
import { checkTime } from './time.ts'
import { wayOf } from './way.ts'

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

/**
 * Judges a return before anything changes; throws the first refusal, unless two people take it upon themselves (G3). Gives the verdict to
 * be recorded.
 */
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
  const scene = sceneOfReturn(deviation, instance)
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
  const passed = judgeMandatory(book, command, deviation, instance, actor, way.certain)
  if (passed.refusal !== null) refusals.push(passed.refusal)
  if (way.ahead !== null) refusals.push(...checkOrder(book, deviation, instance, way.ahead, way.certain))
  const missing = [
    ...(to.type === 'skip' ? missingOutputs(place.node, known, elements.outputs ?? []) : []),
    ...(to.type === 'skip' && place.isRound ? missingResult(place.node, Object.keys(variables), command.resultAbsent === true) : []),
    ...(way.ahead === null ? [] : missingInputs(way.ahead, way.bypassed, known)),
  ]
  if (missing.length > 0 && isDataKnown) refusals.push(missingData(missing, deviation.id))

  const isLost = trial === null && refusals.some((refusal) => !isGiven(refusal)) // what is tried need not be searched then
  const searched =
    (to.type === 'jump' || to.type === 'endBranch') && !isLost ? searchReturn(book, to, place, deviation, instance, trial) : null
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
    reviewOf: passed.approved,
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
  const passed = judgeMandatory(book, command, deviation, instance, actor, [])
  if (passed.refusal !== null) refusals.push(passed.refusal)
  const isSame = to.type === 'resume'
  return {
    ...STANDS,
    role,
    refusals,
    reviewOf: passed.approved,
    isShared,
    verdict: { ...STANDS.verdict, class: isSame ? 'G0' : 'G1', checks: checksOf(refusals, true) },
  }
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

function isActivity(node: FlowNode): boolean {
  return 'boundaryEvents' in node
}
