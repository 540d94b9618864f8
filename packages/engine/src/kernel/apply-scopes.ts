import { dropItems, dropKept, holdsKept, keepIteration } from './apply-compensation.ts'
import { changeToken } from './apply-tokens.ts'
import { countActivation } from './apply-waits.ts'
import { CHUNK_ITEMS, chunkId, putChunk } from './chunks.ts'
import { type Draft, findScope, innerId, type MutableScope, putScope, writableScope } from './draft.ts'
import type { EventOf } from './events.ts'
import { splitTokenId } from './ids.ts'
import { type InstanceHead, type Scope, tokenNumbers } from './state.ts'

/** The instance begins: its root scope with its head. */
export function applyStart(draft: Draft, event: EventOf<'processStarted'>): void {
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

/** A path in an ad hoc sub-process gets variables. */
export function setPathVariables(draft: Draft, { scopeId, path, values }: EventOf<'pathVariablesSet'>): void {
  const scope = writableScope(draft, scopeId)
  scope.paths = { ...scope.paths, [path]: { ...scope.paths?.[path], ...values } }
}

/** Those of a path go. */
export function closePath(draft: Draft, { scopeId, path }: EventOf<'pathClosed'>): void {
  const scope = writableScope(draft, scopeId)
  const { [path]: _over, ...left } = scope.paths ?? {}
  if (Object.keys(left).length > 0) scope.paths = left
  else delete scope.paths
}

/** The instance ended; what was kept for compensation goes. */
export function applyEnd(draft: Draft, event: EventOf<'processEnded'>): void {
  changeHead(draft, event.scopeId, (head) => {
    if (head.kept === undefined) return { ...head, status: event.status, endedAt: event.at }
    const { kept: _kept, ...rest } = head
    return { ...rest, status: event.status, endedAt: event.at }
  })
  const root = writableScope(draft, event.scopeId)
  if (tokenNumbers(root).length === 0) root.tokens = NO_TOKENS // the one that tokens were taken out of keeps the room for them
  const { compensables } = root
  if (!compensables) return
  delete root.compensables
  dropKept(draft, root.id, compensables.latest)
}

/** One for all that ended: nothing comes into them any more. */
const NO_TOKENS: Scope['tokens'] = Object.freeze({})

/** What is said of the instance as a whole. */
export function changeHead(draft: Draft, id: string, change: (head: InstanceHead) => InstanceHead): void {
  const root = writableScope(draft, id)
  if (!root.instance) throw new Error(`scope ${id} is no process instance`)
  root.instance = change(root.instance)
}

/** A token opens a scope, with the parts of its collection where it has one. */
export function openScope(draft: Draft, event: EventOf<'scopeOpened'>): void {
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

/** A scope goes, with what it kept; the token that opened it stays. */
export function closeScope(draft: Draft, scopeId: string): void {
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

/** A round of a repeated activity opens its scope. */
export function beginIteration(draft: Draft, event: EventOf<'iterationBegun'>): void {
  const body = writableScope(draft, event.scopeId)
  if (!body.rounds) throw new Error(`scope ${event.scopeId} has no rounds`)
  body.rounds = { ...body.rounds, begun: body.rounds.begun + 1, active: body.rounds.active + 1 }
  const id = `${event.scopeId}.${event.n}`
  const { elementId, path, variables } = event
  putScope(draft, id, { id, kind: 'iteration', elementId, path, counter: 0, variables, tokens: {}, live: 0 })
}

/** No more rounds of a multi-instance begin. */
export function endRounds(draft: Draft, bodyId: string): void {
  const body = writableScope(draft, bodyId)
  if (body.rounds) body.rounds = { ...body.rounds, over: true }
}

/** A round ended; what it gives, and what it keeps for compensation, stays until the body ends. */
export function endIteration(draft: Draft, event: EventOf<'iterationEnded'>): void {
  const body = writableScope(draft, event.scopeId)
  if (!body.rounds) throw new Error(`scope ${event.scopeId} has no rounds`)
  body.rounds = { ...body.rounds, active: body.rounds.active - 1, [event.outcome]: body.rounds[event.outcome] + 1 }
  const id = innerId(draft, event.scopeId, event.n)
  const isKept = event.outcome === 'completed' && holdsKept(findScope(draft, id))
  // What was done beside the path in a round that did not complete goes with it.
  const lost = isKept ? undefined : findScope(draft, id)?.compensables
  if (lost) dropKept(draft, id, lost.latest)
  if (isKept) keepIteration(draft, body, event.n)
  else if (!event.output) putScope(draft, id, null)
  if (!event.output) return
  const iteration = writableScope(draft, id)
  iteration.output = event.output
  if (!isKept) iteration.variables = {}
}
