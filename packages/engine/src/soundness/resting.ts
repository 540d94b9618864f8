import type { BoundaryEvent, FlowNode, FlowScope } from '../model/elements.ts'
import type { EventDefinition } from '../model/event-definitions.ts'

/**
 * True where a token rests at the node until a command moves it, and moves nothing else with it: the joins that can act have acted before.
 * False where it may pass on at once, or leave together with others, as all that wait for one signal do: then joins act afterwards.
 */
export function rests(node: FlowNode): boolean {
  if ('boundaryEvents' in node && node.boundaryEvents.some((event) => !occursAlone(event, node))) return false
  if (node.asyncBefore || node.asyncAfter) return true
  if ('skip' in node && node.skip !== null) return false
  if ('repetition' in node && node.repetition !== null) return false // there may be no rounds
  switch (node.type) {
    case 'userTask':
    case 'serviceTask':
    case 'scriptTask':
    case 'businessRuleTask':
    case 'receiveTask':
    case 'callActivity':
      return true
    case 'intermediateCatchEvent':
      return isOwn(node.eventDefinitions) && node.incoming.every(({ source }) => source.type !== 'eventBasedGateway')
    case 'subProcess':
      return !node.triggeredByEvent && isWaitedIn(node.content)
    case 'transaction':
      return isWaitedIn(node.content)
    default:
      return false
  }
}

/** Messages and timers come to one token each. */
function isOwn(definitions: readonly EventDefinition[]): boolean {
  return definitions.length > 0 && definitions.every(({ type }) => type === 'message' || type === 'timer')
}

/** An error is thrown from a handler by a command; from inside a scope it may be thrown on the way. */
function occursAlone({ eventDefinitions }: BoundaryEvent, node: FlowNode): boolean {
  const isScope = 'content' in node
  return eventDefinitions.every(
    ({ type }) => type === 'message' || type === 'timer' || type === 'compensate' || (type === 'error' && !isScope),
  )
}

/** Nothing gets through the content without resting on the way, and all that it may wait for comes to it alone. */
function isWaitedIn({ nodes, initial }: FlowScope): boolean {
  const isPassed = (node: FlowNode): boolean => !rests(node)
  if (nodes.some((node) => isPassed(node) && !PASSED.includes(node.type))) return false
  const seen = new Set<FlowNode>()
  const open = initial.filter(isPassed)
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.outgoing.length === 0) return false
    seen.add(node)
    open.push(...node.outgoing.flatMap(({ target }) => (seen.has(target) || !isPassed(target) ? [] : [target])))
  }
  return initial.length > 0
}

/** Never waits for anything itself. */
const PASSED: readonly FlowNode['type'][] = [
  'task',
  'manualTask',
  'startEvent',
  'endEvent',
  'exclusiveGateway',
  'parallelGateway',
  'inclusiveGateway',
  'intermediateThrowEvent',
]
