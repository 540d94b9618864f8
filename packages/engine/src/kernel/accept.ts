import { isLeewayError } from '@leeway/storage'
import { assertNever } from '../model/assert-never.ts'
import type { JobSpec } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import { completeAdHoc, startAdHoc } from './ad-hoc-commands.ts'
import type { Step } from './agenda.ts'
import { escalateCall, finishCall } from './calling.ts'
import type { Command, CompleteTask, FailWork, ReleaseProcess, ReleaseToken, StartProcess } from './commands.ts'
import { beginConversation } from './correlating.ts'
import { divert, endInstance, endScope } from './diverting.ts'
import { findScope, scopeOf } from './draft.ts'
import { armEventSubProcess, armEventSubProcesses } from './event-sub-processes.ts'
import { checkForm } from './forms.ts'
import { applyHeard } from './heard.ts'
import { holdToken, latchFailure, latchWork, releaseToken } from './holding.ts'
import { heldInside, holdInside, holdProcess } from './holding-scopes.ts'
import { raiseIncident } from './incidents.ts'
import { beginBy } from './instantiating.ts'
import { reconsiderJoin } from './joins.ts'
import { awaitsWork } from './listening.ts'
import { mapsOutputs, receiveValues } from './mappings.ts'
import { migrate } from './migrating.ts'
import { modify, rewind } from './modifying.ts'
import { mappedException, modelledError, resultValues, workOf } from './outcomes.ts'
import type { Rejection } from './rejection.ts'
import { startElements } from './starting.ts'
import { instanceIdOf, isArmedToken, type Latch, type Scope, type Token, tokenId, type WorkResult } from './state.ts'
import { goOnFromStop, setStops } from './stopping.ts'
import { acceptSuspended, suspend } from './suspending.ts'
import { throwError, throwEscalation } from './throwing.ts'
import { occur, resume, triggerWait } from './triggering.ts'

/** Checks a command against the state and turns it into first events and operations; rejects it, changing nothing, where it does not apply. */
export function accept(step: Step, command: Command): Rejection | undefined {
  if (command.type === 'startProcess') return start(step, command)
  const instanceId = 'instanceId' in command ? command.instanceId : instanceIdOf(command.scopeId)
  const root = findScope(step.draft, instanceId)
  if (!root?.instance) return { code: 'notStarted', message: `there is no instance ${instanceId}` }
  const { status } = root.instance
  if (status !== 'active' && status !== 'suspended') return { code: 'ended', message: `instance ${root.id} is ${status}` }
  if (command.type === 'cancelProcess') return endInstance(step, root.id, command.as ?? 'terminated', command.reason)
  step.stops = root.instance.stops ?? null
  if (status === 'suspended') {
    const still = acceptSuspended(step, root, command)
    if (still !== 'asUsual') return still
  }
  if (command.type === 'suspendProcess') return suspend(step, root.id, command.reason)
  if (command.type === 'resumeProcess') return { code: 'notSuspended', message: `instance ${root.id} is not suspended` }
  if (command.type === 'migrateProcess') return migrate(step, root, command)
  if (command.type === 'modifyProcess') return modify(step, root.id, command)
  if (command.type === 'rewindProcess') return rewind(step, command)
  if (command.type === 'setStops') return setStops(step, command)
  if (command.type === 'endScope') return endScope(step, command)
  if (command.type === 'holdProcess') return holdProcess(step, root, command)
  if (command.type === 'releaseProcess') return releaseProcess(step, root, command)
  const scope = findScope(step.draft, command.scopeId)
  if (command.type === 'setVariables') {
    if (scope === null || scope.kept) return { code: 'unknownToken', message: `there is no scope ${command.scopeId} (any more)` }
    const { scopeId, values, remove = [] } = command
    step.emit({ type: 'variablesSet', scopeId, values, ...(remove.length > 0 && { removed: remove }) })
    return undefined
  }
  const token = scope?.tokens[command.n]
  const node = token && step.definition.nodes.get(token.elementId)
  if (!token || !node) return { code: 'unknownToken', message: `there is no element instance ${command.scopeId}.${command.n} (any more)` }
  const { scopeId, n } = command
  if (scope && isArmedToken(scope, n)) return acceptListening(step, command, token, node)
  switch (command.type) {
    case 'finishWork':
      return finishWork(step, scopeId, n, token, node, command.result, command.listener)
    case 'finishCall':
      return finishCall(step, command, token, node)
    case 'escalateCall':
      return escalateCall(step, command, token, node)
    case 'failWork':
      return failWork(step, command, token)
    case 'completeTask':
      if (!token.waits?.some((wait) => wait.type === 'task')) return notWaiting(token, 'a user')
      if (token.phase === 'held') return onHold(token)
      return fillIn(step, scopeId, n, node, command)
    case 'triggerWait':
      return triggerWait(step, command, token)
    case 'triggerElement':
      return triggerElement(step, scopeId, n, token, node, command.values)
    case 'throwError':
      if (token.phase === 'held') return onHold(token)
      if (token.phase === 'arrived') return notWaiting(token, 'anything that could fail')
      throwError(step, scopeId, n, command)
      return undefined
    case 'throwEscalation':
      if (token.phase === 'held') return onHold(token)
      if (token.phase === 'arrived') return notWaiting(token, 'anything that could be escalated')
      throwEscalation(step, scopeId, n, command)
      return undefined
    case 'continue':
      return goOn(step, scopeId, n, token, node)
    case 'resolveIncident':
      return resolveIncident(step, scopeId, n, token, node)
    case 'hold':
      if (token.phase === 'held') return onHold(token)
      if (token.child && command.whole && token.phase !== 'compensating') return holdInside(step, command, token)
      if (token.child || token.phase === 'active' || token.phase === 'compensating') return notWaiting(token, 'anything that can be held')
      if (command.withdraw && !isRevocable(token, node)) return notWaiting(token, 'anything that can be taken back')
      holdToken(step, command, token)
      return undefined
    case 'release':
      return release(step, command, token, node)
    case 'divert':
      return divert(step, command, token, node)
    case 'startAdHoc':
      return startAdHoc(step, command, token, node)
    case 'completeAdHoc':
      return completeAdHoc(step, command, token, node)
    default:
      return assertNever(command)
  }
}

