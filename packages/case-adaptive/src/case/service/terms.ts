import type { Duration } from '@leeway/engine/extension'
import type { Goal, GoalName, WorkingTime } from './service-clock.ts'

/** What a template promises, as read. */
export interface ServiceTerms {
  /** The severity that a case of a customer of a tier begins with. */
  readonly tiers: { readonly [tier: string]: string }
  /** By severity. */
  readonly goals: { readonly [severity: string]: Goals }
  /** That of a case whose customer is of no tier. */
  readonly severity: string | null
  /** Whom an escalation goes to: roles of the organisation, ids of people. */
  readonly escalateTo: readonly string[]
  /** After how long off the path it is escalated; null: never. */
  readonly maxAway: Duration | null
  /** How long the customer may object before a resolved case is closed without their word; null: not at all. */
  readonly confirmWithin: Duration | null
}

/** What is promised under one severity. */
export type Goals = { readonly [Name in GoalName]?: Goal }

/** How cases keep time and whom they tell. */
export interface ServiceRules {
  readonly time: WorkingTime
  /** Of a template; null where it promises nothing. */
  termsOf(template: string): ServiceTerms | null
  /** The handler type that tells people; null: nobody is told. */
  readonly notifier: string | null
  /** The handler type that tells customers; null: they are not told. */
  readonly customerNotifier: string | null
  readonly pauseReasons: readonly string[]
}

/** Awaiting the customer, agreed with the customer, force majeure: never a subcontractor, never another department. */
export const PAUSE_REASONS: readonly string[] = ['awaitingCustomer', 'agreedWithCustomer', 'forceMajeure']
