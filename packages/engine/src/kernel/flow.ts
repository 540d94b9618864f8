import { isLeewayError } from '@leeway/storage'
import type { FlowNode, SequenceFlow } from '../model/elements.ts'
import { adHocEnds, adHocIsDone, closeAdHoc, closePath, collectOutput, openPath, pathAt, pathGoesOn } from './ad-hoc.ts'
import { pathEnded } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import { isKept, wakeDriver } from './compensables.ts'
import { scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import { raiseIncident } from './incidents.ts'
import { arriveAtJoin, joins } from './joins.ts'
import { KernelError } from './kernel-error.ts'
import { areHeard, flowsDecided, isPast } from './listening.ts'
import { applyOutputs } from './mappings.ts'
import { endRound, roundsAreDone } from './repetition.ts'
import { endProcess, endScope } from './scopes.ts'
import { flowHolds } from './skipping.ts'
import { beginOrDefer, continuation, continuesOf, isRound } from './work.ts'

/** A token comes to a node: at a gateway that joins it waits for others, elsewhere it becomes active. */
export function enter(step: Step, scopeId: string, node: FlowNode, via: string | undefined, path?: number): void {
  if (via !== undefined && joins(node)) return arriveAtJoin(step, scopeId, node, via, path)
  const n = activate(step, scopeId, node, via, undefined, path)
  beginOrDefer(step, scopeId, n, node)
}

/**
 * Puts a new active token at the node and gives its number. A compensation handler's has the token that drives the compensation. In an ad
 * hoc sub-process it is part of a path: of its own, where it comes from nowhere.
 */
export function activate(step: Step, scopeId: string, node: FlowNode, via?: string, drivenBy?: string, path?: number): number {
  const n = scopeOf(step.draft, scopeId).counter + 1
  const at = step.now
  if (node.type === 'subProcess' && node.triggeredByEvent) {
    step.emit({ type: 'elementActivated', scopeId, n, elementId: node.id, at, handler: true })
    return n
  }
  if (node.scope.adHoc !== null && drivenBy === undefined) {
    step.emit({ type: 'elementActivated', scopeId, n, elementId: node.id, at, ...(via !== undefined && { via }), path: path ?? n })
    const { outputVariable } = node.scope.adHoc
    if (path === undefined && outputVariable !== null) openPath(step, scopeId, n, { [outputVariable]: null })
    return n
  }
  step.emit(
    via !== undefined
      ? { type: 'elementActivated', scopeId, n, elementId: node.id, at, via }
      : drivenBy !== undefined
        ? { type: 'elementActivated', scopeId, n, elementId: node.id, at, drivenBy }
        : { type: 'elementActivated', scopeId, n, elementId: node.id, at },
  )
  return n
}

/**
 * The work at a node is done: outputs are mapped, an asynchronous continuation is made where the model wants one, the token leaves
 * by the flows that hold. Within an iteration the round ends instead.
 */
export function leave(step: Step, scopeId: string, n: number, node: FlowNode): void {
  const scope = scopeOf(step.draft, scopeId)
  if (scope.tokens[n]?.phase === 'held') return // what ended in it is looked at on its return
  const inRound = scope.kind === 'iteration' && scope.elementId === node.id
  const repeated = !inRound && 'repetition' in node && node.repetition !== null
  if (repeated) {
    // Rounds that end in one command each ask; the body may be closed by then.
    if (!scope.tokens[n]?.child || !roundsAreDone(step, scopeId, n, node)) return
  } else {
    if (node.type === 'adHocSubProcess' && !adHocEnds(step, scopeId, n, node)) return
    const { listeners } = node
    // An event that occurs without having been begun (at a boundary, behind a gateway) has its start listeners heard here.
    if (listeners !== null && !(areHeard(step, scopeId, n, node, 'start', 'leave') && areHeard(step, scopeId, n, node, 'end', 'leave')))
      return
    if (listeners === null || !isPast(scope.tokens[n]?.listening, 'end')) {
      if ('io' in node && node.io) applyOutputs(step, scopeId, n, node.io)
      if (!inRound && scopeOf(step.draft, scopeId).tokens[n]?.child) endScope(step, tokenId(scopeId, n), node)
    }
    if (listeners !== null && !areHeard(step, scopeId, n, node, 'ended', 'leave')) return
  }
  if (inRound) {
    if (continuesOf(node)?.after !== true) return endRound(step, scopeId, n, node)
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, ...continuation(step, scopeId, n, node, 'after') })
    return
  }
  if (node.scope.adHoc !== null) collectOutput(step, scopeId, n, node)
  if (node.asyncAfter) {
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, ...continuation(step, scopeId, n, node, 'after') })
    return
  }
  depart(step, scopeId, n, node)
}

