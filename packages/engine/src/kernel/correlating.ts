import type { Expression } from '../expressions/expression.ts'
import type { FlowNode, SendTask } from '../model/elements.ts'
import type { MessageCorrelation, MessageDefinition } from '../model/event-definitions.ts'
import { unsearchable } from '../model/searched-text.ts'
import type { Values } from '../model/value.ts'
import { reveal } from '../model/variables.ts'
import type { Step } from './agenda.ts'
import type { TriggerWait } from './commands.ts'
import { rootOf } from './draft.ts'
import type { Environment } from './environment.ts'
import { instanceIdOf } from './ids.ts'
import type { Wait } from './state.ts'
import { asText } from './text.ts'
import { evaluate } from './variables.ts'

/** Correlation keys by id, as text: the value of the one property, or a JSON list of several. */
export type CorrelationKeys = { readonly [keyId: string]: string }

/** The key of a wait whose conversation has none yet: the first message gives it one. */
export const UNSET_KEY = ''

/**
 * The message that an event or task waits for and that yields correlation keys, or null. `place`: of the definition that is meant, where a
 * multiple event has several; without it the first message of that kind.
 */
export function correlatedMessageAt(node: FlowNode | undefined, place?: number): CorrelatedMessage | null {
  if (node === undefined) return null
  if (node.type === 'receiveTask') return isCorrelated(node.message) ? node.message : null
  if (node.type === 'sendTask') return awaitedBy(node)
  if (!('eventDefinitions' in node)) return null
  for (const definition of place === undefined ? node.eventDefinitions : node.eventDefinitions.slice(place, place + 1))
    if (definition.type === 'message' && isCorrelated(definition.message)) return definition.message
  return null
}

/** What a task waits for that has sent its message. */
function awaitedBy({ awaits }: SendTask): CorrelatedMessage | null {
  return awaits !== undefined && awaits !== 'trigger' && isCorrelated(awaits) ? awaits : null
}

export type CorrelatedMessage = MessageDefinition & { readonly correlation: readonly MessageCorrelation[] }

/**
 * The keys that a message's payload yields. Where it yields none, the key that it came with counts as the first. BPMN 2.0.2 §8.4.2:
 * a key is complete or is none.
 */
export function keysOfPayload(
  message: CorrelatedMessage,
  values: Values,
  key: string | null,
  { environment, now }: { readonly environment: Pick<Environment, 'functions' | 'beans' | 'timeZone'>; readonly now: number },
): CorrelationKeys {
  const { functions, beans, timeZone } = environment
  const variable = (name: string): unknown => (Object.hasOwn(values, name) ? reveal(values[name] ?? null) : undefined)
  const keys = keysBy(
    message,
    ({ retrieval }) => retrieval,
    (expression) => expression.evaluate({ variable, now, timeZone, functions, beans }),
  )
  const [first] = message.correlation
  return key === null || first === undefined || Object.keys(keys).length > 0 ? keys : { [first.keyId]: key }
}

/** A message begins an instance: its keys are the conversation's. */
export function beginConversation(step: Step, instanceId: string, node: FlowNode, values: Values, key: string | null): void {
  const message = correlatedMessageAt(node)
  if (message !== null) setKeys(step, instanceId, message, keysOfPayload(message, values, key, step))
}

/**
 * A message comes to what waits for it: the keys that its conversation had not yet are set by it. False where another message set them
 * after this one was sent here: then it belongs to another conversation.
 */
export function joinConversation(step: Step, command: TriggerWait, wait: Wait): boolean {
  if (wait.type !== 'message' || wait.keyId === undefined) return true
  const message = correlatedMessageAt(step.definition.nodes.get(command.for), command.definition)
  if (message === null) return true
  const instanceId = instanceIdOf(command.scopeId)
  const keys = keysOfPayload(message, command.values, command.key ?? null, step)
  const known = keysOfInstance(step, instanceId)
  if (wait.key === UNSET_KEY && Object.keys(keys).some((keyId) => known?.[keyId] !== undefined && known[keyId] !== keys[keyId]))
    return false
  setKeys(step, instanceId, message, keys)
  return true
}

/**
 * The key that a thrown message goes by: what its payload yields, read from what the sender sees; else what the sender's conversation has.
 * What the conversation had not yet is set.
 */
export function sendKeys(step: Step, scopeId: string, n: number, message: CorrelatedMessage): string | null {
  const instanceId = instanceIdOf(scopeId)
  const keys = keysBy(
    message,
    ({ retrieval }) => retrieval,
    (expression) => evaluate(step, scopeId, n, expression),
  )
  setKeys(step, instanceId, message, keys)
  const known = keysOfInstance(step, instanceId)
  for (const { keyId } of message.correlation) {
    const key = keys[keyId] ?? known?.[keyId]
    if (key !== undefined) return key
  }
  return null
}

/** Which key a wait goes by: one that is bound to the process's variables, as they are now; else the conversation's, if it has one yet. */
export function keyToWaitFor(step: Step, scopeId: string, message: CorrelatedMessage): { readonly key: string; readonly keyId: string } {
  const instanceId = instanceIdOf(scopeId)
  const bound = keysBy(
    message,
    ({ binding }) => binding ?? [],
    (expression) => evaluate(step, instanceId, null, expression),
  )
  const known = keysOfInstance(step, instanceId)
  for (const { keyId } of message.correlation) {
    const key = bound[keyId] ?? known?.[keyId]
    if (key !== undefined) return { key, keyId }
  }
  return { key: UNSET_KEY, keyId: '' }
}

/** True where a message of these keys belongs to the conversation that has those: they share a key, and none differs. */
export function isSameConversation(keys: CorrelationKeys, known: CorrelationKeys): boolean {
  const shared = Object.keys(keys).filter((keyId) => Object.hasOwn(known, keyId))
  return shared.length > 0 && shared.every((keyId) => keys[keyId] === known[keyId])
}

function isCorrelated(message: MessageDefinition | null): message is CorrelatedMessage {
  return message?.correlation !== undefined
}

function keysOfInstance(step: Step, instanceId: string): CorrelationKeys | undefined {
  return rootOf(step.draft, instanceId)?.instance?.correlation
}

/** Keys that are bound to variables are read from these: none is kept. */
function setKeys(step: Step, instanceId: string, message: CorrelatedMessage, keys: CorrelationKeys): void {
  const known = keysOfInstance(step, instanceId)
  const added = message.correlation.filter(
    ({ keyId, binding }) => binding === null && keys[keyId] !== undefined && known?.[keyId] === undefined,
  )
  if (added.length === 0) return
  step.emit({
    type: 'correlationKeysSet',
    scopeId: instanceId,
    keys: Object.fromEntries(added.map(({ keyId }) => [keyId, keys[keyId] as string])), // filtered above
  })
}

function keysBy(
  message: CorrelatedMessage,
  expressionsOf: (one: MessageCorrelation) => readonly Expression[],
  value: (expression: Expression) => unknown,
): CorrelationKeys {
  const keys: [string, string][] = []
  for (const one of message.correlation) {
    const texts = expressionsOf(one).map((expression) => asText(value(expression)))
    if (texts.length === 0 || texts.some((text) => text === null || text === '')) continue
    const [only] = texts
    // JSON escapes what no store keeps.
    const isItself = texts.length === 1 && typeof only === 'string' && unsearchable(only) === null
    keys.push([one.keyId, isItself ? only : JSON.stringify(texts)])
  }
  return Object.fromEntries(keys)
}
