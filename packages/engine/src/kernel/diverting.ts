import type { BoundaryEvent, FlowNode } from '../model/elements.ts'
import { linkName } from '../model/reachability.ts'
import type { Values } from '../model/value.ts'
import { endTurns } from './ad-hoc-turns.ts'
import type { Step } from './agenda.ts'
import type { DivertToken, EndScope } from './commands.ts'
import { compensateHeld } from './compensating-held.ts'
import { findScope, scopeOf } from './draft.ts'
import { activate, leaveBy } from './flow.ts'
import { releaseToken } from './holding.ts'
import { instanceIdOf, splitTokenId } from './ids.ts'
import { applyMissingInputs, receiveValues } from './mappings.ts'
import { modify } from './modifying.ts'
import type { Rejection } from './rejection.ts'
import { emptyScope, endProcess, terminateToken, terminateTokens } from './scopes.ts'
import { goAnotherPath } from './starting.ts'
import { type Token, tokenNumbers, waitsFor } from './state.ts'
import { asText } from './text.ts'
import { interrupt } from './throwing.ts'
import { occur } from './triggering.ts'
import { evaluate } from './variables.ts'
import { beginOrDefer } from './work.ts'

/** Ends a hold otherwise than by going on with the step as it was. What was latched for it is not applied. */
export function divert(step: Step, command: DivertToken, token: Token, node: FlowNode): Rejection | undefined {
  const { scopeId, n, by, to } = command
  if (token.phase !== 'held' || token.hold?.by !== by) return { code: 'notHeld', message: `"${node.id}" is not held by ${by}` }
  if (to.type === 'compensate') return compensateHeld(step, scopeId, n, token, node, to)
  if (to.type === 'end') return endBranch(step, scopeId, n, node)
  if (to.type === 'event') return endByEvent(step, scopeId, n, token, node, to.for, to.values)
  const isEmptied = to.type === 'redo' && token.hold.withdrawn === true // what was in it ended
  if (token.child && !isEmptied) return refused(node, 'it is a scope with tokens of its own')
  if (token.hold.was === 'arrived' || token.incident?.retry === 'join') return refused(node, 'its token only waits there for others')
  if (to.type === 'redo') return redo(step, scopeId, n, token, node)
  if (node.type === 'eventBasedGateway' && token.hold.was !== 'unbegun')
    return refused(node, 'one of its events must be named, for that decides the way')
  return skip(step, scopeId, n, token, node, to.values)
}

/** The element begins anew: another element instance, whose inputs are mapped again and whose timers run anew. */
function redo(step: Step, scopeId: string, n: number, token: Token, node: FlowNode): Rejection | undefined {
  if (node.type === 'eventBasedGateway' && node.instantiate) return refused(node, 'it began the instance')
  goAnotherPath(step, scopeId, new Set())
  step.emit({ type: 'elementWithdrawn', scopeId, n, elementId: node.id })
  terminateToken(step, scopeId, n, null)
  // Who compensates waits for the new one from now on.
  const again = activate(step, scopeId, node, undefined, token.drivenBy, token.path)
  const { kind, elementId } = scopeOf(step.draft, scopeId)
  if (kind === 'iteration' && elementId === node.id) step.plan({ do: 'begin', scopeId, n: again, node })
  else beginOrDefer(step, scopeId, again, node)
  return undefined
}

/**
 * The token is consumed where it stands. A scope that has no other is complete; a round of a repeated activity ends undone, and its body
 * goes on.
 */
function endBranch(step: Step, scopeId: string, n: number, node: FlowNode): Rejection | undefined {
  const { kind, elementId } = scopeOf(step.draft, scopeId)
  if (kind === 'iteration' && elementId === node.id) return modify(step, instanceIdOf(scopeId), { start: [], cancel: [{ scopeId, n }] })
  step.emit({ type: 'elementWithdrawn', scopeId, n, elementId: node.id })
  terminateToken(step, scopeId, n, null)
  return undefined
}

/** The element counts as done, with values as if its work had given them; it is not registered as something to be undone. */
function skip(step: Step, scopeId: string, n: number, token: Token, node: FlowNode, values: Values): undefined {
  const isDone =
    token.incident?.retry === 'depart' ||
    token.listening?.point === 'take' ||
    token.waits?.some((wait) => wait.type === 'continuation' && wait.at === 'after')
  const { kind, elementId } = scopeOf(step.draft, scopeId)
  const isBody = 'repetition' in node && node.repetition !== null && !(kind === 'iteration' && elementId === node.id)
  step.emit({ type: 'elementSkipped', scopeId, n, elementId: node.id })
  if (!isDone && !isBody && 'io' in node && node.io !== null) applyMissingInputs(step, scopeId, n, node.io)
  receiveValues(step, scopeId, n, node, values)
  const onward = linkedFrom(node)
  if (onward !== undefined) {
    leaveBy(step, scopeId, n, node, [])
    step.plan({ do: 'enter', scopeId, node: onward, via: undefined, path: token.path })
    return
  }
  // A repeated activity that had not begun has no rounds whose end could be asked for.
  step.plan({ do: isDone || isBody ? 'depart' : 'leave', scopeId, n, node })
}

