import type { Definition } from '../model/definition.ts'
import type { FlowNode } from '../model/elements.ts'
import type { EventDefinition, MessageDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { eventWaits, messageWait } from './catching.ts'
import type { IdMap } from './commands.ts'
import { away } from './holding.ts'
import type { EventWait, Token, Wait } from './state.ts'

/** What is needed to take waits from one model to another. `there` evaluates by the new one. */
export interface WaitsWay {
  readonly source: Definition
  readonly target: Definition
  readonly map: IdMap
  /** Timers that go by the new model's definition from now on. */
  readonly retime: readonly string[] | true
  readonly there: Step
}

/** What a token waits for in the new model. `waits` is the token's own list where nothing changed. */
export interface MigratedWaits {
  readonly waits: readonly Wait[]
  readonly armed: readonly string[]
  readonly disarmed: readonly string[]
}

/**
 * Work, tasks, calls and timers stay as they are, timers with their due time where they are not to count anew. Messages and signals whose
 * name or key the new model has otherwise are evaluated anew. Boundary events that are new are armed, those that are gone disarmed; spent
 * ones stay spent.
 */
export function migratedWaits(
  way: WaitsWay,
  scopeId: string,
  n: number,
  token: Token,
  from: FlowNode,
  to: FlowNode,
  inRound: boolean,
  isListening = false,
): MigratedWaits {
  const { source, map, there } = way
  const before = token.waits ?? []
  const disarmed: string[] = []
  const kept: Wait[] = []
  let isChanged = false
  for (const wait of before) {
    const next = 'for' in wait ? keptWait(way, scopeId, n, wait, to, isListening) : wait
    if (next === null) disarmed.push('for' in wait ? wait.for : '')
    else kept.push(next)
    isChanged ||= next !== wait
  }
  const known = new Set(eventsOf(from, isListening).map((event) => map[event.id] ?? event.id))
  const armed: string[] = []
  if ((isListening || hasBegun(token)) && !inRound) {
    for (const event of eventsOf(to, isListening)) {
      if (known.has(event.id)) continue
      const waits = waitsOf(there, scopeId, n, event)
      if (waits.length === 0) continue
      armed.push(event.id)
      kept.push(...waits.map((wait) => (token.hold ? away(there, wait, {}) : wait)))
    }
  }
  // An event that is attached to it and waits otherwise now is armed anew.
  for (const id of disarmed) {
    const event = way.target.nodes.get(map[id] ?? id)
    if (!event || !eventsOf(to, isListening).includes(event) || source.nodes.get(id) === from) continue
    armed.push(event.id)
    kept.push(...waitsOf(there, scopeId, n, event).map((wait) => (token.hold ? away(there, wait, {}) : wait)))
  }
  return { waits: isChanged || armed.length > 0 || token.waits === undefined ? kept : token.waits, armed, disarmed }
}

/**
 * Boundary events of an activity, the events behind an event-based gateway; of a token that listens the start events of its event
 * sub-process.
 */
function eventsOf(node: FlowNode, isListening: boolean): readonly FlowNode[] {
  if (isListening) return 'content' in node ? node.content.startEvents : []
  if ('boundaryEvents' in node) return node.boundaryEvents
  return node.type === 'eventBasedGateway' ? node.outgoing.map((flow) => flow.target) : []
}

/** Boundary events are armed with the work of their activity, not before and not after it. */
function hasBegun({ waits, child, phase, incident, listening }: Token): boolean {
  if (phase === 'arrived' || waits?.[0]?.type === 'continuation' || waits?.[0]?.type === 'listener' || listening?.then !== undefined)
    return false
  return child === true || incident?.retry === 'job' || (incident === undefined && waits !== undefined)
}

function keptWait(way: WaitsWay, scopeId: string, n: number, wait: EventWait, to: FlowNode, isListening: boolean): Wait | null {
  const { source, target, map, there } = way
  const before = source.nodes.get(wait.for)
  const id = map[wait.for] ?? wait.for
  const event = target.nodes.get(id)
  if (!before || !event || (event !== to && !eventsOf(to, isListening).includes(event))) return null
  const renamed = id === wait.for ? wait : { ...wait, for: id }
  const place = wait.definition ?? 0
  const now = definitionOf(event, place)
  if (wait.type === 'trigger') return now ? null : renamed
  const old = definitionOf(before, place)
  if (!now || kindOf(now) !== wait.type) return null
  if (wait.type === 'timer' && !counts(way, id, wait)) return renamed
  if (wait.type === 'condition' || (wait.type !== 'timer' && textOf(old) === textOf(now))) return renamed
  const anew = waitsOf(there, scopeId, n, event).find((one) => one.type === wait.type && (one.definition ?? 0) === place)
  if (!anew) return null
  if (wait.away === 'paused') return away(there, anew, { [id]: 'pause' })
  return wait.away === undefined ? anew : ({ ...anew, away: wait.away } as Wait) // of the same type, which has it
}

/** True for a timer that is to count anew: one that has come already does not. */
function counts({ retime }: WaitsWay, id: string, wait: EventWait): boolean {
  return (retime === true || retime.includes(id)) && wait.came === undefined && !('away' in wait && wait.away === 'closed')
}

type Awaited = Extract<EventDefinition, { type: 'message' | 'signal' | 'timer' | 'conditional' }>

/** The event's definition at this place, where it is one that can be waited for. */
function definitionOf(event: FlowNode, place: number): Awaited | MessageDefinition | undefined {
  if (event.type === 'receiveTask') return event.message ?? undefined
  if (event.type === 'sendTask') return event.awaits === 'trigger' ? undefined : event.awaits
  const definition = 'eventDefinitions' in event ? event.eventDefinitions[place] : undefined
  switch (definition?.type) {
    case 'timer':
    case 'conditional':
      return definition
    case 'message':
      return definition.message === null ? undefined : definition
    case 'signal':
      return definition.signal === null ? undefined : definition
    default:
      return undefined
  }
}

/** The type of wait that it makes. */
function kindOf(definition: Awaited | MessageDefinition): EventWait['type'] {
  if (!('type' in definition)) return 'message'
  return definition.type === 'conditional' ? 'condition' : definition.type
}

/** Name and key as they stand in the model. */
function textOf(definition: Awaited | MessageDefinition | undefined): string {
  if (definition === undefined) return ''
  if (!('type' in definition)) {
    const paths = definition.correlation?.map(({ keyId, binding }) => [keyId, binding?.map(({ source }) => source)])
    return JSON.stringify([definition.name.source, definition.correlationKey?.source ?? null, paths])
  }
  if (definition.type === 'message') return definition.message === null ? '' : textOf(definition.message)
  if (definition.type === 'conditional') return definition.condition.source
  return definition.type === 'signal' ? (definition.signal?.name.source ?? '') : definition.expression.source
}

function waitsOf(there: Step, scopeId: string, n: number, event: FlowNode): readonly EventWait[] {
  if (event.type === 'receiveTask')
    return event.message === null ? [{ type: 'trigger', for: event.id }] : [messageWait(there, scopeId, n, event, event.message)]
  return 'parallelMultiple' in event ? eventWaits(there, scopeId, n, event) : []
}
