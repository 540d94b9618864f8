import { besideKey, instanceIdOf, splitTokenId } from '../kernel/ids.ts'
import { joinOf } from '../kernel/joins-of-paths.ts'
import { firstIdOf, type Moved } from '../kernel/moved.ts'
import type { Scope, Token, Wait } from '../kernel/state.ts'
import type { Activity, FlowNode } from '../model/elements.ts'
import { upstreamOf } from '../model/reachability.ts'
import { enabledActivities } from './ad-hoc.ts'
import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import type { LoadedDefinition } from './definition-cache.ts'
import { isoOf } from './instance-view.ts'
import { unknownInstance } from './instances.ts'
import { incidentId, stepId } from './record-ids.ts'
import { jobs } from './records/job.ts'
import { loadEntry, loadScopesWithin } from './state-cache.ts'

/** Where one token is, what it waits for, and what would move it on. */
export interface Explanation {
  readonly elementId: string
  readonly elementInstanceId: string
  readonly type: string
  readonly phase: string
  /** A sentence. */
  readonly text: string
  readonly waitsFor: readonly WaitExplanation[]
  /** At a joining gateway: the incoming flows that no token has come by. */
  readonly missingFlows?: readonly string[]
  /** True where no token of the scope can come by one of the missing flows any more: it waits for ever. */
  readonly stuck?: boolean
}

/** One thing that would move a token, and the call that does the same by hand. */
export interface WaitExplanation {
  readonly type: Wait['type'] | 'incident' | 'release' | 'join' | 'start' | 'end'
  readonly elementId: string
  readonly name?: string
  readonly key?: string | null
  /** The instance that was called. */
  readonly instanceId?: string
  /** ISO 8601; null while paused. */
  readonly dueAt?: string | null
  /** When it was due by the model, where somebody put it at another time: the history says who. */
  readonly insteadOf?: string
  /** The business hours that a timer goes by, where it has some. */
  readonly calendar?: string
  /**
   * Off the path: it acts at once, is kept for the return, stands still (`remainingMs`, of working time where it has a calendar), or has
   * come and is kept.
   */
  readonly away?: 'live' | 'latch' | 'paused' | 'closed'
  readonly remainingMs?: number
  readonly movedBy: string
}

/** Explains an instance token by token. Throws `unknownInstance`. */
export async function explain(api: Api, instanceId: string): Promise<readonly Explanation[]> {
  const { host } = api
  needText('explain', 'instanceId', instanceId)
  const asked = authorize(api, 'explain', { instanceId })
  if (asked !== null) await asked
  const entry = await loadEntry(host, instanceId, null)
  if (entry === null || !isSeen(api, entry.record?.tenantId ?? null)) throw unknownInstance(instanceId)
  if (!entry.complete) await loadScopesWithin(host, instanceId, (scope) => entry.state.scopes.set(scope.id, scope))
  return withFailures(api, explainScopes(entry.definition, entry.state.scopes.values()), entry.state.scopes)
}

/** Work that failed and is to be tried again says so: an element's own, a listener's, or going on. */
async function withFailures(
  { host }: Api,
  explanations: readonly Explanation[],
  scopes: ReadonlyMap<string, Scope>,
): Promise<readonly Explanation[]> {
  const rows = new Map<string, string>()
  for (const { elementInstanceId: id } of explanations) {
    const place = splitTokenId(id)
    const wait = place && scopes.get(place.scopeId)?.tokens[place.n]?.waits?.[0]
    const rowId = firstIdOf(scopes.get(instanceIdOf(id))?.instance?.moved, id)
    if (wait?.type === 'job') rows.set(rowId, id)
    else if (wait?.type === 'listener' || wait?.type === 'continuation') rows.set(stepId(rowId, wait.at), id)
  }
  const ids = [...rows.keys()]
  const failed = new Map<string, string>()
  for (let from = 0; from < ids.length; from += PAGE) {
    for (const { record } of await host.storage.get(jobs, ids.slice(from, from + PAGE))) {
      const { error, failures = 0 } = record.body
      if (error === undefined || failures === 0 || record.dueAt === null) continue
      const times = failures === 1 ? 'once' : `${failures} times`
      failed.set(
        rows.get(record.id) ?? '',
        ` It failed ${times}: ${error.message.replace(/[^.!?]$/, '$&.')} Next attempt: ${isoOf(record.dueAt)}.`,
      )
    }
  }
  return failed.size === 0
    ? explanations
    : explanations.map((one) => ({ ...one, text: one.text + (failed.get(one.elementInstanceId) ?? '') }))
}

const PAGE = 500

/** Explains the tokens of these scopes. */
export function explainScopes(definition: LoadedDefinition, scopes: Iterable<Scope>): readonly Explanation[] {
  const explanations: Explanation[] = []
  const byId = new Map([...scopes].map((scope) => [scope.id, scope]))
  const moved = [...byId.values()].find(({ instance }) => instance !== undefined)?.instance?.moved
  for (const scope of byId.values()) {
    for (const n in scope.tokens) {
      const token = scope.tokens[n] as Token // an own key
      if (!token.child) explanations.push(explainToken(definition, scope, Number(n), token, moved))
      else explanations.push(...explainAdHoc(definition, `${scope.id}.${n}`, token, byId))
    }
  }
  return explanations
}

