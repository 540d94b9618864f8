import type { CaseLink, Routed } from '../case/case-state.ts'
import type { ServiceClock } from '../case/service/service-clock.ts'
import type { CaseState } from '../lifecycles/case.ts'
import type { ServiceClockState } from '../lifecycles/service-clock.ts'
import type { CommitmentView, ContactView, FactView } from './customer-record-view.ts'
import type { DeviationView } from './deviation-view.ts'
import type { ItemView } from './item-view.ts'
import type { ProposalView, ReviewView } from './proposal-view.ts'

/** A case in short, as it is found. Instants are ISO 8601. */
export interface CaseSummary {
  readonly id: string
  readonly state: CaseState
  readonly template: string
  readonly title: string | null
  readonly customer: string | null
  /** Who answers for it. */
  readonly owner: string | null
  readonly openedAt: string
  readonly tenantId: string | null
  readonly instanceIds: readonly string[]
  /** What the customer was promised, where the template promises something. */
  readonly tier: string | null
  readonly severity: string | null
  /** When the earliest of its clocks is due; null where none runs. */
  readonly dueAt: string | null
  /** A clock is past its goal, and what was promised is still owed. */
  readonly overdue: boolean
  /** How often it was raised to a higher authority. */
  readonly escalations: number
}

/** A service level clock. Lengths are milliseconds of working time. */
export interface ClockView {
  readonly name: ServiceClock['name']
  readonly state: ServiceClockState
  readonly startedAt: string
  /** Null while it stands still. */
  readonly dueAt: string | null
  readonly goalMs: number
  /** Below zero where the goal was missed. */
  readonly remainingMs: number
  /** Of which episode; absent: the first. */
  readonly episode?: number
  readonly paused?: { readonly at: string; readonly reason: string }
  readonly endedAt?: string
}

/** A case in context. */
export interface CaseView extends CaseSummary {
  /** By which its customer may look at it (`cases.customerView`), and at no other case. */
  readonly customerToken: string | null
  /** Which of its open spans it is in, from 1: closed cases can be opened again. */
  readonly episode: number
  /** How it reached what it was for, where it did. */
  readonly resolution?: { readonly code: string; readonly by: string; readonly at: string }
  /** The customer agreed with that. */
  readonly confirmed?: { readonly by: string; readonly at: string }
  /** Its end, and whom the customer's next contact goes to. */
  readonly closed?: { readonly by: string; readonly at: string; readonly route?: { readonly to: string; readonly until: string } }
  /** Whom it was given to by itself, and why. */
  readonly routed?: Routed
  /** How often it was handed over. */
  readonly transfers: number
  /** Other cases, and what they are to this one. */
  readonly links: readonly CaseLink[]
  /** Of a complaint: the case that it is about. */
  readonly complaintAbout?: string
  /** By which rule it opened itself (`alerts`, `trends` of `createCases`), and when and where that was answered. */
  readonly alert?: {
    readonly rule: string
    readonly because: 'response' | 'trend'
    readonly link: string | null
    readonly respondedAt: string | null
  }
  readonly deviations: readonly DeviationView[]
  /** All items, those of deviations among them, the oldest first. */
  readonly items: readonly ItemView[]
  readonly facts: readonly FactView[]
  readonly contacts: readonly ContactView[]
  readonly commitments: readonly CommitmentView[]
  readonly proposals: readonly ProposalView[]
  readonly reviews: readonly ReviewView[]
  /** The customer's other cases, the latest 20. */
  readonly otherCases: readonly CaseSummary[]
  readonly clocks: readonly ClockView[]
  /** Where its process instances stand. */
  readonly path: readonly PathPosition[]
  /** What happened, the oldest first; of a longer one the latest 1,000 entries. */
  readonly timeline: readonly TimelineView[]
}

/** Where one process instance of the case stands. */
export interface PathPosition {
  readonly instanceId: string
  readonly processKey: string
  readonly status: string
  /** It went on by an override, and was not proven since to come to its end. */
  readonly unproven?: true
  readonly activeElements: readonly { readonly elementId: string; readonly elementInstanceId: string; readonly phase: string }[]
}

/** One entry of a timeline: its `type`, who and when, and what it is about. */
export interface TimelineView {
  readonly seq: number
  readonly at: string
  readonly actor: string | null
  readonly type: string
  readonly [name: string]: unknown
}
