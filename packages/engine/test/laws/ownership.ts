import { besideKey, splitTokenId, tokenId } from '../../src/kernel/ids.ts'
import {
  type Compensable,
  type Compensables,
  type InstanceState,
  type InstanceStatus,
  isArmedToken,
  type Scope,
  type Token,
  type Wait,
} from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'

/** Where nothing may be left. */
const ENDED: ReadonlySet<InstanceStatus> = new Set(['completed', 'terminated', 'failed', 'superseded'])

/**
 * What is wrong with a state at rest: something without an owner, counters that do not add up, phases that mean nothing. Empty = nothing.
 */
export function unowned(definition: Definition, state: InstanceState): readonly string[] {
  const problems: string[] = []
  problems.push(...keptProblems(state))
  for (const scope of state.scopes.values()) {
    problems.push(...scopeProblems(state, scope), ...joinProblems(scope))
    for (const [n, token] of Object.entries(scope.tokens)) problems.push(...tokenProblems(definition, state, scope, Number(n), token))
  }
  for (const id of state.chunks.keys()) {
    const body = state.scopes.get(id.slice(0, id.indexOf('#')))
    if (body?.kind !== 'multiInstance') problems.push(`chunk ${id} has no body`)
  }
  return problems.length > 0 ? problems : leftAtEnd(state)
}

function leftAtEnd(state: InstanceState): readonly string[] {
  const root = [...state.scopes.values()].find((scope) => scope.kind === 'process')
  if (!root?.instance || !ENDED.has(root.instance.status)) return []
  return [
    ...(root.live > 0 ? [`${root.live} tokens left at the end`] : []),
    ...(root.armed ? [`${root.armed.length} tokens listen after the end`] : []),
    ...(state.scopes.size > 1 ? [`${state.scopes.size - 1} scopes left at the end`] : []),
  ]
}

/** What was done beside the path in it is being undone, by who did it. */
function waitsBeside(token: Token | undefined): boolean {
  const { running } = token?.compensation ?? {}
  return running !== undefined && besideKey(running) !== null
}

/** What ends in a scope that is stuck or off the path is looked at when that is over. */
function isAtRest(token: Token | undefined): boolean {
  return token?.incident !== undefined || token?.phase === 'held' || (token?.phase === 'compensating' && token.hold !== undefined)
}

function scopeProblems(state: InstanceState, scope: Scope): readonly string[] {
  const problems: string[] = []
  const numbers = Object.keys(scope.tokens).map(Number)
  const watching = countWatching(state, scope)
  if (watching !== (scope.conditions ?? 0))
    problems.push(`scope ${scope.id} counts ${scope.conditions} places with conditions and has ${watching}`)
  const live = numbers.filter((n) => !isArmedToken(scope, n))
  if (scope.live !== live.length) problems.push(`scope ${scope.id} counts ${scope.live} tokens and has ${live.length}`)
  if (numbers.length - live.length !== (scope.armed?.length ?? 0)) problems.push(`scope ${scope.id} lists tokens that are not there`)
  const handlers = numbers.filter((n) => scope.tokens[n]?.handler).length
  if (handlers !== (scope.handlers ?? 0)) problems.push(`scope ${scope.id} counts ${scope.handlers} handlers and has ${handlers}`)
  // Nothing need run in an ad hoc sub-process that is open.
  const isDone = handlers === scope.live && (scope.kind !== 'adHocSubProcess' || scope.closing === true)
  if (scope.armed && isDone) problems.push(`scope ${scope.id} completes and listens still`)
  if (numbers.some((n) => n > scope.counter)) problems.push(`scope ${scope.id} has a token beyond its counter ${scope.counter}`)
  const owner = splitTokenId(scope.id)
  if (scope.kept) return problems // see keptProblems
  if (scope.kind === 'completed') return [...problems, `the record ${scope.id} is of nothing that can be compensated`]
  if (scope.kind === 'process') {
    if (owner !== null) problems.push(`process scope ${scope.id} is inside another`)
  } else if (scope.kind === 'iteration') {
    if (!owner || !state.scopes.get(owner.scopeId)?.rounds) problems.push(`iteration ${scope.id} has no body`)
    const of = ownerOf(state, scope.id)
    if (scope.output === undefined && scope.live === 0 && !of?.incident && !waitsBeside(of))
      problems.push(`iteration ${scope.id} has neither token nor output`)
  } else if (!ownerOf(state, scope.id)?.child && !ownerOf(state, scope.id)?.keeps) problems.push(`scope ${scope.id} has no owner`)
  const around = ownerOf(state, scope.id)
  // An ad hoc sub-process stays open without a token until it is to end.
  const isOver = scope.kind === 'subProcess' || (scope.kind === 'adHocSubProcess' && scope.closing === true)
  if (isOver && scope.live === 0 && !around?.keeps && !isAtRest(around) && !isLeaving(around) && !waitsBeside(around))
    problems.push(`sub-process ${scope.id} is empty and did not end`)
  if (scope.rounds && !around?.keeps && !around?.compensation) problems.push(...roundsProblems(state, scope, scope.rounds))
  return problems
}

