import type { Outcome } from '../decisions/evaluate-decision.ts'
import { mapResult } from '../decisions/map-result.ts'
import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import { jobsOf } from '../import/process-outline.ts'
import type { DecisionCall, JobSpec, OwnWork, ScriptSource } from '../model/data.ts'
import type { Definition } from '../model/definition.ts'
import type { FlowNode } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import { conceal, concealVariables, reveal, revealVariables, type Variables } from '../model/variables.ts'
import type { LoadedDecision, LoadedDefinition } from './definition-cache.ts'
import { EngineError, NoRetry } from './errors.ts'
import { type DecisionWanted, findDecision } from './find-decision.ts'
import type { Host } from './host.ts'
import { type Answer, answerOf, answerOfThrown, naturalVariable } from './job.ts'
import { listenerIn } from './job-place.ts'
import { decide } from './make-decision.ts'
import { fileOf } from './processes.ts'
import type { ScriptOutcome } from './script-engine.ts'
import { membersOf, openTask, TASK_MEMBERS, type TaskHeardOf } from './task-seen.ts'

/** An activity whose work the model itself says how to do, and where it stands. */
export interface OwnWorkOf {
  readonly definition: LoadedDefinition
  /** The element instance. */
  readonly id: string
  /** The idempotency key. */
  readonly key: string
  readonly elementId: string
  readonly instanceId: string
  readonly businessKey: string | null
  readonly tenantId: string | null
  /** As seen from the activity. */
  readonly values: Values
  readonly now: number
  /** The listener whose work it is, beside the element's own. */
  readonly listener?: string | undefined
  /** The task that it hears of. */
  readonly task?: TaskHeardOf | null
}

/**
 * Does the work of an element that needs no handler: evaluates its expression, makes its decision or runs its script. Never fails: what
 * goes wrong is in the answer.
 */
export function evaluateWork(host: Host, work: OwnWorkOf): Answer | Promise<Answer> {
  const { definition, elementId } = work
  const node = definition.definition.nodes.get(elementId)
  const spec = specOf(definition.definition, elementId, work.listener)
  if (node === undefined || spec?.own == null)
    return {
      failed: { code: 'noHandler', message: `Element "${elementId}" has no work that could be done without a handler.`, final: true },
    }
  try {
    switch (spec.own.type) {
      case 'expression':
        return evaluateExpression(host, work, node, spec, spec.own.expression)
      case 'decision':
        return makeDecision(host, work, node, spec, spec.own.call).catch(answerOfThrown)
      case 'script':
        return runScript(host, work, node, spec, spec.own.script)
    }
  } catch (error) {
    return answerOfThrown(error)
  }
}

/** True where this node does an element's own work: scripts need an engine for their language. */
export function canEvaluate(host: Host, definition: Definition, elementId: string, listener?: string | undefined): boolean {
  const own = ownWorkOf(definition, elementId, listener)
  return own !== null && (own.type !== 'script' || host.scripts?.languages.includes(own.script.language) === true)
}

/** What the model says of doing an element's work without a handler; null where it needs one. */
export function ownWorkOf(definition: Definition, elementId: string, listener?: string | undefined): OwnWork | null {
  return specOf(definition, elementId, listener)?.own ?? null
}

function specOf(definition: Definition, elementId: string, listener: string | undefined): JobSpec | undefined {
  if (listener !== undefined) return listenerIn(definition, elementId, listener)?.job
  const node = definition.nodes.get(elementId)
  return node && jobsOf(node).find((job) => job.own !== null)
}