/** A token that only listens takes what it listens for, and can be armed again. */
function acceptListening(step: Step, command: CommandAt, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n } = command
  switch (command.type) {
    case 'triggerWait':
      return triggerWait(step, command, token)
    case 'triggerElement': {
      const [wait] = token.waits ?? []
      if (!wait || !('for' in wait)) return notWaiting(token, 'anything that could be triggered')
      occur(step, scopeId, n, token, { for: wait.for, kind: 'trigger', values: command.values })
      return undefined
    }
    case 'resolveIncident':
      if (!token.incident || node.type !== 'subProcess') return notWaiting(token, 'an incident to be resolved')
      step.emit({ type: 'incidentResolved', scopeId, n, elementId: token.elementId, retry: token.incident.retry })
      armEventSubProcess(step, scopeId, n, node)
      return undefined
    case 'release':
      return release(step, command, token, node)
    default:
      return notWaiting(token, 'this: it only listens')
  }
}

type CommandAt = Extract<Command, { readonly n: number }>

function start(step: Step, command: StartProcess): Rejection | undefined {
  const { definition } = step
  const startEvent = command.startEventId === undefined ? undefined : definition.nodes.get(command.startEventId)
  const ids = command.at ?? (command.startEventId === undefined ? definition.root.initial.map((node) => node.id) : [command.startEventId])
  const nodes = ids.map((id) => definition.nodes.get(id))
  const unknown = ids.find((_, k) => nodes[k] === undefined)
  if (unknown !== undefined)
    return { code: 'unknownElement', message: `process "${definition.key}" has no element "${unknown}" to start at` }
  if (ids.length === 0 && definition.root.nodes.length > 0) return startedOtherwise(step)
  const initiators = [startEvent, ...nodes].flatMap((node) =>
    node?.type === 'startEvent' && node.initiator !== null ? [node.initiator] : [],
  )
  const { data } = definition.root
  // What came with the event and is mapped at its element is not the process's before that.
  const mapped = startEvent !== undefined && mapsOutputs(startEvent)
  const given = mapped ? {} : command.variables
  const variables: Values =
    initiators.length === 0 && data === null
      ? given
      : { ...data, ...Object.fromEntries(initiators.map((name) => [name, command.actor])), ...given }
  const scopeId = command.instanceId
  const { definitionId, businessKey } = command
  step.emit({
    type: 'processStarted',
    scopeId,
    definitionId,
    processKey: definition.key,
    businessKey,
    variables,
    at: step.now,
    ...(command.called && { called: command.called }),
  })
  if (command.stops !== undefined) setStops(step, { instanceId: scopeId, stops: command.stops })
  if (command.checksForm && command.at === undefined) {
    const rejected = fillInStart(step, scopeId, nodes, variables)
    if (rejected) return rejected
  }
  if (startEvent !== undefined) beginConversation(step, scopeId, startEvent, command.variables, command.key ?? null)
  if (definition.root.eventSubProcesses.length > 0) armEventSubProcesses(step, scopeId, definition.root)
  if (nodes.some((node) => node?.scope !== definition.root)) {
    const instructions = ids.map((elementId) => ({ at: 'before' as const, elementId, within: null, values: {} }))
    const started = startElements(step, scopeId, instructions, () => false)
    return 'code' in started ? started : undefined
  }
  for (const node of nodes) {
    if (!node) continue
    if (node === startEvent) beginBy(step, scopeId, node, mapped ? command.variables : {})
    else step.plan({ do: 'enter', scopeId, node, via: undefined })
  }
  step.moved(scopeId)
  return undefined
}