/** The token leaves by the flows that hold. Where none does, trying again asks the flows only: outputs are not mapped twice. */
export function depart(step: Step, scopeId: string, n: number, node: FlowNode): void {
  if (isRound(step, scopeId, node)) return endRound(step, scopeId, n, node)
  let flows: readonly SequenceFlow[]
  let isLast = false
  try {
    const token = node.listeners === null ? undefined : scopeOf(step.draft, scopeId).tokens[n]
    const decided = (token && flowsDecided(token, node)) ?? null
    flows = decided ?? flowsToTake(step, scopeId, n, node)
    if (node.scope.adHoc !== null) {
      // The last activity takes no flow where it cancels what remains: no listener of one is heard, and what was heard is taken.
      const cancels = node.scope.adHoc.cancelRemainingInstances
      isLast = !(cancels && decided) && adHocIsDone(step, scopeId, node)
      if (isLast && cancels) flows = []
    }
    if (node.listeners !== null && !areHeard(step, scopeId, n, node, 'take', 'depart', flows)) return
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'depart')
  }
  if (node.listeners !== null && node === step.definition.closing) return close(step, scopeId, n, node)
  const path = node.scope.adHoc === null ? undefined : pathAt(step, scopeId, n)
  leaveBy(step, scopeId, n, node, flows)
  if (isLast) closeAdHoc(step, scopeId, node.scope.adHoc?.cancelRemainingInstances === true)
  else if (flows.length === 0 && path !== undefined && !pathGoesOn(step, scopeId, path, null)) {
    closePath(step, scopeId, path)
    pathEnded(step, scopeId)
  }
}

/** The last listeners of the process were heard: it has ended. */
function close(step: Step, scopeId: string, n: number, node: FlowNode): void {
  step.emit({ type: 'elementCompleted', scopeId, n, elementId: node.id, taken: [] })
  endProcess(step, scopeId, 'completed', null)
}

/** The token leaves by exactly these flows; a flow that is named twice gets two tokens. */
export function leaveBy(step: Step, scopeId: string, n: number, node: FlowNode, flows: readonly SequenceFlow[]): void {
  const taken = flows.map((flow) => flow.id)
  const elementId = node.id
  const path = node.scope.adHoc === null ? undefined : pathAt(step, scopeId, n)
  if (!('compensation' in node)) step.emit({ type: 'elementCompleted', scopeId, n, elementId, taken })
  else {
    const token = scopeOf(step.draft, scopeId).tokens[n]
    step.emit(
      token !== undefined && isKept(node, token, false)
        ? { type: 'elementCompleted', scopeId, n, elementId, taken, kept: true }
        : { type: 'elementCompleted', scopeId, n, elementId, taken },
    )
    if (token?.drivenBy !== undefined) wakeDriver(step, token.drivenBy)
  }
  if (path === undefined) for (const flow of flows) step.plan({ do: 'enter', scopeId, node: flow.target, via: flow.id })
  else for (const flow of flows) step.plan({ do: 'enter', scopeId, node: flow.target, via: flow.id, path })
  step.moved(scopeId)
}

/** BPMN 2.0.2 §13.2.1, §13.4: which flows a node that did its work takes; each as often as the activity's completionQuantity says. */
export function flowsToTake(step: Step, scopeId: string, n: number, node: FlowNode): readonly SequenceFlow[] {
  if ('completionQuantity' in node && node.completionQuantity > 1) {
    const flows = flowsThatHold(step, scopeId, n, node)
    return Array.from({ length: node.completionQuantity }, () => flows).flat()
  }
  return flowsThatHold(step, scopeId, n, node)
}

function flowsThatHold(step: Step, scopeId: string, n: number, node: FlowNode): readonly SequenceFlow[] {
  const { outgoing } = node
  if (outgoing.length === 0) return outgoing // an implicit end, BPMN 2.0.2 §13.2.1
  if (node.type === 'exclusiveGateway') return [firstThatHolds(step, scopeId, n, outgoing, node.defaultFlow)]
  if (node.type === 'parallelGateway' || node.type === 'eventBasedGateway') return outgoing
  const defaultFlow = 'defaultFlow' in node ? node.defaultFlow : null
  if (defaultFlow === null && outgoing.every((flow) => flow.condition === null && flow.skip === undefined)) return outgoing
  const taken = outgoing.filter((flow) => flow !== defaultFlow && flowHolds(step, scopeId, n, flow))
  if (taken.length > 0) return taken
  if (defaultFlow) return [defaultFlow]
  throw noFlowTaken(node)
}

function firstThatHolds(
  step: Step,
  scopeId: string,
  n: number,
  outgoing: readonly SequenceFlow[],
  defaultFlow: SequenceFlow | null,
): SequenceFlow {
  for (const flow of outgoing) {
    if (flow === defaultFlow) continue
    if (flowHolds(step, scopeId, n, flow)) return flow
  }
  if (defaultFlow) return defaultFlow
  throw noFlowTaken(outgoing[0]?.source)
}

function noFlowTaken(node: FlowNode | undefined): KernelError {
  return new KernelError(
    'noFlowTaken',
    `no outgoing flow of "${node?.id}" holds and it has no default flow; correct the variables and resolve the incident, or give the model a default flow`,
  )
}