/** What the expression sets by `execution.setVariable` is set beside its result. */
function evaluateExpression(host: Host, work: OwnWorkOf, node: FlowNode, { resultVariable }: JobSpec, expression: Expression): Answer {
  const set: { [name: string]: Value } = {}
  const context = contextOf(host, work)
  const opened = work.task ? openTask(work.task, node, context) : null
  const variable = (name: string): unknown => (Object.hasOwn(set, name) ? reveal(set[name] ?? null) : context.variable(name))
  const assign = (name: string, value: unknown): void => {
    set[name] = conceal(value ?? null, name)
  }
  const value = expression.evaluate({ ...context, variable, assign, ...(opened && { task: () => opened.place }) })
  const task = opened?.changes()
  const answer = resultVariable === null ? answerOf(undefined, false) : answerOf(value, true)
  if ((task === undefined && Object.keys(set).length === 0) || !('result' in answer) || answer.result.type !== 'completed') return answer
  return { result: { ...answer.result, set: { ...answer.result.set, ...set }, ...(task && { task }) } }
}

function contextOf({ environment }: Host, work: OwnWorkOf): EvaluationContext {
  const { functions, beans, timeZone } = environment
  const { values, now, definition } = work
  return {
    variable: (name) => naturalVariable(values, name),
    variables: () => revealVariables(values),
    place: () => ({ ...work, definitionId: definition.record.id, ...factsOf(work) }),
    now,
    timeZone,
    functions,
    beans,
  }
}

/** What is known of the place beyond its ids. */
function factsOf({ definition, elementId, tenantId, listener }: OwnWorkOf): {
  readonly processKey: string
  readonly elementName: string | null
  readonly tenantId: string | null
  readonly eventName?: string
  readonly transitionId?: string
} {
  const event = listenerIn(definition.definition, elementId, listener)?.event
  const [point, flowId] = listener?.split(':') ?? []
  return {
    processKey: definition.record.key,
    elementName: definition.definition.nodes.get(elementId)?.name ?? null,
    tenantId,
    ...(event !== undefined && { eventName: event }),
    ...(point === 'take' && flowId !== undefined && { transitionId: flowId }),
  }
}

/** A script's result is that of its last statement; what it sets is set beside that. */
function runScript(host: Host, work: OwnWorkOf, node: FlowNode, spec: JobSpec, script: ScriptSource): Answer | Promise<Answer> {
  if (script.text !== null) return runText(host, work, node, spec, script, script.text)
  return textOfFile(host, work, script.file ?? '')
    .then((text) => runText(host, work, node, spec, script, text))
    .catch(answerOfThrown)
}

/** The file is of the deployment of the process, which never changes. */
export async function textOfFile(
  { storage }: Pick<Host, 'storage'>,
  { definition: { record }, elementId }: Pick<OwnWorkOf, 'definition' | 'elementId'>,
  name: string,
): Promise<string> {
  const content = await fileOf(storage, record.body.deploymentId, name)
  if (content === null)
    throw new NoRetry(`The script of "${elementId}" stands in the file "${name}", which was not deployed with its process.`)
  return typeof content === 'string' ? content : new TextDecoder().decode(content)
}

function runText(
  host: Host,
  work: OwnWorkOf,
  node: FlowNode,
  { resultVariable }: JobSpec,
  script: ScriptSource,
  source: string,
): Answer | Promise<Answer> {
  if (host.scripts === null) throw new NoRetry(`No script engine here runs ${script.language}.`)
  const { values, now, key, elementId, id, instanceId, businessKey } = work
  const opened = work.task ? openTask(work.task, node, contextOf(host, work)) : null
  const ran = host.scripts.run({
    language: script.language,
    source,
    name: elementId,
    values,
    now,
    seed: key,
    storesGlobals: script.storesGlobals,
    facts: { id, elementId, instanceId, definitionId: work.definition.record.id, businessKey, ...factsOf(work) },
    ...(opened && { task: { members: concealVariables(membersOf(opened.place)), takesChanges: work.task?.takesChanges === true } }),
  })
  const answer = ({ value, set, task: changed }: ScriptOutcome): Answer => {
    const whole = resultVariable === null ? answerOf(undefined, false) : answerOf(value, true)
    const beside = answerOf(set, false)
    if (!('result' in beside) || beside.result.type !== 'completed') return beside
    if (!('result' in whole) || whole.result.type !== 'completed') return whole
    for (const member of TASK_MEMBERS) if (changed && Object.hasOwn(changed, member)) opened?.place.change(member, changed[member])
    const task = opened?.changes()
    return { result: { ...whole.result, set: beside.result.set, ...(task && { task }) } }
  }
  return ran instanceof Promise ? ran.then(answer).catch(answerOfThrown) : answer(ran)
}

