import { assertNever } from '../model/assert-never.ts'
import {
  beginCompensation,
  dropItems,
  dropKept,
  endCompensation,
  holdsKept,
  keepCompleted,
  keepIteration,
  keepScope,
  takeCompensable,
} from './apply-compensation.ts'
import { hasCondition, recount } from './condition-counts.ts'
import {
  CHUNK_ITEMS,
  chunkId,
  type Draft,
  emptyState,
  findScope,
  type MutableJoin,
  type MutableScope,
  openDraft,
  putChunk,
  putScope,
  scopeOf,
  stateOf,
  writableScope,
} from './draft.ts'
import type { KernelEvent } from './events.ts'
import {
  type EventWait,
  type InstanceHead,
  type InstanceState,
  instanceIdOf,
  isArmedToken,
  type Listening,
  splitTokenId,
  type Token,
  type TokenIncident,
  type TokenPhase,
  type Wait,
} from './state.ts'

/** Applies one event to a draft: the only place where state changes. Knows nothing of the model. */
export function apply(draft: Draft, event: KernelEvent): void {
  switch (event.type) {
    case 'processStarted':
      return applyStart(draft, event)
    case 'processEnded':
      return applyEnd(draft, event)
    case 'correlationKeysSet':
      return changeHead(draft, event.scopeId, (head) => ({ ...head, correlation: { ...head.correlation, ...event.keys } }))
    case 'scopeModified':
      writableScope(draft, event.scopeId).path = event.path
      return
    case 'processMigrated': {
      const root = writableScope(draft, event.scopeId)
      root.elementId = event.processKey
      return changeHead(draft, event.scopeId, (head) => ({ ...head, definitionId: event.definitionId }))
    }
    case 'scopeMigrated': {
      const scope = writableScope(draft, event.scopeId)
      scope.elementId = event.elementId
      scope.path = event.path
      return
    }
    case 'tokenMigrated':
      return migrateToken(draft, event)
    case 'processSuspended':
      return changeHead(draft, event.scopeId, (head) => ({ ...head, status: 'suspended' }))
    case 'processResumed':
      return changeHead(draft, event.scopeId, ({ kept: _kept, ...head }) => ({ ...head, status: 'active' }))
    case 'occurrenceKept':
      return changeHead(draft, instanceIdOf(event.scopeId), (head) => ({ ...head, kept: [...(head.kept ?? []), event.command] }))
    case 'variablesSet': {
      const scope = writableScope(draft, event.scopeId)
      scope.variables = { ...scope.variables, ...event.values }
      return
    }
    case 'scopeOpened':
      return openScope(draft, event)
    case 'scopeClosed':
      return closeScope(draft, event.scopeId)
    case 'iterationBegun':
      return beginIteration(draft, event)
    case 'iterationEnded':
      return endIteration(draft, event)
    case 'elementActivated': {
      const scope = writableScope(draft, event.scopeId)
      const { elementId, at } = event
      addToken(
        scope,
        event.n,
        event.via === undefined ? { elementId, phase: 'active', since: at } : { elementId, phase: 'active', since: at, via: event.via },
      )
      if (event.drivenBy !== undefined) drive(draft, event.scopeId, event.n, event.drivenBy)
      if (event.handler) markHandler(scope, event.n)
      return
    }
    case 'eventSubProcessArmed':
      return arm(draft, event)
    case 'tokenArrived': {
      const scope = writableScope(draft, event.scopeId)
      addToken(scope, event.n, { elementId: event.elementId, phase: 'arrived', since: event.at, via: event.via })
      arrive(scope, event.elementId, event.via, event.n)
      return
    }
    case 'tokensJoined':
      return joinTokens(draft, event)
    case 'gatewayReset': {
      const scope = writableScope(draft, event.scopeId)
      const join = joinAt(scope, event.elementId)
      delete join.waitingForReset
      return dropIdleJoin(scope, event.elementId, join)
    }
    case 'localsSet':
      return changeToken(draft, event.scopeId, event.n, (token) => ({ ...token, locals: event.locals }))
    case 'elementWaits':
      return applyWaits(draft, event)
    case 'elementCompleted':
      if (event.kept) keepCompleted(draft, event)
      return remove(draft, event.scopeId, event.n)
    case 'elementTerminated':
      return remove(draft, event.scopeId, event.n)
    case 'scopeCompleted':
      return keepScope(draft, event.scopeId)
    case 'compensationBegun':
      return beginCompensation(draft, event)
    case 'compensableTaken':
      return takeCompensable(draft, event)
    case 'elementCompensated':
    case 'eventSubProcessDisarmed':
      return remove(draft, event.scopeId, event.n)
    case 'compensationEnded':
      return endCompensation(draft, event)
    case 'waitTriggered':
      return rearm(draft, event.scopeId, event.n, (wait) => triggered(wait, event))
    case 'eventCame':
      return rearm(draft, event.scopeId, event.n, (wait) => (isWaitOf(wait, event) ? [{ ...wait, came: event.values }] : [wait]))
    case 'conditionJudged':
      return rearm(draft, event.scopeId, event.n, (wait) =>
        wait.type === 'condition' && isWaitOf(wait, event) ? [{ ...wait, holds: event.holds }] : [wait],
      )
    case 'workFinished':
      return changeToken(draft, event.scopeId, event.n, ({ incident: _incident, waits, ...token }) => ({
        ...token,
        phase: 'active',
        ...(event.listener && token.listening && { listening: heardOne(token.listening) }),
        ...waitsOf(waits?.filter((wait) => !isWork(wait))),
      }))
    case 'incidentRaised':
      return changeToken(draft, event.scopeId, event.n, (token) => ({
        ...token,
        phase: 'incident',
        incident: { code: event.code, message: event.message, retry: event.retry },
      }))
    case 'incidentResolved':
      return changeToken(draft, event.scopeId, event.n, ({ incident, ...token }) => ({
        ...token,
        phase: isArmedToken(scopeOf(draft, event.scopeId), event.n) ? 'armed' : phaseAgain(token, incident?.retry),
      }))
    case 'tokenHeld':
      return changeToken(draft, event.scopeId, event.n, (token) => ({ ...token, phase: 'held', hold: event.hold, ...waitsOf(event.waits) }))
    case 'eventLatched':
      return changeToken(draft, event.scopeId, event.n, (token) =>
        token.hold ? { ...token, hold: { ...token.hold, latches: [...token.hold.latches, event.latch] }, ...waitsOf(event.waits) } : token,
      )
    case 'tokenReleased':
      return changeToken(draft, event.scopeId, event.n, ({ hold, waits: _waits, ...token }) => ({
        ...token,
        phase: hold?.was ?? 'active',
        ...waitsOf(event.waits),
      }))
    case 'adHocClosed':
      writableScope(draft, event.scopeId).closing = true
      return
    case 'noticeGiven':
    case 'workFailed':
    case 'errorThrown':
    case 'escalationThrown':
    case 'messageThrown':
    case 'signalThrown':
      return
    default:
      return assertNever(event)
  }
}

