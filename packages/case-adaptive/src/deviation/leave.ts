import { EngineError, Refused } from '@leeway/engine'
import { type CommandBody, type InstanceReader, splitTokenId, type Token } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Case } from '../case/case-state.ts'
import type { Leave } from '../case/commands.ts'
import type { Anchor, Deviation } from '../case/deviation-state.ts'
import { attachInstance, liveCase, openCase, workedCase } from '../case/open-case.ts'
import { watchAway } from '../case/service/service.ts'
import { guardLeave } from '../guarantee/guard-leave.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { rememberDone } from '../people/watch-work.ts'
import { tokensAt, wholeHolderOf } from './anchors.ts'
import { watchBeside } from './beside.ts'
import { awayAround } from './cascade.ts'
import { checkLeave, checkTimers } from './checks.ts'
import { checkDepth } from './nesting.ts'
import { alreadyAway, anchorGone, compensationRuns } from './refusals.ts'

/** What leaving comes to: the deviation, and the kernel's commands. */
export interface Left {
  readonly deviation: Deviation
  readonly commands: readonly CommandBody[]
}

/**
 * Leaves the path at a token: the token is held, its place is kept, and whatever comes to it is dealt with as
 * docs/guide/leaving-the-path.md says; alongside, nothing is held. An instance without a case gets one.
 */
export function leave(book: Book, command: Leave, instance: InstanceReader, actor: string): Left {
  if (command.mode === 'takeOver' && command.elementInstanceId === instance.id) return takeOver(book, command, instance, actor)
  const { elementInstanceId: id, mode, reason } = command
  const token = anchorToken(book, instance, command)
  const place = splitTokenId(id) as { scopeId: string; n: number } // the token was found by it
  const record = caseFor(book, command.template, instance.id)
  checkLeave(command, token, instance)
  const { timers, preempts, ...recorded } = guardLeave(book, command, token.elementId, instance, actor)
  rememberDone(book, record.id)
  const anchor: Anchor = {
    type: 'token',
    elementId: token.elementId,
    elementInstanceId: id,
    scopeId: place.scopeId,
    scopePath: instance.scope(place.scopeId)?.path ?? '',
  }
  const made = newDeviation(book, { caseId: record.id, mode, anchor, reason, actor, instance })
  const body = {
    ...made.body,
    ...recorded,
    ...(preempts !== null && { preempts }),
    ...(command.gate && { gate: true as const }),
    ...runsOnOf(command),
  }
  const deviation: Deviation = { ...made, body }
  book.putDeviation(deviation)
  watchAway(book, deviation.caseId)
  const position = { instanceId: instance.id, elementId: token.elementId, elementInstanceId: id }
  book.note(record.id, { type: 'deviation:start', deviationId: deviation.id, position, mode, reason })
  if (preempts !== null) book.note(record.id, { type: 'deviation:notice', deviationId: deviation.id, to: preempts, because: 'preempted' })
  if (mode === 'takeOver') tellWorkers(book, deviation, instance, actor)
  if (mode === 'alongside') {
    watchBeside(book, deviation, instance)
    return { deviation, commands: [] }
  }
  const late = LATE[command.onLateResult]
  const withdraw = mode === 'withdraw'
  const hold: CommandBody = {
    type: 'hold',
    ...place,
    by: deviation.id,
    timers,
    ...(command.events && { events: command.events }),
    ...(withdraw && { withdraw }),
    ...(mode === 'takeOver' && { whole: true as const }),
    ...(late && { late }),
  }
  return { deviation, commands: [hold] }
}

/** Takes over an instance as a whole: all its tokens, and what listens in it. */
function takeOver(book: Book, command: Leave, instance: InstanceReader, actor: string): Left {
  const { mode, reason } = command
  checkActive(instance, instance.id)
  const holder = wholeHolderOf(instance)
  const other = holder === null ? null : book.deviation(holder)
  if (other !== null) throw alreadyAway(other)
  const around = awayAround(book, instance)
  if (around !== null) throw alreadyAway(around)
  const { key } = instance.definition
  const record = caseFor(book, command.template, instance.id)
  checkTimers(command, key, instance)
  const { timers, preempts: _preempts, ...recorded } = guardLeave(book, command, null, instance, actor)
  rememberDone(book, record.id)
  const anchor: Anchor = { type: 'instance', elementId: key, elementInstanceId: instance.id, scopeId: instance.id, scopePath: '' }
  const made = newDeviation(book, { caseId: record.id, mode, anchor, reason, actor, instance })
  const deviation: Deviation = { ...made, body: { ...made.body, ...recorded, ...runsOnOf(command) } }
  book.putDeviation(deviation)
  watchAway(book, deviation.caseId)
  const position = { instanceId: instance.id, elementId: key, elementInstanceId: instance.id }
  book.note(record.id, { type: 'deviation:start', deviationId: deviation.id, position, mode, reason })
  tellWorkers(book, deviation, instance, actor)
  return { deviation, commands: [{ type: 'holdProcess', instanceId: instance.id, by: deviation.id, timers }] }
}

