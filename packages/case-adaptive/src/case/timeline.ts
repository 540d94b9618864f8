import type { CommitmentState } from '../lifecycles/commitment.ts'
import type { ContactState } from '../lifecycles/contact.ts'
import type { FactState } from '../lifecycles/fact.ts'
import type { ProposalState } from '../lifecycles/proposal.ts'
import type { Instant, LinkKind, Route, Routed } from './case-state.ts'
import type { ContactDirection } from './customer-state.ts'
import type { DeviationMode, Moved, Preempted } from './deviation-state.ts'
import type { ReturnKind } from './directives.ts'
import type { ProposalWay, Review, ReviewOutcome } from './proposal-state.ts'
import type { Reason } from './reason.ts'
import type { ServiceClock } from './service/service-clock.ts'
import type { GuaranteeClass } from './verdict.ts'

/**
 * One line of a case's timeline; never changed. Ids are the case's and a rising number. Its free text is kept apart, in an
 * {@link EntryText} of the same id.
 */
export interface TimelineEntry {
  readonly id: string
  readonly at: Instant
  readonly body: { readonly actor: string | null } & TimelineBody & Sealed
}

/** What makes a chain of a case's entries. Digests are SHA-256 in hexadecimal digits. */
export interface Sealed {
  /** Digests of the records that were written with the entry, by collection and id. */
  readonly records?: { readonly [record: string]: string }
  /** Digest of the free text and its salt. */
  readonly text?: string
  /** That of the entry before it; empty for the first. */
  readonly previous: string
  /** Over all the rest of the entry. */
  readonly digest: string
}

/** The free text of an entry; null once it was taken away. */
export interface EntryText {
  readonly id: string
  readonly caseId: string
  readonly body: {
    /** Makes the digest of a short text worth nothing to one who guesses it; taken away with the text. */
    readonly salt?: string
    readonly texts: { readonly [path: string]: string } | null
    readonly redacted?: { readonly actor: string; readonly at: Instant; readonly reason: string }
  }
}

