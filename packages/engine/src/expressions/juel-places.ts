import { factOf, isFact } from './execution-facts.ts'
import type { EvaluationContext, TaskMember, TaskPlace } from './expression.ts'
import { ExpressionError } from './expression-error.ts'
import { propertyOfGetter } from './juel-methods.ts'
import { equal, numeric, text } from './juel-values.ts'
import { isList } from './plain-data.ts'

/** The objects of the engine that models know by these names: where the expression stands, and in listeners of tasks the task. */
export type PlaceName = 'execution' | 'task'

/** True for `execution`, and for `task` where a listener of one is evaluated: no variable hides them. */
export function isPlace(context: EvaluationContext, name: string): name is PlaceName {
  return name === 'execution' || (name === 'task' && context.task !== undefined)
}

/** Calls a method of the place; undefined where it has none of this name. */
export function callPlace(context: EvaluationContext, owner: PlaceName, name: string, given: readonly unknown[]): unknown {
  if (isChange(name)) {
    if (context.assign !== undefined && given.length > 0) return change(context.assign, owner, name, given)
    throw new ExpressionError('notAllowed', `"${owner}.${name}" is refused: an expression changes nothing, use an output mapping`)
  }
  if (name === 'getVariable' || name === 'getVariableLocal') return context.variable(String(given[0])) ?? null
  if (name === 'getVariables' && context.variables !== undefined) return context.variables()
  if (name === 'getVariableNames' && context.variables !== undefined) return Object.keys(context.variables())
  if (name === 'hasVariable' || name === 'hasVariableLocal') return context.variable(String(given[0])) !== undefined
  const property = given.length === 0 ? propertyOfGetter(name) : null
  if (property !== null) return readPlace(context, owner, property)
  return owner === 'task' && context.task !== undefined ? changeTask(context.task(), name, given) : undefined
}

/** Reads a property of the place; undefined where it has none of this name. */
export function readPlace(context: EvaluationContext, owner: PlaceName, name: string): unknown {
  if (name === 'variables' && context.variables !== undefined) return context.variables()
  if (owner === 'execution') return factOf(context, name)
  const task = context.task?.()
  if (task === undefined) return undefined
  const own = TASK_FACTS.get(name)
  if (own !== undefined) return task.read(own) ?? null
  const fact = name === 'id' ? 'activityInstanceId' : (PLACE_OF_TASK.get(name) ?? name)
  return factOf(context, fact)
}

/** What a bean gets that is given `execution` or `task`: the same members, as an object of its own. */
export function placeObject(context: EvaluationContext, owner: PlaceName): object {
  const made: { [member: string]: unknown } = {}
  for (const method of METHODS[owner]) made[method] = (...given: readonly unknown[]) => callPlace(context, owner, method, given)
  for (const property of PROPERTIES[owner]) {
    const value = readPlace(context, owner, property) ?? null
    made[property] = value
    made[`get${property.charAt(0).toUpperCase()}${property.slice(1)}`] = () => value
  }
  if (owner === 'task') {
    const execution = placeObject(context, 'execution')
    made.execution = execution
    made.getExecution = () => execution
  }
  return Object.freeze(made)
}

/** True where the engine itself answers this method: nobody else needs to have it. */
export function isPlaceMethod(owner: string, method: string): boolean {
  if (owner !== 'execution' && owner !== 'task') return false
  if (METHODS[owner].includes(method)) return owner === 'task' || !isChange(method)
  const property = propertyOfGetter(method)
  return owner === 'execution' ? isFact(property) : property !== null && (PROPERTIES.task.includes(property) || property === 'execution')
}

const READS = ['getVariable', 'getVariableLocal', 'hasVariable', 'hasVariableLocal', 'getVariables', 'getVariableNames']
const WRITES = ['setVariable', 'setVariableLocal', 'removeVariable', 'removeVariableLocal']

function isChange(name: string): boolean {
  return name.startsWith('setVariable') || name.startsWith('removeVariable') || name === 'createVariableLocal'
}

