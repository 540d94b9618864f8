import type { Value } from '@leeway/engine/extension'
import type { ContactState } from '../lifecycles/contact.ts'
import type { ContactDirection } from './customer-state.ts'
import type { Reason } from './reason.ts'

/** Commands on what is between the house and its customer. */
export type CustomerCommand = RecordContact | RecordFact | VerifyFact | AskFact | RevokeFact | MakeCommitment | MakePlan | ProveCommitment

export interface RecordContact {
  readonly type: 'recordContact'
  /** One that goes on; null: a new one. */
  readonly contactId: string | null
  readonly caseId: string | null
  readonly customer: string | null
  readonly direction: ContactDirection
  readonly channel: string
  readonly words: string | null
  readonly participants: readonly string[]
  readonly answered: boolean
  readonly state: ContactState
  /** Null: now. */
  readonly at: number | null
  readonly connectedAt: number | null
  readonly endedAt: number | null
  readonly category?: string
  readonly cost?: number
}

export interface RecordFact {
  readonly type: 'recordFact'
  readonly caseId: string
  readonly key: string
  readonly value: Value
  readonly source: string
  readonly saidBy: string | null
  readonly contactId: string | null
  /** Off the path, in this deviation; null: it has to do with none. */
  readonly deviationId: string | null
  readonly ofCustomer: boolean
  readonly validUntil: number | null
}

export interface VerifyFact {
  readonly type: 'verifyFact'
  readonly factId: string
  readonly how: string
  /** Null: as it was. */
  readonly validUntil: number | null
}

export interface AskFact {
  readonly type: 'askFact'
  readonly caseId: string
  readonly key: string
  /** Only what was verified will do. */
  readonly verified: boolean
}

export interface RevokeFact {
  readonly type: 'revokeFact'
  readonly factId: string
  readonly reason: Reason
}

export interface MakeCommitment {
  readonly type: 'makeCommitment'
  readonly caseId: string
  readonly words: string
  readonly dueAt: number
  /** Null: who answers for the case. */
  readonly by: string | null
  readonly remindAt: number | null
  readonly needs: string | null
}

/** The customer pays something off by instalments. */
export interface MakePlan {
  readonly type: 'makePlan'
  readonly caseId: string
  /** Which of the house's plans. */
  readonly kind: string
  readonly words: string
  readonly total: number
  /** What the customer can afford; null: the house's standard. */
  readonly instalment: number | null
  /** When the first is due; null: one interval from now. */
  readonly firstAt: number | null
}

export interface ProveCommitment {
  readonly type: 'proveCommitment'
  readonly commitmentId: string
  /** Null: the customer wants it no longer, for this reason. */
  readonly proof: { readonly kind: string; readonly evidence: readonly string[] } | null
  readonly reason?: Reason
}