export type TimelineBody =
  /** Something of the records changed without an event of its own. */
  | { readonly type: 'case:record' }
  /** Free text was taken away, of the entries named, and values, of the facts. */
  | {
      readonly type: 'case:redact'
      readonly of: readonly string[]
      readonly facts?: readonly string[]
      readonly items?: readonly string[]
      readonly deviations?: readonly string[]
      readonly title?: true
      readonly because: string
    }
  | { readonly type: 'case:open' }
  /** What it was opened for: an answer that met a rule, or a trend. */
  | { readonly type: 'case:alert'; readonly ruleId: string; readonly because: 'response' | 'trend'; readonly link: string | null }
  | { readonly type: 'case:attach'; readonly instanceId: string }
  | { readonly type: 'case:processEnded'; readonly instanceId: string; readonly status: string }
  | {
      readonly type: 'case:item'
      readonly itemId: string
      readonly change: ItemChange
      readonly name: string
      /** Why somebody cancelled it. */
      readonly reason?: Reason
    }
  | {
      readonly type: 'deviation:start'
      readonly deviationId: string
      readonly position: Position
      readonly mode: DeviationMode
      readonly reason: Reason
    }
  | {
      readonly type: 'deviation:request'
      readonly deviationId: string
      /** Null: at the next wait. */
      readonly before: string | null
      readonly mode: DeviationMode
      readonly reason: Reason
    }
  | { readonly type: 'deviation:lapse'; readonly deviationId: string }
  /** Something of it is to be looked at afterwards: the model that it goes on by is stricter. */
  | { readonly type: 'deviation:review'; readonly deviationId: string; readonly because: readonly string[] }
  /** Its instance goes on by another model. */
  | ({ readonly type: 'deviation:migrate'; readonly deviationId: string } & Moved)
  | {
      readonly type: 'deviation:undo'
      readonly deviationId: string
      readonly position: Position
      readonly reason: Reason | null
      /** The return was taken back; absent: the leaving. */
      readonly of?: 'return'
    }
  | { readonly type: 'case:resolve'; readonly code: string }
  /** Another person answers for it. */
  | {
      readonly type: 'case:assign' | 'case:transfer'
      readonly from: string | null
      readonly to: string | null
      readonly reason?: Reason
      readonly routed?: Routed
    }
  | { readonly type: 'case:confirm'; readonly accepted: boolean; readonly reason?: Reason }
  | { readonly type: 'case:close'; readonly route?: Route }
  | { readonly type: 'case:reopen'; readonly episode: number; readonly reason: Reason }
  | {
      readonly type: 'case:contact'
      readonly contactId: string
      readonly change: ContactState
      readonly direction: ContactDirection
      readonly channel: string
      readonly answered: boolean
      readonly words?: string
    }
  | {
      readonly type: 'case:fact'
      readonly factId: string
      readonly key: string
      readonly change: 'recorded' | FactState
      readonly source?: string
      readonly how?: string
      readonly reason?: Reason
    }
  /** Something was needed of the customer: it was known, or they are asked for it, perhaps not for the first time. */
  | { readonly type: 'case:ask'; readonly key: string; readonly known: boolean; readonly repeat: boolean; readonly factId?: string }
  | {
      readonly type: 'case:commitment'
      readonly commitmentId: string
      readonly change: CommitmentState | 'provenLate' | 'paid' | 'missed'
      /** Of a payment plan: its number, from 1. */
      readonly instalment?: number
      readonly dueAt?: Instant
      readonly proof?: string
      readonly words?: string
      readonly reason?: Reason
    }
  | {
      readonly type: 'case:proposal'
      readonly proposalId: string
      readonly change: ProposalState | 'endorsed'
      readonly version: number
      readonly way?: ProposalWay
      readonly words?: string
      readonly reason?: Reason
    }
  | {
      readonly type: 'case:review'
      readonly reviewId: string
      readonly change: Review['state']
      readonly of: 'proposal' | 'deviation'
      readonly because?: readonly string[]
      readonly outcome?: ReviewOutcome
      readonly reason?: Reason
    }
  /** `to` is the other case, and what it is to this one. */
  | { readonly type: 'case:link'; readonly to: string; readonly as: LinkKind; readonly reason?: Reason }
  | { readonly type: 'case:complain'; readonly complaintId: string; readonly reason: Reason }
  | {
      readonly type: 'case:clock'
      readonly clock: ServiceClock['name']
      readonly change: ClockChange
      readonly dueAt: Instant | null
      /** Why it stands still. */
      readonly because?: string
    }
  | { readonly type: 'case:severity'; readonly from: string | null; readonly to: string; readonly reason: Reason }
  | {
      readonly type: 'case:tier'
      readonly from: string | null
      readonly to: string
      readonly severity: string | null
      readonly reason: Reason
    }
  /** Raised to a higher authority: `because` names the clock that was breached, or the code of the reason. */
  | {
      readonly type: 'case:escalate'
      readonly level: number
      readonly because: string
      readonly to: readonly string[]
      /** To those who know more, not to those above. */
      readonly functional?: true
      readonly reason?: Reason
    }
  | { readonly type: 'deviation:join'; readonly deviationId: string }
  | { readonly type: 'deviation:waive'; readonly deviationId: string; readonly items: readonly string[]; readonly reason: Reason }
  /** Someone is to be told. */
  | {
      readonly type: 'deviation:notice'
      readonly deviationId: string
      readonly to: string
      readonly because: 'preempted' | 'pathMoved' | 'reached' | 'lateResult'
    }
  /** Whoever had the step's task was gone when it was back on the path; `to`: who had delegated it, null: its candidates. */
  | {
      readonly type: 'deviation:reassign'
      readonly deviationId: string
      readonly taskId: string
      readonly from: string
      readonly to: string | null
    }
  | {
      readonly type: 'deviation:item'
      readonly deviationId: string
      readonly itemId: string
      readonly change: ItemChange
      readonly name: string
      readonly reason?: Reason
    }
  | {
      readonly type: 'deviation:return'
      readonly deviationId: string
      readonly position: Position
      readonly to: ReturnKind
      /** After a hand-over: how the path was taken up in the end. */
      readonly next?: ReturnKind
      readonly guarantee?: GuaranteeClass
      readonly target?: string
    }
  | {
      readonly type: 'deviation:handOver'
      readonly deviationId: string
      readonly position: Position
      readonly itemId: string
      /** The return that follows. */
      readonly to: ReturnKind
      readonly guarantee: GuaranteeClass
    }
  /** What completed is undone, and then the return is made. */
  | {
      readonly type: 'deviation:compensate'
      readonly deviationId: string
      readonly position: Position
      readonly to: ReturnKind
      readonly compensated: readonly string[]
    }
  /** A return that was to be made by itself was not. */
  | { readonly type: 'deviation:deny'; readonly deviationId: string; readonly code: string }
  | { readonly type: 'deviation:preempt'; readonly deviationId: string; readonly position: Position; readonly cause: Preempted['cause'] }

export type ClockChange = 'started' | 'paused' | 'resumed' | 'atRisk' | 'breached' | 'met' | 'metLate' | 'cancelled'

/** Where on the model. */
export interface Position {
  readonly instanceId: string
  readonly elementId: string
  readonly elementInstanceId: string
}

export type ItemChange =
  | 'added'
  | 'started'
  | 'completed'
  | 'terminated'
  | 'rehomed'
  | 'kept'
  | 'unreachable'
  | 'failed'
  | 'retried'
  /** It was over, and a handler that had been at work on it told what came of that. */
  | 'late'
  /** Somebody cancelled it though it was done: its compensator is at work. */
  | 'undoing'
  | 'compensated'
  /** The case that it is was opened again. */
  | 'reopened'
