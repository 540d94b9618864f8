import type { Expectation, Write } from '@leeway/storage'
import type { Command } from '../kernel/commands.ts'
import { type Draft, type Need, openDraft } from '../kernel/draft.ts'
import type { ElementWaits } from '../kernel/events/waits.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { callDepthOf, splitTokenId, tokenId } from '../kernel/ids.ts'
import type { CallResult, Token } from '../kernel/state.ts'
import { advance } from '../kernel/step.ts'
import { callJob, isEnd, resultOf } from './call-records.ts'
import type { CommandBody } from './command-body.ts'
import { consult } from './consult.ts'
import { openCalled } from './consultation.ts'
import type { Host } from './host.ts'
import { type Answers, runInline, stepOn } from './inline.ts'
import { type ResolvedCall, resolveCalled, startCommandOf } from './resolve-called.ts'
import { placeInDraft, rowIdAt } from './row-places.ts'
import { type Entry, newEntry } from './state-cache.ts'
import type { CalledInstance, Work } from './work.ts'

/** Most instances that one command starts by calls; what is called beyond that is called by jobs of their own. */
export const CALLED_AT_ONCE_MAX = 100
/** How deep calls may be nested: a process that calls itself without end becomes an incident. */
export const CALL_DEPTH_MAX = 100

/**
 * Starts what a command's call activities call, and what these call in turn, and tells the callers of those that came to their end.
 * With durability `wait` the handlers of called instances run too. Gives what must be loaded before it can be decided; null when done.
 */
export async function settleCalls(host: Host, entry: Entry, work: Work, answers: Answers): Promise<readonly Need[] | null> {
  const family: Member[] = [{ entry, work, caller: null, parent: null, seen: 0, isTold: true }]
  const called: Called = { members: [], expect: [], later: [] }
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    // Grows while it is gone through: what is called comes behind its caller.
    for (const member of family) {
      if (member.caller !== null && !member.isTold && !isAwaited(member)) {
        member.isTold = true
        stepOn(host, member.entry, member.work, { type: 'cancelProcess', instanceId: member.entry.id, reason: null, now: work.now })
      }
      const needs = await startCalled(host, family, member, called, answers)
      if (needs !== null) return needs
      if (member.caller === null || member.isTold) continue
      const end = member.work.events.findLast(isEnd)
      if (end === undefined) continue
      member.isTold = true
      isMoving = true
      const variables = member.work.draft.scopes.get(member.entry.id)?.variables ?? {}
      const missing = await tell(host, family, member.caller, finish(placeOf(member), member.entry.id, resultOf(end, variables)), answers)
      if (missing !== null) return missing
    }
    isMoving ||= family.some((member) => member.seen < member.work.events.length)
  }
  if (family.length > 1 || called.later.length > 0)
    work.called = { ...called, members: family.flatMap(({ parent, ...one }) => (parent === null ? [] : [{ ...one, parent }])) }
  return null
}

interface Member {
  readonly entry: Entry
  readonly work: Work
  readonly caller: Member | null
  readonly parent: CalledInstance['parent'] | null
  /** Events that were looked at. */
  seen: number
  /** Its caller knows of its end, or does not wait for it. */
  isTold: boolean
}

interface Called {
  readonly members: CalledInstance[]
  readonly expect: Expectation[]
  readonly later: Write[]
}

/** Calls what the events of one instance ask for that were not looked at yet. */
async function startCalled(
  host: Host,
  family: Member[],
  member: Member,
  called: Called,
  answers: Answers,
): Promise<readonly Need[] | null> {
  const { events } = member.work
  while (member.seen < events.length) {
    const event = events[member.seen++] as KernelEvent
    if (event.type === 'escalationThrown' && event.toCaller !== undefined && member.caller !== null && !member.isTold) {
      const { code, toCaller: values } = event
      const variables = member.work.draft.scopes.get(member.entry.id)?.variables ?? {}
      const up = { type: 'escalateCall' as const, ...placeOf(member), calledId: member.entry.id, code, values, variables }
      const needs = await tell(host, family, member.caller, up, answers)
      if (needs !== null) return needs
      continue
    }
    if (event.type !== 'elementWaits' || event.call === undefined) continue
    const wait = event.waits.find((one) => one.type === 'call')
    const token = tokenAt(member.work.draft, event.scopeId, event.n)
    if (wait === undefined || !isWaitingFor(token, wait.instanceId)) continue
    const { entry, work } = member
    const depth = callDepthOf(wait.instanceId)
    if (depth > CALL_DEPTH_MAX) {
      const message = `calls are nested more than ${CALL_DEPTH_MAX} deep: does the process call itself without end?`
      const failed: CallResult = { type: 'notCalled', code: 'callDepth', message }
      const needs = await tell(host, family, member, finish(event, wait.instanceId, failed), answers)
      if (needs !== null) return needs
      continue
    }
    if (family.length > CALLED_AT_ONCE_MAX || token?.phase === 'held') {
      const sender = { now: work.now, tenantId: work.tenantId, definition: entry.definition }
      const isHeld = token?.phase === 'held'
      called.later.push(callJob(sender, rowIdAt(work.draft, event), wait.instanceId, event.call, isHeld))
      continue
    }
    const resolved = await resolveCalled(host, entry.definition.record, work.tenantId, event.call)
    const child = 'missing' in resolved ? null : startOne(host, member, event, wait.instanceId, resolved, answers)
    if (child !== null && !('entry' in child)) return child
    if (child === null) {
      const message = 'missing' in resolved ? resolved.missing : `process "${event.call.processKey}" cannot be started by a call`
      const code = 'missing' in resolved ? resolved.code : 'calledElementNotFound'
      const failed: CallResult = { type: 'notCalled', code, message }
      const needs = await tell(host, family, member, finish(event, wait.instanceId, failed), answers)
      if (needs !== null) return needs
      continue
    }
    family.push(child)
    if (!('missing' in resolved)) called.expect.push(...resolved.expect)
    await runHandlers(host, family, child, answers, 0)
  }
  return null
}

