import { type Collection, defineCollection } from '@leeway/storage'
import type { Case, CaseDeletion, Spending } from '../case/case-state.ts'
import type { Commitment, Contact, Fact } from '../case/customer-state.ts'
import type { Deviation, Watch } from '../case/deviation-state.ts'
import type { PlanItem } from '../case/item-state.ts'
import type { Promotion } from '../case/promotion-state.ts'
import type { Proposal, Review } from '../case/proposal-state.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'

export const caseRecords: Collection<Case> = defineCollection<Case>({
  name: 'cases',
  version: 1,
  fields: {
    state: 'text',
    template: 'text',
    customer: 'text',
    openedAt: 'instant',
    tenantId: 'text',
    instanceIds: 'textSet',
    dueAt: 'instant',
    people: 'textSet',
    token: 'text',
  },
  indexes: [
    { fields: ['customer'], whereNotNull: 'customer' },
    { fields: ['instanceIds'] },
    { fields: ['people'] },
    { fields: ['token'], whereNotNull: 'token' },
    { fields: ['state', 'openedAt'] },
    { fields: ['state'] },
    { fields: ['openedAt'] },
    { fields: ['template'] },
  ],
})

export const deviations: Collection<Deviation> = defineCollection<Deviation>({
  name: 'deviations',
  version: 1,
  fields: {
    caseId: 'text',
    instanceId: 'text',
    elementId: 'text',
    state: 'text',
    mode: 'text',
    leftAt: 'instant',
    tenantId: 'text',
  },
  indexes: [{ fields: ['caseId'] }, { fields: ['instanceId'] }, { fields: ['elementId', 'leftAt'] }, { fields: ['leftAt'] }],
})

export const items: Collection<PlanItem> = defineCollection<PlanItem>({
  name: 'plan_items',
  version: 1,
  fields: { caseId: 'text', deviationId: 'text', instanceId: 'text', state: 'text', kind: 'text' },
  indexes: [{ fields: ['caseId'] }, { fields: ['deviationId'], whereNotNull: 'deviationId' }],
})

export const facts: Collection<Fact> = defineCollection<Fact>({
  name: 'facts',
  version: 1,
  fields: { caseId: 'text', customer: 'text', key: 'text', givenAt: 'instant', tenantId: 'text' },
  indexes: [{ fields: ['caseId'] }, { fields: ['customer', 'key'], whereNotNull: 'customer' }],
})

export const contacts: Collection<Contact> = defineCollection<Contact>({
  name: 'contacts',
  version: 1,
  fields: { caseId: 'text', customer: 'text', at: 'instant', state: 'text', tenantId: 'text' },
  indexes: [
    { fields: ['caseId', 'at'], whereNotNull: 'caseId' },
    { fields: ['customer', 'at'], whereNotNull: 'customer' },
    { fields: ['at'] },
  ],
})

export const commitments: Collection<Commitment> = defineCollection<Commitment>({
  name: 'commitments',
  version: 1,
  fields: { caseId: 'text', customer: 'text', state: 'text', dueAt: 'instant', tenantId: 'text' },
  indexes: [{ fields: ['caseId'] }, { fields: ['dueAt'] }],
})

export const proposals: Collection<Proposal> = defineCollection<Proposal>({
  name: 'proposals',
  version: 1,
  fields: { caseId: 'text', instanceId: 'text', state: 'text', tenantId: 'text' },
  indexes: [{ fields: ['caseId'] }, { fields: ['state'] }],
})

export const reviews: Collection<Review> = defineCollection<Review>({
  name: 'case_reviews',
  version: 1,
  fields: { caseId: 'text', state: 'text', at: 'instant', tenantId: 'text' },
  indexes: [{ fields: ['caseId'] }, { fields: ['state', 'at'] }, { fields: ['at'] }],
})

/** Ids are those of candidates. */
export const promotions: Collection<Promotion> = defineCollection<Promotion>({
  name: 'promotions',
  version: 1,
  fields: { state: 'text', tenantId: 'text' },
  indexes: [{ fields: ['state'] }],
})

/** Append only. Ids are the case's and the entry's number, so that a range of ids reads a case's timeline in order. */
export const timeline: Collection<TimelineEntry> = defineCollection<TimelineEntry>({
  name: 'case_timeline',
  version: 1,
  fields: { at: 'instant' },
  indexes: [],
})

/** The free text of timeline entries, by the entry's id: it alone of an entry can be taken away. */
export const entryTexts: Collection<EntryText> = defineCollection<EntryText>({
  name: 'case_texts',
  version: 1,
  fields: { caseId: 'text' },
  indexes: [{ fields: ['caseId'] }],
})

/** What instances are watched for. */
export const watches: Collection<Watch> = defineCollection<Watch>({ name: 'watches', version: 1, fields: {}, indexes: [] })

/** Ids are a person's, a kind and a day. */
export const spending: Collection<Spending> = defineCollection<Spending>({
  name: 'case_spending',
  version: 1,
  fields: {},
  indexes: [],
})

/** Cases that were deleted and of which something is still there; ids are theirs. */
export const caseDeletions: Collection<CaseDeletion> = defineCollection<CaseDeletion>({
  name: 'case_deletions',
  version: 1,
  fields: { tenantId: 'text' },
  indexes: [],
})

/** Everything that the package keeps. */
export const collections: readonly Collection[] = [
  spending,
  caseRecords,
  deviations,
  items,
  facts,
  contacts,
  commitments,
  proposals,
  reviews,
  promotions,
  timeline,
  entryTexts,
  watches,
  caseDeletions,
]

/** Those whose records the chain of their case guards. */
export const GUARDED: readonly Collection[] = [deviations, items, facts, contacts, commitments, proposals, reviews]

/** Ids of all entries of a case. */
export function entriesOf(caseId: string): { readonly id: readonly [{ readonly gt: string }, { readonly lt: string }] } {
  return { id: [{ gt: `${caseId}#` }, { lt: `${caseId}$` }] }
}

/** The id of a case's entry, by its number from 1. */
export function entryId(caseId: string, n: number): string {
  return `${caseId}#${n.toString(36).padStart(ENTRY_DIGITS, '0')}`
}

const ENTRY_DIGITS = 6
