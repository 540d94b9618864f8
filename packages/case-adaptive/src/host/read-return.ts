import { EngineError } from '@leeway/engine'
import type { Return } from '../case/commands.ts'
import type { Compensate, Directive, HandOverDirective } from '../case/directives.ts'
import { noReason } from './call-refusals.ts'
import type { TemplateNames } from './case-template.ts'
import { CALL, checkNames, type Shape, shown } from './check-request.ts'
import type { HandOver, ReturnDirective, ReturnRequest } from './deviation-api.ts'
import { readCost, readOverride, readReason, readVariables } from './read-request.ts'
import { readOutputs, readResults } from './read-results.ts'

/** What coming back is to do, and on what terms. Throws `invalidArgument`, `ReasonMissing`, `notYetSupported`. */
export function readReturn(deviationId: string, request: ReturnRequest, templates: TemplateNames): Return {
  checkNames('cases.return', request, RETURN)
  const to = readDirective(request.to, templates)
  const reason = request.reason === undefined ? null : readReason(request.reason, 'cases.return')
  const confirmNotIdempotent = request.confirmNotIdempotent === true
  const { overwrite = [], approvedBy = [], override, waive = [], onBehalfOf } = request
  const last = to.type === 'handOver' ? to.next.type : to.type
  if (waive.length > 0 && last === 'stayOff')
    throw new EngineError(
      'invalidArgument',
      "cases.return: to 'stayOff' nothing is waived, for its items go on at the case; leave waive out.",
      {},
    )
  if (request.resultAbsent && last !== 'skip')
    throw new EngineError(
      'invalidArgument',
      "cases.return: resultAbsent is for a round that is passed over (to: 'skip'); leave it out.",
      {},
    )
  if (waive.length > 0 && reason === null) throw noReason('cases.return with waive')
  return {
    type: 'return',
    deviationId,
    to,
    confirmNotIdempotent,
    reason,
    variables: readVariables(request.variables),
    ...(request.results !== undefined && { results: readResults(request.results) }),
    ...(request.cost !== undefined && { cost: readCost('cases.return', request.cost) }),
    ...readCompensate(request.compensate, to),
    ...(request.resultAbsent === true && { resultAbsent: true }),
    overwrite,
    approvedBy,
    waive,
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(override !== undefined && { override: readOverride(override, 'cases.return') }),
  }
}

const RETURN: Shape = {
  to: 'any',
  cost: 'any',
  results: 'any',
  variables: 'any',
  reason: 'any',
  confirmNotIdempotent: 'flag',
  waive: 'each',
  onBehalfOf: 'text',
  resultAbsent: 'flag',
  compensate: 'any',
  overwrite: 'each',
  approvedBy: 'each',
  override: 'any',
  ...CALL,
}

/** Throws `invalidArgument` for what is no choice, or where nothing is gone back over, and no scope ends. */
function readCompensate(given: unknown, to: Directive): { readonly compensate?: Compensate } {
  if (given === undefined || given === 'none') return {}
  const { type } = to.type === 'handOver' ? to.next : to
  if ((given === 'registered' || given === 'all') && type === 'jump') return { compensate: given }
  if (given === 'registered' && type === 'endScope') return { compensate: given }
  const message = `cases.return: compensate is ${shown(given)}; it is 'none', 'registered' or 'all' for a jump, 'none' or 'registered' for the end of a scope.`
  throw new EngineError('invalidArgument', message, {})
}

/** What a return is to do. Throws `invalidArgument`. */
function readDirective(to: ReturnDirective | undefined, templates: TemplateNames): Directive {
  if (typeof to === 'string' && PLAIN.includes(to)) return { type: to } // one of them
  if (typeof to !== 'object' || to === null) {
    throw new EngineError(
      'invalidArgument',
      `cases.return needs \`to\`: 'resume', 'redo', 'skip', 'endScope', 'stayOff', { event }, { jump }, { endBranch }, or { handOver }; it is ${shown(to)}.`,
      {},
    )
  }
  if ('event' in to && typeof to.event === 'string') {
    checkNames('cases.return with event', to, EVENT)
    return { type: 'event', elementId: to.event }
  }
  if ('jump' in to && typeof to.jump === 'string') {
    checkNames('cases.return with jump', to, JUMP)
    return {
      type: 'jump',
      elementId: to.jump,
      via: to.via ?? null,
      also: to.also ?? [],
      cancel: to.cancel ?? [],
      ...(to.within !== undefined && { within: to.within }),
    }
  }
  if ('endBranch' in to && typeof to.endBranch === 'object') {
    checkNames('cases.return with endBranch', to, END_BRANCH)
    checkNames('cases.return with endBranch', to.endBranch, { retireJoinSlot: 'flag' })
    return { type: 'endBranch', retireJoinSlot: to.endBranch.retireJoinSlot === true }
  }
  if ('handOver' in to) {
    checkNames('cases.return with handOver', to, HANDS_OVER)
    return readHandOver(to.handOver, templates)
  }
  throw new EngineError(
    'invalidArgument',
    `cases.return to ${shown(Object.keys(to)[0])}: there is no such return; it knows event, jump, endBranch and handOver.`,
    {},
  )
}

const EVENT: Shape = { event: 'text' }
const END_BRANCH: Shape = { endBranch: 'any' }
const HANDS_OVER: Shape = { handOver: 'any' }
const JUMP: Shape = { jump: 'text', via: 'text?', also: 'each?', cancel: 'each?', within: 'text?' }
const PLAIN: readonly string[] = ['resume', 'redo', 'skip', 'endScope', 'stayOff']

const HAND_OVER: Shape = { process: 'text', case: 'any', variables: 'any', outputs: 'any', next: 'any' }

/** What takes the work over, and the return that follows. Throws `invalidArgument`, `invalidVariable`. */
function readHandOver(given: HandOver, templates: TemplateNames): HandOverDirective {
  checkNames('cases.return with handOver', given, HAND_OVER)
  const { variables, outputs, next: following = 'resume' } = given
  const process = 'process' in given ? given.process : undefined
  const template = 'case' in given ? given.case : undefined
  const does =
    process ?? (typeof template === 'string' || template === true ? templates.named(template === true ? undefined : template) : undefined)
  if (typeof does !== 'string' || does === '' || (process !== undefined && template !== undefined))
    throw new EngineError('invalidArgument', 'handOver names what takes the work over: { process: key } or { case: template }.', {})
  const next = readDirective(following, templates)
  if (next.type === 'handOver')
    throw new EngineError('invalidArgument', 'What follows a hand-over is a return to the path, not another hand-over.', {})
  return {
    type: 'handOver',
    kind: process === undefined ? 'case' : 'process',
    does,
    input: readVariables(variables),
    ...(outputs !== undefined && { outputs: readOutputs(outputs) }),
    next,
  }
}
