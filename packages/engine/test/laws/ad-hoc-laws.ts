import type { Scope } from '../../src/kernel/state.ts'
import type { AdHocRules } from '../../src/model/data.ts'
import type { Definition } from '../../src/model/definition.ts'
import { tokensOf } from './placed.ts'
import type { Law } from './trace-laws.ts'
import { eventsOf, type Move } from './walk.ts'

/** In a sequential ad hoc sub-process at most one activity runs, and in one that is to end nothing is started. */
export const adHocKeepsItsRules: Law = ({ definition, moves }) => [
  ...moves.flatMap((move, k) =>
    [...move.after.scopes.values()].flatMap((scope) => {
      const running = rulesOf(definition, scope)?.ordering === 'Sequential' ? runningIn(definition, scope) : []
      return running.length > 1 ? [`after move ${k} ${running.join(', ')} run at once in ${scope.elementId}`] : []
    }),
  ),
  ...startedAfterTheEnd(
    definition,
    moves.flatMap((move) => move.events),
  ),
]

/** A handler that drives an ad hoc sub-process is asked while that is open, and no two of its jobs can be taken for one another. */
export const turnsAreToldApart: Law = ({ moves }) => {
  const asked = new Map<string, string>()
  return moves.flatMap((move, k) => {
    const again = move.events.flatMap((event) => {
      if (event.type !== 'elementWaits' || event.job?.turn === undefined) return []
      const job = `${event.scopeId}.${event.n}:${event.job.turn}`
      const problems = asked.get(job) === undefined ? [] : [`move ${k} made the job ${job} anew`]
      asked.set(job, event.job.key)
      return problems
    })
    const late = tokensOf(move.after).flatMap(({ scopeId, n, token }) =>
      token.phase !== 'held' &&
      token.waits?.some((wait) => wait.type === 'job' && wait.turn !== undefined) &&
      move.after.scopes.get(`${scopeId}.${n}`)?.closing
        ? [`after move ${k} ${scopeId}.${n} is asked though it is to end`]
        : [],
    )
    return [...again, ...late]
  })
}

/** In an ad hoc sub-process a token begins a path of its own, or goes on that of the token it comes from. */
export const pathsAreKept: Law = (trace) => {
  const sent = new Map<string, Set<number>>()
  const paths = new Map<string, number>()
  return eventsOf(trace).flatMap((event) => {
    if (event.type === 'elementCompleted') {
      const path = paths.get(`${event.scopeId}.${event.n}`)
      if (path !== undefined) for (const flow of event.taken) add(sent, `${event.scopeId} ${flow}`, path)
    }
    if ((event.type !== 'elementActivated' && event.type !== 'tokenArrived') || event.path === undefined) return []
    const { scopeId, n, path, via, elementId } = event
    paths.set(`${scopeId}.${n}`, path)
    const isSent =
      via === undefined
        ? [...paths].some(([id, one]) => id.startsWith(`${scopeId}.`) && one === path && id !== `${scopeId}.${n}`)
        : sent.get(`${scopeId} ${via}`)?.has(path)
    return path === n || isSent ? [] : [`${elementId} is on the path ${path}, from which nothing came to it`]
  })
}

/** In an ad hoc sub-process a gateway joins tokens of one path, and an inclusive one waits for no token of another. */
export const pathsAreJoinedAlone: Law = ({ definition, moves }) =>
  moves.flatMap((move, k) => [
    ...move.events.flatMap((event) => {
      const before = event.type === 'tokensJoined' && isGatewayOf(definition, event.elementId) ? arrivedBefore(moves, event.scopeId) : null
      const paths = new Set(before === null || event.type !== 'tokensJoined' ? [] : event.tokens.map(([, n]) => before.get(n)))
      return paths.size > 1 ? [`move ${k} joined the paths ${[...paths].join(', ')} in one`] : []
    }),
    ...[...move.after.scopes.values()].flatMap((scope) =>
      Object.values(scope.tokens).flatMap(({ phase, elementId, path }) => {
        if (phase !== 'arrived' || definition.nodes.get(elementId)?.type !== 'inclusiveGateway' || path === undefined) return []
        const others = Object.values(scope.tokens).some(
          (one) => one.path === path && (one.elementId !== elementId || one.phase !== 'arrived'),
        )
        return others ? [] : [`after move ${k} a token of the path ${path} waits at ${elementId} and nothing of its path can come`]
      }),
    ),
  ])

