import { type EventOf, flatten, type Lifecycle, type StateOf } from '@leeway/engine/extension'
import { type AnyStateMachine, createMachine } from 'xstate'

/** The life of a proposal: something that takes more than one person's word, or more than this person may do. */
export const proposalChart = {
  id: 'proposal',
  initial: 'draft',
  states: {
    draft: { description: 'Being written.', on: { submit: 'open', withdraw: 'withdrawn' } },
    open: {
      description: 'Before those who may decide upon it.',
      on: { counter: 'countered', takeEffect: 'effective', reject: 'rejected', withdraw: 'withdrawn', expire: 'expired' },
    },
    countered: {
      description: 'Somebody proposes it otherwise; who proposed it accepts that, or not.',
      on: { submit: 'open', withdraw: 'withdrawn', expire: 'expired' },
    },
    rejected: { description: 'Those asked do not agree.', on: { amend: 'draft', raise: 'open', withdraw: 'withdrawn' } },
    effective: { description: 'Agreed; to be carried out.', on: { execute: 'executed', revoke: 'revoked' } },
    executed: {
      description: 'Carried out; may be looked at afterwards.',
      on: { confirm: 'confirmed', correct: 'corrected', admonish: 'admonished' },
    },
    withdrawn: { description: 'Taken back by who proposed it.', type: 'final' },
    expired: { description: 'Nobody decided in time.', type: 'final' },
    revoked: { description: 'What it rested on proved false before it was carried out.', type: 'final' },
    confirmed: { description: 'Looked at, and right.', type: 'final' },
    corrected: { description: 'Looked at, and made good by another one.', type: 'final' },
    admonished: { description: 'Looked at and not to be done again; it stands.', type: 'final' },
  },
} as const

/** Where a proposal stands in its life. */
export type ProposalState = StateOf<typeof proposalChart>
/** What can happen to a proposal. */
export type ProposalEvent = EventOf<typeof proposalChart>

/** The chart as XState's machine, for diagrams and tests. */
export const proposalMachine: AnyStateMachine = createMachine(proposalChart)
/** The chart as a table. */
export const proposalLifecycle: Lifecycle<ProposalState, ProposalEvent> = flatten<typeof proposalChart>(proposalMachine)