/** The state that these events, from the instance's first, lead to. */
export function replay(events: Iterable<KernelEvent>): InstanceState {
  const draft = openDraft(emptyState, true)
  for (const event of events) apply(draft, event)
  return stateOf(draft)
}

type EventOf<Type extends KernelEvent['type']> = Extract<KernelEvent, { type: Type }>

function applyStart(draft: Draft, event: EventOf<'processStarted'>): void {
  const instance: InstanceHead = {
    definitionId: event.definitionId,
    businessKey: event.businessKey,
    status: 'active',
    startedAt: event.at,
    ...(event.called && { called: event.called }),
  }
  const id = event.scopeId
  putScope(draft, id, {
    id,
    kind: 'process',
    elementId: event.processKey,
    path: '',
    counter: 0,
    variables: event.variables,
    tokens: {},
    live: 0,
    instance,
  })
}

function applyEnd(draft: Draft, event: EventOf<'processEnded'>): void {
  changeHead(draft, event.scopeId, ({ kept: _kept, ...head }) => ({ ...head, status: event.status, endedAt: event.at }))
  const root = writableScope(draft, event.scopeId)
  const { compensables } = root
  if (!compensables) return
  delete root.compensables
  dropKept(draft, root.id, compensables.latest)
}

function changeHead(draft: Draft, id: string, change: (head: InstanceHead) => InstanceHead): void {
  const root = writableScope(draft, id)
  if (!root.instance) throw new Error(`scope ${id} is no process instance`)
  root.instance = change(root.instance)
}