/** `setVariable` and the like in an expression that is work of its own: a variable that is removed is null. */
function change(
  assign: NonNullable<EvaluationContext['assign']>,
  owner: string,
  name: string,
  [variable, value]: readonly unknown[],
): null {
  if (/^(?:set|remove)Variables/.test(name)) {
    throw new ExpressionError('notAllowed', `"${owner}.${name}" is refused: set the variables one by one`)
  }
  assign(String(variable), name.startsWith('removeVariable') ? null : value)
  return null
}

/** What a task tells of itself, by the names of the camunda family. */
const TASK_FACTS: ReadonlyMap<string, TaskMember | 'createdAt' | 'eventName' | 'owner'> = new Map([
  ['name', 'name'],
  ['assignee', 'assignee'],
  ['owner', 'owner'],
  ['priority', 'priority'],
  ['dueDate', 'dueDate'],
  ['followUpDate', 'followUpDate'],
  ['createTime', 'createdAt'],
  ['eventName', 'eventName'],
])

/** What it tells of its place, by `execution`'s name for it. */
const PLACE_OF_TASK: ReadonlyMap<string, string> = new Map([
  ['executionId', 'activityInstanceId'],
  ['taskDefinitionKey', 'currentActivityId'],
])

function changeTask(task: TaskPlace, name: string, given: readonly unknown[]): unknown {
  const setter = SETTERS.get(name)
  if (setter !== undefined) {
    task.change(setter.member, setter.read(given[0]))
    return null
  }
  const candidates = CANDIDATES.get(name)
  if (candidates === undefined) return undefined
  const known = task.read(candidates.member)
  const before = isList(known) ? known : []
  const named = (isList(given[0]) ? given[0] : [given[0]]).map((one) => text(one))
  const others = before.filter((one) => !named.some((other) => equal(one, other)))
  task.change(candidates.member, candidates.drops ? others : [...others, ...named])
  return null
}

const SETTERS: ReadonlyMap<string, { readonly member: TaskMember; read(value: unknown): unknown }> = new Map([
  ['setName', { member: 'name', read: (value) => (value === null ? null : text(value)) }],
  ['setAssignee', { member: 'assignee', read: (value) => (value === null || value === '' ? null : text(value)) }],
  ['setPriority', { member: 'priority', read: (value) => Number(numeric(value)) }],
  ['setDueDate', { member: 'dueDate', read: (value) => value }],
  ['setFollowUpDate', { member: 'followUpDate', read: (value) => value }],
])

const CANDIDATES: ReadonlyMap<string, { readonly member: TaskMember; readonly drops: boolean }> = new Map([
  ['addCandidateUser', { member: 'candidateUsers', drops: false }],
  ['addCandidateUsers', { member: 'candidateUsers', drops: false }],
  ['deleteCandidateUser', { member: 'candidateUsers', drops: true }],
  ['addCandidateGroup', { member: 'candidateGroups', drops: false }],
  ['addCandidateGroups', { member: 'candidateGroups', drops: false }],
  ['deleteCandidateGroup', { member: 'candidateGroups', drops: true }],
])

const PLACES = ['processInstanceId', 'processDefinitionId', 'id', 'tenantId']

const PROPERTIES: Readonly<Record<PlaceName, readonly string[]>> = {
  execution: [
    ...PLACES,
    'activityInstanceId',
    'currentActivityId',
    'currentActivityName',
    'eventName',
    'currentTransitionId',
    'processDefinitionKey',
    'businessKey',
    'processBusinessKey',
    'processInstanceBusinessKey',
  ],
  task: [...PLACES, ...TASK_FACTS.keys(), ...PLACE_OF_TASK.keys()],
}

const METHODS: Readonly<Record<PlaceName, readonly string[]>> = {
  execution: [...READS, ...WRITES],
  task: [...READS, ...WRITES, ...SETTERS.keys(), ...CANDIDATES.keys()],
}