/** Tokens, or rounds, in or below which a condition is armed, counted from the waits alone. */
function countWatching(state: InstanceState, scope: Scope): number {
  const isWatching = (id: string): boolean => countWatching(state, state.scopes.get(id) ?? NOTHING) > 0
  if (scope.rounds) return [...Array(scope.rounds.begun).keys()].filter((k) => isWatching(tokenId(scope.id, k + 1))).length
  return Object.entries(scope.tokens).filter(
    ([n, token]) => token.waits?.some((wait) => wait.type === 'condition') || (token.child && isWatching(tokenId(scope.id, Number(n)))),
  ).length
}

const NOTHING: Scope = { id: '', kind: 'completed', elementId: '', path: '', counter: 0, variables: {}, tokens: {}, live: 0 }

function ownerOf(state: InstanceState, scopeId: string): Token | undefined {
  const owner = splitTokenId(scopeId)
  return owner ? state.scopes.get(owner.scopeId)?.tokens[owner.n] : undefined
}

/** What is kept of completed activities is known once: to its scope, or to the token that undoes it. */
function keptProblems(state: InstanceState): readonly string[] {
  const problems: string[] = []
  const known = new Set<string>()
  const follow = (scopeId: string, latest: Compensables['latest']): void => {
    for (const first of Object.values(latest)) {
      for (let at: Compensable | undefined = first; at; ) {
        const id: string = tokenId(scopeId, at.n)
        if (known.has(id)) problems.push(`${id} can be compensated twice`)
        known.add(id)
        const record: Scope | undefined = state.scopes.get(id)
        if (!record?.kept || record.live > 0) problems.push(`nothing is kept of ${id}`)
        const before: Compensable | undefined = record?.kept?.previous
        if (before && before.order >= at.order) problems.push(`${id} completed before what is kept as before it`)
        at = before
      }
    }
  }
  for (const scope of state.scopes.values()) {
    follow(scope.id, scope.compensables?.latest ?? {})
    for (const token of Object.values(scope.tokens))
      for (const source of token.compensation?.sources ?? []) follow(source.scopeId, source.latest)
  }
  for (const scope of state.scopes.values())
    if (scope.kept && !known.has(scope.id)) problems.push(`${scope.id} is kept and nothing knows of it`)
  return problems
}

function compensationProblems(state: InstanceState, id: string, token: Token): readonly string[] {
  const problems: string[] = []
  const running = token.compensation?.running
  if (token.phase === 'compensating' && !token.compensation) problems.push(`token ${id} compensates nothing`)
  if (token.compensation && !token.incident) {
    // What was done beside the path is undone by who did it.
    const isBeside = running !== undefined && besideKey(running) !== null
    const atWork =
      isBeside ||
      (running !== undefined && state.scopes.get(running.slice(0, running.lastIndexOf('.')))?.tokens[Number(splitTokenId(running)?.n)])
    if (!atWork && !(token.child && (state.scopes.get(id)?.live ?? 0) > 0))
      problems.push(`nothing is at work for the compensation of ${id}`)
  }
  if (token.drivenBy !== undefined && ownerOf(state, token.drivenBy)?.compensation?.running !== id)
    problems.push(`token ${id} is part of no compensation`)
  return problems
}

/** True where the last listeners of the activity are heard: its content stays until then. */
function isLeaving(owner: Token | undefined): boolean {
  return owner?.waits?.some((wait) => wait.type === 'listener') ?? false
}

function roundsProblems(state: InstanceState, body: Scope, rounds: NonNullable<Scope['rounds']>): readonly string[] {
  const { begun, active, completed, terminated, total } = rounds
  const problems: string[] = []
  if (begun !== active + completed + terminated)
    problems.push(`body ${body.id} began ${begun} rounds, of which ${active} + ${completed} + ${terminated} are known`)
  if (total !== null && begun > total) problems.push(`body ${body.id} began ${begun} of ${total} rounds`)
  let running = 0
  // One that completed may be opened again to be undone, which has a token in the body: it runs no more.
  for (let n = 1; n <= begun; n++) if (body.tokens[n] === undefined && (state.scopes.get(tokenId(body.id, n))?.live ?? 0) > 0) running += 1
  if (running !== active) problems.push(`body ${body.id} counts ${active} running rounds and has ${running}`)
  if (active === 0 && !isAtRest(ownerOf(state, body.id))) problems.push(`body ${body.id} has no running round and did not end`)
  return problems
}

