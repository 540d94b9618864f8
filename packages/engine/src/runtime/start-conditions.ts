import { isLeewayError } from '@leeway/storage'
import { toBoolean } from '../expressions/coerce.ts'
import type { EvaluationContext } from '../expressions/expression.ts'
import type { ConditionalEventDefinition } from '../model/event-definitions.ts'
import type { Values } from '../model/value.ts'
import { reveal } from '../model/variables.ts'
import type { MessageHost } from './message-host.ts'
import type { SubscriptionRecord } from './records/message.ts'
import { startable } from './subscriptions.ts'

/** The name of all conditions that start processes: nothing is published under it. */
export const CONDITION_NAME = ''

/** Conditions being asked about, their variables already checked. */
export interface ConditionsQuestion {
  readonly values: Values
  readonly businessKey: string | null
  readonly processKey: string | null
  readonly tenantId: string | null
  readonly actor: string | null
}

/** The start events whose condition is true, behind a subscription id. */
export async function* startedBy(host: MessageHost, question: ConditionsQuestion, after = ''): AsyncGenerator<SubscriptionRecord> {
  const sought = { kind: 'condition', name: CONDITION_NAME, tenantId: question.tenantId, key: null, businessKey: null } as const
  for (const start of await startable(host, { ...sought, match: null, instanceId: null, elementId: null })) {
    if (question.processKey !== null && start.body.processKey !== question.processKey) continue
    if (start.id > after && (await holds(host, start, question.values))) yield start
  }
}

async function holds(host: MessageHost, { body }: SubscriptionRecord, given: Values): Promise<boolean> {
  const definition = await host.definitionOf(body.definitionId)
  const event = definition.nodes.get(body.elementId)
  const condition = event && 'eventDefinitions' in event ? event.eventDefinitions[body.definition ?? 0] : undefined
  if (condition?.type !== 'conditional' || !concerns(condition, given)) return false
  return isTrue(host, condition, body, { ...definition.root.data, ...given })
}

/** A condition that names its variables is asked only about those. */
function concerns({ variables }: ConditionalEventDefinition, given: Values): boolean {
  return variables === null || variables.some((name) => Object.hasOwn(given, name))
}

/** A condition that cannot be evaluated, often because a variable is not given, is not true. */
async function isTrue(
  host: MessageHost,
  { condition }: ConditionalEventDefinition,
  { definitionId, processKey, elementId }: SubscriptionRecord['body'],
  values: Values,
): Promise<boolean> {
  if (condition.script !== undefined) {
    const place = { id: elementId, elementId, elementName: null, instanceId: '', definitionId, businessKey: null, processKey }
    const answer = await host.runScript({ key: '', script: condition.script, values, place })
    return 'value' in answer && answer.value === true
  }
  const { functions, beans, timeZone } = host.environment
  const variable = (name: string): unknown => (Object.hasOwn(values, name) ? reveal(values[name] ?? null) : undefined)
  const context: EvaluationContext = { variable, now: host.now(), timeZone, functions, beans }
  try {
    return toBoolean(condition.evaluate(context), condition)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return false
  }
}