/** Where a link leads that has no flow; undefined for all else. */
function linkedFrom(node: FlowNode): FlowNode | undefined {
  const [first] = node.type === 'intermediateThrowEvent' ? node.eventDefinitions : []
  if (first?.type !== 'link') return undefined
  return node.scope.nodes.find((one) => one.type === 'intermediateCatchEvent' && linkName(one) === first.name)
}

function endByEvent(
  step: Step,
  scopeId: string,
  n: number,
  token: Token,
  node: FlowNode,
  eventId: string,
  values: Values,
): Rejection | undefined {
  const event = step.definition.nodes.get(eventId)
  if (event === undefined) return { code: 'unknownElement', message: `process "${step.definition.key}" has no element "${eventId}"` }
  if (event.type === 'boundaryEvent' && event.attachedTo === node) {
    const { kind, elementId } = scopeOf(step.draft, scopeId)
    if (kind === 'iteration' && elementId === node.id) return refused(node, `"${eventId}" ends all its rounds, and this is one of them`)
    if (event.eventDefinitions.some(({ type }) => type === 'compensate' || type === 'cancel'))
      return refused(node, `"${eventId}" is for what undoes it, not for what ends it`)
    if (!event.cancelActivity) return refused(node, `"${eventId}" does not interrupt it, so it cannot end by it`)
    interrupt(step, scopeId, n, event, { ...values, ...codeOf(step, scopeId, n, event) })
    return undefined
  }
  if (!token.waits?.some((wait) => 'for' in wait && wait.for === eventId))
    return refused(node, `"${eventId}" is no event that it could end by`)
  releaseToken(step, scopeId, n, token)
  const released = scopeOf(step.draft, scopeId).tokens[n]
  if (released) occur(step, scopeId, n, released, { for: eventId, kind: 'trigger', values })
  return undefined
}

/** The code that an error or escalation event catches, where it keeps that in a variable. */
function codeOf(step: Step, scopeId: string, n: number, event: BoundaryEvent): Values {
  const [definition] = event.eventDefinitions
  if (definition?.type !== 'error' && definition?.type !== 'escalation') return {}
  const { codeVariable, code } = definition
  return codeVariable !== null && code !== null ? { [codeVariable]: asText(evaluate(step, scopeId, n, code)) ?? '' } : {}
}

/** Ends all in a scope: the instance is over, one that was called and a sub-process complete, a round ends and its body goes on. */
export function endScope(step: Step, { scopeId, reason }: EndScope): Rejection | undefined {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return { code: 'unknownToken', message: `there is no scope ${scopeId} (any more)` }
  // Who called it goes on, as after a terminate end event in it.
  if (scope.kind === 'process') return endInstance(step, scopeId, scope.instance?.called === undefined ? 'terminated' : 'completed', reason)
  if (scope.kind === 'subProcess' || scope.kind === 'adHocSubProcess') {
    const owner = ownerOf(step, scopeId)
    if (scope.live === 0 && owner !== undefined && waitsFor(owner, 'listener'))
      return { code: 'notDivertible', message: `"${scope.elementId}" ends already: the listeners of its end are being heard` }
    if (owner?.keeps)
      return { code: 'notDivertible', message: `"${scope.elementId}" has ended: what completed in it is kept, to be undone` }
    letGo(step, scopeId)
    // It is open for more until it is closed.
    if (scope.kind === 'adHocSubProcess' && !scope.closing) endTurns(step, scopeId)
    emptyScope(step, scopeId, scope.elementId)
    return undefined
  }
  if (scope.rounds) return { code: 'notDivertible', message: `"${scope.elementId}" is repeated: end its rounds one by one, or jump` }
  const cancel = tokenNumbers(scope).map((n) => ({ scopeId, n }))
  return modify(step, instanceIdOf(scopeId), { start: [], cancel })
}

/** The token that opened the scope. */
function ownerOf(step: Step, scopeId: string): Token | undefined {
  const owner = splitTokenId(scopeId)
  return owner === null ? undefined : findScope(step.draft, owner.scopeId)?.tokens[owner.n]
}

/** Who took the scope over ends it: its activity goes on. */
function letGo(step: Step, scopeId: string): void {
  const owner = splitTokenId(scopeId)
  const token = owner === null ? undefined : findScope(step.draft, owner.scopeId)?.tokens[owner.n]
  if (owner !== null && token?.phase === 'held') releaseToken(step, owner.scopeId, owner.n, token)
}

/** Ends the whole instance at once. */
export function endInstance(
  step: Step,
  scopeId: string,
  status: 'completed' | 'terminated' | 'superseded',
  reason: string | null,
): undefined {
  terminateTokens(step, scopeId, null)
  step.unsettled.clear()
  endProcess(step, scopeId, status, reason)
}

function refused({ id }: FlowNode, why: string): Rejection {
  return { code: 'notDivertible', message: `"${id}" cannot be left in this way: ${why}` }
}
