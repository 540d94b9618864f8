import { assertNever } from '../model/assert-never.ts'
import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import { completeAdHoc, startAdHoc } from './ad-hoc-commands.ts'
import { pathEnded } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import { beginProcess } from './begin-process.ts'
import { dropBeside, keepBeside, undoneBeside } from './beside.ts'
import { escalateCall, finishCall } from './calling.ts'
import type { Command } from './commands.ts'
import { divert, endInstance, endScope } from './diverting.ts'
import { findScope, rootOf } from './draft.ts'
import { armEventSubProcess } from './event-sub-processes.ts'
import { completeTask, failWork, fillIn, finishWork } from './finish-work.ts'
import { holdToken } from './holding.ts'
import { holdInside, holdProcess } from './holding-scopes.ts'
import { instanceIdOf, tokenId } from './ids.ts'
import { reconsiderJoin } from './joins.ts'
import { migrate } from './migrating.ts'
import { modify, rewind } from './modifying.ts'
import { notWaiting, onHold, type Rejection } from './rejection.ts'
import { rescheduleTimer } from './rescheduling.ts'
import { release, releaseProcess } from './return-to-path.ts'
import { isArmedToken, type Token, waitsFor } from './state.ts'
import { setStops } from './stopping.ts'
import { acceptSuspended, suspend } from './suspending.ts'
import { throwError, throwEscalation } from './throwing.ts'
import { occur, triggerWait } from './triggering.ts'

/**
 * Checks a command against the state and turns it into first events and operations; rejects it, changing nothing, where it does not apply.
 */
export function accept(step: Step, command: Command): Rejection | undefined {
  if (command.type === 'startProcess') return beginProcess(step, command)
  const within = 'instanceId' in command ? command.instanceId : command.scopeId
  const root = rootOf(step.draft, within)
  if (!root?.instance) return { code: 'notStarted', message: `there is no instance ${instanceIdOf(within)}` }
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
  if (command.type === 'keepBeside') return keepBeside(step, command)
  if (command.type === 'dropBeside') return dropBeside(step, command)
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
      if (!waitsFor(token, 'task')) return notWaiting(token, 'a user')
      if (token.phase === 'held') return onHold(token)
      return fillIn(step, scopeId, n, node, command)
    case 'triggerWait':
      return triggerWait(step, command, token)
    case 'triggerElement':
      return triggerElement(step, scopeId, n, token, node, command.values)
    case 'throwError':
      if (token.hold !== undefined) return onHold(token)
      if (token.phase === 'arrived') return notWaiting(token, 'anything that could fail')
      throwError(step, scopeId, n, command)
      return undefined
    case 'throwEscalation':
      if (token.hold !== undefined) return onHold(token)
      if (token.phase === 'arrived') return notWaiting(token, 'anything that could be escalated')
      throwEscalation(step, scopeId, n, command)
      return undefined
    case 'continue':
      return goOn(step, scopeId, n, token, node)
    case 'resolveIncident':
      return resolveIncident(step, scopeId, n, token, node)
    case 'rescheduleTimer':
      return rescheduleTimer(step, command, token)
    case 'hold':
      if (token.phase === 'held') return onHold(token)
      if (token.child && command.whole && token.phase !== 'compensating') return holdInside(step, command, token)
      if (token.child || token.phase === 'active' || token.phase === 'compensating') return notWaiting(token, 'anything that can be held')
      if (command.withdraw && !isRevocable(token, node)) return notWaiting(token, 'anything that can be taken back')
      holdToken(step, command, token)
      return undefined
    case 'release':
      return release(step, command, token, node)
    case 'undoneBeside':
      return undoneBeside(step, command, token, node)
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
    case 'rescheduleTimer':
      return rescheduleTimer(step, command, token)
    default:
      return notWaiting(token, 'this: it only listens')
  }
}

type CommandAt = Extract<Command, { readonly n: number }>

function triggerElement(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, values: Values): Rejection | undefined {
  const own = token.waits?.find((wait) => wait.type === 'job' || wait.type === 'task' || ('for' in wait && wait.for === token.elementId))
  if (!own || node.type === 'eventBasedGateway') return notWaiting(token, 'one thing that could be triggered')
  if (own.type === 'job') return finishWork(step, scopeId, n, token, node, { type: 'completed', set: values, local: {} }, own.turn)
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
  const { retry } = token.incident
  // Work has its attempts again, and is offered on return.
  if (token.phase === 'held' && retry !== 'job') return onHold(token)
  step.emit({ type: 'incidentResolved', scopeId, n, elementId: token.elementId, retry })
  if (retry === 'enter') step.plan({ do: 'begin', scopeId, n, node })
  else if (retry === 'join') reconsiderJoin(step, scopeId, node)
  else if (retry === 'turn') pathEnded(step, tokenId(scopeId, n))
  else if (retry !== 'job') step.plan({ do: retry, scopeId, n, node })
  return undefined
}

/** Nobody waits for what it did: it is not at a join, does not compensate, and did not begin the instance. */
function isRevocable({ phase, incident, compensation }: Token, node: FlowNode): boolean {
  const isOfOthers = phase === 'arrived' || incident?.retry === 'join' || compensation !== undefined
  return !isOfOthers && !(node.type === 'eventBasedGateway' && node.instantiate)
}
