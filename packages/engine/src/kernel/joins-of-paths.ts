import { type Join, type Scope, tokenNumbers } from './state.ts'

/** What waits at a join; with a path, in an ad hoc sub-process: what of that path waits. Each path there has joins of its own. */
export function joinOf(scope: Scope, gatewayId: string, path: number | undefined): Join | undefined {
  const join = scope.joins?.[gatewayId]
  if (join === undefined || path === undefined) return join
  const flows: Record<string, readonly number[]> = {}
  let filled = 0
  for (const [flowId, numbers] of Object.entries(join.flows)) {
    const own = numbers.filter((n) => scope.tokens[n]?.path === path)
    if (own.length === 0) continue
    flows[flowId] = own
    filled += 1
  }
  const waitingForReset = join.resetOfPaths?.[path]
  return { flows, filled, ...(waitingForReset && { waitingForReset }) }
}

/** The paths of an ad hoc sub-process that have something to wait for at the join, the oldest first. */
export function pathsAt(scope: Scope, gatewayId: string): readonly number[] {
  const found = new Set(Object.keys(scope.joins?.[gatewayId]?.resetOfPaths ?? {}).map(Number))
  for (const n of tokenNumbers(scope)) {
    const { elementId, path } = scope.tokens[n] ?? {}
    if (elementId === gatewayId && path !== undefined) found.add(path)
  }
  return [...found].sort((a, b) => a - b)
}

/** The flows that a join which fired still waits for, of whatever path. */
export function awaitedFlows({ waitingForReset = [], resetOfPaths = {} }: Join): readonly string[] {
  return [...waitingForReset, ...Object.values(resetOfPaths).flat()]
}
