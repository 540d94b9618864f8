import type { ContactDirection } from '../case/customer-state.ts'
import type { ContactState } from '../lifecycles/contact.ts'
import type { CaseCall, InstantGiven, ReasonGiven } from './call.ts'
import type { AskedView, ContactView } from './customer-record-view.ts'
import type { CustomerView } from './customer-view.ts'

/** What is between the house and its customer. */
export interface CustomerFaces {
  readonly contacts: Contacts
  readonly facts: Facts
  readonly commitments: Commitments
  /**
   * What a customer may see: by their id, of all of their cases, by a case's token (`customerToken` of `cases.get`) of that one. Nothing
   * but what the templates name (`customerView`) is told, and of who is not known, nothing. By the id a person is told of the cases that
   * they may see (the right `see`); the token is the customer's own and tells anybody who has it.
   */
  customerView(customerOrToken: string): Promise<CustomerView>
}

/** Calls, letters, chats. */
export interface Contacts {
  /**
   * Notes a contact, or how one goes on. An answer meets the promise of a first response, and the next update is due anew. `routeTo` is
   * whom a customer who comes back is to be put through to (`cases.close`). Throws `UnknownCase`, `UnknownContact`, `ContactOver`,
   * `NotAllowed`.
   */
  record(request: ContactRequest): Promise<{ readonly id: string; readonly routeTo: string | null }>
  /** Contacts of a customer, over all cases, or of one case, in the order in which they began. Throws `invalidArgument`. */
  find(query: ContactQuery): Promise<ContactPage>
}

/** What is so, by whose word, and how far somebody has seen to it. */
export interface Facts {
  /** Puts a fact down; what was known under its key gives way. Throws `UnknownCase`, `CaseClosed`, `NotAllowed`. */
  record(caseId: string, request: FactRequest): Promise<{ readonly id: string }>
  /** Somebody has seen that it is so. Throws `UnknownFact`, `FactOver`, `NotAllowed`. */
  verify(factId: string, request: VerifyFactRequest): Promise<void>
  /**
   * What is known in the case or of its customer; where nothing is, that the customer has to be asked, and whether they were before. Throws
   * `UnknownCase`, `CaseClosed`, `NotAllowed`.
   */
  ask(caseId: string, request: AskFactRequest): Promise<AskedView>
  /** It was never so, or must not be used. Throws `ReasonMissing`, `UnknownFact`, `FactOver`, `NotAllowed`. */
  revoke(factId: string, request: RevokeFactRequest): Promise<void>
}

/** Promises to a customer. */
export interface Commitments {
  /**
   * Promises something until an instant. If that passes without proof, those responsible are told and the case gets an item. Throws
   * `UnknownCase`, `CaseClosed`, `TooManyCommitments`, `NotAllowed`, `invalidArgument`.
   */
  make(caseId: string, request: CommitmentRequest): Promise<{ readonly id: string }>
  /**
   * The customer promises to pay something off, by what they can afford or the house's standard (`policies.plans`). `prove` notes each
   * payment, for the oldest instalment that is owed; one whose day passes is missed, and the plan is broken when the last one's has and
   * something is owed. Throws `UnknownPlan`, `BelowFloor` (`floor`, `standard`), `TooManyInstalments`, and as `make`.
   */
  plan(caseId: string, request: PlanRequest): Promise<{ readonly id: string }>
  /**
   * It was kept, or the customer wants it no longer. Throws `OtherProof` (`missing`), `CommitmentOver`, `UnknownCommitment`,
   * `ReasonMissing`, `NotAllowed`.
   */
  prove(commitmentId: string, request: ProveRequest): Promise<void>
}

/** A contact with a customer. One that goes on is named by `id`. */
export interface ContactRequest extends CaseCall {
  /** A contact that was recorded before and goes on; its case, customer, direction and channel stay. */
  readonly id?: string
  readonly caseId?: string
  /** Default: the case's. */
  readonly customer?: string
  /** Needed unless it goes on. */
  readonly direction?: ContactDirection
  /** Such as `phone`, `mail`, `letter`, `chat`. Needed unless it goes on. */
  readonly channel?: string
  /** What was said: free text. */
  readonly summary?: string
  /** Others who took part. */
  readonly participants?: readonly string[]
  /**
   * What it was about, in a word of the house, such as `modem`, `complaint`, `idea`: what is counted together (`cases.trends`,
   * `cases.metrics`).
   */
  readonly category?: string
  /** What it cost the house, 0 or more, in the one unit of the installation. */
  readonly cost?: number
  /** The customer has an answer from it. Default: true of what the house began, false of what the customer did. */
  readonly answered?: boolean
  /** Default `wrapped`. */
  readonly state?: ContactState
  /** When it began, when somebody was at it, and when it was over. Default: now. */
  readonly at?: InstantGiven
  readonly connectedAt?: InstantGiven
  readonly endedAt?: InstantGiven
}

/** Which contacts are looked for: of a case, or of a customer. */
export interface ContactQuery {
  readonly caseId?: string
  readonly customer?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}

/** Something that is so. */
export interface FactRequest extends CaseCall {
  readonly key: string
  /** A variable's value. */
  readonly value: unknown
  /** Where it comes from: the customer, a document, a register. Default `customer`. */
  readonly source?: string
  /** Who said it. */
  readonly saidBy?: string
  /** The contact in which it was said. */
  readonly contactId?: string
  /** Off the path: the deviation that it belongs to. */
  readonly deviationId?: string
  /** `customer`: it holds for all of the customer's cases. Default `case`. */
  readonly scope?: 'case' | 'customer'
  readonly validUntil?: InstantGiven
}

/** Somebody has seen that a fact is so. */
export interface VerifyFactRequest extends CaseCall {
  /** By what: a document, a call back, a register. */
  readonly how: string
  /** Default: as it was. */
  readonly validUntil?: InstantGiven
}

/** Something that is needed of the customer. */
export interface AskFactRequest extends CaseCall {
  readonly key: string
  /** Only what was verified will do. Default false. */
  readonly verified?: boolean
}

/** A fact must not be used any more. */
export interface RevokeFactRequest extends CaseCall {
  readonly reason: ReasonGiven
}

/** A promise to the customer. */
export interface CommitmentRequest extends CaseCall {
  /** What is promised: free text. */
  readonly what: string
  readonly dueAt: InstantGiven
  /** Who keeps it. Default: who answers for the case. */
  readonly by?: string
  /** When they are reminded, before `dueAt`. Default: not at all. */
  readonly remindAt?: InstantGiven
  /** The kind of proof that it takes, such as `signature`. Default: any. */
  readonly needs?: string
}

/** What the customer pays off. */
export interface PlanRequest extends CaseCall {
  /** Which of `policies.plans`. */
  readonly kind: string
  /** What is owed. */
  readonly total: number
  /** What the customer can afford each time. Default: the house's standard. */
  readonly instalment?: number
  /** When the first is due. Default: one interval from now. */
  readonly firstAt?: InstantGiven
  /** What it is about: free text. Default `Payment plan`. */
  readonly what?: string
}

/** What became of a promise: proof that it was kept, or that the customer wants it no longer. */
export interface ProveRequest extends CaseCall {
  readonly proof?: { readonly kind: string; readonly evidence?: readonly string[] }
  /** The customer wants it no longer; it takes a reason. */
  readonly released?: true
  readonly reason?: ReasonGiven
}

/** Contacts; `next` where more may follow. */
export type ContactPage = readonly ContactView[] & { readonly next?: string }
