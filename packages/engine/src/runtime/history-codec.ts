import type { KernelEvent } from '../kernel/events.ts'
import type { Definition } from '../model/definition.ts'
import type { HistoryPlan } from './history-options.ts'

/**
 * What a command did, as small as it can be kept; undefined where nothing is. `compact` is a flat list, each event its code followed by its
 * members, with the number of the token; the element stands only where a token begins. `bare` names it each time; `whole`: the events as
 * they are.
 */
export function encodeHistory({ form, without }: HistoryPlan, events: readonly KernelEvent[], definition: Definition): unknown {
  if (form === 'none') return undefined
  const kept = without.length === 0 ? events : events.filter(({ type }) => !without.includes(KIND[type] as never))
  return form === 'compact' ? encode(kept, definition) : form === 'bare' ? kept.map(bare) : kept
}

/** An event of an instance's past, as `engine.history` gives it. */
export interface PastEvent {
  readonly type: string
  readonly elementId?: string
  readonly elementInstanceId?: string
  readonly [name: string]: unknown
}

/** Reads the records of one instance in their order. */
export function historyDecoder(instanceId: string): (encoded: unknown) => readonly PastEvent[] {
  const elements = new Map<string, string>()
  return (e) => {
    if (!Array.isArray(e)) return []
    return typeof e[0] === 'object' ? e.map((event) => natural(event as KernelEvent, elements)) : decode(e as Item[], instanceId, elements)
  }
}

type Item = number | string | null | readonly string[]

/** How each event is kept. `n`: a token's number; `e`: it begins at an element; the others are members by name. */
const LAYOUT: { readonly [Type in KernelEvent['type']]: readonly string[] } = {
  processStarted: ['definitionId', 'businessKey'],
  processEnded: ['status', 'reason'],
  variablesSet: ['names'],
  scopeOpened: ['kind', 'elementId'],
  scopeClosed: [],
  iterationBegun: ['n'],
  iterationEnded: ['n', 'outcome'],
  roundsEnded: [],
  elementActivated: ['n', 'elementId'],
  tokenArrived: ['n', 'elementId', 'via'],
  tokensJoined: ['elementId'],
  gatewayReset: ['elementId'],
  localsSet: ['n'],
  elementWaits: ['n'],
  elementCompleted: ['n', 'taken'],
  elementTerminated: ['n', 'by'],
  waitTriggered: ['n', 'for', 'kind'],
  workFinished: ['n', 'outcome'],
  workFailed: ['n', 'code', 'message', 'retriesLeft', 'retryAt'],
  errorThrown: ['n', 'code', 'message', 'caughtBy'],
  incidentRaised: ['n', 'code', 'message', 'retry'],
  incidentResolved: ['n'],
  messageThrown: ['n', 'name', 'key'],
  signalThrown: ['n', 'name'],
  tokenHeld: ['n', 'by'],
  tokenReleased: ['n'],
  eventLatched: ['n', 'for'],
  escalationThrown: ['n', 'code', 'caughtBy'],
  processSuspended: ['reason'],
  processResumed: [],
  occurrenceKept: ['n'],
  scopeCompleted: [],
  compensationBegun: ['n'],
  compensableTaken: ['n', 'elementId', 'by'],
  besideKept: ['n', 'elementId'],
  besideDropped: ['n', 'elementId'],
  besideUndoing: ['n', 'key'],
  besideUndone: ['n', 'key'],
  elementCompensated: ['n'],
  compensationEnded: ['n'],
  eventSubProcessArmed: ['n', 'elementId'],
  eventSubProcessDisarmed: ['n'],
  correlationKeysSet: [],
  scopeModified: [],
  processMigrated: ['definitionId', 'processKey'],
  scopeMigrated: ['elementId'],
  tokenMigrated: ['n', 'elementId'],
  noticeGiven: ['n', 'listener'],
  eventCame: ['n', 'for', 'kind'],
  conditionJudged: ['n', 'for', 'holds'],
  adHocClosed: [],
  stopsSet: [],
  elementSkipped: ['n'],
  elementWithdrawn: ['n'],
  lateResultDiscarded: ['n'],
  processHeld: ['by'],
  processReleased: ['by'],
  pathVariablesSet: ['path'],
  pathClosed: ['path'],
  tokenMoved: ['n', 'elementId', 'to'],
  timerRescheduled: ['n', 'for', 'dueAt', 'from'],
}

