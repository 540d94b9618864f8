import type { MutableJoin, MutableScope } from './draft.ts'

/** A token waits at a join; by which flow it came is counted there. */
export function arrive(scope: MutableScope, gatewayId: string, flowId: string, n: number): void {
  const join = joinAt(scope, gatewayId)
  const before = join.flows[flowId]
  join.flows[flowId] = before ? [...before, n] : [n]
  if (!before) join.filled += 1
}

/** A token that waited at a join goes. */
export function unarrive(scope: MutableScope, gatewayId: string, flowId: string, n: number): void {
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

/** A complex gateway fired and waits for its other flows; in an ad hoc sub-process for those of one path. */
export function awaitReset(scope: MutableScope, gatewayId: string, flows: readonly string[], path: number | undefined): void {
  const join = joinAt(scope, gatewayId)
  if (path === undefined) join.waitingForReset = flows
  else join.resetOfPaths = { ...join.resetOfPaths, [path]: flows }
}

/** A complex gateway can fire again: for one path, or as a whole. */
export function resetJoin(scope: MutableScope, gatewayId: string, path: number | undefined): void {
  const join = joinAt(scope, gatewayId)
  const { [path ?? 0]: _reset, ...rest } = join.resetOfPaths ?? {}
  if (path === undefined) delete join.waitingForReset
  if (path === undefined || Object.keys(rest).length === 0) delete join.resetOfPaths
  else join.resetOfPaths = rest
  dropIdleJoin(scope, gatewayId, join)
}

/** What a scope knows of the join, made where it knows nothing yet. */
function joinAt(scope: MutableScope, gatewayId: string): MutableJoin {
  scope.joins ??= {}
  const join = scope.joins[gatewayId] ?? { flows: {}, filled: 0 }
  scope.joins[gatewayId] = join
  return join
}

/** A join at which nothing waits is not kept. */
function dropIdleJoin(scope: MutableScope, gatewayId: string, join: MutableJoin): void {
  if (join.filled > 0 || join.waitingForReset || join.resetOfPaths || !scope.joins) return
  delete scope.joins[gatewayId]
  for (const _ in scope.joins) return
  delete scope.joins
}