function startOne(
  host: Host,
  caller: Member,
  event: ElementWaits,
  instanceId: string,
  { loaded, tenantId }: Extract<ResolvedCall, { loaded: unknown }>,
  { scripts }: Answers,
): Member | readonly Need[] | null {
  const { call } = event
  if (call === undefined) return null
  const { now, extensions } = caller.work
  const entry = newEntry(instanceId, loaded)
  const work: Work = {
    draft: openDraft(entry.state, true, undefined, scripts ?? undefined),
    events: [],
    now,
    businessKey: call.businessKey,
    tenantId,
    marks: null,
    inlineCount: 0,
    running: new Map(),
    extensions: extensions === null ? null : openCalled(extensions, instanceId),
    called: null,
  }
  const body = startCommandOf(instanceId, loaded, call)
  const result = advance(work.draft, loaded.definition, { ...body, now } as Command, host.environment) // its instant was all it lacked
  if ('needs' in result) return result.needs
  if (!('events' in result)) return null
  for (const one of result.events) work.events.push(one)
  const elementInstanceId = tokenId(event.scopeId, event.n)
  const parent = { instanceId: caller.entry.id, elementInstanceId }
  if (work.extensions !== null)
    consult(host, entry, work, work.extensions, { occurrence: { type: 'step', command: body, events: [...work.events] }, to: null })
  return { entry, work, caller, parent, seen: 0, isTold: false }
}

/** The caller learns of it; with durability `wait` its next handlers run. */
async function tell(
  host: Host,
  family: readonly Member[],
  caller: Member,
  body: CommandBody,
  answers: Answers,
): Promise<readonly Need[] | null> {
  const from = caller.work.events.length
  const command = { ...body, now: caller.work.now } as Command // its instant was all it lacked
  const needs = stepOn(host, caller.entry, caller.work, command)
  return needs ?? runHandlers(host, family, caller, answers, from)
}

function finish({ scopeId, n }: { readonly scopeId: string; readonly n: number }, calledId: string, result: CallResult): CommandBody {
  return { type: 'finishCall', scopeId, n, calledId, result }
}

/** Once a handler was late, the rest is left to jobs: the caller is not kept waiting for each of them in turn. */
async function runHandlers(
  host: Host,
  family: readonly Member[],
  { entry, work }: Member,
  answers: Answers,
  from: number,
): Promise<readonly Need[] | null> {
  if (host.settings.durability !== 'wait' || family.some((one) => one.work.running.size > 0)) return null
  return runInline(host, entry, work, answers, from)
}

function isAwaited(member: Member): boolean {
  const { scopeId, n } = placeOf(member)
  return member.caller !== null && isWaitingFor(tokenAt(member.caller.work.draft, scopeId, n), member.entry.id)
}

function placeOf({ parent }: Member): { readonly scopeId: string; readonly n: number } {
  return splitTokenId(parent?.elementInstanceId ?? '') ?? { scopeId: '', n: 0 } // a called instance has one
}

function tokenAt(draft: Draft, first: string, k: number): Token | undefined {
  const { scopeId, n } = placeInDraft(draft, { scopeId: first, n: k })
  const own = draft.scopes.get(scopeId)
  return (own === undefined ? draft.base.scopes.get(scopeId) : own)?.tokens[n]
}

function isWaitingFor(token: Token | undefined, instanceId: string): boolean {
  return token?.incident?.retry !== 'enter' && token?.waits?.some((wait) => wait.type === 'call' && wait.instanceId === instanceId) === true
}