function openScope(draft: Draft, event: EventOf<'scopeOpened'>): void {
  const { scopeId, kind, elementId, path, variables } = event
  const scope: MutableScope = { id: scopeId, kind, elementId, path, counter: 0, variables, tokens: {}, live: 0 }
  if (event.rounds) scope.rounds = event.rounds
  putScope(draft, scopeId, scope)
  if (event.items) {
    for (let from = 0; from < event.items.length; from += CHUNK_ITEMS) {
      putChunk(draft, chunkId(scopeId, from / CHUNK_ITEMS), event.items.slice(from, from + CHUNK_ITEMS))
    }
  }
  const owner = splitTokenId(scopeId)
  if (owner === null) throw new Error(`scope ${scopeId} has no owner`)
  changeToken(draft, owner.scopeId, owner.n, (token) => ({ ...token, child: true }))
  if (event.activation !== undefined) countActivation(writableScope(draft, owner.scopeId), elementId, event.activation)
}

function closeScope(draft: Draft, scopeId: string): void {
  const scope = findScope(draft, scopeId)
  if (scope?.compensables) dropKept(draft, scopeId, scope.compensables.latest)
  if (scope?.rounds) {
    if (scope.rounds.collects) for (let n = 1; n <= scope.rounds.begun; n++) putScope(draft, `${scopeId}.${n}`, null)
    dropItems(draft, scopeId, scope.rounds.total ?? 0)
  }
  putScope(draft, scopeId, null)
  const owner = splitTokenId(scopeId)
  if (owner) changeToken(draft, owner.scopeId, owner.n, ({ child: _child, keeps: _keeps, ...token }) => token)
}

function beginIteration(draft: Draft, event: EventOf<'iterationBegun'>): void {
  const body = writableScope(draft, event.scopeId)
  if (!body.rounds) throw new Error(`scope ${event.scopeId} has no rounds`)
  body.rounds = { ...body.rounds, begun: body.rounds.begun + 1, active: body.rounds.active + 1 }
  const id = `${event.scopeId}.${event.n}`
  const { elementId, path, variables } = event
  putScope(draft, id, { id, kind: 'iteration', elementId, path, counter: 0, variables, tokens: {}, live: 0 })
}

function endIteration(draft: Draft, event: EventOf<'iterationEnded'>): void {
  const body = writableScope(draft, event.scopeId)
  if (!body.rounds) throw new Error(`scope ${event.scopeId} has no rounds`)
  body.rounds = { ...body.rounds, active: body.rounds.active - 1, [event.outcome]: body.rounds[event.outcome] + 1 }
  const id = `${event.scopeId}.${event.n}`
  const isKept = event.outcome === 'completed' && holdsKept(findScope(draft, id))
  if (isKept) keepIteration(draft, body, event.n)
  else if (!event.output) putScope(draft, id, null)
  if (!event.output) return
  const iteration = writableScope(draft, id)
  iteration.output = event.output
  if (!isKept) iteration.variables = {}
}

/** A handler is at work for the compensation that `driver` runs. */
function drive(draft: Draft, scopeId: string, n: number, driver: string): void {
  changeToken(draft, scopeId, n, (token) => ({ ...token, drivenBy: driver }))
  const place = splitTokenId(driver)
  if (place === null) throw new Error(`${driver} is no token`)
  changeToken(draft, place.scopeId, place.n, (token) =>
    token.compensation ? { ...token, compensation: { ...token.compensation, running: `${scopeId}.${n}` } } : token,
  )
}