/** Kinds that a process may leave out of its history; null: always kept. */
const KIND: { readonly [Type in KernelEvent['type']]: HistoryPlan['without'][number] | null } = {
  processStarted: null,
  processEnded: null,
  variablesSet: 'variables',
  scopeOpened: 'activities',
  scopeClosed: 'activities',
  iterationBegun: 'activities',
  iterationEnded: 'activities',
  roundsEnded: 'activities',
  elementActivated: 'activities',
  tokenArrived: 'activities',
  tokensJoined: 'activities',
  gatewayReset: 'activities',
  localsSet: 'variables',
  elementWaits: 'work',
  elementCompleted: 'activities',
  elementTerminated: 'activities',
  waitTriggered: 'work',
  timerRescheduled: null,
  workFinished: 'work',
  workFailed: 'work',
  errorThrown: null,
  incidentRaised: null,
  incidentResolved: null,
  messageThrown: 'work',
  signalThrown: 'work',
  tokenHeld: null,
  tokenReleased: null,
  eventLatched: null,
  escalationThrown: null,
  processSuspended: null,
  processResumed: null,
  processHeld: null,
  processReleased: null,
  occurrenceKept: null,
  scopeCompleted: 'activities',
  compensationBegun: 'activities',
  compensableTaken: 'activities',
  besideKept: null,
  besideDropped: null,
  besideUndoing: null,
  besideUndone: null,
  elementCompensated: 'activities',
  compensationEnded: 'activities',
  eventSubProcessArmed: 'work',
  eventSubProcessDisarmed: 'work',
  correlationKeysSet: 'variables',
  scopeModified: null,
  processMigrated: null,
  scopeMigrated: null,
  tokenMigrated: null,
  tokenMoved: null,
  noticeGiven: 'work',
  eventCame: 'work',
  conditionJudged: 'work',
  adHocClosed: 'activities',
  pathVariablesSet: 'variables',
  pathClosed: 'activities',
  stopsSet: null,
  elementSkipped: null,
  elementWithdrawn: null,
  lateResultDiscarded: null,
}

const TYPES = Object.keys(LAYOUT) as KernelEvent['type'][] // the keys of a total table over the union
/** What follows a code: the order of this list is what records mean, so new ones go to the end. */
const CODE = Object.fromEntries(TYPES.map((type, index) => [type, index + 1])) as { readonly [Type in KernelEvent['type']]: number }
/** Code 0: the scope that the next events are in. */
const IN_SCOPE = 0

function encode(events: readonly KernelEvent[], definition: Definition): Item[] {
  const items: Item[] = []
  let scopeId = ''
  let beginsAt = 0 // where in a scope's id that of its instance and the point behind it are over
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as KernelEvent
    if (event.scopeId !== scopeId) {
      if (scopeId === '') beginsAt = lengthOfInstanceId(event.scopeId) + 1
      if (scopeId !== '' || event.scopeId.length >= beginsAt) items.push(IN_SCOPE, event.scopeId.slice(beginsAt))
      scopeId = event.scopeId
    }
    switch (event.type) {
      case 'iterationBegun':
        items.push(CODE.iterationBegun, event.n)
        break
      case 'iterationEnded':
        items.push(CODE.iterationEnded, event.n, event.outcome)
        break
      case 'elementActivated':
        items.push(CODE.elementActivated, event.n, event.elementId)
        break
      case 'elementWaits':
        items.push(CODE.elementWaits, event.n)
        break
      case 'elementCompleted':
        items.push(CODE.elementCompleted, event.n, takenOf(event.elementId, event.taken, definition))
        break
      case 'processStarted':
        items.push(CODE.processStarted, event.definitionId, event.businessKey)
        break
      case 'processEnded':
        items.push(CODE.processEnded, event.status, event.reason)
        break
      case 'workFinished':
        items.push(CODE.workFinished, event.n, event.outcome === 'completed' ? 0 : event.outcome)
        break
      case 'variablesSet':
        items.push(CODE.variablesSet, Object.keys(event.values))
        break
      case 'tokenHeld':
        items.push(CODE.tokenHeld, event.n, event.hold.by)
        break
      case 'eventLatched':
        items.push(CODE.eventLatched, event.n, event.latch.type === 'event' ? event.latch.for : null)
        break
      default:
        encodeByLayout(items, event)
    }
  }
  return items
}