/** Those whose claimed tasks are taken over with the scope are told. */
function tellWorkers(book: Book, { id, caseId, body }: Deviation, instance: InstanceReader, actor: string): void {
  const tasks = tokensAt(instance, body.anchor.elementInstanceId).filter(
    ({ token }) => token.hold === undefined && token.waits?.some(({ type }) => type === 'task'),
  )
  const workers = new Set(tasks.flatMap((one) => book.task(one.id)?.assignee ?? []))
  for (const to of workers) if (to !== actor) book.note(caseId, { type: 'deviation:notice', deviationId: id, to, because: 'preempted' })
}

function runsOnOf({ runsOn }: Leave): { readonly runsOn?: true } {
  return runsOn ? { runsOn } : {}
}

/**
 * Two holds are counted by themselves, and what operations stopped stands still for everybody. Throws `instanceSuspended`, `AnchorGone`.
 */
function checkActive(instance: InstanceReader, elementInstanceId: string): void {
  const status = instance.scope(instance.id)?.instance?.status ?? 'completed'
  if (status === 'active') return
  const details = { instanceId: instance.id, elementInstanceId, status }
  if (status === 'suspended') throw new EngineError('instanceSuspended', `Instance ${instance.id} is suspended; resume it first`, details)
  throw anchorGone(`Instance ${instance.id} is ${status}; there is no path to leave. Reopen its case instead.`, details)
}

/** The instance's case, else that of who called it; where there is none, one that opens itself. Throws `TooDeep`. */
export function caseFor(book: Book, template: string, instanceId: string): Case {
  checkDepth(book, instanceId)
  for (let at: string | null = instanceId; at !== null; at = book.callerOf(at)?.instanceId ?? null) {
    const owner = book.caseOfInstance(at)
    if (owner === null) continue
    workedCase(book, owner.id)
    attachInstance(book, owner.id, instanceId)
    return liveCase(book, owner.id)
  }
  return openCase(book, { template, customer: null, title: null, facts: {}, tier: null }, instanceId)
}

/** A deviation as it begins. It is still to be put. */
export function newDeviation(
  book: Book,
  given: { readonly anchor: Anchor; readonly instance: InstanceReader } & Pick<Deviation, 'caseId' | 'mode'> &
    Pick<Deviation['body'], 'reason' | 'actor'>,
): Deviation {
  const { caseId, mode, anchor, reason, actor, instance } = given
  const { id, key, version } = instance.definitionRecord
  return {
    id: book.newId(),
    caseId,
    instanceId: instance.id,
    elementId: anchor.elementId,
    state: deviationLifecycle.initial,
    mode,
    leftAt: book.now,
    tenantId: book.tenantId,
    body: {
      anchor,
      definition: { id, key, version },
      actor,
      participants: [actor],
      reason,
      timers: [],
      events: [],
      latches: [],
      ...(book.approver !== undefined && { approvedBy: [book.approver] }),
    },
  }
}

const LATE = { hold: null, discard: 'discard', acceptAndContinue: 'accept' } as const

/** The token, if it can be left at: it waits, or has arrived at a join, or is stuck. */
function anchorToken(book: Book, instance: InstanceReader, { elementInstanceId: id, mode }: Leave): Token {
  const details = { instanceId: instance.id, elementInstanceId: id }
  checkActive(instance, id)
  if (id === instance.id)
    throw new EngineError(
      'invalidArgument',
      'An instance as a whole is left with mode "takeOver"; leave otherwise at one of its tokens.',
      details,
    )
  const token = instance.token(id)
  if (token === null) throw anchorGone(`There is no element instance ${id} (any more).`, details)
  if (mode === 'alongside') return token
  if (token.hold !== undefined) {
    const other = book.deviation(token.hold.by)
    if (other !== null) throw alreadyAway(other)
    throw new Refused('AlreadyAway', `"${token.elementId}" is held by ${token.hold.by} already.`, { ...details, by: token.hold.by })
  }
  const around = awayAround(book, instance)
  if (around !== null) throw alreadyAway(around)
  if (token.child !== (mode === 'takeOver' || undefined)) {
    const message = token.child
      ? `"${token.elementId}" is a scope with tokens of its own: leave it as a whole with mode "takeOver", or leave at one of its tokens.`
      : `"${token.elementId}" is no scope with tokens of its own: leave it with mode "detour".`
    throw new EngineError('invalidArgument', message, details)
  }
  if (token.phase === 'compensating') throw compensationRuns(token)
  return token
}
