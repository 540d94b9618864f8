import { isoOf, revealVariables } from '@leeway/engine/extension'
import type { Commitment, Contact, Fact, PaymentPlan } from '../case/customer-state.ts'
import type { CommitmentView, ContactView, FactView } from './customer-record-view.ts'
import type { PlanView } from './plan-view.ts'

/** A fact as it stands now: one whose day is past is over, whether somebody has looked since or not. */
export function factView({ id, caseId, key, givenAt, body }: Fact, now: number): FactView {
  const { value } = revealVariables({ value: body.value })
  const { givenBy, source, saidBy, contactId, validUntil, verified, ended, redacted } = body
  const isPast = (body.state === 'claimed' || body.state === 'verified') && validUntil !== undefined && validUntil <= now
  return {
    id,
    caseId,
    key,
    value,
    givenBy,
    givenAt: isoOf(givenAt),
    source,
    state: isPast ? 'expired' : body.state,
    scope: body.ofCustomer ? 'customer' : 'case',
    ...(saidBy !== undefined && { saidBy }),
    ...(contactId !== undefined && { contactId }),
    ...(body.itemId !== undefined && { itemId: body.itemId }),
    ...(body.deviationId !== undefined && { deviationId: body.deviationId }),
    ...(redacted && { redacted: { ...redacted, at: isoOf(redacted.at) } }),
    ...(validUntil !== undefined && { validUntil: isoOf(validUntil) }),
    ...(verified && { verified: { ...verified, at: isoOf(verified.at) } }),
    ...(ended && { ended: { ...ended, at: isoOf(ended.at) } }),
  }
}

/** Lengths are milliseconds. */
export function contactView({ id, caseId, customer, at, state, body }: Contact): ContactView {
  const { direction, channel, words, by, participants, answered, connectedAt, endedAt } = body
  return {
    id,
    caseId,
    customer,
    state,
    direction,
    channel,
    summary: words,
    by,
    participants,
    answered,
    at: isoOf(at),
    waitMs: connectedAt === null ? null : Math.max(0, connectedAt - at),
    category: body.category ?? null,
    cost: body.cost ?? null,
    handleMs: connectedAt === null || endedAt === null ? null : Math.max(0, endedAt - connectedAt),
  }
}

export function commitmentView({ id, caseId, state, dueAt, body }: Commitment): CommitmentView {
  const { words, by, madeBy, madeAt, remindAt, needs, proof, released, brokenAt, itemId } = body
  return {
    id,
    caseId,
    state,
    what: words,
    by,
    dueAt: isoOf(dueAt),
    madeBy,
    madeAt: isoOf(madeAt),
    remindAt: remindAt === null ? null : isoOf(remindAt),
    needs,
    ...(proof && { proof: { ...proof, at: isoOf(proof.at) } }),
    ...(released && { released: { ...released, at: isoOf(released.at) } }),
    ...(brokenAt !== undefined && { brokenAt: isoOf(brokenAt) }),
    ...(body.plan && { plan: planView(body.plan) }),
    ...(itemId !== undefined && { itemId }),
  }
}

function planView({ instalments, ...plan }: PaymentPlan): PlanView {
  return {
    ...plan,
    paid: instalments.reduce((sum, one) => sum + (one.paid === undefined ? 0 : one.amount), 0),
    missed: instalments.filter(({ isMissed }) => isMissed).length,
    instalments: instalments.map(({ dueAt, amount, paid, isMissed }) => ({
      dueAt: isoOf(dueAt),
      amount,
      paidAt: paid === undefined ? null : isoOf(paid.at),
      missed: isMissed === true,
    })),
  }
}
