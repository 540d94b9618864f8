import type { AdHocSubProcess, FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import { endTurns } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import { disarm, emptyScope } from './scopes.ts'
import { tokenNumbers } from './state.ts'
import { evaluate, setVisible, toValue, truthy } from './variables.ts'

/**
 * Asked when an activity in an ad hoc sub-process completes: true where its completion condition holds, for the first time. BPMN 2.0.2
 * §13.3.5.
 */
export function adHocIsDone(step: Step, scopeId: string, node: FlowNode): boolean {
  const condition = node.scope.adHoc?.completionCondition ?? null
  if (condition === null || !('boundaryEvents' in node) || !isOfContent(node)) return false
  if (scopeOf(step.draft, scopeId).closing) return false
  return truthy(step, scopeId, condition)
}

/** Nothing more is started in it. What still runs is cancelled where the model says so, else it ends with the last of that. */
export function closeAdHoc(step: Step, scopeId: string, cancels: boolean): void {
  endTurns(step, scopeId)
  if (cancels) emptyScope(step, scopeId, scopeOf(step.draft, scopeId).elementId)
  else step.moved(scopeId)
}

/**
 * Asked when nothing runs in it: true where it ends. It stays open, for more to be started, until its condition holds or the host ends it;
 * in zeebe's dialect one without a condition ends with what ran in it. One that a handler drives ends when that says so.
 */
export function adHocEnds(step: Step, scopeId: string, n: number, { adHoc, job }: AdHocSubProcess): boolean {
  if (!scopeOf(step.draft, scopeId).tokens[n]?.child) return true // it has ended, and its listeners were heard since
  const inner = tokenId(scopeId, n)
  const scope = scopeOf(step.draft, inner)
  if (scope.live > 0) return false
  if (!scope.closing) {
    const condition = adHoc.completionCondition
    const isOver = job === null && scope.counter > 0 && (condition === null ? adHoc.endsWhenIdle : truthy(step, inner, condition))
    if (!isOver) return false
    endTurns(step, inner)
    disarm(step, inner)
  }
  const name = adHoc.outputCollection
  if (name !== null) setVisible(step, scopeId, null, { [name]: scope.variables[name] ?? [] })
  return true
}

/** A path inside came to its end: its result joins the collection (`zeebe:adHoc outputCollection`). */
export function collectOutput(step: Step, scopeId: string, n: number, node: FlowNode): void {
  const { outputCollection = null, outputElement = null } = node.scope.adHoc ?? {}
  if (outputCollection === null || node.outgoing.length > 0) return
  const path = pathAt(step, scopeId, n)
  if (path === undefined || pathGoesOn(step, scopeId, path, n)) return
  const value = outputElement === null ? null : toValue(evaluate(step, scopeId, n, outputElement), outputCollection)
  const before = scopeOf(step.draft, scopeId).variables[outputCollection]
  step.emit({ type: 'variablesSet', scopeId, values: { [outputCollection]: [...(Array.isArray(before) ? before : []), value] } })
}

/** The path in an ad hoc sub-process that a token is part of: what began with one activity. Undefined of handlers that stand in it. */
export function pathAt(step: Step, scopeId: string, n: number): number | undefined {
  return scopeOf(step.draft, scopeId).tokens[n]?.path
}

/** True where another token of the path, besides this one, is not done yet: its result and who is asked next wait for the last. */
export function pathGoesOn(step: Step, scopeId: string, path: number, besides: number | null): boolean {
  const scope = scopeOf(step.draft, scopeId)
  return tokenNumbers(scope).some((n) => n !== besides && scope.tokens[n]?.path === path) || step.isComing(scopeId, path)
}

/** An activity begins a path, with variables that all of the path sees and nothing else. */
export function openPath(step: Step, scopeId: string, path: number, values: Values): void {
  if (Object.keys(values).length > 0) step.emit({ type: 'pathVariablesSet', scopeId, path, values })
}

/** The path is over; its variables go. */
export function closePath(step: Step, scopeId: string, path: number): void {
  if (scopeOf(step.draft, scopeId).paths?.[path] !== undefined) step.emit({ type: 'pathClosed', scopeId, path })
}

/** Compensation handlers and event sub-processes stand in it and are none of its activities. */
export function isOfContent(node: FlowNode): boolean {
  return !('isForCompensation' in node && node.isForCompensation) && !(node.type === 'subProcess' && node.triggeredByEvent)
}
