import type { Value } from '@leeway/engine/extension'
import type { CommitmentState } from '../lifecycles/commitment.ts'
import type { ContactState } from '../lifecycles/contact.ts'
import type { FactState } from '../lifecycles/fact.ts'
import type { Instant } from './case-state.ts'
import type { Reason } from './reason.ts'

/** A fact of the case file: what is so, by whose word, and how far somebody has seen to it. */
export interface Fact {
  readonly id: string
  readonly caseId: string
  readonly customer: string | null
  readonly key: string
  readonly givenAt: Instant
  readonly tenantId: string | null
  readonly body: {
    readonly value: Value
    /** Makes the digest of a short value worth nothing to one who guesses it. */
    readonly salt?: string
    /** Who put it down. */
    readonly givenBy: string | null
    /** `opening`, `item`, or where it comes from: the customer, a document, a register. */
    readonly source: string
    readonly state: FactState
    /** Who said it. */
    readonly saidBy?: string
    /** The contact in which it was said. */
    readonly contactId?: string
    /** The item whose result it is. */
    readonly itemId?: string
    /** Put down while somebody was off the path, in that deviation. */
    readonly deviationId?: string
    /** It holds for all of the customer's cases. */
    readonly ofCustomer?: true
    readonly validUntil?: Instant
    readonly verified?: { readonly by: string; readonly at: Instant; readonly how: string }
    /** Why it holds no longer, and what took its place. */
    readonly ended?: { readonly by: string | null; readonly at: Instant; readonly reason?: Reason; readonly supersededBy?: string }
    /** Its value was taken away for good. */
    readonly redacted?: { readonly by: string; readonly at: Instant; readonly reason: string }
  }
}

/** A contact with a customer. */
export interface Contact {
  readonly id: string
  readonly caseId: string | null
  readonly customer: string | null
  /** When it began. */
  readonly at: Instant
  readonly state: ContactState
  readonly tenantId: string | null
  readonly body: {
    readonly direction: ContactDirection
    readonly channel: string
    /** What was said. */
    readonly words: string | null
    /** Who of the house was at it. */
    readonly by: string | null
    readonly participants: readonly string[]
    /** The customer has an answer from it. */
    readonly answered: boolean
    readonly connectedAt: Instant | null
    readonly endedAt: Instant | null
    /** What it was about, in a word of the house. */
    readonly category?: string
    /** What it cost the house. */
    readonly cost?: number
  }
}

/** Who began it: the customer, or the house. */
export type ContactDirection = 'inbound' | 'outbound'

/** A promise to a customer: what, until when, and how it is proved. */
export interface Commitment {
  readonly id: string
  readonly caseId: string
  readonly customer: string | null
  readonly state: CommitmentState
  readonly dueAt: Instant
  readonly tenantId: string | null
  readonly body: {
    /** What is promised. */
    readonly words: string
    /** Who keeps it. */
    readonly by: string | null
    readonly madeBy: string
    readonly madeAt: Instant
    /** When who keeps it is reminded. */
    readonly remindAt: Instant | null
    /** The kind of proof that it takes; null: any. */
    readonly needs: string | null
    /** Of one that was broken: given too late. */
    readonly proof?: Proof
    readonly released?: { readonly by: string; readonly at: Instant; readonly reason: Reason }
    readonly brokenAt?: Instant
    /** The customer pays by instalments; `dueAt` is that of the next one. */
    readonly plan?: PaymentPlan
    /** The item that was added when it was broken. */
    readonly itemId?: string
  }
}

/** What the customer pays off, by instalments. */
export interface PaymentPlan {
  /** Which of the house's plans. */
  readonly kind: string
  readonly total: number
  readonly instalment: number
  /** What the house would ask for, and the least that it agrees to. */
  readonly standard: number
  readonly floor: number
  /** ISO 8601. */
  readonly every: string
  readonly proposedBy: 'customer' | 'company'
  readonly instalments: readonly Instalment[]
}

export interface Instalment {
  readonly dueAt: Instant
  readonly amount: number
  readonly paid?: { readonly by: string; readonly at: Instant; readonly kind: string; readonly evidence: readonly string[] }
  /** Its day passed without payment. */
  readonly isMissed?: true
}

/** What shows that a promise was kept. */
export interface Proof {
  readonly kind: string
  /** References to it. */
  readonly evidence: readonly string[]
  readonly by: string
  readonly at: Instant
}
