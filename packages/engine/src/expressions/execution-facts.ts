import type { EvaluationContext, ExecutionPlace } from './expression.ts'

/**
 * What `execution` tells of its place in JUEL, as the engines of the camunda family name it; undefined where it tells nothing by this name.
 */
export function factOf(context: EvaluationContext, name: string): string | null | undefined {
  const key = Object.hasOwn(FACTS, name) ? FACTS[name] : undefined
  return key === undefined ? undefined : context.place?.()[key]
}

/** True where there is a fact of this name. */
export function isFact(name: string | null): boolean {
  return name !== null && Object.hasOwn(FACTS, name)
}

const FACTS: Readonly<Record<string, keyof ExecutionPlace>> = {
  id: 'id',
  activityInstanceId: 'id',
  currentActivityId: 'elementId',
  processInstanceId: 'instanceId',
  processDefinitionId: 'definitionId',
  processDefinitionKey: 'processKey',
  currentActivityName: 'elementName',
  tenantId: 'tenantId',
  eventName: 'eventName',
  currentTransitionId: 'transitionId',
  processBusinessKey: 'businessKey',
  processInstanceBusinessKey: 'businessKey',
  businessKey: 'businessKey',
}