function addToken(scope: MutableScope, n: number, token: Token): void {
  scope.tokens[n] = token
  scope.counter = n
  scope.live += 1
}

function removeToken(scope: MutableScope, n: number): void {
  const token = scope.tokens[n]
  if (!token) return
  if (scope.armed?.includes(n)) return disarm(scope, n)
  if (token.via !== undefined) unarrive(scope, token.elementId, token.via, n)
  if (token.handler) unmarkHandler(scope)
  delete scope.tokens[n]
  scope.live -= 1
}

/** A token goes, with the conditions that it has armed. */
function remove(draft: Draft, scopeId: string, n: number): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n]
  removeToken(scope, n)
  if (scope.conditions !== undefined) recount(draft, scopeId, token, undefined)
}

function arm(draft: Draft, { scopeId, n, elementId, waits, at }: EventOf<'eventSubProcessArmed'>): void {
  const scope = writableScope(draft, scopeId)
  const before = scope.tokens[n]
  scope.tokens[n] = { elementId, phase: 'armed', since: before?.since ?? at, ...waitsOf(waits) }
  if (scope.conditions !== undefined || hasCondition(waits)) recount(draft, scopeId, before, scope.tokens[n])
  if (before) return
  scope.counter = n
  scope.armed = scope.armed ? [...scope.armed, n] : [n]
}

function disarm(scope: MutableScope, n: number): void {
  delete scope.tokens[n]
  const armed = scope.armed?.filter((one) => one !== n) ?? []
  if (armed.length > 0) scope.armed = armed
  else delete scope.armed
}

function markHandler(scope: MutableScope, n: number): void {
  const token = scope.tokens[n]
  if (token) scope.tokens[n] = { ...token, handler: true }
  scope.handlers = (scope.handlers ?? 0) + 1
}

function unmarkHandler(scope: MutableScope): void {
  const handlers = (scope.handlers ?? 1) - 1
  if (handlers > 0) scope.handlers = handlers
  else delete scope.handlers
}

function changeToken(draft: Draft, scopeId: string, n: number, change: (token: Token) => Token): void {
  const scope = writableScope(draft, scopeId)
  const token = scope.tokens[n]
  if (!token) throw new Error(`token ${scopeId}.${n} is not there`)
  scope.tokens[n] = change(token)
}

function phaseAgain(token: Token, retry: TokenIncident['retry'] | undefined): TokenPhase {
  if (retry === 'join') return 'arrived'
  if (token.compensation || retry === 'compensate') return 'compensating'
  return retry === 'job' && !token.child ? 'waiting' : 'active'
}

/** A token that waits at a join is counted there under its new names. */
function migrateToken(draft: Draft, event: EventOf<'tokenMigrated'>): void {
  const scope = writableScope(draft, event.scopeId)
  const { n, elementId, via } = event
  const token = scope.tokens[n]
  if (!token) throw new Error(`token ${event.scopeId}.${n} is not there`)
  const { waits: _waits, via: cameBy, hold, ...rest } = token
  const hasArrived = cameBy !== undefined && scope.joins?.[token.elementId]?.flows[cameBy]?.includes(n)
  if (hasArrived) unarrive(scope, token.elementId, cameBy, n)
  scope.tokens[n] = {
    ...rest,
    elementId,
    ...(via !== undefined && { via }),
    ...waitsOf(event.waits),
    ...(hold && { hold: event.latches ? { ...hold, latches: event.latches } : hold }),
  }
  if (hasArrived && via !== undefined) arrive(scope, elementId, via, n)
  if (scope.conditions !== undefined || hasCondition(event.waits)) recount(draft, event.scopeId, token, scope.tokens[n])
}

function applyWaits(draft: Draft, event: EventOf<'elementWaits'>): void {
  const scope = writableScope(draft, event.scopeId)
  const token = scope.tokens[event.n]
  if (!token) throw new Error(`token ${event.scopeId}.${event.n} is not there`)
  const { waits: _waits, incident: _incident, ...rest } = token
  scope.tokens[event.n] = { ...rest, phase: token.child ? 'active' : 'waiting', ...waitsOf(event.waits) }
  if (event.listening !== undefined) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), listening: event.listening } // just put there
  if (event.call) scope.tokens[event.n] = { ...(scope.tokens[event.n] as Token), calls: (token.calls ?? 0) + 1 }
  if (event.activation !== undefined) countActivation(scope, event.elementId, event.activation)
  if (scope.conditions !== undefined || hasCondition(event.waits)) recount(draft, event.scopeId, token, scope.tokens[event.n])
}

