import { isLeewayError } from '@leeway/storage'
import type { Expression } from '../expressions/expression.ts'
import { kindOf } from '../expressions/plain-data.ts'
import type { JobSpec, Listener, MultiInstance, RetryPolicy } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import { parseRetryCycle } from '../model/retry-cycle.ts'
import type { Value, Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { boundaryWaits } from './catching.ts'
import { rootOf, scopeOf } from './draft.ts'
import type { JobDetails } from './events/wait-details.ts'
import { instanceIdOf, tokenId } from './ids.ts'
import { raiseIncident } from './incidents.ts'
import { KernelError } from './kernel-error.ts'
import { mappedValues } from './mappings.ts'
import type { Wait } from './state.ts'
import { asText, searched } from './text.ts'
import { evaluate, toValue } from './variables.ts'

const jobOnly: readonly Wait[] = Object.freeze([Object.freeze({ type: 'job' as const })])

/** The element's work is a handler's: a job is made, and the token waits for its result. */
export function waitForWork(step: Step, node: FlowNode, scopeId: string, n: number, spec: JobSpec): void {
  const boundary = 'boundaryEvents' in node ? boundaryWaits(step, scopeId, n, node) : jobOnly.slice(1)
  const activation = nextActivation(step, scopeId, node)
  const job = jobDetails(step, scopeId, n, spec, keyOf(step, scopeId, node, activation), node.retry)
  const waits = boundary.length === 0 ? jobOnly : [...jobOnly, ...boundary]
  step.emit(
    isCounted(step, scopeId, node)
      ? { type: 'elementWaits', scopeId, n, elementId: node.id, waits, activation, job }
      : { type: 'elementWaits', scopeId, n, elementId: node.id, waits, job },
  )
}

/** Which activation of the element in its scope comes next, from 1. Elements that cannot be activated twice are not counted. */
export function nextActivation(step: Step, scopeId: string, node: FlowNode): number {
  return isCounted(step, scopeId, node) ? (scopeOf(step.draft, scopeId).activations?.[node.id] ?? 0) + 1 : 1
}

/** True where the element may be activated more than once in its scope: by the model, or because an operator put tokens there. */
export function isCounted(step: Step, scopeId: string, node: FlowNode): boolean {
  return node.repeatable || scopeOf(step.draft, scopeId).path.includes('~')
}

/** A token that came to a node begins at once, or by a job of its own where the model wants a commit before. */
export function beginOrDefer(step: Step, scopeId: string, n: number, node: FlowNode): void {
  if (!(isRound(step, scopeId, node) ? continuesOf(node)?.before : node.asyncBefore)) return step.plan({ do: 'begin', scopeId, n, node })
  try {
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, ...continuation(step, scopeId, n, node, 'before') })
  } catch (error) {
    if (!isLeewayError(error)) throw error
    raiseIncident(step, scopeId, n, node.id, error.code, error.message, 'enter')
  }
}

/** True for the scope of one round of the element, whose token stands at it as well. */
export function isRound(step: Step, scopeId: string, node: FlowNode): boolean {
  if (!('repetition' in node) || node.repetition === null) return false
  const { kind, elementId } = scopeOf(step.draft, scopeId)
  return kind === 'iteration' && elementId === node.id
}

/** Where each round of a multi-instance has a job of its own before or behind it. */
export function continuesOf(node: FlowNode): MultiInstance['continues'] {
  return 'repetition' in node && node.repetition?.type === 'multiInstance' ? node.repetition.continues : undefined
}

/** What the token waits for at an asynchronous continuation, and its job. */
export function continuation(
  step: Step,
  scopeId: string,
  n: number,
  node: FlowNode,
  at: 'before' | 'after',
): { readonly waits: readonly Wait[]; readonly job: JobDetails } {
  const own = isRound(step, scopeId, node) ? continuesOf(node)?.retry : null
  const { attempts, waits } = retriesOf(step, scopeId, n, own ?? node.retry)
  const priority = node.jobPriority === undefined ? 0 : integerOf(step, scopeId, n, node.jobPriority, 'priority')
  return {
    waits: [priority === 0 ? { type: 'continuation', at } : { type: 'continuation', at, priority }],
    job: { ...noWork, key: `${keyOf(step, scopeId, node, n)}:${at}`, priority, attempts, waits },
  }
}

/** The job of a listener. What it says is evaluated as seen from inside the element. */
export function listenerJob(step: Step, scopeId: string, n: number, node: FlowNode, listener: Listener): JobDetails {
  const inside = insideOf(step, scopeId, n)
  const key = `${keyOf(step, scopeId, node, n)}:${listener.key}`
  return { ...jobDetails(step, inside.scopeId, inside.n, listener.job, key, listener.retry), listener: listener.key }
}

