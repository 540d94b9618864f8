import type { Values } from '@leeway/engine/extension'

/** Something that was answered, or that comes up more often, met filters of the house. */
export interface RaiseAlerts {
  readonly type: 'raiseAlerts'
  readonly because: 'response' | 'trend'
  readonly customer: string | null
  readonly tier: string | null
  /** Where the whole of it can be read. */
  readonly link: string | null
  /** When it was answered. */
  readonly respondedAt: number | null
  readonly facts: Values
  readonly alerts: readonly Alert[]
}

/** What one filter leads to: people are told, a case is opened, or both. */
export interface Alert {
  /** The rule's key. */
  readonly rule: string
  /** Null: no case. */
  readonly template: string | null
  readonly title: string
  readonly text: string
  /** People, roles, or names that only the host's handler knows. */
  readonly to: readonly string[]
}

/** What became of an alert. */
export interface Alerted {
  readonly rule: string
  readonly caseId: string | null
}