function explainToken({ definition }: LoadedDefinition, scope: Scope, n: number, token: Token, moved: Moved | undefined): Explanation {
  const node = definition.nodes.get(token.elementId)
  const base = { elementId: token.elementId, elementInstanceId: `${scope.id}.${n}`, type: node?.type ?? 'task', phase: token.phase }
  const name = node?.name ? `"${node.name}" (${token.elementId})` : `"${token.elementId}"`
  if (token.phase === 'arrived' && node !== undefined)
    return { ...base, ...('startQuantity' in node ? explainCollecting(scope, node, name) : explainJoin(scope, node, name, token.path)) }
  const rowId = firstIdOf(moved, base.elementInstanceId)
  const waitsFor = (token.waits ?? []).map((wait) => explainWait(wait, rowId, token.elementId))
  if (token.incident !== undefined) {
    const incident = {
      type: 'incident' as const,
      elementId: token.elementId,
      movedBy: `incidents.resolve('${incidentId(rowId)}')`,
    }
    return { ...base, text: `${name} is stuck: ${token.incident.message}`, waitsFor: [incident] }
  }
  if (token.hold !== undefined) {
    const release = {
      type: 'release' as const,
      elementId: token.elementId,
      name: token.hold.by,
      movedBy: `the return of deviation ${token.hold.by}`,
    }
    const kept = token.hold.latches.map((latch) => (latch.type === 'event' ? `${latch.kind} for "${latch.for}"` : 'a result of its work'))
    const text = `${name} is on hold by ${token.hold.by} since ${isoOf(token.hold.since)}${kept.length === 0 ? '' : `; kept for the return: ${kept.join(', ')}`}.`
    return { ...base, text, waitsFor: [release, ...waitsFor] }
  }
  if (token.phase === 'armed') {
    const thrown = node?.type === 'subProcess' && waitsFor.length === 0 ? 'what its start event catches' : ''
    const text = `${name} begins when its scope, while it is active, gets ${thrown}${waitsFor.map((wait) => sentenceOf(wait)).join(', or ')}.`
    return { ...base, text, waitsFor }
  }
  const beside = token.compensation?.running === undefined ? null : besideKey(token.compensation.running)
  if (beside !== null)
    return {
      ...base,
      text: `${name} compensates: it waits for ${beside}, which was done beside the path, to be undone by what did it.`,
      waitsFor,
    }
  if (token.compensation !== undefined)
    return { ...base, text: `${name} compensates: it goes on when what is to be undone is undone.`, waitsFor }
  const awaited = waitsFor.map((wait) => sentenceOf(wait)).join(', or ')
  return { ...base, text: awaited === '' ? `A token is at ${name}.` : `${name} waits for ${awaited}.`, waitsFor }
}

/** Tokens wait at an activity for enough of them, or for their turn in a sequential ad hoc sub-process. */
function explainCollecting(scope: Scope, activity: Activity, name: string): Pick<Explanation, 'text' | 'waitsFor'> {
  const come = Object.values(scope.joins?.[activity.id]?.flows ?? {}).flat().length
  const missing = activity.startQuantity - come
  const what =
    missing > 0 ? `${missing} more of the ${activity.startQuantity} tokens that it begins with` : 'its turn, after the activity that runs'
  return {
    text: `${name} waits for ${what}.`,
    waitsFor: [{ type: 'join', elementId: activity.id, movedBy: 'a token or the end of another activity' }],
  }
}

/** An ad hoc sub-process waits for what is started in it: nothing begins there by itself. */
function explainAdHoc(
  { definition }: LoadedDefinition,
  elementInstanceId: string,
  token: Token,
  scopes: ReadonlyMap<string, Scope>,
): readonly Explanation[] {
  const node = definition.nodes.get(token.elementId)
  const scope = scopes.get(elementInstanceId)
  if (node?.type !== 'adHocSubProcess' || scope?.kind !== 'adHocSubProcess') return []
  const enabled = enabledActivities(node, scope)
  const start = (id: string): WaitExplanation => ({ type: 'start', elementId: id, movedBy: `adHoc.start('${elementInstanceId}', '${id}')` })
  const end: WaitExplanation = { type: 'end', elementId: node.id, movedBy: `adHoc.complete('${elementInstanceId}')` }
  const name = node.name ? `"${node.name}" (${node.id})` : `"${node.id}"`
  const can =
    enabled.length === 0 ? 'nothing can be started in it now' : `${enabled.map(({ id }) => `"${id}"`).join(', ')} can be started in it`
  const text = scope.closing ? `${name} ends with what still runs in it.` : `${name} is open: ${can}.`
  const base = { elementId: node.id, elementInstanceId, type: node.type, phase: token.phase }
  return [{ ...base, text, waitsFor: scope.closing ? [] : [...enabled.map(({ id }) => start(id)), end] }]
}

