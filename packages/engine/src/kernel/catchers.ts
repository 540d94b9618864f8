import { isLeewayError } from '@leeway/storage'
import type { Expression } from '../expressions/expression.ts'
import type { BoundaryEvent } from '../model/elements.ts'
import type { ErrorEventDefinition, EscalationEventDefinition, EventDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { splitTokenId } from './state.ts'
import { asText } from './text.ts'
import { evaluate } from './variables.ts'

/** What an error or escalation is caught by: an event, and the token that it belongs to. */
export interface Catcher<Kind extends ThrownKind> {
  readonly scopeId: string
  readonly n: number
  readonly event: BoundaryEvent
  readonly definition: DefinitionOf<Kind>
}

interface Definitions {
  readonly error: ErrorEventDefinition
  readonly escalation: EscalationEventDefinition
}
type ThrownKind = keyof Definitions
type DefinitionOf<Kind extends ThrownKind> = Definitions[Kind]

/**
 * Looks for what catches a code that is thrown at a token, from it outward: the boundary events of its own activity, then those of each
 * activity whose scope it is in. At one level a matching code comes before an event without a code. BPMN 2.0.2 §13.5.3.
 */
export function catcherOf<Kind extends ThrownKind>(step: Step, scopeId: string, n: number, kind: Kind, code: string): Catcher<Kind> | null {
  let at: { readonly scopeId: string; readonly n: number } | null = { scopeId, n }
  while (at) {
    const scope = scopeOf(step.draft, at.scopeId)
    const inBody = scope.kind === 'multiInstance' || scope.kind === 'loop'
    const token = inBody ? undefined : scope.tokens[at.n]
    const node = token && step.definition.nodes.get(token.elementId)
    const inRound = scope.kind === 'iteration' && scope.elementId === token?.elementId
    // The events of an activity that completed and is being compensated are no longer armed.
    const isReopened = token?.drivenBy !== undefined && node && 'isForCompensation' in node && !node.isForCompensation
    if (node && 'boundaryEvents' in node && !inRound && !isReopened) {
      const catcher = amongBoundaries(step, at.scopeId, at.n, node.boundaryEvents, kind, code)
      if (catcher) return catcher
    }
    at = splitTokenId(at.scopeId)
  }
  return null
}

/** All codes that are caught around a token, as {@link catcherOf} looks for them; `all` where an event without a code catches each. */
export function codesAround(step: Step, scopeId: string, n: number, kind: ThrownKind): readonly string[] | 'all' {
  const codes: string[] = []
  for (let at: { readonly scopeId: string; readonly n: number } | null = { scopeId, n }; at !== null; at = splitTokenId(at.scopeId)) {
    const node = step.definition.nodes.get(scopeOf(step.draft, at.scopeId).tokens[at.n]?.elementId ?? '')
    if (node === undefined || !('boundaryEvents' in node)) continue
    for (const definition of node.boundaryEvents.flatMap((event) => event.eventDefinitions)) {
      if (!isOfKind(definition, kind)) continue
      if (definition.code === null) return 'all'
      const code = codeOf(step, at.scopeId, at.n, definition.code)
      if (code !== null) codes.push(code)
    }
  }
  return codes
}

function amongBoundaries<Kind extends ThrownKind>(
  step: Step,
  scopeId: string,
  n: number,
  events: readonly BoundaryEvent[],
  kind: Kind,
  code: string,
): Catcher<Kind> | null {
  let catchAll: Catcher<Kind> | null = null
  for (const event of events) {
    for (const definition of event.eventDefinitions) {
      if (!isOfKind(definition, kind)) continue
      const catcher = { scopeId, n, event, definition }
      if (definition.code === null) catchAll ??= catcher
      else if (codeOf(step, scopeId, n, definition.code) === code) return catcher
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