function isGatewayOf(definition: Definition, elementId: string): boolean {
  const node = definition.nodes.get(elementId)
  return node?.scope.adHoc != null && !('startQuantity' in node)
}

function arrivedBefore(moves: readonly Move[], scopeId: string): ReadonlyMap<number, number | undefined> {
  const paths = new Map<number, number | undefined>()
  for (const { events } of moves)
    for (const event of events) if (event.type === 'tokenArrived' && event.scopeId === scopeId) paths.set(event.n, event.path)
  return paths
}

function add(map: Map<string, Set<number>>, key: string, value: number): void {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}

/** An activity that begins with several tokens consumes just as many, and lets none pass alone. */
export const quantitiesAreKept: Law = (trace) =>
  eventsOf(trace).flatMap((event) => {
    if (event.type !== 'tokensJoined' && event.type !== 'elementActivated') return []
    const node = trace.definition.nodes.get(event.elementId)
    if (node === undefined || !('startQuantity' in node)) return []
    if (event.type === 'tokensJoined')
      return event.tokens.length === node.startQuantity ? [] : [`${node.id} began with ${event.tokens.length} tokens`]
    return node.startQuantity > 1 && event.via !== undefined ? [`${node.id} began with one token`] : []
  })

function rulesOf(definition: Definition, scope: Scope): AdHocRules | null {
  const node = scope.kind === 'adHocSubProcess' ? definition.nodes.get(scope.elementId) : undefined
  return node?.type === 'adHocSubProcess' ? node.adHoc : null
}

function runningIn(definition: Definition, scope: Scope): readonly string[] {
  return Object.values(scope.tokens).flatMap(({ elementId, phase, hold, incident }) => {
    const node = definition.nodes.get(elementId)
    const waits = phase === 'arrived' || hold?.was === 'arrived' || incident?.retry === 'join'
    const isContent = node !== undefined && 'boundaryEvents' in node && !(node.type === 'subProcess' && node.triggeredByEvent)
    return isContent && !waits ? [elementId] : []
  })
}

function startedAfterTheEnd(definition: Definition, events: ReturnType<typeof eventsOf>): readonly string[] {
  const closed = new Set<string>()
  const problems: string[] = []
  let withdrawn: string | null = null
  let anew: string | null = null
  for (const event of events) {
    // What was taken back is begun anew: that is no other.
    if (event.type === 'elementWithdrawn') withdrawn = `${event.scopeId}.${event.n}`
    if (event.type === 'elementTerminated' && withdrawn === `${event.scopeId}.${event.n}`) anew = `${event.scopeId} ${event.elementId}`
    if (event.type === 'elementActivated' && anew === `${event.scopeId} ${event.elementId}`) anew = null
    else if (event.type === 'adHocClosed') {
      if (closed.has(event.scopeId)) problems.push(`${event.scopeId} was closed twice`)
      closed.add(event.scopeId)
    } else if (event.type === 'elementActivated' && closed.has(event.scopeId) && isStartedByHand(definition, event.elementId))
      problems.push(`${event.elementId} was started in ${event.scopeId} after its end was settled`)
  }
  return problems
}

function isStartedByHand(definition: Definition, elementId: string): boolean {
  const node = definition.nodes.get(elementId)
  return node?.scope.adHoc?.ordering !== undefined && node.scope.initial.includes(node)
}