function countActivation(scope: MutableScope, elementId: string, activation: number): void {
  scope.activations = { ...scope.activations, [elementId]: activation }
}

/** Each wait of a token becomes what `change` says: none, itself, another. */
function rearm(draft: Draft, scopeId: string, n: number, change: (wait: Wait) => readonly Wait[]): void {
  const before = writableScope(draft, scopeId).tokens[n]
  changeToken(draft, scopeId, n, ({ waits, ...token }) => ({ ...token, ...waitsOf((waits ?? []).flatMap(change)) }))
  const scope = writableScope(draft, scopeId)
  if (scope.conditions !== undefined) recount(draft, scopeId, before, scope.tokens[n])
}

function isWaitOf(wait: Wait, event: { readonly for: string; readonly definition: number }): wait is EventWait {
  return 'for' in wait && wait.for === event.for && (wait.definition ?? 0) === event.definition
}

function triggered(wait: Wait, event: EventOf<'waitTriggered'>): readonly Wait[] {
  if (!('for' in wait) || wait.for !== event.for) return [wait]
  if (event.definition !== undefined && !isWaitOf(wait, { for: event.for, definition: event.definition })) return [wait]
  if (!event.again) return []
  const { came: _came, ...rest } = wait
  if (rest.type === 'condition') return [{ ...rest, holds: true }]
  if (rest.type !== 'timer' || event.again.dueAt === undefined) return [rest]
  const cycle = rest.cycle && { ...rest.cycle, left: event.again.left ?? null }
  return [{ ...rest, dueAt: event.again.dueAt, ...(cycle && { cycle }) }]
}

function isWork({ type }: Wait): boolean {
  return type === 'job' || type === 'task' || type === 'continuation' || type === 'listener' || type === 'call'
}

function heardOne({ then: _then, ...listening }: Listening): Listening {
  return { ...listening, heard: listening.heard + 1 }
}

function waitsOf(waits: Token['waits']): Pick<Token, 'waits'> {
  return waits && waits.length > 0 ? { waits } : {}
}

function arrive(scope: MutableScope, gatewayId: string, flowId: string, n: number): void {
  const join = joinAt(scope, gatewayId)
  const before = join.flows[flowId]
  join.flows[flowId] = before ? [...before, n] : [n]
  if (!before) join.filled += 1
}

function unarrive(scope: MutableScope, gatewayId: string, flowId: string, n: number): void {
  const join = scope.joins?.[gatewayId]
  const arrived = join?.flows[flowId]
  if (!join || !arrived?.includes(n)) return
  const rest = arrived.filter((other) => other !== n)
  if (rest.length > 0) {
    join.flows[flowId] = rest
    return
  }
  delete join.flows[flowId]
  join.filled -= 1
  dropIdleJoin(scope, gatewayId, join)
}

function joinAt(scope: MutableScope, gatewayId: string): MutableJoin {
  scope.joins ??= {}
  const join = scope.joins[gatewayId] ?? { flows: {}, filled: 0 }
  scope.joins[gatewayId] = join
  return join
}

function dropIdleJoin(scope: MutableScope, gatewayId: string, join: MutableJoin): void {
  if (join.filled > 0 || join.waitingForReset || !scope.joins) return
  delete scope.joins[gatewayId]
  for (const _ in scope.joins) return
  delete scope.joins
}

function joinTokens(draft: Draft, event: EventOf<'tokensJoined'>): void {
  const scope = writableScope(draft, event.scopeId)
  for (const [, n] of event.tokens) removeToken(scope, n)
  if (event.waitingForReset) joinAt(scope, event.elementId).waitingForReset = event.waitingForReset
}