/** The job by which the handler that drives an ad hoc sub-process is asked. */
export function turnJob(step: Step, scopeId: string, n: number, node: FlowNode, spec: JobSpec, turn: string): JobDetails {
  const inner = tokenId(scopeId, n)
  const key = `${instanceIdOf(scopeId)}${scopeOf(step.draft, inner).path}:${turn}`
  return { ...jobDetails(step, inner, null, spec, key, node.retry), turn }
}

/** Where what stands in an element's token is seen from: the scope that it opened, else the token itself. */
export function insideOf(step: Step, scopeId: string, n: number): { readonly scopeId: string; readonly n: number | null } {
  return scopeOf(step.draft, scopeId).tokens[n]?.child ? { scopeId: tokenId(scopeId, n), n: null } : { scopeId, n }
}

const noWork: JobDetails = {
  jobType: '',
  aliases: [],
  key: '',
  fields: {},
  headers: {},
  resultVariable: null,
  evaluates: false,
  priority: 0,
  attempts: null,
  waits: [],
}

function jobDetails(step: Step, scopeId: string, n: number | null, spec: JobSpec, key: string, retry: RetryPolicy | null): JobDetails {
  const { attempts, waits } = retriesOf(step, scopeId, n, retry)
  return {
    jobType: typeof spec.type === 'string' ? spec.type : searchedText(step, scopeId, n, spec.type, 'job type'),
    aliases: spec.aliases,
    key,
    fields: fieldsOf(step, scopeId, n, spec),
    headers: spec.headers,
    resultVariable: spec.resultVariable,
    evaluates: spec.own !== null,
    priority: spec.priority === null ? 0 : integerOf(step, scopeId, n, spec.priority, 'priority'),
    attempts,
    waits,
  }
}

/** Its work done, an element waits for a trigger; its boundary events stay as they are. */
export function awaitTrigger(step: Step, scopeId: string, n: number, node: FlowNode): void {
  const boundary = scopeOf(step.draft, scopeId).tokens[n]?.waits ?? []
  step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits: [{ type: 'trigger', for: node.id }, ...boundary] })
}

/** The idempotency key: the same for the same activity, however often the command is repeated after a crash. */
function keyOf(step: Step, scopeId: string, node: FlowNode, activation: number): string {
  const instanceId = rootOf(step.draft, scopeId)?.id ?? instanceIdOf(scopeId)
  return `${instanceId}${scopeOf(step.draft, scopeId).path}/${node.id}:${activation}`
}

function retriesOf(step: Step, scopeId: string, n: number | null, retry: RetryPolicy | null): Pick<JobDetails, 'attempts' | 'waits'> {
  if (retry === null) return noWork
  if ('cycle' in retry) {
    const text = textOf(step, scopeId, n, retry.cycle, 'retry time cycle')
    const parsed = parseRetryCycle(text)
    if (parsed !== null) return parsed
    throw new KernelError('invalidValue', `the retry time cycle "${text.slice(0, 200)}" cannot be read: write R3/PT10M, or PT1M,PT5M`)
  }
  const { attempts, waits } = retry
  return { attempts: typeof attempts === 'number' ? attempts : integerOf(step, scopeId, n, attempts, 'retries'), waits }
}

/** Constants and expressions, and the inputs of a connector. */
function fieldsOf(step: Step, scopeId: string, n: number | null, { fields, connector }: JobSpec): Values {
  const values: Record<string, Value> = connector === undefined ? {} : { ...mappedValues(step, scopeId, n, connector.inputs, {}) }
  for (const name in fields) {
    const expression = fields[name]
    if (expression) values[name] = toValue(evaluate(step, scopeId, n, expression), name)
  }
  return values
}

/** An expression that must give a text. */
export function textOf(step: Step, scopeId: string, n: number | null, expression: Expression, what: string): string {
  const result = evaluate(step, scopeId, n, expression)
  const text = asText(result)
  if (text !== null) return text
  throw new KernelError(
    'invalidValue',
    `the ${what} "${expression.source}" gives ${result === null || result === undefined ? 'nothing' : kindOf(result)}, not a text`,
  )
}

/** An expression that must give a text by which rows are found. */
export function searchedText(step: Step, scopeId: string, n: number | null, expression: Expression, what: string): string {
  return searched(textOf(step, scopeId, n, expression, what), `${what} "${expression.source}"`)
}

/** An expression that must give a whole number. */
export function integerOf(step: Step, scopeId: string, n: number | null, expression: Expression, what: string): number {
  const result = Number(textOf(step, scopeId, n, expression, what))
  if (Number.isSafeInteger(result)) return result
  throw new KernelError('invalidValue', `the ${what} "${expression.source}" does not give a whole number`)
}
