import type { AdHocSubProcess, FlowNode } from '../model/elements.ts'
import { closeAdHoc, openPath } from './ad-hoc.ts'
import type { Step } from './agenda.ts'
import type { CompleteAdHoc, StartAdHoc } from './commands.ts'
import { findScope } from './draft.ts'
import { activate } from './flow.ts'
import { tokenId } from './ids.ts'
import type { Rejection } from './rejection.ts'
import type { Scope, Token } from './state.ts'
import { beginOrDefer } from './work.ts'

/**
 * Starts an enabled activity: one without incoming flow, while the sub-process is open; where it runs sequentially, while nothing else
 * runs. BPMN 2.0.2 §13.3.5.
 */
export function startAdHoc(step: Step, command: StartAdHoc, token: Token, node: FlowNode): Rejection | undefined {
  const open = openAdHoc(step, command.scopeId, command.n, token, node)
  if ('code' in open) return open
  const { adHoc, scope } = open
  const { activityId, values } = command
  const activity = adHoc.content.nodes.find((one) => one.id === activityId)
  if (activity === undefined)
    return { code: 'unknownElement', message: `the ad hoc sub-process "${node.id}" has no element "${activityId}" directly in it` }
  if (!adHoc.content.initial.includes(activity))
    return notEnabled(`"${activityId}" is not started by hand: it begins when a token comes to it`)
  if (adHoc.adHoc.ordering === 'Sequential' && scope.live > (scope.handlers ?? 0))
    return notEnabled(`"${node.id}" runs its activities one at a time, and one runs now; "${activityId}" can be started after it`)
  const n = activate(step, scope.id, activity)
  openPath(step, scope.id, n, values)
  beginOrDefer(step, scope.id, n, activity)
  return undefined
}

/** Ends it as if its completion condition had come true: what runs is cancelled, or waited for, as the model says. */
export function completeAdHoc(step: Step, command: CompleteAdHoc, token: Token, node: FlowNode): Rejection | undefined {
  const open = openAdHoc(step, command.scopeId, command.n, token, node)
  if ('code' in open) return open
  closeAdHoc(step, open.scope.id, open.adHoc.adHoc.cancelRemainingInstances)
  return undefined
}

function openAdHoc(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  node: FlowNode,
): Rejection | { readonly adHoc: AdHocSubProcess; readonly scope: Scope } {
  if (token.hold !== undefined) return { code: 'onHold', message: `"${node.id}" is off the path, held by ${token.hold.by}` }
  const scope = token.child ? findScope(step.draft, tokenId(scopeId, n)) : null
  if (node.type !== 'adHocSubProcess' || scope === null)
    return { code: 'notWaiting', message: `"${node.id}" is no ad hoc sub-process that runs` }
  if (scope.kind !== 'adHocSubProcess')
    return { code: 'notWaiting', message: `"${node.id}" has several instances; name the element instance of one of them` }
  if (scope.closing) return notEnabled(`"${node.id}" ends with what still runs in it: nothing more is started in it`)
  return { adHoc: node, scope }
}

function notEnabled(message: string): Rejection {
  return { code: 'notEnabled', message }
}
