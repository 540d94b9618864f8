import type { CaseState } from '../lifecycles/case.ts'
import type { Done } from './rules.ts'
import type { ServiceClock } from './service/service-clock.ts'

/** Epoch milliseconds. */
export type Instant = number

/** A case as kept. Its record is written by everything that happens in the case, so that its revision is the case's serial order. */
export interface Case {
  readonly id: string
  readonly state: CaseState
  readonly template: string
  readonly customer: string | null
  readonly openedAt: Instant
  readonly tenantId: string | null
  /** Process instances that it owns. */
  readonly instanceIds: readonly string[]
  /** When what was promised is due, the earliest; null where no clock runs. */
  readonly dueAt: Instant | null
  /** Who has to do with it: who answers for it, takes part, has an item of it, or is told of it. */
  readonly people: readonly string[]
  /** By which its customer may look at it, and at no other case; null in what was written before there were tokens. */
  readonly token: string | null
  readonly body: {
    readonly title: string | null
    /** Who answers for it. */
    readonly owner: string | null
    readonly openedBy: string | null
    /** Instances that went on by an override, and were not proven since to come to their end. */
    readonly unproven?: readonly string[]
    /** What was done on the path of the elements that rules name. */
    readonly done?: readonly Done[]
    /** The item of another case that this one is. */
    readonly itemId?: string
    readonly resolution?: Resolution
    /** What the customer says of the resolution. */
    readonly confirmed?: { readonly by: string; readonly at: Instant }
    readonly closed?: { readonly by: string; readonly at: Instant; readonly route?: Route }
    /** Which of its open spans this is, from 1, and those before; absent: the first. */
    readonly episode?: number
    readonly episodes?: readonly Episode[]
    /** Whom it was given to by itself, and why. */
    readonly routed?: Routed
    /** Who is to take it, while nobody answers for it; absent: whoever comes. */
    readonly queue?: readonly string[]
    /** How often the one who answers for it changed by a transfer. */
    readonly transfers?: number
    readonly links?: readonly CaseLink[]
    /** What opened it by itself. */
    readonly alert?: AlertOrigin
    /** It is about how another case was handled: by those, who cannot answer for it. */
    readonly complaint?: { readonly about: string; readonly handlers: readonly string[] }
    /** Who acted in it, the first 200. */
    readonly handlers?: readonly string[]
    /** What the customer was asked for, the latest 100. */
    readonly asked?: readonly { readonly key: string; readonly by: string; readonly at: Instant }[]
    /** Milestones of which the customer was told. */
    readonly toldOf?: readonly string[]
    /** When the customer last heard from somebody since it was resolved. */
    readonly toldAt?: Instant
    /** What its template promises the customer, and how it stands. */
    readonly service?: Service
    /** Makes the digest of the case worth nothing to one who guesses what it says. */
    readonly salt?: string
    /** How many entries its timeline has. */
    readonly entries: number
    /** Digest of the latest entry, empty before the first: what each entry says of the one before it, the case says of the last. */
    readonly head: string
  }
}

/**
 * By which rule work found somebody by itself: who answered for a case of the customer before, who has least to do; it is offered to all
 * who fit; or nobody does.
 */
export interface Routed {
  readonly because: 'earlierHandler' | 'leastLoad' | 'offered' | 'nobodyFits'
  /** How many were free and fit. */
  readonly candidates: number
  /** What the customer speaks, where that is known. */
  readonly language?: string
  /** How much the one who was found had in hand. */
  readonly load?: number
  /** To whom it is offered. */
  readonly queue?: readonly string[]
}

/** The rule by which a case opened itself, and what met it. */
export interface AlertOrigin {
  readonly rule: string
  readonly because: 'response' | 'trend'
  /** Where the response can be read. */
  readonly link: string | null
  readonly respondedAt: Instant | null
  /** The first case that the same response opened: its customer is told by that one. */
  readonly beside?: string
}

/** How a case reached what it was for. */
export interface Resolution {
  readonly code: string
  readonly by: string
  readonly at: Instant
}

/** An open span of a case that was opened again since. */
export interface Episode {
  readonly resolution: Resolution | null
  readonly closedAt: Instant
}

/** Whom the customer's next contact goes to, until an instant. */
export interface Route {
  readonly to: string
  readonly until: Instant
}

/** What another case is to this one. */
export interface CaseLink {
  readonly caseId: string
  readonly as: LinkKind
}

/**
 * The other case is the one above this, below it, the one that this repeats, a repetition of this, its cause, caused by it, about its
 * handling, the one whose handling this is about, or just related.
 */
export type LinkKind = 'parent' | 'child' | 'duplicateOf' | 'duplicate' | 'cause' | 'effect' | 'complaint' | 'complaintAbout' | 'related'

/** What the customer was promised. */
export interface Service {
  readonly tier: string | null
  readonly severity: string | null
  /** How often it was raised to a higher authority. */
  readonly escalations: number
  readonly clocks: readonly ServiceClock[]
  /** When the episode began that its goals count from; absent: the opening. */
  readonly since?: Instant
  /** When the customer was answered last in this episode. */
  readonly answeredAt?: Instant
  /** Open commitments, with the instant of their next step. */
  readonly promises?: readonly { readonly id: string; readonly at: Instant }[]
  /** Proposals that are over unless somebody decides, with the instant. */
  readonly decisions?: readonly { readonly id: string; readonly at: Instant }[]
  /** The job that looks at the clocks when the next of them is due. */
  readonly wake?: { readonly jobId: string; readonly at: Instant }
}

/** What is left to do of a case that was deleted; its id is the case's. */
export interface CaseDeletion {
  readonly id: string
  readonly tenantId: string | null
  readonly body: {
    /** Process instances that were the case's own. */
    readonly instanceIds: readonly string[]
  }
}

/** What was granted on one day under a person's limit for a kind. */
export interface Spending {
  readonly id: string
  readonly body: { readonly amount: number }
}