function lengthOfInstanceId(scopeId: string): number {
  const end = scopeId.indexOf('.')
  return end === -1 ? scopeId.length : end
}

function encodeByLayout(items: Item[], event: KernelEvent): void {
  items.push(CODE[event.type])
  const members = event as unknown as Readonly<Record<string, Item>> // the layout names members of this event
  for (const name of LAYOUT[event.type]) items.push(members[name] ?? null)
}

/** The event with what the layout names of it. */
function bare(event: KernelEvent): object {
  const { type, scopeId, ...members } = event as KernelEvent & Readonly<Record<string, unknown>>
  const named: Record<string, unknown> = { type, scopeId }
  for (const name of [...LAYOUT[type], 'elementId']) if (members[name] !== undefined) named[name] = members[name]
  if (event.type === 'variablesSet') named.names = Object.keys(event.values)
  if (event.type === 'tokenHeld') named.by = event.hold.by
  if (event.type === 'eventLatched' && event.latch.type === 'event') named.for = event.latch.for
  return named
}

/** The flows taken, where the model alone does not tell. */
function takenOf(elementId: string, taken: readonly string[], definition: Definition): Item {
  if (taken.length === 0) return 0
  const node = definition.nodes.get(elementId)
  return node?.outgoing.length === taken.length && !('completionQuantity' in node && node.completionQuantity > 1) ? 0 : taken
}

function decode(items: readonly Item[], instanceId: string, elements: Map<string, string>): PastEvent[] {
  const events: PastEvent[] = []
  let scopeId = instanceId
  for (let at = 0; at < items.length; ) {
    const code = items[at++] as number
    if (code === IN_SCOPE) {
      const suffix = items[at++] as string
      scopeId = suffix === '' ? instanceId : `${instanceId}.${suffix}`
      continue
    }
    const type = TYPES[code - 1] as KernelEvent['type']
    const members: Record<string, unknown> = {}
    for (const name of LAYOUT[type]) members[name] = items[at++]
    events.push(placed(type, scopeId, members, elements))
  }
  return events
}

/** Gives the event its element and element instance, and remembers where a token begins. */
function placed(type: KernelEvent['type'], scopeId: string, members: Record<string, unknown>, elements: Map<string, string>): PastEvent {
  const { n, ...rest } = members
  const event: Record<string, unknown> & { type: string } = { type }
  if (type === 'elementCompleted' && rest.taken === 0) delete rest.taken
  if (type === 'workFinished' && rest.outcome === 0) rest.outcome = 'completed'
  if (typeof n === 'number' && type !== 'iterationBegun' && type !== 'iterationEnded') {
    const id = `${scopeId}.${n}`
    if (typeof rest.elementId === 'string') elements.set(id, rest.elementId)
    const elementId = elements.get(id)
    if (elementId !== undefined) event.elementId = elementId
    event.elementInstanceId = id
    if (type === 'elementCompleted' || type === 'elementTerminated') elements.delete(id)
    if (type === 'tokenMoved' && typeof rest.to === 'string') rename(elements, id, rest.to)
  } else if (typeof n === 'number') event.iteration = n
  if (type === 'scopeOpened') event.elementInstanceId = scopeId
  event.scopeId = scopeId
  for (const name in rest) if (rest[name] !== null && event[name] === undefined) event[name] = rest[name]
  return event
}

/** What stood at a token, and inside it, goes by its other id from then on. */
function rename(elements: Map<string, string>, from: string, to: string): void {
  for (const [id, elementId] of [...elements]) {
    if (id !== from && !id.startsWith(`${from}.`)) continue
    elements.delete(id)
    elements.set(`${to}${id.slice(from.length)}`, elementId)
  }
}

function natural(event: KernelEvent, elements: Map<string, string>): PastEvent {
  const { type, scopeId, ...members } = event as KernelEvent & Record<string, unknown>
  delete members.at
  return placed(type, scopeId, members, elements)
}