function explainJoin(
  scope: Scope,
  node: FlowNode,
  name: string,
  path: number | undefined,
): Pick<Explanation, 'text' | 'waitsFor' | 'missingFlows' | 'stuck'> {
  const arrived = joinOf(scope, node.id, path)?.flows ?? {}
  const missing = node.incoming.filter((flow) => !(flow.id in arrived))
  const upstream = upstreamOf(node)
  const elsewhere = Object.values(scope.tokens).filter((token) => token.elementId !== node.id && token.path === path)
  const unreachable = missing.filter((flow) => !elsewhere.some((token) => upstream.get(flow.id)?.has(token.elementId)))
  const flows = missing.map((flow) => `"${flow.id}"`).join(', ')
  const stuck = node.type === 'parallelGateway' && unreachable.length > 0
  const lost = unreachable.map((flow) => `"${flow.id}"`).join(', ')
  const text = stuck
    ? `${name} waits for a token on flow ${flows}, but none can come by ${lost} any more: this instance cannot complete by itself.`
    : missing.length === 0
      ? `${name} has a token on each flow and fires when those that are off the path are back.`
      : `${name} waits for a token on flow ${flows}.`
  const waitsFor = missing.map((flow) => ({ type: 'join' as const, elementId: flow.id, movedBy: `a token that takes flow "${flow.id}"` }))
  return { text, waitsFor, missingFlows: missing.map((flow) => flow.id), ...(stuck && { stuck }) }
}

function explainWait(wait: Wait, id: string, elementId: string): WaitExplanation {
  const explanation = explainArmed(wait, id, elementId)
  if (!('away' in wait) || wait.away === undefined) return explanation
  const isKept = wait.away === 'closed' || wait.away === 'paused'
  const remaining = wait.type === 'timer' && wait.remaining !== undefined ? { remainingMs: wait.remaining } : {}
  return { ...explanation, away: wait.away, ...remaining, ...(isKept && { movedBy: 'the return' }) }
}

function explainArmed(wait: Wait, id: string, elementId: string): WaitExplanation {
  switch (wait.type) {
    case 'job':
      return { type: wait.type, elementId, movedBy: `its handler, or trigger('${id}')` }
    case 'task':
      return { type: wait.type, elementId, movedBy: `tasks.complete('${id}')` }
    case 'trigger':
      return { type: wait.type, elementId: wait.for, movedBy: `trigger('${id}')` }
    case 'call':
      return { type: wait.type, elementId, instanceId: wait.instanceId, movedBy: `the end of instance ${wait.instanceId}` }
    case 'continuation':
    case 'listener':
      return { type: wait.type, elementId, movedBy: 'the worker: run() or drain()' }
    case 'timer':
      return {
        type: wait.type,
        elementId: wait.for,
        dueAt: wait.dueAt === null ? null : isoOf(wait.dueAt),
        ...(wait.instead !== undefined && { insteadOf: isoOf(wait.instead.of) }),
        ...(wait.calendar !== undefined && { calendar: wait.calendar }),
        movedBy: `time, or jobs.reschedule('${id}', { elementId: '${wait.for}', dueAt })`,
      }
    case 'message': {
      const { type, name, key, for: catching } = wait
      const call = `messages.publish({ name: ${quoted(name)}, instanceId: '${instanceIdOf(id)}', elementId: ${quoted(catching)} })`
      return { type, elementId: catching, name, key, movedBy: call }
    }
    case 'condition':
      return { type: wait.type, elementId: wait.for, movedBy: 'instances.setVariables, or whatever else changes its variables' }
    case 'signal':
      return {
        type: wait.type,
        elementId: wait.for,
        name: wait.name,
        movedBy: `signals.broadcast({ name: ${quoted(wait.name)}, instanceId: '${instanceIdOf(id)}' })`,
      }
  }
}

/** As a program writes it. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

function sentenceOf(wait: WaitExplanation): string {
  switch (wait.type) {
    case 'job':
      return 'its handler'
    case 'task':
      return 'a person to complete it'
    case 'trigger':
      return 'a trigger from outside'
    case 'call':
      return `the called instance ${wait.instanceId} to end`
    case 'continuation':
      return 'the worker to go on'
    case 'listener':
      return 'a listener to be heard'
    case 'timer':
      return wait.dueAt === null
        ? 'a timer that is paused'
        : `the timer "${wait.elementId}" at ${wait.dueAt}${wait.insteadOf === undefined ? '' : `, where it was put instead of ${wait.insteadOf}`}`
    case 'message':
      return `message "${wait.name}"${wait.key === null || wait.key === undefined ? '' : ` with key "${wait.key}"`}`
    case 'condition':
      return `the condition of "${wait.elementId}"`
    case 'signal':
      return `signal "${wait.name}"`
    default:
      return wait.movedBy
  }
}