/** What an instance begins with was entered in the generated form of its start event, and is held against that. */
function fillInStart(step: Step, scopeId: string, nodes: readonly (FlowNode | undefined)[], given: Values): Rejection | undefined {
  for (const node of nodes) {
    if (node?.type !== 'startEvent' || node.form?.fields === undefined) continue
    const checked = checkForm(step, scopeId, null, node.form, given)
    if ('rejection' in checked) return checked.rejection
    const changed = Object.entries(checked.values).filter(([name, value]) => value !== given[name])
    if (changed.length > 0) step.emit({ type: 'variablesSet', scopeId, values: Object.fromEntries(changed) })
  }
  return undefined
}

/** Nothing in the process begins by itself: an instance would be over at once, with nothing done. */
function startedOtherwise({ definition: { key, root } }: Step): Rejection {
  const starts = root.nodes
    .filter((node) => node.type === 'startEvent' || ('instantiate' in node && node.instantiate))
    .map((node) => node.id)
  const by = starts.length === 0 ? '' : `: ${starts.join(', ')} ${starts.length === 1 ? 'starts' : 'start'} it by an event`
  const way = 'Publish the message, broadcast the signal, have its conditions evaluated, or name the elements to start at (`at`).'
  return { code: 'notStartable', message: `nothing in process "${key}" begins by itself${by}. ${way}` }
}

function finishWork(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  node: FlowNode,
  result: WorkResult,
  listener?: string,
): Rejection | undefined {
  if (!awaitsWork(token, listener)) return notWaiting(token, listener === undefined ? 'a handler' : 'this listener')
  if (token.phase === 'held') {
    if (token.hold?.late === 'discard') {
      step.emit({ type: 'lateResultDiscarded', scopeId, n, elementId: node.id, result })
      return undefined
    }
    if (token.hold?.latches.some((latch) => latch.type !== 'event')) return onHold(token)
    if (token.hold?.late !== 'accept') {
      latchWork(step, scopeId, n, token, result)
      return undefined
    }
    releaseToken(step, scopeId, n, token)
  }
  if (listener === undefined) applyWork(step, scopeId, n, node, result)
  else applyHeard(step, scopeId, n, token, node, result)
  return undefined
}

function applyWork(step: Step, scopeId: string, n: number, node: FlowNode, result: WorkResult): void {
  if (result.type === 'error') return throwError(step, scopeId, n, result, 'ofWork')
  if (result.type === 'escalation') {
    step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
    throwEscalation(step, scopeId, n, result)
    if (findScope(step.draft, scopeId)?.tokens[n]) resume(step, scopeId, n, node, node.id, {}, true)
    return
  }
  const spec = workOf(node)
  let values: Values
  try {
    values = resultValues(step, scopeId, n, spec, result)
    const error = spec?.throws && modelledError(step, scopeId, n, spec, result.set, null)
    if (error) return throwError(step, scopeId, n, error, 'ofWork')
  } catch (error) {
    // What the model makes of the result cannot be evaluated: the work is tried anew when that is put right.
    if (!isLeewayError(error)) throw error
    return raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'job')
  }
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
  if (Object.keys(result.local).length > 0) step.emit({ type: 'variablesSet', scopeId, values: result.local })
  if (result.inside !== undefined) {
    const own = scopeOf(step.draft, scopeId).tokens[n]?.locals
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...own, ...result.inside } })
  }
  receiveValues(step, scopeId, n, node, spec?.resultIsLocal ? withoutLocal(step, scopeId, spec, values) : values)
  resume(step, scopeId, n, node, node.id, {}, true)
}

