import type { BoundaryEvent, EndEvent, FlowNode, IntermediateThrowEvent } from '../model/elements.ts'
import type { CompensateEventDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { wakeDriver } from './compensables.ts'
import { findScope, scopeOf } from './draft.ts'
import { activate, flowsToTake, leaveBy } from './flow.ts'
import { releaseToken } from './holding.ts'
import { besideKey, besideName, splitTokenId, tokenId } from './ids.ts'
import { closeScope, emptyScope } from './scopes.ts'
import type { Compensable, Compensables, CompensationSource, Token } from './state.ts'
import { interrupt } from './throwing.ts'
import { beginOrDefer } from './work.ts'

/**
 * Compensates what completed in the scope of the event, or of it one activity: latest first, one after the other. What is not completed
 * or has nothing to undo it is passed over. BPMN 2.0.2 §10.7, §13.5.5.
 */
export function throwCompensation(
  step: Step,
  node: IntermediateThrowEvent | EndEvent,
  scopeId: string,
  n: number,
  definition: CompensateEventDefinition,
): void {
  const sources = sourcesAround(step, scopeId, definition.activityId)
  const flows = definition.waitForCompletion ? null : flowsToTake(step, scopeId, n, node)
  const taken = flows?.map((flow) => flow.id)
  const path = scopeOf(step.draft, scopeId).tokens[n]?.path
  step.emit({ type: 'compensationBegun', scopeId, n, elementId: node.id, sources, ...(taken && { taken }) })
  for (const flow of flows ?? []) step.plan({ do: 'enter', scopeId, node: flow.target, via: flow.id, path })
  step.plan({ do: 'compensate', scopeId, n, node })
}

/** What can be compensated from here: of this scope; from an event sub-process also of the one that it belongs to. */
function sourcesAround(step: Step, scopeId: string, activityId: string | null): readonly CompensationSource[] {
  const sources: CompensationSource[] = []
  for (let at = scopeId; ; ) {
    const { compensables, elementId, kind } = scopeOf(step.draft, at)
    const latest = selected(compensables, activityId)
    if (latest !== null) sources.push({ scopeId: at, latest })
    const node = step.definition.nodes.get(elementId)
    const around = splitTokenId(at)
    if (around === null || kind !== 'subProcess' || node?.type !== 'subProcess' || !node.triggeredByEvent) return sources
    at = around.scopeId
  }
}

function selected(compensables: Compensables | undefined, activityId: string | null): Compensables['latest'] | null {
  if (compensables === undefined) return null
  if (activityId === null) return compensables.latest
  const one = compensables.latest[activityId]
  return one === undefined ? null : { [activityId]: one }
}

/**
 * Cancels the innermost transaction around: what is active in it ends, what completed is compensated, then it is left by its cancel
 * boundary event. BPMN 2.0.2 §10.3.5, §13.5.5.
 */
export function cancelTransaction(step: Step, node: EndEvent, scopeId: string, n: number): void {
  leaveBy(step, scopeId, n, node, [])
  const around = transactionAround(step, scopeId)
  if (around === null) return // the import refuses it
  const { owner, inner, element } = around
  const token = ownerOf(step, owner)
  if (token?.compensation) return // it is being undone already, and that goes on
  // Who took it over has nothing to come back to: the path goes on with its cancellation.
  if (token?.phase === 'held') releaseToken(step, owner.scopeId, owner.n, token)
  emptyScope(step, inner, node.id)
  const latest = scopeOf(step.draft, inner).compensables?.latest ?? {}
  step.emit({
    type: 'compensationBegun',
    scopeId: owner.scopeId,
    n: owner.n,
    elementId: element.id,
    sources: [{ scopeId: inner, latest }],
  })
  step.plan({ do: 'compensate', scopeId: owner.scopeId, n: owner.n, node: element })
}

interface Place {
  readonly scopeId: string
  readonly n: number
}

function transactionAround(
  step: Step,
  scopeId: string,
): { readonly owner: Place; readonly inner: string; readonly element: FlowNode } | null {
  for (let inner = scopeId; ; ) {
    const owner = splitTokenId(inner)
    if (owner === null) return null
    const element = step.definition.nodes.get(scopeOf(step.draft, inner).elementId)
    if (element?.type === 'transaction' && scopeOf(step.draft, inner).kind === 'subProcess') return { owner, inner, element }
    inner = owner.scopeId
  }
}

function ownerOf(step: Step, { scopeId, n }: Place): Token | undefined {
  return findScope(step.draft, scopeId)?.tokens[n]
}

/** A token that compensates goes on: waits while something is at work for it, takes what is next, or is done. */
export function compensate(step: Step, scopeId: string, n: number, node: FlowNode): void {
  const token = scopeOf(step.draft, scopeId).tokens[n]
  if (!token?.compensation || isAtWork(step, token.compensation.running)) return
  for (const source of token.compensation.sources) {
    const next = latestOf(source)
    if (next) return undo(step, scopeId, n, source.scopeId, next)
  }
  if (token.child && scopeOf(step.draft, tokenId(scopeId, n)).live > 0) return
  if (token.drivenBy !== undefined) {
    closeScope(step, tokenId(scopeId, n))
    step.emit({ type: 'elementCompensated', scopeId, n, elementId: node.id })
    step.moved(scopeId)
    wakeDriver(step, token.drivenBy)
  } else if (token.hold !== undefined) {
    step.emit({ type: 'compensationEnded', scopeId, n, elementId: node.id }) // who left there decides what follows
  } else if (node.type === 'transaction') leaveCancelled(step, scopeId, n, node.boundaryEvents)
  else {
    const hasLeft = token.compensation.hasLeft
    step.emit({ type: 'compensationEnded', scopeId, n, elementId: node.id })
    if (hasLeft) leaveBy(step, scopeId, n, node, [])
    else step.plan({ do: 'leave', scopeId, n, node })
  }
}

function isAtWork(step: Step, id: string | undefined): boolean {
  if (id === undefined) return false
  if (besideKey(id) !== null) return true
  const place = splitTokenId(id)
  return place !== null && ownerOf(step, place) !== undefined
}

interface Next extends Compensable {
  readonly elementId: string
}

function latestOf({ latest }: CompensationSource): Next | null {
  let last: Next | null = null
  for (const elementId in latest) {
    const one = latest[elementId]
    if (one && (last === null || one.order > last.order)) last = { ...one, elementId }
  }
  return last
}

/**
 * A handler begins in the scope of its activity. A scope without one is open again, with its variables as they were: its compensation
 * event sub-process begins in it, or its content is undone.
 */
function undo(step: Step, scopeId: string, n: number, of: string, { n: k, elementId }: Next): void {
  const node = step.definition.nodes.get(elementId)
  const key = besideKey(elementId)
  if (key !== null) return undoBeside(step, scopeId, n, of, k, key)
  if (!node || !('compensation' in node)) throw new Error(`no activity ${elementId} in the model`)
  const inner = tokenId(of, k)
  const { kind, rounds } = scopeOf(step.draft, inner)
  const by = tokenId(scopeId, n)
  const taken = { type: 'compensableTaken', scopeId: of, n: k, elementId, by, at: step.now } as const
  if (kind !== 'completed') {
    const own = 'content' in node && rounds === undefined && kind !== 'iteration' ? node.content.compensation : null
    step.emit({ ...taken, reopens: own ? 'handler' : 'content' })
    if (own) step.plan({ do: 'begin', scopeId: inner, n: activate(step, inner, own), node: own })
    else step.plan({ do: 'compensate', scopeId: of, n: k, node })
    return
  }
  step.emit(taken)
  const handler = node.compensation?.handler
  if (!handler) throw new Error(`nothing undoes ${elementId}`)
  beginOrDefer(step, of, activate(step, of, handler, undefined, by), handler)
  step.moved(of)
}

/** What was done beside the path is undone by who did it. */
function undoBeside(step: Step, scopeId: string, n: number, of: string, k: number, key: string): void {
  step.emit({ type: 'compensableTaken', scopeId: of, n: k, elementId: besideName(key), by: tokenId(scopeId, n), at: step.now })
  const { elementId } = scopeOf(step.draft, scopeId).tokens[n] as Token // it compensates
  step.emit({ type: 'besideUndoing', scopeId, n, elementId, key })
}

/** The cancel event of a repeated transaction belongs to its body: the other instances end with it. */
function leaveCancelled(step: Step, scopeId: string, n: number, events: readonly BoundaryEvent[]): void {
  const scope = scopeOf(step.draft, scopeId)
  const body = scope.kind === 'iteration' ? splitTokenId(scopeId) : null
  const outer = body && splitTokenId(body.scopeId)
  const place = outer ?? { scopeId, n }
  const event = events.find((one) => one.eventDefinitions.some((definition) => definition.type === 'cancel'))
  if (!event) throw new Error(`nothing catches that ${scope.elementId} is cancelled`)
  interrupt(step, place.scopeId, place.n, event, {})
}
