import type { BatchItemRecord, BatchRecord, JobRecord, TaskRecord } from '@leeway/engine/extension'
import type { Case, CaseDeletion } from './case-state.ts'
import type { Commitment, Contact, Fact } from './customer-state.ts'
import type { Rules } from './decision-rules.ts'
import type { Deviation, Watch } from './deviation-state.ts'
import type { PlanItem } from './item-state.ts'
import type { Promotion } from './promotion-state.ts'
import type { Proposal, Review } from './proposal-state.ts'
import type { EntryText, TimelineBody, TimelineEntry } from './timeline.ts'

/** What a decision reads and writes: the records of cases as they are, with its own changes over them. */
export interface Book {
  /** Epoch milliseconds. */
  readonly now: number
  readonly actor: string | null
  readonly tenantId: string | null
  /** Who agreed that the actor does what they may not do themselves: with the rights of both. */
  readonly approver?: string
  /** The same book in the name of another, who acts with an approver. */
  as(actor: string, approver: string): Book
  /** Who may do what, what must hold, and what was done on the path. */
  readonly rules: Rules
  newId(): string
  case(id: string): Case | null
  caseOfInstance(instanceId: string): Case | null
  deviation(id: string): Deviation | null
  /** Deviations of an instance that are away or asked for. */
  openDeviations(instanceId: string): readonly Deviation[]
  /** Deviations of an instance from which somebody has come back. */
  returnedDeviations(instanceId: string): readonly Deviation[]
  /** What the instance is watched for; empty where nothing was written down. */
  watch(instanceId: string): Watch
  putWatch(record: Watch): void
  item(id: string): PlanItem | null
  /** Items of a deviation. */
  itemsOfDeviation(deviationId: string): readonly PlanItem[]
  /** Items of a case that belong to no deviation. */
  itemsOfCase(caseId: string): readonly PlanItem[]
  /** Items of a case, those of its deviations among them. */
  allItems(caseId: string): readonly PlanItem[]
  /** How much each of these people has in hand: cases that they answer for, and tasks. */
  loadsOf(people: readonly string[]): ReadonlyMap<string, number>
  /** Cases of a customer as a tenant sees them, null: all; the latest 100, the oldest first. */
  casesOfCustomer(customer: string, tenantId: string | null): readonly Case[]
  fact(id: string): Fact | null
  /** Facts of a key, the latest 100, the oldest first. */
  factsOfCase(caseId: string, key: string): readonly Fact[]
  /** Those that hold in all cases of its customer, which are of the same tenant. */
  factsOfCustomer(record: Pick<Case, 'customer' | 'tenantId'>, key: string): readonly Fact[]
  contact(id: string): Contact | null
  putContact(record: Contact): void
  commitment(id: string): Commitment | null
  putCommitment(record: Commitment): void
  proposal(id: string): Proposal | null
  proposalsOfCase(caseId: string): readonly Proposal[]
  putProposal(record: Proposal): void
  review(id: string): Review | null
  putReview(record: Review): void
  promotion(id: string): Promotion | null
  putPromotion(record: Promotion): void
  task(id: string): TaskRecord | null
  putCase(record: Case): void
  /** Takes the case away, and notes what is left to do of that, with the instances that are its own; who listens is told. */
  deleteCase(record: Case, instanceIds: readonly string[]): void
  /** What is left to do of a case that was deleted. */
  deletion(caseId: string): CaseDeletion | null
  putDeviation(record: Deviation): void
  putItem(record: PlanItem): void
  putFact(record: Fact): void
  deleteFact(id: string): void
  putTask(record: TaskRecord): void
  deleteTask(id: string): void
  /** What an account of one day comes to. */
  spent(account: string): number
  putSpent(account: string, amount: number): void
  /** True where there is such an instance, running or not. */
  isStarted(instanceId: string): boolean
  /** The key of an instance's process; null where there is no such instance. */
  processOf(instanceId: string): string | null
  /** Where it was called; null where nobody did. */
  callerOf(instanceId: string): { readonly instanceId: string; readonly elementInstanceId: string } | null
  /** True where a process of this key can be started. */
  isDeployed(processKey: string): boolean
  job(id: string): JobRecord | null
  putJob(record: JobRecord): void
  /** A handler took the job up and has not said what came of it. */
  isAtWork(jobId: string): boolean
  deleteJob(id: string): void
  /** An entry of a case's timeline by its number, and its free text. */
  entry(caseId: string, n: number): { readonly entry: TimelineEntry; readonly text: EntryText | null } | null
  putText(record: EntryText): void
  batch(id: string): BatchRecord | null
  putBatch(record: BatchRecord | null, items: readonly BatchItemRecord[]): void
  /** Adds a line to the case's timeline. */
  note(caseId: string, entry: TimelineBody): void
}
