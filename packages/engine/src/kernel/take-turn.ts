import type { AdHocSubProcess, FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import { closeAdHoc, openPath } from './ad-hoc.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { activate } from './flow.ts'
import { tokenId } from './ids.ts'
import { KernelError } from './kernel-error.ts'
import type { WorkResult } from './state.ts'
import { setVisible } from './variables.ts'
import { beginOrDefer } from './work.ts'

/**
 * The handler that drives an ad hoc sub-process said what is to be done: its variables are set where they are, else outermost; then
 * activities begin, each with variables of its own, or the sub-process is to end. Throws `invalidValue` where that cannot be; nothing has
 * changed then.
 */
export function takeTurn(
  step: Step,
  scopeId: string,
  n: number,
  node: AdHocSubProcess,
  { set, local, turn }: Extract<WorkResult, { type: 'completed' }>,
): void {
  const { start = [], ends = false, cancels = false } = turn ?? {}
  const inner = tokenId(scopeId, n)
  if (scopeOf(step.draft, inner).closing) return step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' }) // it came to its end off the path
  const activities = start.map(({ activityId }) => startable(node, activityId))
  if (ends && activities.length > 0) throw fault(node, 'says that it is to end, and starts activities as well')
  const { live, handlers = 0 } = scopeOf(step.draft, inner)
  if (node.adHoc.ordering === 'Sequential' && activities.length > 0 && activities.length + live - handlers > 1)
    throw fault(node, 'starts an activity beside another, where only one may run at a time')
  step.emit({ type: 'workFinished', scopeId, n, outcome: 'completed' })
  if (Object.keys(local).length > 0) step.emit({ type: 'variablesSet', scopeId: inner, values: local })
  if (Object.keys(set).length > 0) setVisible(step, inner, null, set)
  for (const [k, activity] of activities.entries()) begin(step, inner, activity, start[k]?.values ?? {})
  if (ends) closeAdHoc(step, inner, cancels)
}

function startable(node: AdHocSubProcess, id: string): FlowNode {
  const activity = node.content.initial.find((one) => one.id === id)
  if (activity === undefined) throw fault(node, `starts "${id}", which cannot be started in it`)
  return activity
}

function fault(node: AdHocSubProcess, what: string): KernelError {
  return new KernelError('invalidValue', `the handler that drives "${node.id}" ${what}`)
}

function begin(step: Step, inner: string, activity: FlowNode, values: Values): void {
  const n = activate(step, inner, activity)
  openPath(step, inner, n, values)
  beginOrDefer(step, inner, n, activity)
}
