import { isLeewayError } from '@leeway/storage'
import type { Expression } from '../expressions/expression.ts'
import type { BoundaryEvent, StartEvent } from '../model/elements.ts'
import type { ErrorEventDefinition, EscalationEventDefinition, EventDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { splitTokenId } from './ids.ts'
import { type EventWait, isArmed, type Scope, type Token } from './state.ts'
import { asText } from './text.ts'
import { evaluate } from './variables.ts'

/** What an error or escalation is caught by: an event, and the token that it belongs to. */
export interface Catcher<Kind extends ThrownKind = ThrownKind> {
  readonly scopeId: string
  /** Of the activity that the boundary event is attached to, or of the token that listens for the event sub-process. */
  readonly n: number
  readonly event: BoundaryEvent | StartEvent
  readonly definition: DefinitionOf<Kind>
}

interface Definitions {
  readonly error: ErrorEventDefinition
  readonly escalation: EscalationEventDefinition
}
type ThrownKind = keyof Definitions
type DefinitionOf<Kind extends ThrownKind> = Definitions[Kind]

/**
 * Looks for what catches a code that is thrown at a token, from it outward: the boundary events of its own activity, then for each scope
 * that it is in the event sub-processes and the boundary events of its activity. At one level a matching code comes before an event
 * without a code. BPMN 2.0.2 §13.5.3, §13.5.4.
 */
export function catcherOf<Kind extends ThrownKind>(step: Step, scopeId: string, n: number, kind: Kind, code: string): Catcher<Kind> | null {
  for (const places of levelsAround(step, scopeId, n)) {
    const catcher = among(step, places, kind, code)
    if (catcher) return catcher
  }
  return null
}

/** All codes that are caught around a token, as {@link catcherOf} looks for them; `all` where an event without a code catches each. */
export function codesAround(step: Step, scopeId: string, n: number, kind: ThrownKind): readonly string[] | 'all' {
  const codes: string[] = []
  for (const places of levelsAround(step, scopeId, n)) {
    for (const place of places) {
      for (const definition of place.event.eventDefinitions) {
        if (!isOfKind(definition, kind)) continue
        if (definition.code === null) return 'all'
        const code = codeOf(step, place.scopeId, place.n, definition.code)
        if (code !== null) codes.push(code)
      }
    }
  }
  return codes
}

/**
 * What waits for a signal of this name around a token, from the outermost inward: what would end with its thrower before the signal comes
 * to it by way of the others. A held token is left out, and an event sub-process in which the signal is thrown.
 */
export function signalCatchersAround(step: Step, scopeId: string, n: number, name: string): readonly SignalCatcher[] {
  const found: SignalCatcher[] = []
  for (const places of levelsAround(step, scopeId, n))
    for (const { event, ...place } of places) {
      const token = scopeOf(step.draft, place.scopeId).tokens[place.n]
      if (token?.phase === 'held') continue
      for (const wait of token?.waits ?? [])
        if (wait.type === 'signal' && wait.for === event.id && wait.name === name && isArmed(wait)) found.push({ ...place, wait })
    }
  return found.reverse()
}

/** A token that waits for a signal. */
export interface SignalCatcher {
  readonly scopeId: string
  readonly n: number
  readonly wait: EventWait
}

/** Where something thrown at a token may be caught, level by level outward. */
function* levelsAround(step: Step, scopeId: string, n: number): Generator<readonly Place[]> {
  for (let at: { readonly scopeId: string; readonly n: number } | null = { scopeId, n }; at !== null; at = splitTokenId(at.scopeId)) {
    const scope = scopeOf(step.draft, at.scopeId)
    const inBody = scope.kind === 'multiInstance' || scope.kind === 'loop'
    const token = inBody ? undefined : scope.tokens[at.n]
    const node = token && step.definition.nodes.get(token.elementId)
    const inRound = scope.kind === 'iteration' && scope.elementId === token?.elementId
    // The events of an activity that completed and is being compensated are no longer armed.
    const isReopened = token?.drivenBy !== undefined && node && 'isForCompensation' in node && !node.isForCompensation
    if (node && 'boundaryEvents' in node && !inRound && !isReopened) {
      const place = at
      yield node.boundaryEvents.map((event) => ({ ...place, event }))
    }
    if (scope.armed) yield listeners(step, scope, token)
  }
}

type Place = Pick<Catcher, 'scopeId' | 'n' | 'event'>

/** The event sub-processes that the scope listens for. One that is under way does not catch what is thrown inside it. */
function listeners(step: Step, { id: scopeId, armed = [], tokens }: Scope, thrower: Token | undefined): readonly Place[] {
  return armed.flatMap((n) => {
    const node = step.definition.nodes.get(tokens[n]?.elementId ?? '')
    if (node?.type !== 'subProcess' || (thrower?.handler && thrower.elementId === node.id)) return []
    return node.content.startEvents.map((event) => ({ scopeId, n, event }))
  })
}

function among<Kind extends ThrownKind>(step: Step, places: readonly Place[], kind: Kind, code: string): Catcher<Kind> | null {
  let catchAll: Catcher<Kind> | null = null
  for (const place of places) {
    for (const definition of place.event.eventDefinitions) {
      if (!isOfKind(definition, kind)) continue
      const catcher = { ...place, definition }
      if (definition.code === null) catchAll ??= catcher
      else if (codeOf(step, place.scopeId, place.n, definition.code) === code) return catcher
    }
  }
  return catchAll
}

function isOfKind<Kind extends ThrownKind>(definition: EventDefinition, kind: Kind): definition is DefinitionOf<Kind> & EventDefinition {
  return definition.type === kind
}

/** A code that cannot be evaluated catches nothing: what was thrown goes on outward. */
function codeOf(step: Step, scopeId: string, n: number, expression: Expression): string | null {
  try {
    return asText(evaluate(step, scopeId, n, expression))
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return null
  }
}