/** A decision is a function of its variables: trying again gives the same, so what fails is an incident at once. */
async function makeDecision(host: Host, work: OwnWorkOf, node: FlowNode, spec: JobSpec, call: DecisionCall): Promise<Answer> {
  const context = contextOf(host, work)
  try {
    const tenantId = call.tenantId === null ? work.tenantId : textOf(call.tenantId, context, 'tenant')
    const loaded = await decisionOf(host, wantedOf(call, work, context), call, tenantId)
    const outcome = decide(host, loaded, work.values, work.now).at(-1) as Outcome // the decision's own is the last
    if (call.needsHit !== undefined && isYes(call.needsHit.evaluate(context)) && outputsOf(outcome, context.timeZone) === NO_OUTPUTS) {
      const message = `No rule of the decision "${outcome.decision.id}" holds, and ${node.id} needs one.`
      return { failed: { code: 'decisionFailed', message, final: true } }
    }
    return answerOfOutcome(outcome, node, spec, call, context.timeZone)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return { failed: { code: error.code, message: error.message, final: true } }
  }
}

/** Flowable looks beside the process first, then for the latest. */
async function decisionOf(host: Host, wanted: DecisionWanted, { binding }: DecisionCall, tenantId: string | null): Promise<LoadedDecision> {
  if (binding.type !== 'deploymentOrLatest' || !('key' in wanted)) return findDecision(host, wanted, tenantId)
  try {
    return await findDecision(host, wanted, tenantId)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'unknownDecision') throw error
    return findDecision(host, { key: wanted.key }, tenantId)
  }
}

function isYes(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.trim() === 'true')
}

function wantedOf({ id, binding }: DecisionCall, { definition }: OwnWorkOf, context: EvaluationContext): DecisionWanted {
  const key = textOf(id, context, 'decision')
  switch (binding.type) {
    case 'latest':
      return { key }
    case 'deployment':
    case 'deploymentOrLatest':
      return { key, deploymentId: definition.record.body.deploymentId }
    case 'versionTag':
      return { key, versionTag: textOf(binding.wanted, context, 'version tag') }
    case 'version': {
      const version = Number(textOf(binding.wanted, context, 'version'))
      if (Number.isSafeInteger(version)) return { key, version }
      throw new NoRetry(`The version "${binding.wanted.source}" of the decision "${key}" is not a whole number.`)
    }
  }
}

function textOf(expression: Expression, context: EvaluationContext, what: string): string {
  const value = expression.evaluate(context)
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
  throw new NoRetry(`The ${what} "${expression.source}" gives no text.`)
}

function answerOfOutcome(outcome: Outcome, node: FlowNode, spec: JobSpec, { mapping }: DecisionCall, timeZone: string): Answer {
  if (mapping === 'outputs') return answerOf(outputsOf(outcome, timeZone), false)
  const answer = spec.resultVariable === null ? answerOf(undefined, false) : answerOf(mapResult(outcome, mapping, timeZone), true)
  // Camunda 7: output mappings see the results as `decisionResult`.
  const hasOutputs = 'io' in node && node.io !== null && node.io.outputs.length > 0
  if (mapping === 'value' || !hasOutputs || !('result' in answer) || answer.result.type !== 'completed') return answer
  const inside = concealVariables({ decisionResult: mapResult(outcome, 'resultList', timeZone) })
  return { result: { ...answer.result, inside } }
}

/** Flowable: the outputs of one result are variables; several results are a list, named after the decision. */
function outputsOf(outcome: Outcome, timeZone: string): Variables {
  const results = mapResult(outcome, 'resultList', timeZone) as readonly Variables[] // so says the mapping
  return results.length > 1 ? { [outcome.decision.id]: results } : (results[0] ?? NO_OUTPUTS)
}

const NO_OUTPUTS: Variables = {}
