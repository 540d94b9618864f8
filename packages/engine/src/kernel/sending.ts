import type { Expression } from '../expressions/expression.ts'
import type { JobSpec } from '../model/data.ts'
import type { EndEvent, FlowNode, IntermediateThrowEvent, SendTask } from '../model/elements.ts'
import type { EscalationEventDefinition, MessageDefinition, SignalDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { passedValues } from './calling.ts'
import { type SignalCatcher, signalCatchersAround } from './catchers.ts'
import { boundaryWaits, messageWait } from './catching.ts'
import { sendKeys } from './correlating.ts'
import { findScope, scopeOf } from './draft.ts'
import type { CaughtBy } from './events/thrown.ts'
import { occurAround } from './occurring.ts'
import type { EventWait, Wait } from './state.ts'
import { throwEscalation } from './throwing.ts'
import { evaluate } from './variables.ts'
import { searchedText, textOf, waitForWork } from './work.ts'

/**
 * Throws what an event has to throw, in the order of its definitions: all of them. What ends its token or its scope is left to the caller.
 * False where the event is not over: a handler sends its message, or an escalation interrupted it. BPMN 2.0.2 §10.5.5, §13.5.2.
 */
export function throwAll(step: Step, node: EndEvent | IntermediateThrowEvent, scopeId: string, n: number): boolean {
  let work: JobSpec | null = null
  for (const definition of node.eventDefinitions) {
    switch (definition.type) {
      case 'message': {
        const job = sendingJob(step, node, definition.job)
        if (job === null) sendMessage(step, node, scopeId, n, definition.message)
        else work ??= job
        break
      }
      case 'signal':
        sendSignal(step, node, scopeId, n, definition.signal)
        if (!findScope(step.draft, scopeId)?.tokens[n]) return false
        break
      case 'escalation': {
        throwEscalationOf(step, scopeId, n, definition)
        if (!findScope(step.draft, scopeId)?.tokens[n]) return false
        break
      }
      default:
    }
  }
  if (work !== null) waitForWork(step, node, scopeId, n, work)
  return work === null
}

/** Throws an escalation as a definition says it. */
export function throwEscalationOf(step: Step, scopeId: string, n: number, definition: EscalationEventDefinition): void {
  const code = definition.code === null ? '' : textOf(step, scopeId, n, definition.code, 'escalation code')
  throwEscalation(step, scopeId, n, { code, values: scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {} })
}

/**
 * Sends a message. A handler's work where the element names one or the host has one for it; else it goes to who waits for it, by the
 * runtime, after the commit.
 */
export function throwMessage(
  step: Step,
  node: FlowNode,
  scopeId: string,
  n: number,
  message: MessageDefinition | null,
  job: JobSpec | null,
): void {
  const work = sendingJob(step, node, job)
  if (work !== null) return waitForWork(step, node, scopeId, n, work)
  sendMessage(step, node, scopeId, n, message)
  if (node.type === 'sendTask' && node.awaits !== undefined) return awaitAnswer(step, scopeId, n, node, node.awaits)
  step.plan({ do: 'leave', scopeId, n, node })
}

/** Its message sent, a task waits for another, or for a trigger; its boundary events stay as they are. */
export function awaitAnswer(step: Step, scopeId: string, n: number, node: SendTask, awaited: NonNullable<SendTask['awaits']>): void {
  const own: Wait = awaited === 'trigger' ? { type: 'trigger', for: node.id } : messageWait(step, scopeId, n, node, awaited)
  const boundary = scopeOf(step.draft, scopeId).tokens[n]?.waits ?? boundaryWaits(step, scopeId, n, node)
  step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits: [own, ...boundary] })
}

/** The work of a handler that sends instead of the engine, or null. */
function sendingJob(step: Step, node: FlowNode, job: JobSpec | null): JobSpec | null {
  return job ?? (step.environment.handles(step.definition.key, node.id, null) ? ownJob(node.id) : null)
}

/** Sends a message to who waits for it, by the runtime, after the commit. */
export function sendMessage(
  step: Step,
  node: FlowNode,
  scopeId: string,
  n: number,
  message: MessageDefinition | null,
  round?: number,
): void {
  if (message === null) return
  const name = searchedText(step, scopeId, n, message.name, 'message name')
  const { correlation } = message
  const sent = correlation === undefined ? null : sendKeys(step, scopeId, n, { ...message, correlation })
  const key = message.correlationKey === null ? sent : keyOf(step, scopeId, n, message.correlationKey)
  const values = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
  step.emit({ type: 'messageThrown', scopeId, n, elementId: node.id, name, key, values, ...(round !== undefined && { round }) })
}

/**
 * Broadcasts a signal. The events around its thrower catch it at once, as they do an escalation: they might end with it before the signal
 * comes. One that interrupts takes the thrower's token. All others get it by the runtime, after the commit. BPMN 2.0.2 §10.5.1.
 */
export function sendSignal(step: Step, node: FlowNode, scopeId: string, n: number, signal: SignalDefinition | null, round?: number): void {
  if (signal === null) return
  const name = searchedText(step, scopeId, n, signal.name, 'signal name')
  const own = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
  const values = signal.passes === undefined ? own : { ...own, ...passedValues(step, scopeId, n, signal.passes) }
  const catchers = signalCatchersAround(step, scopeId, n, name)
  step.emit({
    type: 'signalThrown',
    scopeId,
    n,
    elementId: node.id,
    name,
    values,
    ...(signal.isLocal && { isLocal: true }),
    ...(round !== undefined && { round }),
    ...(catchers.length > 0 && { caughtBy: catchers.map(caughtBy) }),
  })
  for (const { wait, ...at } of catchers) {
    const token = findScope(step.draft, at.scopeId)?.tokens[at.n]
    if (token?.waits?.includes(wait)) occurAround(step, at.scopeId, at.n, token, { ...whichOf(wait), kind: 'signal', values })
  }
}

function caughtBy({ scopeId, n, wait }: SignalCatcher): CaughtBy {
  return { scopeId, n, ...whichOf(wait) }
}

function whichOf({ for: target, definition }: EventWait): { readonly for: string; readonly definition?: number } {
  return definition === undefined ? { for: target } : { for: target, definition }
}

/** Null where the expression gives nothing: the message then goes by name alone. */
function keyOf(step: Step, scopeId: string, n: number, expression: Expression): string | null {
  const result = evaluate(step, scopeId, n, expression)
  return result === null || result === undefined ? null : searchedText(step, scopeId, n, expression, 'correlation key')
}

function ownJob(elementId: string): JobSpec {
  return { type: elementId, origin: 'id', aliases: [], own: null, resultVariable: null, headers: {}, fields: {}, priority: null }
}