/** The result stays in the scope around the element: set there, it goes no further out. */
function withoutLocal(step: Step, scopeId: string, { resultVariable }: JobSpec, values: Values): Values {
  if (resultVariable === null || !Object.hasOwn(values, resultVariable)) return values
  const { [resultVariable]: result = null, ...others } = values
  step.emit({ type: 'variablesSet', scopeId, values: { [resultVariable]: result } })
  return others
}

function failWork(step: Step, command: FailWork, token: Token): Rejection | undefined {
  const { scopeId, n, code, message, retriesLeft, retryAt } = command
  if (!awaitsWork(token, command.listener) && !token.waits?.some((wait) => wait.type === 'continuation'))
    return notWaiting(token, 'a handler')
  if (token.phase !== 'held' && command.listener === undefined && failsAsModelled(step, command, token)) return undefined
  // What fails while its step is left counts as no attempt, but for the last one.
  const left = token.phase === 'held' ? retriesLeft + 1 : retriesLeft
  if (retryAt !== null) step.emit({ type: 'workFailed', scopeId, n, code, message, retriesLeft: left, retryAt })
  else if (token.phase === 'held') latchFailure(step, scopeId, n, token, code, message)
  else raiseIncident(step, scopeId, n, token.elementId, code, message, 'job')
  return undefined
}

/** True where the model makes a BPMN error of the failure: then it is thrown at once. */
function failsAsModelled(step: Step, { scopeId, n, message, name }: FailWork, token: Token): boolean {
  const node = step.definition.nodes.get(token.elementId)
  const spec = node ? workOf(node) : null
  if (spec === null || (!spec.exceptions && !spec.throws)) return false
  try {
    const error = mappedException(spec, name, message) ?? modelledError(step, scopeId, n, spec, {}, { message })
    if (error === null) return false
    throwError(step, scopeId, n, error, 'ofWork')
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return false // the failure itself is what a person is to see
  }
  return true
}

/** A person completes a task: what was entered is held against the form first. */
function fillIn(step: Step, scopeId: string, n: number, node: FlowNode, { values, isUnchecked }: CompleteTask): Rejection | undefined {
  const form = !isUnchecked && node.type === 'userTask' && node.form?.fields !== undefined ? node.form : null
  const checked = form ? checkForm(step, scopeId, n, form, values) : { values }
  if ('rejection' in checked) return checked.rejection
  completeTask(step, scopeId, n, node, checked.values)
  return undefined
}

/** A person's work is done, or is taken as done. */
function completeTask(step: Step, scopeId: string, n: number, node: FlowNode, values: Values): void {
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
  receiveValues(step, scopeId, n, node, values)
  step.plan({ do: 'leave', scopeId, n, node })
}

function triggerElement(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, values: Values): Rejection | undefined {
  const own = token.waits?.find((wait) => wait.type === 'job' || wait.type === 'task' || ('for' in wait && wait.for === token.elementId))
  if (!own || node.type === 'eventBasedGateway') return notWaiting(token, 'one thing that could be triggered')
  if (own.type === 'job') return finishWork(step, scopeId, n, token, node, { type: 'completed', set: values, local: {} })
  if (token.phase === 'held') return onHold(token)
  if (own.type === 'task') completeTask(step, scopeId, n, node, values)
  else occur(step, scopeId, n, token, { for: token.elementId, kind: 'trigger', values })
  return undefined
}

function goOn(step: Step, scopeId: string, n: number, token: Token, node: FlowNode): Rejection | undefined {
  const wait = token.waits?.find((one) => one.type === 'continuation')
  if (!wait) return notWaiting(token, 'a continuation')
  if (token.phase === 'held') return onHold(token)
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
  step.plan({ do: wait.at === 'before' ? 'begin' : 'depart', scopeId, n, node })
  return undefined
}

