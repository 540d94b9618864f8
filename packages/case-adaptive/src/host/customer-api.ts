import type { AskedView } from './case-view.ts'
import type { ContactPage } from './contact-find.ts'
import type {
  AskFactRequest,
  CommitmentRequest,
  ContactQuery,
  ContactRequest,
  FactRequest,
  ProveRequest,
  RevokeFactRequest,
  VerifyFactRequest,
} from './customer-requests.ts'

/** What is between the house and its customer. */
export interface CustomerFaces {
  readonly contacts: Contacts
  readonly facts: Facts
  readonly commitments: Commitments
}

/** Calls, letters, chats. */
export interface Contacts {
  /**
   * Notes a contact, or how one goes on. An answer meets the promise of a first response, and the next update is due anew. `routeTo` is whom a customer who comes back is to be
   * put through to (`cases.close`). Throws `UnknownCase`, `UnknownContact`, `ContactOver`, `NotAllowed`.
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
  /** What is known in the case or of its customer; where nothing is, that the customer has to be asked, and whether they were before. Throws `UnknownCase`, `CaseClosed`, `NotAllowed`. */
  ask(caseId: string, request: AskFactRequest): Promise<AskedView>
  /** It was never so, or must not be used. Throws `ReasonMissing`, `UnknownFact`, `FactOver`, `NotAllowed`. */
  revoke(factId: string, request: RevokeFactRequest): Promise<void>
}

/** Promises to a customer. */
export interface Commitments {
  /** Promises something until an instant. If that passes without proof, those responsible are told and the case gets an item. Throws `UnknownCase`, `CaseClosed`, `TooManyCommitments`, `NotAllowed`. */
  make(caseId: string, request: CommitmentRequest): Promise<{ readonly id: string }>
  /** It was kept, or the customer wants it no longer. Throws `OtherProof` (`missing`), `CommitmentOver`, `UnknownCommitment`, `ReasonMissing`, `NotAllowed`. */
  prove(commitmentId: string, request: ProveRequest): Promise<void>
}
