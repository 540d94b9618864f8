import type { Expression } from '../expressions/expression.ts'
import type { Passing } from './call.ts'
import type { IoMapping, JobSpec, MappingSource } from './data.ts'
import type { FlowNode } from './elements.ts'
import type { EventDefinition } from './event-definitions.ts'

/** What an element is known to read and may write, as far as the model says so. */
export interface DataOfNode {
  /** Variables that it reads where it stands, before and while it does its work, and to choose its way. */
  readonly reads: readonly string[]
  /** Variables that it may set; `any` where people, handlers or messages give what they like. */
  readonly writes: readonly string[] | 'any'
  /** Variables that it must have given when it is done: required fields of its form, and what its output mappings read. */
  readonly mustGive: readonly string[]
  /** Variables of which a round of it makes its part of the collection of results. */
  readonly gathered: readonly string[]
}

/** Reads it off the model: mappings, conditions, collections, forms, result variables. What scripts and handlers read is not known. */
export function dataOf(node: FlowNode): DataOfNode {
  const known = cache.get(node)
  if (known) return known
  const data: DataOfNode = {
    reads: [...new Set(readsOf(node))],
    writes: writesOf(node),
    mustGive: [...new Set(mustGive(node))],
    gathered: gatheredBy(node),
  }
  cache.set(node, data)
  return data
}

const cache = new WeakMap<FlowNode, DataOfNode>()

function readsOf(node: FlowNode): string[] {
  const names = node.outgoing.flatMap((flow) => namesOf(flow.condition))
  if ('io' in node && node.io !== null) names.push(...node.io.inputs.flatMap(({ source }) => namesOfSource(source)))
  if ('eventDefinitions' in node) names.push(...node.eventDefinitions.flatMap(namesOfEvent))
  if ('repetition' in node && node.repetition?.type === 'multiInstance')
    names.push(...namesOf(node.repetition.collection), ...namesOf(node.repetition.cardinality))
  if ('job' in node && node.job !== null) names.push(...namesOfJob(node.job))
  if (node.type === 'userTask') {
    const { assignee, candidateUsers, candidateGroups, dueDate } = node.assignment
    names.push(...[assignee, candidateUsers, candidateGroups, dueDate, node.title ?? null].flatMap(namesOf))
  }
  if (node.type === 'receiveTask') names.push(...namesOf(node.message?.correlationKey ?? null))
  if (node.type === 'callActivity') names.push(...namesOf(node.call.process), ...namesOfPassing(node.call.inputs))
  const own = ownNames(node)
  return names.filter((name) => !own.includes(name))
}

/** What its input mappings and its rounds make is not read from outside. */
function ownNames(node: FlowNode): readonly (string | null | undefined)[] {
  const inputs = 'io' in node && node.io !== null ? node.io.inputs.map(({ target }) => target[0]) : []
  if (!('repetition' in node) || node.repetition?.type !== 'multiInstance') return inputs
  return [...inputs, node.repetition.elementVariable, node.repetition.indexVariable]
}

function namesOfEvent(definition: EventDefinition): readonly string[] {
  switch (definition.type) {
    case 'timer':
      return namesOf(definition.expression)
    case 'conditional':
      return namesOf(definition.condition)
    case 'message':
      return namesOf(definition.message?.correlationKey ?? null)
    default:
      return []
  }
}

function namesOfJob({ own, fields, connector }: JobSpec): string[] {
  const names = Object.values(fields).flatMap(namesOf)
  if (own?.type === 'expression') names.push(...namesOf(own.expression))
  if (own?.type === 'decision') names.push(...namesOf(own.call.id))
  if (connector) names.push(...connector.inputs.flatMap(({ source }) => namesOfSource(source)))
  return names
}

function namesOfPassing({ mappings }: Passing): readonly string[] {
  return mappings.flatMap(({ source }) => ('variable' in source ? [source.variable] : namesOf(source.expression)))
}

function namesOfSource(source: MappingSource): readonly string[] {
  switch (source.type) {
    case 'variable':
      return [source.name]
    case 'expression':
      return namesOf(source.expression)
    case 'list':
      return source.items.flatMap(namesOfSource)
    case 'map':
      return Object.values(source.entries).flatMap(namesOfSource)
    case 'value':
      return []
  }
}

function namesOf(expression: Expression | null): readonly string[] {
  if (expression === null || expression.language === 'literal') return []
  return (expression.names ?? []).filter((name) => !ENGINE_NAMES.includes(name))
}

/** What the engine itself puts in: no variables of the process. */
const ENGINE_NAMES: readonly string[] = [
  'execution',
  'task',
  'loopCounter',
  'nrOfInstances',
  'nrOfActiveInstances',
  'nrOfCompletedInstances',
  'nrOfTerminatedInstances',
  'numberOfInstances',
  'numberOfActiveInstances',
  'numberOfCompletedInstances',
  'numberOfTerminatedInstances',
  'authenticatedUserId',
  'now',
]

function writesOf(node: FlowNode): readonly string[] | 'any' {
  const io = 'io' in node ? node.io : null
  const mapped = io === null ? [] : io.outputs.flatMap(({ target }) => target.slice(0, 1))
  if (io !== null && io.propagation === 'mapped' && io.outputs.length > 0) return mapped
  if ('repetition' in node && node.repetition?.type === 'multiInstance') {
    const { outputCollection } = node.repetition
    if (outputCollection !== null) mapped.push(outputCollection)
  }
  if (givesAnything(node)) return 'any'
  if ('job' in node && node.job?.resultVariable) mapped.push(node.job.resultVariable)
  return mapped
}

/** What it sets is decided outside the model. */
function givesAnything(node: FlowNode): boolean {
  switch (node.type) {
    case 'userTask':
    case 'receiveTask':
    case 'subProcess':
    case 'transaction':
    case 'adHocSubProcess':
    case 'callActivity':
      return true
    case 'serviceTask':
    case 'sendTask':
    case 'scriptTask':
    case 'businessRuleTask':
      return node.job !== null && (node.job.own === null || node.job.resultVariable === null)
    case 'intermediateCatchEvent':
    case 'boundaryEvent':
    case 'startEvent':
      return node.eventDefinitions.some(({ type }) => type !== 'timer' && type !== 'link' && type !== 'conditional')
    default:
      return false
  }
}

function gatheredBy(node: FlowNode): readonly string[] {
  if (!('repetition' in node) || node.repetition?.type !== 'multiInstance' || node.repetition.outputCollection === null) return []
  const own = ownNames(node)
  return [...new Set(namesOf(node.repetition.outputElement))].filter((name) => !own.includes(name))
}

function mustGive(node: FlowNode): string[] {
  const fields = node.type === 'userTask' ? (node.form?.fields ?? []) : []
  const required = fields
    .filter((field) => field.required && !field.readonly && field.defaultValue === null)
    .map(({ variable }) => variable)
  return [...required, ...readByOutputs('io' in node ? node.io : null)]
}

function readByOutputs(io: IoMapping | null): readonly string[] {
  return io === null ? [] : io.outputs.flatMap(({ source }) => namesOfSource(source))
}