function resolveIncident(step: Step, scopeId: string, n: number, token: Token, node: FlowNode): Rejection | undefined {
  if (!token.incident) return notWaiting(token, 'an incident to be resolved')
  if (token.phase === 'held') return onHold(token)
  const { retry } = token.incident
  step.emit({ type: 'incidentResolved', scopeId, n, elementId: token.elementId, retry })
  if (retry === 'enter') step.plan({ do: 'begin', scopeId, n, node })
  else if (retry === 'join') reconsiderJoin(step, scopeId, node)
  else if (retry !== 'job') step.plan({ do: retry, scopeId, n, node })
  return undefined
}

/** Back on the path: what was latched is applied once, in the order it came; the first that moves the token ends it. */
function release(step: Step, command: ReleaseToken, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n } = command
  const { hold } = token
  if (token.phase !== 'held' || !hold || hold.by !== command.by)
    return { code: 'notHeld', message: `"${token.elementId}" is not held by ${command.by}` }
  if (hold.withdrawn)
    return { code: 'notDivertible', message: `"${token.elementId}" was taken back; begin it anew, skip it or go elsewhere` }
  releaseToken(step, scopeId, n, token)
  if (hold.was === 'unbegun' || hold.was === 'occurred') {
    goOnFromStop(step, scopeId, n, hold.was, node)
    return undefined
  }
  for (const latch of hold.latches) {
    const now = findScope(step.draft, scopeId)?.tokens[n]
    if (now) applyLatch(step, scopeId, n, now, node, latch)
  }
  if (hold.was === 'arrived') reconsiderJoin(step, scopeId, node)
  if (token.child) goOnInside(step, command, token, node)
  return undefined
}

/** Nobody waits for what it did: it is not at a join, undoes nothing, and did not begin the instance. */
function isRevocable({ phase, incident, drivenBy }: Token, node: FlowNode): boolean {
  const isOfOthers = phase === 'arrived' || incident?.retry === 'join' || drivenBy !== undefined
  return !isOfOthers && !(node.type === 'eventBasedGateway' && node.instantiate)
}

/** All that was held with a scope goes on; if what was left running in it has ended meanwhile, the scope ends now. */
function goOnInside(step: Step, { scopeId, n, by }: ReleaseToken, token: Token, node: FlowNode): void {
  const inner = tokenId(scopeId, n)
  for (const command of heldInside(step, inner, by)) accept(step, { ...command, now: step.now })
  // Where something is at work for it, it had ended before.
  if (token.incident !== undefined || token.waits?.some((wait) => wait.type === 'listener' || wait.type === 'continuation')) return
  const scope = findScope(step.draft, inner)
  if (scope?.rounds === undefined) {
    // An ad hoc sub-process stays open without a token until it is to end.
    if (scope?.kind !== 'adHocSubProcess' || scope.closing) step.moved(inner)
  } else if (scope.rounds.active === 0) step.plan({ do: 'leave', scopeId, n, node })
}

/** The whole instance is back on the path. */
function releaseProcess(step: Step, { id, instance }: Scope, { by }: ReleaseProcess): Rejection | undefined {
  if (instance?.hold?.by !== by) return { code: 'notHeld', message: `instance ${id} is not held by ${by}` }
  const inside = heldInside(step, id, by)
  step.emit({ type: 'processReleased', scopeId: id, by })
  for (const one of inside) accept(step, { ...one, now: step.now })
  step.moved(id)
  return undefined
}

function applyLatch(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, latch: Latch): void {
  if (latch.type === 'work') {
    if (token.waits?.some((wait) => wait.type === 'job')) applyWork(step, scopeId, n, node, latch.result)
    else if (token.waits?.some((wait) => wait.type === 'listener')) applyHeard(step, scopeId, n, token, node, latch.result)
  } else if (latch.type === 'call')
    finishCall(step, { type: 'finishCall', scopeId, n, calledId: latch.instanceId, result: latch.result }, token, node)
  else if (latch.type === 'failure') raiseIncident(step, scopeId, n, node.id, latch.code, latch.message, 'job')
  else if (token.waits?.some((wait) => 'for' in wait && wait.for === latch.for)) occur(step, scopeId, n, token, latch, true)
}

function notWaiting(token: Token, what: string): Rejection {
  return { code: 'notWaiting', message: `"${token.elementId}" does not wait for ${what}` }
}

function onHold(token: Token): Rejection {
  return {
    code: 'onHold',
    message: `"${token.elementId}" is off the path, held by ${token.hold?.by}; what is sent is kept as a draft until the return`,
  }
}
