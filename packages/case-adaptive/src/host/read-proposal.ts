import { isoOf } from '@leeway/engine/extension'
import type { Proposal, Review } from '../case/proposal-state.ts'
import type { ProposalView, ReviewView } from './proposal-view.ts'

export function proposalView({ id, caseId, state, body }: Proposal): ProposalView {
  const { words, reason, by, version, cost, factIds, act, endorsedBy, effective, executedAt, itemId, correctedBy } = body
  return {
    id,
    caseId,
    state,
    offer: words,
    reason,
    by,
    version,
    facts: factIds,
    endorsedBy,
    ...(body.decideBy !== undefined && { decideBy: isoOf(body.decideBy) }),
    ...(cost && { cost }),
    ...(body.settlement && { settlement: body.settlement }),
    ...(act && { operation: act.operation }),
    ...(effective && { effective: { ...effective, at: isoOf(effective.at) } }),
    ...(executedAt !== undefined && { executedAt: isoOf(executedAt) }),
    ...(itemId !== undefined && { itemId }),
    ...(correctedBy !== undefined && { correctedBy }),
  }
}

export function reviewView({ id, caseId, state, at, body }: Review): ReviewView {
  const { of, subjectId, because, withdrawn, decided } = body
  return {
    id,
    caseId,
    state,
    of,
    subjectId,
    because,
    dueSince: isoOf(at),
    ...(withdrawn && { withdrawn: { ...withdrawn, at: isoOf(withdrawn.at) } }),
    ...(decided && { decided: { ...decided, at: isoOf(decided.at) } }),
  }
}
