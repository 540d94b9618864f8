import type { ContactDirection } from '../case/customer-state.ts'
import type { Reason } from '../case/reason.ts'
import type { CommitmentState } from '../lifecycles/commitment.ts'
import type { ContactState } from '../lifecycles/contact.ts'
import type { FactState } from '../lifecycles/fact.ts'
import type { PlanView } from './plan-view.ts'

/** A fact of the case file: what is so, by whose word, and how far somebody has seen to it. */
export interface FactView {
  readonly id: string
  readonly caseId: string
  readonly key: string
  readonly value: unknown
  /** Who put it down. */
  readonly givenBy: string | null
  readonly givenAt: string
  /** `opening`, `item`, or where it comes from. */
  readonly source: string
  readonly state: FactState
  /** `customer`: it holds for all of the customer's cases. */
  readonly scope: 'case' | 'customer'
  /** Who said it, and in which contact. */
  readonly saidBy?: string
  readonly contactId?: string
  /** The item whose result it is, and the deviation in which it was put down. */
  readonly itemId?: string
  readonly deviationId?: string
  /** Its value was taken away for good (`cases.redact`). */
  readonly redacted?: { readonly by: string; readonly at: string; readonly reason: string }
  readonly validUntil?: string
  readonly verified?: { readonly by: string; readonly at: string; readonly how: string }
  /** Why it holds no longer. */
  readonly ended?: { readonly by: string | null; readonly at: string; readonly reason?: Reason; readonly supersededBy?: string }
}

/** What is known of something; or that the customer has to be asked, and whether they were before. */
export type AskedView =
  | { readonly known: true; readonly factId: string; readonly value: unknown; readonly state: 'claimed' | 'verified' }
  | { readonly known: false; readonly repeat: boolean }

/** A contact with a customer. Lengths are milliseconds: until somebody was at it, and how long they were. */
export interface ContactView {
  readonly id: string
  readonly caseId: string | null
  readonly customer: string | null
  readonly state: ContactState
  readonly direction: ContactDirection
  readonly channel: string
  readonly summary: string | null
  readonly by: string | null
  readonly participants: readonly string[]
  readonly answered: boolean
  readonly at: string
  readonly waitMs: number | null
  readonly handleMs: number | null
  /** What it was about, and what it cost; null where nobody said. */
  readonly category: string | null
  readonly cost: number | null
}

/** A promise to the customer. */
export interface CommitmentView {
  readonly id: string
  readonly caseId: string
  readonly state: CommitmentState
  readonly what: string
  /** Who keeps it. */
  readonly by: string | null
  readonly dueAt: string
  readonly madeBy: string
  readonly madeAt: string
  readonly remindAt: string | null
  /** The kind of proof that it takes. */
  readonly needs: string | null
  /** Of one that was broken: given too late. */
  readonly proof?: { readonly kind: string; readonly evidence: readonly string[]; readonly by: string; readonly at: string }
  readonly released?: { readonly by: string; readonly at: string; readonly reason: Reason }
  readonly brokenAt?: string
  /** What the customer pays off; `dueAt` is that of the next instalment. */
  readonly plan?: PlanView
  /** The item that was added when it was broken. */
  readonly itemId?: string
}
