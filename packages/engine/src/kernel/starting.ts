import { isLeewayError } from '@leeway/storage'
import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { openAdHoc } from './behaviours/ad-hoc-sub-process.ts'
import { openOwnScope } from './behaviours/sub-process.ts'
import type { StartInstruction } from './commands.ts'
import { scopeOf } from './draft.ts'
import { activate } from './flow.ts'
import { tokenId } from './ids.ts'
import { applyInputs } from './mappings.ts'
import { type Container, isThere, type Place, placeFor } from './places.ts'
import type { Rejection } from './rejection.ts'
import { openLoop } from './repetition.ts'
import { isArmedToken, type Token } from './state.ts'
import { setVisible } from './variables.ts'

/**
 * Puts a token before or after each element, in the order given, opening the sub-processes around it that are missing; several that need
 * the same one share it. Gives the scopes that tokens are put into. After a rejection the draft is spoilt.
 */
export function startElements(
  step: Step,
  instanceId: string,
  instructions: readonly StartInstruction[],
  isGone: (scopeId: string) => boolean,
): ReadonlySet<string> | Rejection {
  const plans: (StartInstruction & { readonly node: FlowNode; readonly place: Place })[] = []
  for (const instruction of instructions) {
    const { elementId, at, within } = instruction
    const node = step.definition.nodes.get(elementId)
    if (!node) return unknownElement(step, elementId)
    const refused = notStartable(node, at) ?? notIncoming(node, instruction.via)
    if (refused !== null) return { code: 'notStartable', message: `no token can be put ${at} "${elementId}": ${refused}` }
    if (within !== null && (!isThere(step, within) || isGone(within))) return unknownPlace(within)
    const place = placeFor(step, node.scope, { instanceId, within, isGone })
    if ('code' in place) return place
    plans.push({ ...instruction, node, place })
  }
  const opened = new Map<string, string>()
  const modified = new Set<string>()
  const put = new Set<string>()
  for (const { node, place, at, values, via } of plans) {
    let { scopeId } = place
    goAnotherPath(step, scopeId, modified)
    for (const subProcess of place.open) {
      const key = `${scopeId} ${subProcess.id}`
      const inner = opened.get(key) ?? openInside(step, scopeId, subProcess)
      if (typeof inner !== 'string') return inner
      opened.set(key, inner)
      modified.add(inner)
      scopeId = inner
    }
    const closed = node.scope.adHoc === null ? null : notStartableIn(step, scopeId, node, isGone, put)
    if (closed !== null) return { code: 'notStartable', message: `no token can be put ${at} "${node.id}": ${closed}` }
    setVisible(step, scopeId, null, values)
    if (at === 'before') step.plan({ do: 'enter', scopeId, node, via })
    else step.plan({ do: 'depart', scopeId, n: activate(step, scopeId, node), node })
    step.moved(scopeId)
  }
  return modified
}

export function unknownElement(step: Step, elementId: string): Rejection {
  return { code: 'unknownElement', message: `process "${step.definition.key}" has no element "${elementId}"` }
}

export function unknownPlace(id: string): Rejection {
  return { code: 'unknownToken', message: `there is no scope or element instance ${id} (any more) in which this could be done` }
}

function notStartable(node: FlowNode, at: 'before' | 'after'): string | null {
  if (node.type === 'subProcess' && node.triggeredByEvent) return 'it is started by its start event alone'
  if ('isForCompensation' in node && node.isForCompensation) return 'it is started by compensation alone'
  if (at === 'after' && node.type === 'eventBasedGateway') return 'the event that came decides its way; put the token after that event'
  return null
}

function notIncoming(node: FlowNode, via: string | undefined): string | null {
  if (via === undefined || node.incoming.some((flow) => flow.id === via)) return null
  return `"${via}" is no sequence flow that leads there`
}

/** An ad hoc sub-process takes nothing more when it ends, and in a sequential one one element at a time. BPMN 2.0.2 §13.3.5 */
function notStartableIn(
  step: Step,
  scopeId: string,
  { scope: { id, adHoc } }: FlowNode,
  isGone: (id: string) => boolean,
  put: Set<string>,
): string | null {
  const scope = scopeOf(step.draft, scopeId)
  if (scope.closing) return `"${id}" ends with what still runs in it`
  if (adHoc?.ordering !== 'Sequential') return null
  const isRunning = ([n, token]: readonly [string, Token]): boolean =>
    token.phase !== 'arrived' && !token.handler && !isArmedToken(scope, Number(n)) && !isGone(tokenId(scopeId, Number(n)))
  if (put.has(scopeId) || Object.entries(scope.tokens).some(isRunning)) return `"${id}" runs its activities one at a time, and one runs`
  put.add(scopeId)
  return null
}

/** Work that is done there again has other keys than before: from a path with `~` on each activation is counted. */
export function goAnotherPath(step: Step, scopeId: string, modified: Set<string>): void {
  if (modified.has(scopeId)) return
  modified.add(scopeId)
  const { path, counter } = scopeOf(step.draft, scopeId)
  step.emit({ type: 'scopeModified', scopeId, path: `${path.replace(/~\d+$/, '')}~${counter}` })
}

/**
 * Opens a sub-process, a loop in its first round, with its boundary events, inputs and event sub-processes, and nothing started in it.
 * Gives the id of its scope. `own`: variables of it besides.
 */
export function openInside(step: Step, scopeId: string, node: Container, own?: Values): string | Rejection {
  const n = activate(step, scopeId, node)
  try {
    const place = node.repetition?.type === 'standardLoop' ? openLoop(step, scopeId, n, node, node.repetition) : { scopeId, n }
    if (node.io) applyInputs(step, place.scopeId, place.n, node.io)
    return node.type === 'adHocSubProcess'
      ? openAdHoc(step, node, place.scopeId, place.n, own)
      : openOwnScope(step, node, place.scopeId, place.n, 'subProcess', own)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return { code: 'notStartable', message: `"${node.id}" cannot be opened: ${error.message}` }
  }
}
