import type { Step } from './agenda.ts'
import type { TokenIncident } from './state.ts'

/** Marks a token as stuck: a person must look. Nothing that was decided before is undone. */
export function raiseIncident(
  step: Step,
  scopeId: string,
  n: number,
  elementId: string,
  code: string,
  message: string,
  retry: TokenIncident['retry'],
): void {
  step.emit({ type: 'incidentRaised', scopeId, n, elementId, code, message, retry })
}