function joinProblems(scope: Scope): readonly string[] {
  const problems: string[] = []
  const seen = new Set<number>()
  for (const [gatewayId, join] of Object.entries(scope.joins ?? {})) {
    const flows = Object.entries(join.flows)
    if (join.filled !== flows.length) problems.push(`${gatewayId} counts ${join.filled} filled flows and has ${flows.length}`)
    for (const [flowId, numbers] of flows) {
      for (const n of numbers) {
        seen.add(n)
        const token = scope.tokens[n]
        if (token?.elementId !== gatewayId || token.via !== flowId || !isArrived(token))
          problems.push(`${gatewayId} counts token ${n}, which did not arrive there`)
      }
    }
    if (flows.length === 0 && !join.waitingForReset) problems.push(`${gatewayId} keeps a join without arrivals`)
  }
  for (const [n, token] of Object.entries(scope.tokens))
    if (isArrived(token) && !seen.has(Number(n))) problems.push(`arrived token ${scope.id}.${n} is not counted`)
  return problems
}

function isArrived(token: Token): boolean {
  return token.phase === 'arrived' || token.hold?.was === 'arrived' || token.incident?.retry === 'join'
}

function listens({ phase, hold }: Token): boolean {
  return phase === 'armed' || hold?.was === 'armed'
}

function tokenProblems(definition: Definition, state: InstanceState, scope: Scope, n: number, token: Token): readonly string[] {
  const id = tokenId(scope.id, n)
  const problems: string[] = []
  const waits = token.waits ?? []
  if (!definition.nodes.has(token.elementId)) problems.push(`token ${id} is at no element`)
  if (token.child && !state.scopes.has(id)) problems.push(`token ${id} owns a scope that is not there`)
  if (listens(token) !== (isArmedToken(scope, n) && token.incident === undefined))
    problems.push(`token ${id} is ${token.phase} and scope ${scope.id} says otherwise`)
  if (token.phase === 'active' && !token.child) problems.push(`token ${id} at ${token.elementId} is active and nothing moves it`)
  if (token.phase === 'waiting' && (waits.length === 0 || token.child)) problems.push(`token ${id} at ${token.elementId} waits for nothing`)
  // Who left there may have the token undo what completed.
  const compensates = token.phase === 'compensating' || token.incident?.retry === 'compensate'
  const isHeld = token.phase === 'held' || (compensates && token.hold?.withdrawn === true)
  if (isHeld !== (token.hold !== undefined)) problems.push(`token ${id} is ${token.phase} with${token.hold ? '' : 'out'} a hold`)
  if ((token.phase === 'incident') !== (token.incident !== undefined) && token.hold?.was !== 'incident')
    problems.push(`token ${id} is ${token.phase} with${token.incident ? '' : 'out'} an incident`)
  problems.push(...compensationProblems(state, id, token))
  for (const wait of waits) problems.push(...waitProblems(definition, id, token, wait))
  return problems
}

function waitProblems(definition: Definition, id: string, token: Token, wait: Wait): readonly string[] {
  const problems: string[] = []
  const isTurn = wait.type === 'job' && wait.turn !== undefined
  if (isTurn && !token.child) problems.push(`token ${id} drives nothing`)
  if (token.child && !('for' in wait) && wait.type !== 'listener' && !isTurn)
    problems.push(`token ${id} waits for a ${wait.type} though its content runs`)
  if (!('for' in wait)) return problems
  const target = definition.nodes.get(wait.for)
  const own = definition.nodes.get(token.elementId)
  const fits =
    wait.for === token.elementId ||
    (target?.type === 'boundaryEvent' && target.attachedTo === own) ||
    (own?.type === 'subProcess' && listens(token) && own.content.startEvents.some((start) => start === target)) ||
    (own?.type === 'eventBasedGateway' && own.outgoing.some((flow) => flow.target === target))
  if (!fits) problems.push(`token ${id} at ${token.elementId} waits for ${wait.for}, which is not its own`)
  if ('away' in wait && wait.away !== undefined && !token.hold)
    problems.push(`token ${id} is not held and its ${wait.type} is ${wait.away}`)
  if (wait.type === 'timer' && !token.hold && (wait.dueAt === null || wait.remaining !== undefined))
    problems.push(`the timer ${wait.for} of token ${id} stands still though nobody holds it`)
  return problems
}
